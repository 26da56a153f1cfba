package mover

import (
	"fmt"
	"io/fs"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

// copyLink makes the same link on the target, with its owner and time where the
// storage has calls for them, and puts it in place.
func (m *Mover) copyLink(x item, at level, name string) error {
	info, err := at.dst.Lstat(name)
	if err != nil && !missing(err) {
		return err
	}
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if text, err := at.dst.Readlink(name); err != nil || text == x.link {
			return err
		}
		// From an earlier run; the link has changed since.
		if err := m.discard(at.dst, name, m.tmp, "old"); err != nil {
			return err
		}
	}
	const tmp = "link"
	if err := removed(m.tmp.Remove(tmp)); err != nil {
		return err
	}
	if err := m.tmp.Symlink(x.link, tmp); err != nil {
		return m.fenced(err)
	}
	if text, err := m.tmp.Readlink(tmp); err != nil || text != x.link {
		return join(err, m.tmp.Remove(tmp), &fs.PathError{Op: "symlink", Path: fsx.Join(at.dst.Path(), name), Err: fmt.Errorf("the storage stored another text than %s", x.link)})
	}
	m.dressLink(x, tmp)
	if err := m.lookSometimes(); err != nil {
		return err
	}
	return m.put(m.tmp, tmp, at.dst, name, at.made, nil)
}

// dressLink gives a link its owner and time, which nothing depends on.
func (m *Mover) dressLink(x item, name string) {
	if uid, gid, ok := owner(x.info); ok {
		_ = m.tmp.Lchown(name, uid, gid)
	}
	_ = m.tmp.Lchtimes(name, x.info.ModTime())
}

// put gives what was proven its place. In a folder that this run made nothing
// can be in the way; elsewhere nothing is replaced.
func (m *Mover) put(from *dir, tmp string, to *dir, name string, vacant bool, what fs.FileInfo) error {
	if err := to.Still(); err != nil {
		return &Error{Reason: Swapped, Path: to.Path(), Err: err, Detail: "the folder became something else while it was copied to"}
	}
	move := from.Place
	if vacant {
		move = from.Rename
	}
	err := move(tmp, to.handle, name)
	if err == nil || what == nil {
		return m.fenced(err)
	}
	// A network file system may have done it, lost the answer, and asked again.
	if now, looked := to.Lstat(name); looked == nil && fsx.Same(now, what) {
		return nil
	}
	return m.fenced(err)
}
