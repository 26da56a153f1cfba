package fsx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"testing"

	"github.com/spf13/afero"
	"golang.org/x/sys/unix"
)

// accessList is rw for the owner, r for a user, nothing for others.
func accessList(user uint32) []byte {
	out := binary.LittleEndian.AppendUint32(nil, 2)
	for _, e := range []struct {
		tag, perm uint16
		id        uint32
	}{{1, 6, math.MaxUint32}, {2, 4, user}, {4, 0, math.MaxUint32}, {16, 4, math.MaxUint32}, {32, 0, math.MaxUint32}} {
		out = binary.LittleEndian.AppendUint16(out, e.tag)
		out = binary.LittleEndian.AppendUint16(out, e.perm)
		out = binary.LittleEndian.AppendUint32(out, e.id)
	}
	return out
}

func TestCopyAccess(t *testing.T) {
	const posix = "system.posix_acl_access"
	dir, err := Open(afero.NewOsFs(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	open := func(name string, acl []byte) File {
		file, err := dir.Create(name, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		if acl != nil {
			if err := file.SetAttr(posix, acl); errors.Is(err, unix.ENOTSUP) {
				t.Skip("this storage has no access lists")
			} else if err != nil {
				t.Fatal(err)
			}
		}
		return file
	}
	for name, c := range map[string]struct{ from, to []byte }{
		"none": {nil, nil}, "new": {accessList(7), nil}, "other": {accessList(7), accessList(8)}, "less": {nil, accessList(8)}, "same": {accessList(7), accessList(7)},
	} {
		from, to := open(name+" from", c.from), open(name+" to", c.to)
		if err := CopyAccess(from, to); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got, err := to.Attr(posix); err != nil && !noAttr(err) || !bytes.Equal(got, c.from) {
			t.Errorf("%s: the list is %x, %v", name, got, err)
		}
	}
	closed := open("closed", nil)
	closed.Close()
	var typed *fs.PathError
	if err := CopyAccess(closed, open("x", nil)); !errors.As(err, &typed) {
		t.Errorf("a closed file: %v", err)
	}
}
