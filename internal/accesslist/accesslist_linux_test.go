package accesslist

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// list is rw for the owner, r for a user, nothing for others.
func list(user uint32) []byte {
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

func TestCopy(t *testing.T) {
	dir := t.TempDir()
	open := func(name string, acl []byte) *os.File {
		file, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		if acl != nil {
			if err := unix.Fsetxattr(int(file.Fd()), posix, acl, 0); errors.Is(err, unix.ENOTSUP) {
				t.Skip("this storage has no access lists")
			} else if err != nil {
				t.Fatal(err)
			}
		}
		return file
	}
	for name, c := range map[string]struct{ from, to []byte }{
		"none": {nil, nil}, "new": {list(7), nil}, "other": {list(7), list(8)}, "less": {nil, list(8)}, "same": {list(7), list(7)},
	} {
		from, to := open(name+" from", c.from), open(name+" to", c.to)
		if err := Copy(from, to); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got, err := get(to, posix); err != nil || !bytes.Equal(got, c.from) {
			t.Errorf("%s: the list is %x, %v", name, got, err)
		}
	}
	closed := open("closed", nil)
	closed.Close()
	var typed *os.PathError
	if err := Copy(closed, open("x", nil)); !errors.As(err, &typed) {
		t.Errorf("a closed file: %v", err)
	}
}
