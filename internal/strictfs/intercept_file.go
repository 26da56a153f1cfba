package strictfs

import (
	"io"
	"io/fs"

	"github.com/spf13/afero"
)

// interceptFile passes every operation of an open file through its file
// system's around.
type interceptFile struct {
	base afero.File
	fs   *interceptFs
	id   int64
}

func (f *interceptFile) Name() string { return f.base.Name() }

func (f *interceptFile) call(op Op) *Call {
	return &Call{Op: op, Path: f.base.Name(), Handle: f.id}
}

func (f *interceptFile) Close() error { return f.fs.around(f.call(OpClose), f.base.Close) }
func (f *interceptFile) Sync() error  { return f.fs.around(f.call(OpSync), f.base.Sync) }
func (f *interceptFile) Truncate(size int64) error {
	return f.fs.around(f.call(OpTruncate), func() error { return f.base.Truncate(size) })
}

func (f *interceptFile) Stat() (fs.FileInfo, error) {
	return info(f.fs.around, f.call(OpFileStat), f.base.Stat)
}

func (f *interceptFile) Seek(offset int64, whence int) (pos int64, err error) {
	err = f.fs.around(f.call(OpSeek), func() (err error) {
		pos, err = f.base.Seek(offset, whence)
		return err
	})
	return pos, err
}

func (f *interceptFile) Read(p []byte) (int, error) {
	return f.reading(OpRead, p, f.base.Read)
}

func (f *interceptFile) ReadAt(p []byte, off int64) (int, error) {
	return f.reading(OpReadAt, p, func(p []byte) (int, error) { return f.base.ReadAt(p, off) })
}

func (f *interceptFile) reading(op Op, p []byte, read func([]byte) (int, error)) (n int, err error) {
	c, done := f.call(op), false
	err = f.fs.around(c, func() (err error) {
		done = true
		n, err = read(p)
		c.Data = p[:n]
		return err
	})
	if err == nil && !done && len(p) > 0 {
		err = io.EOF // a read that was not carried out gives nothing
	}
	return n, err
}

func (f *interceptFile) Write(p []byte) (int, error) {
	return f.writing(OpWrite, p, f.base.Write)
}

func (f *interceptFile) WriteString(s string) (int, error) { return f.Write([]byte(s)) }

func (f *interceptFile) WriteAt(p []byte, off int64) (int, error) {
	return f.writing(OpWriteAt, p, func(p []byte) (int, error) { return f.base.WriteAt(p, off) })
}

// writing reports as many bytes as the base wrote, or all of them where the
// write was not carried out and is claimed to have worked.
func (f *interceptFile) writing(op Op, p []byte, write func([]byte) (int, error)) (n int, err error) {
	c, done := f.call(op), false
	c.Data = p
	err = f.fs.around(c, func() (err error) {
		done = true
		n, err = write(c.Data)
		return err
	})
	n = min(n, len(p))
	switch {
	case err == nil && !done:
		n = len(p)
	case err == nil && n < len(p):
		err = io.ErrShortWrite
	}
	return n, err
}

func (f *interceptFile) Readdir(count int) (infos []fs.FileInfo, err error) {
	err = f.fs.around(f.call(OpReaddir), func() (err error) {
		infos, err = f.base.Readdir(count)
		return err
	})
	return infos, err
}

func (f *interceptFile) Readdirnames(n int) (names []string, err error) {
	err = f.fs.around(f.call(OpReaddirnames), func() (err error) {
		names, err = f.base.Readdirnames(n)
		return err
	})
	return names, err
}
