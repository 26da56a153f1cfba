package clustertest

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// Kind is the kind of a thing in a listing.
type Kind string

const (
	KindFile    Kind = "file"
	KindFolder  Kind = "folder"
	KindLink    Kind = "link"
	KindSpecial Kind = "special" // a pipe, socket or device
)

// Entry is one line of a listing. It has only what two equal trees share: no
// times, no inode numbers, and a size for files only.
type Entry struct {
	Path   string // below the root of the walk, with "/"; "." is the root itself
	Kind   Kind
	Size   int64       // bytes; 0 unless a file
	Mode   fs.FileMode // permission, setuid, setgid and sticky bits; 0 for links
	SHA256 string      // of a file's content, in hexadecimal
	Target string      // of a link, as it is written
}

// Walk lists root and everything below it, sorted by path, for comparing trees
// with go-cmp. Links are listed and never followed, not even root. What a
// pattern of skip matches is left out with all that is below it; a pattern
// without a slash is for the last component of a path, others are for the path
// of the Entry, as of path.Match. Content is read as a stream. The first error
// ends the walk.
//
// A file system without Lstat or Readlink is walked with Stat and shows no
// links.
func Walk(fsys afero.Fs, root string, skip ...string) ([]Entry, error) {
	w := walker{fsys: fsys, root: root, skip: skip, buf: make([]byte, 64<<10)}
	if err := w.walk("."); err != nil {
		return nil, err
	}
	slices.SortFunc(w.list, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	return w.list, nil
}

type walker struct {
	fsys afero.Fs
	root string
	skip []string
	buf  []byte
	list []Entry
}

func (w *walker) walk(name string) error {
	for _, pattern := range w.skip {
		if strictfs.Match(pattern, name) {
			return nil
		}
	}
	full := w.root
	if name != "." {
		full = strings.TrimSuffix(w.root, "/") + "/" + name
	}
	info, err := fsx.Lstat(w.fsys, full)
	if err != nil {
		return err
	}
	e := Entry{Path: name, Mode: info.Mode() & (fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky)}
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		e.Kind, e.Mode = KindLink, 0
		if e.Target, err = fsx.Readlink(w.fsys, full); err != nil {
			return err
		}
	case info.IsDir():
		e.Kind = KindFolder
		for child, err := range fsx.Names(w.fsys, full) {
			if err != nil {
				return err
			}
			if err := w.walk(path.Join(name, child)); err != nil {
				return err
			}
		}
	case info.Mode().IsRegular():
		e.Kind = KindFile
		if e.Size, e.SHA256, err = w.hash(full); err != nil {
			return err
		}
	default:
		e.Kind = KindSpecial
	}
	w.list = append(w.list, e)
	return nil
}

func (w *walker) hash(name string) (int64, string, error) {
	file, err := w.fsys.Open(name)
	if err != nil {
		return 0, "", err
	}
	defer file.Close() // nothing was written
	sum := sha256.New()
	size, err := io.CopyBuffer(sum, struct{ io.Reader }{file}, w.buf)
	if err != nil {
		return 0, "", err
	}
	return size, hex.EncodeToString(sum.Sum(nil)), nil
}
