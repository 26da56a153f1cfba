package sftpfs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"sync"
	"syscall"

	"github.com/spf13/afero"
	"golang.org/x/sync/errgroup"
)

// wholeFile is the largest file, in bytes, that a Snapshot fetches in one go.
const wholeFile = 1 << 20

// Snapshot is a read-only view that saves round trips: folders that Warm has
// listed answer every look at their entries, and a small file comes with one
// open and one burst of reads. What it has listed it does not ask for again, so
// a Snapshot is for one look at a server, not for watching it.
type Snapshot struct {
	afero.Fs // refuses what would write
	remote   *FS

	mu      sync.Mutex
	folders map[string]map[string]os.FileInfo
}

// Snapshot returns a view for one look at the machine.
func (f *FS) Snapshot() *Snapshot {
	return &Snapshot{Fs: afero.NewReadOnlyFs(f), remote: f, folders: map[string]map[string]os.FileInfo{}}
}

// Warm lists folders, all at once. A folder that cannot be listed is left to
// the calls that ask for its entries. The error is that of a done context.
func (s *Snapshot) Warm(ctx context.Context, folders ...string) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, name := range folders {
		g.Go(func() error {
			name = path.Clean(name)
			list, err := s.remote.client.ReadDirContext(ctx, name)
			if err != nil {
				return ctx.Err()
			}
			entries := make(map[string]os.FileInfo, len(list))
			for _, entry := range toldAll(list) {
				entries[entry.Name()] = entry
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			s.folders[name] = entries
			return nil
		})
	}
	return g.Wait()
}

// LstatIfPossible implements afero.Lstater.
func (s *Snapshot) LstatIfPossible(name string) (os.FileInfo, bool, error) {
	name = path.Clean(name)
	s.mu.Lock()
	entries, listed := s.folders[path.Dir(name)]
	s.mu.Unlock()
	if !listed || name == "/" {
		return s.remote.LstatIfPossible(name)
	}
	if info := entries[path.Base(name)]; info != nil {
		return info, true, nil
	}
	return nil, true, &fs.PathError{Op: "lstat", Path: name, Err: syscall.ENOENT}
}

// ReadlinkIfPossible implements afero.LinkReader.
func (s *Snapshot) ReadlinkIfPossible(name string) (string, error) {
	return s.remote.ReadlinkIfPossible(name)
}

// Stat implements afero.Fs. Only what turns out to be a link costs a round trip.
func (s *Snapshot) Stat(name string) (os.FileInfo, error) {
	info, _, err := s.LstatIfPossible(name)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return s.remote.Stat(name)
	}
	return info, err
}

// Open implements afero.Fs.
func (s *Snapshot) Open(name string) (afero.File, error) {
	name = path.Clean(name)
	info, err := s.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		d := &folder{fs: s.remote, name: name, info: info}
		s.mu.Lock()
		defer s.mu.Unlock()
		if entries, listed := s.folders[name]; listed {
			d.read = true
			for _, e := range entries {
				d.list = append(d.list, e)
			}
		}
		return d, nil
	case !info.Mode().IsRegular():
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EINVAL}
	case info.Size() > wholeFile:
		return s.remote.Open(name)
	}
	return s.small(name, info)
}

// OpenFile implements afero.Fs.
func (s *Snapshot) OpenFile(name string, flag int, perm os.FileMode) (afero.File, error) {
	if flag != os.O_RDONLY {
		return s.Fs.OpenFile(name, flag, perm)
	}
	return s.Open(name)
}

// small fetches a file whole. A file that has grown since it was listed is
// read to its present end.
func (s *Snapshot) small(name string, info os.FileInfo) (afero.File, error) {
	h, err := s.remote.client.Open(name)
	if err != nil {
		return nil, failed("open", name, err)
	}
	defer func() { go h.Close() }() // nothing depends on the answer
	data := make([]byte, info.Size()+1)
	n, err := h.ReadAt(data, 0)
	switch {
	case errors.Is(err, io.EOF):
		return &content{folder: folder{name: name, info: info}, Reader: bytes.NewReader(data[:n])}, nil
	case err != nil:
		return nil, failed("read", name, err)
	}
	rest, err := io.ReadAll(io.NewSectionReader(h, int64(n), wholeFile))
	if err != nil {
		return nil, failed("read", name, err)
	}
	return &content{folder: folder{name: name, info: info}, Reader: bytes.NewReader(append(data[:n], rest...))}, nil
}

// content is a file that has been fetched whole.
type content struct {
	folder
	*bytes.Reader
}

func (c *content) Read(p []byte) (int, error)               { return c.Reader.Read(p) }
func (c *content) ReadAt(p []byte, at int64) (int, error)   { return c.Reader.ReadAt(p, at) }
func (c *content) Seek(at int64, whence int) (int64, error) { return c.Reader.Seek(at, whence) }
func (c *content) Readdir(int) ([]os.FileInfo, error)       { return nil, notFolder(c.name) }
func (c *content) Readdirnames(int) ([]string, error)       { return nil, notFolder(c.name) }
