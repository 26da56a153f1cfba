package strictfs

import (
	"io/fs"
	"syscall"
	"time"
)

// StatOf reads owner, device, inode number and link count from a FileInfo of a
// [FS], or from one of package os where that tells. False means that the
// FileInfo does not say.
func StatOf(info fs.FileInfo) (Stat, bool) {
	switch s := info.Sys().(type) {
	case *syscall.Stat_t:
		return Stat{
			UID: int(s.Uid), GID: int(s.Gid),
			Dev: uint64(s.Dev), Ino: s.Ino, Nlink: uint64(s.Nlink),
			Atime: time.Unix(int64(s.Atim.Sec), int64(s.Atim.Nsec)).UTC(),
			Ctime: time.Unix(int64(s.Ctim.Sec), int64(s.Ctim.Nsec)).UTC(),
		}, true
	case *Stat:
		return *s, true
	}
	return Stat{}, false
}

func sysOf(i *fileInfo) any {
	s := &syscall.Stat_t{
		Ino:  i.stat.Ino,
		Uid:  uint32(i.stat.UID),
		Gid:  uint32(i.stat.GID),
		Mode: sysMode(i.mode),
		Size: i.size,
		Atim: syscall.NsecToTimespec(i.stat.Atime.UnixNano()),
		Mtim: syscall.NsecToTimespec(i.mtime.UnixNano()),
		Ctim: syscall.NsecToTimespec(i.stat.Ctime.UnixNano()),
	}
	// The widths of these fields differ between processors.
	setWidth(&s.Dev, i.stat.Dev)
	setWidth(&s.Nlink, i.stat.Nlink)
	setWidth(&s.Blksize, 4096)
	setWidth(&s.Blocks, uint64(i.size+511)/512)
	return s
}

func setWidth[T ~int32 | ~int64 | ~uint32 | ~uint64](field *T, v uint64) { *field = T(v) }

// sysMode turns a mode of package fs into that of stat(2).
func sysMode(m fs.FileMode) uint32 {
	s := uint32(m.Perm())
	switch {
	case m&fs.ModeDir != 0:
		s |= syscall.S_IFDIR
	case m&fs.ModeSymlink != 0:
		s |= syscall.S_IFLNK
	case m&fs.ModeNamedPipe != 0:
		s |= syscall.S_IFIFO
	case m&fs.ModeSocket != 0:
		s |= syscall.S_IFSOCK
	case m&fs.ModeCharDevice != 0:
		s |= syscall.S_IFCHR
	case m&fs.ModeDevice != 0:
		s |= syscall.S_IFBLK
	default:
		s |= syscall.S_IFREG
	}
	if m&fs.ModeSetuid != 0 {
		s |= syscall.S_ISUID
	}
	if m&fs.ModeSetgid != 0 {
		s |= syscall.S_ISGID
	}
	if m&fs.ModeSticky != 0 {
		s |= syscall.S_ISVTX
	}
	return s
}
