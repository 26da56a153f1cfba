package mover

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/deploycluster/deploycluster/internal/fileowner"
	"github.com/deploycluster/deploycluster/internal/fsx"
)

// modeBits are what is kept of a mode: a shared folder's setgid bit decides who
// can read what other members write.
const modeBits = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky

// metadata reports something of a copy that is not as its original has it.
func metadata(path, what, want, have string) error {
	return &Error{Reason: Metadata, Path: path, Detail: fmt.Sprintf("the %s should be %s and is %s on the target; the server may not be able to use it (root squash and mount options are the usual causes)", what, want, have)}
}

// setMeta gives a copy the mode, the owner, the access lists and the time of its
// original and reads them back. A mode or owner that does not arrive stops the
// run: on a share with root squash the server could not read its own keystores.
// like is nil where only a mode is known; from, the original, is nil where there
// are no lists of it to carry.
func (m *Mover) setMeta(to fsx.Meta, path string, mode fs.FileMode, like fs.FileInfo, from fsx.Meta) (fs.FileInfo, error) {
	mode, err := m.carryLists(from, to, path, mode&modeBits)
	if err != nil {
		return nil, err
	}
	if err := to.Chmod(mode); err != nil && !m.Synthetic {
		return nil, err
	}
	if like != nil {
		// Times help people; nothing is decided by them, so a storage that
		// refuses them is no failure.
		_ = to.Chtimes(like.ModTime())
	}
	info, err := to.Stat()
	if err != nil {
		return nil, err
	}
	if info, err = m.setOwner(to, path, mode, like, info); err != nil {
		return nil, err
	}
	if have := info.Mode() & modeBits; !m.Synthetic && have != mode {
		return nil, metadata(path, "mode", mode.String(), have.String())
	}
	return info, nil
}

func (m *Mover) setOwner(to fsx.Meta, path string, mode fs.FileMode, like, info fs.FileInfo) (fs.FileInfo, error) {
	if like == nil {
		return info, nil
	}
	wantUID, wantGID, owned := fileowner.Of(like)
	uid, gid, reported := fileowner.Of(info)
	if !owned || !reported {
		m.note("owners cannot be compared on these storages: check that the server's user can read and write the target")
		return info, nil
	}
	if uid == wantUID && gid == wantGID {
		return info, nil
	}
	wrong := func() error {
		return metadata(path, "owner", fmt.Sprintf("%d:%d", wantUID, wantGID), fmt.Sprintf("%d:%d", uid, gid))
	}
	if to.Chown(wantUID, wantGID) != nil {
		return nil, wrong()
	}
	// A change of owner may clear bits of the mode.
	if err := to.Chmod(mode); err != nil && !m.Synthetic {
		return nil, err
	}
	info, err := to.Stat()
	if err != nil {
		return nil, err
	}
	if uid, gid, _ = fileowner.Of(info); uid != wantUID || gid != wantGID {
		return nil, wrong()
	}
	return info, nil
}

// lists remembers which sides know no extended attributes at all.
type lists struct {
	noSource, noTarget atomic.Bool
	lost, left         atomic.Int64 // attributes that could not be carried, and that never are
}

const (
	accessList  = "system.posix_acl_access"
	defaultList = "system.posix_acl_default"
)

// carried reports whether an extended attribute belongs to the data: access
// lists, and what users and programs have attached. Labels of security modules
// and what a file system shows of itself are the storage's own.
func carried(name string) bool {
	return name == accessList || name == defaultList || strings.HasPrefix(name, "user.")
}

// leaveAttr notes an attribute that only the system may set: what a program may
// do by it, or what an administrator has attached.
func (m *Mover) leaveAttr(name, path string) {
	if name != "security.capability" && !strings.HasPrefix(name, "trusted.") {
		return
	}
	if n := m.lists.left.Add(1); n == 1 {
		m.note("the extended attribute " + name + " of " + path + " is not copied, nor that of others perhaps: set it again where something needs it")
	}
}

// carryLists gives a copy the extended attributes of its original. The access
// list first: a mode that goes with one says nothing by its group bits. It
// returns the mode that the copy is to have: where the list cannot be carried,
// the group gets no more than its entry and the mask allow. Without an original
// the copy gets no list, not that of the share either.
func (m *Mover) carryLists(from, to fsx.Meta, path string, mode fs.FileMode) (fs.FileMode, error) {
	var want []string
	if from == nil && m.Synthetic {
		return mode, nil // also while the target and what is above it are made: what is above is the share's own
	}
	if from != nil {
		var err error
		if want, err = attrNames(from, &m.lists.noSource); err != nil {
			return mode, err
		}
	}
	have, err := attrNames(to, &m.lists.noTarget)
	if err != nil {
		return mode, err
	}
	wanted := map[string]bool{}
	for _, name := range want {
		if !carried(name) {
			m.leaveAttr(name, path)
			continue
		}
		wanted[name] = true
		value, err := from.Attr(name)
		if err != nil {
			return mode, err
		}
		if err := to.SetAttr(name, value); err == nil {
			continue
		} else if !cannot(err) {
			return mode, err
		}
		if name == accessList {
			mode = m.lessen(path, mode, value)
			continue
		}
		if n := m.lists.lost.Add(1); n == 1 {
			m.note("the target does not keep the extended attribute " + name + " of " + path + ", nor that of others perhaps")
		}
	}
	for _, name := range have {
		if (name == accessList || name == defaultList) && !wanted[name] {
			// The share's own default list opens what was closed.
			if err := to.SetAttr(name, nil); err != nil {
				return mode, &Error{Reason: Metadata, Path: path, Err: err, Detail: "the target gives it an access list that the original does not have, and it cannot be removed; remove the default access list of the target folder"}
			}
		}
	}
	return mode, nil
}

// attrNames lists extended attributes; none is remembered for the storage.
func attrNames(of fsx.Meta, none *atomic.Bool) ([]string, error) {
	if none.Load() {
		return nil, nil
	}
	list, err := of.Attrs()
	if err != nil && cannot(err) {
		none.Store(true)
		return nil, nil
	}
	return list, err
}

// cannot reports that a storage has no such attributes, or not for this run.
func cannot(err error) bool {
	for _, e := range []error{errors.ErrUnsupported, syscall.ENOSYS, syscall.EPERM, syscall.EACCES, syscall.EINVAL} {
		if errors.Is(err, e) {
			return true
		}
	}
	return noAttributes(err)
}

// Tags of the entries of an access list, as posix_acl_xattr.h has them.
const (
	aclUser, aclGroupObj, aclGroup, aclMask = 0x02, 0x04, 0x08, 0x10
)

// lessen is the mode for a copy whose access list is lost: nobody gets more
// than the list gave, and who loses access is named.
func (m *Mover) lessen(path string, mode fs.FileMode, list []byte) fs.FileMode {
	group, mask, named := uint16(7), uint16(7), []string{}
	for at := 4; at+8 <= len(list); at += 8 {
		perm, id := binary.LittleEndian.Uint16(list[at+2:]), binary.LittleEndian.Uint32(list[at+4:])
		switch binary.LittleEndian.Uint16(list[at:]) {
		case aclGroupObj:
			group = perm
		case aclMask:
			mask = perm
		case aclUser:
			named = append(named, fmt.Sprintf("user %d", id))
		case aclGroup:
			named = append(named, fmt.Sprintf("group %d", id))
		}
	}
	if len(named) > 0 {
		m.note("the target does not keep access lists: " + strings.Join(named, ", ") + " could use " + path + " by its list and cannot use the copy")
	}
	return mode&^0o070 | fs.FileMode(group&mask&7)<<3
}

// alike reports whether a copy has the mode and the owner of its original
// already, as far as the storages tell.
func alike(have, want fs.FileInfo) bool {
	uid, gid, ok := fileowner.Of(have)
	wantUID, wantGID, wantOK := fileowner.Of(want)
	return have.Mode()&modeBits == want.Mode()&modeBits && (!ok || !wantOK || uid == wantUID && gid == wantGID)
}
