package replacefile

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"

	"github.com/deploycluster/deploycluster/internal/fileowner"
	"github.com/deploycluster/deploycluster/internal/fsx"
)

// modeBits are what is kept of a mode.
const modeBits = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky

// adopt gives the temporary file the owner, access list and mode of the old
// file, where the file system reports them, or the mode of a new one.
func (r *run) adopt(f fsx.File) error {
	if r.old == nil {
		return f.Chmod(cmp.Or(r.o.Mode, r.o.NewMode, 0o600) & modeBits)
	}
	now, err := f.Stat()
	if err != nil {
		return err
	}
	owned := sameOwner(now, r.old)
	if uid, gid, _ := fileowner.Of(r.old); !owned {
		if err := f.Chown(uid, gid); errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("the file belongs to user %d, group %d, and this process may not make a file of theirs: "+
				"save it as that user or as root: %w", uid, gid, err)
		} else if err != nil {
			return err
		}
	}
	if r.own {
		if err := fsx.CopyAccess(r.oldFile, f); err != nil {
			return err
		}
	}
	// The mode comes last: a change of owner or list may clear bits of it.
	want := cmp.Or(r.o.Mode, r.mode) & modeBits
	if now.Mode()&modeBits != want || !owned || r.own {
		if err := f.Chmod(want); err != nil {
			return err
		}
	}
	if now, err = f.Stat(); err != nil {
		return err
	}
	if !sameOwner(now, r.old) {
		uid, gid, _ := fileowner.Of(now)
		wantUID, wantGID, _ := fileowner.Of(r.old)
		return fmt.Errorf("the storage makes %d:%d the owner, not %d:%d", uid, gid, wantUID, wantGID)
	}
	if got := now.Mode() & modeBits; got != want && r.o.Mode == 0 {
		return fmt.Errorf("the storage sets mode %v, not %v", got, want)
	}
	return nil
}

// sameOwner reports whether two files have one owner and group, as far as this
// is known.
func sameOwner(a, b fs.FileInfo) bool {
	uid, gid, ok := fileowner.Of(a)
	wantUID, wantGID, wantOK := fileowner.Of(b)
	return !ok || !wantOK || uid == wantUID && gid == wantGID
}
