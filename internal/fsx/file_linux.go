package fsx

import (
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// handleFile is a file of the system. It is no os.File, because that asks the
// system five times more when it is opened, as if the file could be a socket.
// It is used by one goroutine at a time, and has to be closed.
type handleFile struct {
	fd         int
	name, path string
	file       *os.File // owns fd, where System was asked for it
}

func (f *handleFile) failed(op string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: f.path, Err: err}
}

// Read is read(2).
func (f *handleFile) Read(b []byte) (n int, err error) {
	if len(b) == 0 {
		return 0, nil
	}
	err = again(func() (err error) { n, err = unix.Read(f.fd, b); return err })
	if err != nil {
		return 0, f.failed("read", err)
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// Write is write(2), until all is written.
func (f *handleFile) Write(b []byte) (done int, err error) {
	for done < len(b) {
		n := 0
		err := again(func() (err error) { n, err = unix.Write(f.fd, b[done:]); return err })
		if err == nil && n == 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return done, f.failed("write", err)
		}
		done += n
	}
	return done, nil
}

// Seek is lseek(2).
func (f *handleFile) Seek(offset int64, whence int) (int64, error) {
	at, err := unix.Seek(f.fd, offset, whence)
	return at, f.failed("seek", err)
}

// Stat is fstat(2).
func (f *handleFile) Stat() (fs.FileInfo, error) {
	info := &systemInfo{name: f.name}
	if err := again(func() error { return syscall.Fstat(f.fd, &info.st) }); err != nil {
		return nil, f.failed("stat", err)
	}
	return info, nil
}

// Chmod is fchmod(2).
func (f *handleFile) Chmod(mode fs.FileMode) error {
	bits := uint32(mode.Perm())
	if mode&fs.ModeSetuid != 0 {
		bits |= unix.S_ISUID
	}
	if mode&fs.ModeSetgid != 0 {
		bits |= unix.S_ISGID
	}
	if mode&fs.ModeSticky != 0 {
		bits |= unix.S_ISVTX
	}
	return f.failed("chmod", again(func() error { return unix.Fchmod(f.fd, bits) }))
}

// Chown is fchown(2).
func (f *handleFile) Chown(uid, gid int) error {
	return f.failed("chown", again(func() error { return unix.Fchown(f.fd, uid, gid) }))
}

func (f *handleFile) Chtimes(mtime time.Time) error       { return setTimes(f.fd, f.path, mtime) }
func (f *handleFile) Attrs() ([]string, error)            { return attrs(f.fd, f.path) }
func (f *handleFile) Attr(name string) ([]byte, error)    { return attr(f.fd, f.path, name) }
func (f *handleFile) SetAttr(name string, v []byte) error { return setAttr(f.fd, f.path, name, v) }

// Sync is fsync(2).
func (f *handleFile) Sync() error {
	return f.failed("sync", again(func() error { return unix.Fsync(f.fd) }))
}

// Close is close(2), which the system does not want to hear twice, whatever it
// answered.
func (f *handleFile) Close() error {
	if f.fd < 0 {
		return f.failed("close", fs.ErrClosed)
	}
	fd := f.fd
	f.fd = -1
	if f.file != nil {
		return f.file.Close()
	}
	if err := unix.Close(fd); err != unix.EINTR {
		return f.failed("close", err)
	}
	return nil
}

// beginSync lets the system write a part of the file now. It waits for nothing
// and promises nothing: Sync does, and reports what went wrong.
func (f *handleFile) beginSync(offset, n int64) {
	_ = unix.SyncFileRange(f.fd, offset, n, unix.SYNC_FILE_RANGE_WRITE)
}

// unwritten asks for a lease, which the system does not give on a file that
// somebody has open or mapped for writing, and gives it back, at the latest when
// the file is closed.
func (f *handleFile) unwritten(hold bool) bool {
	_, err := unix.FcntlInt(uintptr(f.fd), unix.F_SETLEASE, unix.F_RDLCK)
	if err == nil && !hold {
		_, err = unix.FcntlInt(uintptr(f.fd), unix.F_SETLEASE, unix.F_UNLCK)
	}
	return err == nil
}

// System gives the file to package os, which knows how the system copies.
func (f *handleFile) System() *os.File {
	if f.file == nil && f.fd >= 0 {
		f.file = os.NewFile(uintptr(f.fd), f.path)
	}
	return f.file
}

// setTimes changes what a handle is open on: utimensat(2) without a name, for
// which x/sys has no function.
func setTimes(fd int, path string, mtime time.Time) error {
	ts := timespec(mtime)
	times := [2]unix.Timespec{ts, ts}
	_, _, errno := unix.Syscall6(unix.SYS_UTIMENSAT, uintptr(fd), 0, uintptr(unsafe.Pointer(&times)), 0, 0, 0)
	if errno != 0 {
		return &fs.PathError{Op: "utimensat", Path: path, Err: errno}
	}
	return nil
}

// systemInfo describes a file, as os.FileInfo does for its own.
type systemInfo struct {
	name string
	st   syscall.Stat_t
}

func (i *systemInfo) Name() string { return i.name }
func (i *systemInfo) Size() int64  { return i.st.Size }
func (i *systemInfo) ModTime() time.Time {
	return time.Unix(int64(i.st.Mtim.Sec), int64(i.st.Mtim.Nsec))
}
func (i *systemInfo) IsDir() bool { return i.st.Mode&unix.S_IFMT == unix.S_IFDIR }
func (i *systemInfo) Sys() any    { return &i.st }

// Mode translates the system's bits.
func (i *systemInfo) Mode() fs.FileMode {
	mode := fs.FileMode(i.st.Mode & 0o777)
	switch i.st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
	case unix.S_IFDIR:
		mode |= fs.ModeDir
	case unix.S_IFLNK:
		mode |= fs.ModeSymlink
	case unix.S_IFIFO:
		mode |= fs.ModeNamedPipe
	case unix.S_IFSOCK:
		mode |= fs.ModeSocket
	case unix.S_IFBLK:
		mode |= fs.ModeDevice
	case unix.S_IFCHR:
		mode |= fs.ModeDevice | fs.ModeCharDevice
	default:
		mode |= fs.ModeIrregular
	}
	if i.st.Mode&unix.S_ISUID != 0 {
		mode |= fs.ModeSetuid
	}
	if i.st.Mode&unix.S_ISGID != 0 {
		mode |= fs.ModeSetgid
	}
	if i.st.Mode&unix.S_ISVTX != 0 {
		mode |= fs.ModeSticky
	}
	return mode
}
