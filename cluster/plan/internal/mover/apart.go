package mover

import (
	"errors"
	"strings"
	"syscall"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

// allApart makes sure that no folder of an original, as far as the layout names
// it, is the folder of its copy.
func (m *Mover) allApart(it Item, o *original, layout []string) (bool, error) {
	up, base, err := m.holder(it.To)
	if missing(err) {
		return true, nil // the server may have removed it; the manifest decides
	}
	if errors.Is(err, fsx.ErrNotFollowed) || errors.Is(err, syscall.ENOTDIR) {
		m.keep(Kept{Path: it.Original, Reason: "the folder that holds its copy is reached through a link now: " + err.Error() + "; put the folder itself there"})
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer up.drop()
	there, err := lstat(up, base)
	if missing(err) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if m.one(o.info, there) {
		return false, &Error{Reason: SameStorage, Path: it.From.Path, Other: fsx.Join(m.target.Path(), it.To)}
	}
	if there.Mode().Type() != o.info.Mode().Type() {
		m.keep(Kept{Path: it.Original, Reason: it.Copy + " is no longer of the same kind; put back what the server is to use"})
		return false, nil
	}
	if !o.info.IsDir() {
		return true, nil
	}
	self, err := o.open()
	if err != nil {
		return false, err
	}
	defer self.drop()
	copied := up.hold()
	if base != "" {
		copied.drop()
		if copied, err = up.sub(base); err != nil {
			return false, err
		}
	}
	defer copied.drop()
	if err := m.apart(self, copied); err != nil {
		return false, err
	}
	for _, rel := range layout {
		if ok, err := m.apartAt(it, o, self, copied, rel); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// apartAt is apart for a folder of the layout.
func (m *Mover) apartAt(it Item, o *original, self, copied *dir, rel string) (bool, error) {
	from := self.hold()
	defer func() { from.drop() }()
	for i, name := range strings.Split(rel, "/") {
		if i == 0 {
			name += o.marked
		}
		next, err := from.sub(name)
		if missing(err) || errors.Is(err, fsx.ErrNotFollowed) || errors.Is(err, syscall.ENOTDIR) {
			return true, nil // no folder of that name moves
		}
		if err != nil {
			return false, err
		}
		inner, err := mounted(next, from, m.nowhere())
		from.drop()
		from = next
		if err != nil {
			return false, err
		}
		if inner {
			m.keep(Kept{Path: it.Original, Reason: server(it.Original, rel) + ": " + whyMount + "; the original stays"})
			return false, nil
		}
	}
	to, err := copied.into(rel)
	if missing(err) {
		return true, nil
	}
	if errors.Is(err, fsx.ErrNotFollowed) || errors.Is(err, syscall.ENOTDIR) {
		m.keep(Kept{Path: it.Original, Reason: server(it.Copy, rel) + " is a link now, or no folder; put the folder itself there"})
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer to.drop()
	return true, m.apart(from, to)
}
