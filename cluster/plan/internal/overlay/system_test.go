package overlay

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/afero"
)

// The steps as an operating system does them, for comparison with what the
// overlay foretells. Nothing here uses the overlay.

// modelLimit bounds what links that are followed can multiply.
const modelLimit = 3000

// errUnfit is a run that the model cannot judge: links that are followed
// multiply too much; or an absolute link goes to the other storage, where the
// operating system, which has both, would follow it back.
var errUnfit = errors.New("not for this test")

// do carries one step out.
func (m *model) do(op modelOp) error {
	p := op.at.Path
	switch op.verb {
	case "mkdir":
		return systemMkdir(p, op.mode)
	case "write":
		return systemWrite(p, op.text, op.mode, m.present)
	case "symlink":
		return os.Symlink(op.text, p)
	case "rename":
		if op.from.Storage != op.at.Storage {
			return syscall.EXDEV // two storages, whatever this machine keeps them on
		}
		return os.Rename(op.from.Path, p)
	case "remove":
		return os.RemoveAll(p)
	default:
		return m.copy(op)
	}
}

func systemMkdir(p string, mode fs.FileMode) error {
	err := os.Mkdir(p, 0o777)
	if err == nil {
		return os.Chmod(p, mode)
	}
	if fi, statErr := os.Stat(p); errors.Is(err, fs.ErrExist) && statErr == nil {
		if fi.IsDir() {
			return nil
		}
		return syscall.ENOTDIR
	}
	return err
}

// systemWrite keeps the time of a file that was there. A new one gets the
// present time if the step is part of the plan, else one long past.
func systemWrite(p, text string, mode fs.FileMode, present bool) error {
	at := time.Unix(int64(len(text))*1000, 0)
	old, statErr := os.Stat(p)
	if statErr == nil {
		at = old.ModTime()
	} else if mode == 0 {
		mode = 0o644
	}
	if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
		return err
	}
	if mode != 0 {
		if err := os.Chmod(p, mode); err != nil {
			return err
		}
	}
	if statErr != nil && present {
		return nil
	}
	return os.Chtimes(p, time.Time{}, at)
}

// copy takes the source aside as it is, then merges it into the destination.
func (m *model) copy(op modelOp) error {
	aside := filepath.Join(m.dir, "aside")
	defer os.RemoveAll(aside)
	var exclude []string
	for _, x := range op.shape.Exclude {
		exclude = append(exclude, filepath.Clean(x))
	}
	c := copier{follow: op.shape.Follow, exclude: exclude, abroad: op.at.Storage != op.from.Storage}
	var fi fs.FileInfo
	var err error
	from := op.from.Path
	if c.follow {
		if fi, err = os.Stat(from); err == nil {
			from, err = filepath.EvalSymlinks(from)
		}
	} else {
		fi, err = os.Lstat(from)
	}
	if err != nil {
		return err
	}
	if err := c.copy(from, aside, "", nil); err != nil {
		return err
	}

	// The way to the destination may pass links that the copy replaces.
	parent, name := filepath.Split(op.at.Path)
	if _, err := os.Stat(parent); err != nil {
		return err
	}
	if parent, err = filepath.EvalSymlinks(parent); err != nil {
		return err
	}
	at := filepath.Join(parent, name)
	old, err := os.Lstat(at)
	if errors.Is(err, fs.ErrNotExist) {
		return os.Rename(aside, at)
	}
	if err != nil {
		return err
	}
	if fi.IsDir() && old.Mode()&fs.ModeSymlink != 0 {
		if old, err = os.Stat(at); err != nil {
			return syscall.EEXIST
		}
		if at, err = filepath.EvalSymlinks(at); err != nil {
			return err
		}
	}
	switch {
	case fi.IsDir() && !old.IsDir():
		return syscall.ENOTDIR
	case !fi.IsDir() && old.IsDir():
		return syscall.EISDIR
	}
	if err := systemMerge(aside, at); err != nil || !op.shape.KeepMode || !fi.IsDir() {
		return err
	}
	return os.Chmod(at, old.Mode())
}

type copier struct {
	follow  bool
	exclude []string
	abroad  bool // to the other storage
	count   int
}

// copy copies what stands at the path from, whose parents are no links. rel
// is the path in the copy, chain the folders that led here.
func (c *copier) copy(from, to, rel string, chain []string) error {
	if c.count++; c.count > modelLimit {
		return errUnfit
	}
	fi, err := os.Lstat(from)
	if err != nil {
		return err
	}
	switch {
	case fi.IsDir():
		if err := os.Mkdir(to, 0o700); err != nil {
			return err
		}
		list, err := os.ReadDir(from)
		if err != nil {
			return err
		}
		for _, e := range list {
			if err := c.child(from, to, filepath.Join(rel, e.Name()), append(chain, from)); err != nil {
				return err
			}
		}
		return os.Chmod(to, fi.Mode())
	case fi.Mode()&fs.ModeSymlink != 0:
		text, err := os.Readlink(from)
		if err != nil {
			return err
		}
		if c.abroad && filepath.IsAbs(text) {
			return errUnfit
		}
		return os.Symlink(text, to)
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		return err
	}
	if err := os.Chmod(to, fi.Mode()); err != nil {
		return err
	}
	return os.Chtimes(to, time.Time{}, fi.ModTime())
}

func (c *copier) child(dir, to, rel string, chain []string) error {
	for _, x := range c.exclude {
		if rel == x {
			return nil
		}
	}
	name := filepath.Base(rel)
	from := filepath.Join(dir, name)
	if _, err := os.Stat(from); c.follow && err == nil {
		real, err := filepath.EvalSymlinks(from)
		if err != nil {
			return err
		}
		endless := false
		for _, open := range chain {
			endless = endless || open == real || strings.HasPrefix(open, real+"/")
		}
		if !endless {
			from = real
		}
	}
	return c.copy(from, filepath.Join(to, name), rel, chain)
}

// systemMerge moves src to dst: folders of one path become one, with the mode
// of src's, all else replaces.
func systemMerge(src, dst string) error {
	a, err := os.Lstat(src)
	if err != nil {
		return err
	}
	b, err := os.Lstat(dst)
	if err == nil && a.IsDir() && b.IsDir() {
		list, err := os.ReadDir(src)
		if err != nil {
			return err
		}
		for _, e := range list {
			if err := systemMerge(filepath.Join(src, e.Name()), filepath.Join(dst, e.Name())); err != nil {
				return err
			}
		}
		return os.Chmod(dst, a.Mode())
	}
	if err := os.RemoveAll(dst); err != nil {
		return err
	}
	return os.Rename(src, dst)
}

// strictFs is the operating system, minding how the overlay asks it: only for
// paths without links above their last component, and while steps are
// planned only Lstat and Readlink.
type strictFs struct {
	afero.Fs
	planning bool
	known    map[string]bool // folders without links above them
	fail     func(format string, args ...any)
}

func (s *strictFs) ask(op, path string, planning bool) {
	dir := filepath.Dir(path)
	if !s.known[dir] {
		if real, err := filepath.EvalSymlinks(dir); err != nil || real != dir {
			s.fail("%s %s: there is a link above it", op, path)
		}
		s.known[dir] = true
	}
	if s.planning && !planning {
		s.fail("%s %s while planning", op, path)
	}
}

func (s *strictFs) LstatIfPossible(p string) (os.FileInfo, bool, error) {
	s.ask("lstat", p, true)
	return s.Fs.(afero.Lstater).LstatIfPossible(p)
}

func (s *strictFs) ReadlinkIfPossible(p string) (string, error) {
	s.ask("readlink", p, true)
	return s.Fs.(afero.LinkReader).ReadlinkIfPossible(p)
}

func (s *strictFs) Open(p string) (afero.File, error) {
	s.ask("open", p, false)
	if fi, err := os.Lstat(p); err == nil && fi.Mode()&fs.ModeSymlink != 0 {
		s.fail("open %s: it is a link", p)
	}
	return s.Fs.Open(p)
}

func (s *strictFs) Stat(p string) (os.FileInfo, error) {
	s.fail("stat %s: follows links", p)
	return nil, syscall.EINVAL
}
