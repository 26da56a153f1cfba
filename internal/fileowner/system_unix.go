//go:build unix

package fileowner

import (
	"io/fs"
	"syscall"
)

// systemOf is what the system said of a file. The fields' widths differ from system
// to system, so each is converted. Blocks are counted in units of 512 bytes on every
// system that has them.
func systemOf(fi fs.FileInfo) (s system, ok bool) {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok || st == nil {
		return s, false
	}
	return system{
		uid: int(st.Uid), gid: int(st.Gid),
		id:        FileID{Dev: uint64(st.Dev), Ino: uint64(st.Ino), Links: uint64(st.Nlink)},
		allocated: int64(st.Blocks) * 512, changed: changed(st),
	}, true
}
