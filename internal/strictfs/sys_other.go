//go:build !linux

package strictfs

import "io/fs"

// StatOf reads owner, device, inode number and link count from a FileInfo of a
// [FS]. False means that the FileInfo does not say.
func StatOf(info fs.FileInfo) (Stat, bool) {
	if s, ok := info.Sys().(*Stat); ok {
		return *s, true
	}
	return Stat{}, false
}

func sysOf(i *fileInfo) any {
	s := i.stat
	return &s
}
