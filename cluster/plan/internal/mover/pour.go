package mover

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

// write brings the bytes of an original to a new file, with its mode, owner and
// time. The file stays open, to be synced together with others.
func (c *carrier) write(ctx context.Context, sc *scratch, f *filing) error {
	var err error
	if f.in, err = f.it.open(); err != nil {
		return err
	}
	if f.out, err = sc.tmp.Create(f.tmp, 0o600); err != nil {
		return c.m.fenced(err)
	}
	if f.it.info.Size() >= kernelBlock {
		f.hash = startHashing(ctx, f.it.open)
	}
	if err := c.pour(ctx, sc, f); err != nil {
		return err
	}
	f.written, err = c.m.setMeta(f.out, f.path(), f.it.info.Mode()&modeBits, f.it.info, f.in)
	return err
}

// pour copies the bytes. Where both files are the system's own, the system
// does it: the bytes need not come to this process, and over a network not
// even to this machine. Whatever it leaves over, on a storage that cannot or
// will not, is read and written here.
func (c *carrier) pour(ctx context.Context, sc *scratch, f *filing) error {
	moved := func(n int64) {
		c.m.working.Add(n)
		if f.it.info.Size() >= kernelBlock {
			c.p.tick()
		}
	}
	var src, dst *os.File
	if f.it.info.Size() > blockSize { // for less it costs more than it saves
		src, dst = f.in.System(), f.out.System()
	}
	done := int64(0)
	for src != nil && dst != nil {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := dst.ReadFrom(io.LimitReader(src, kernelBlock))
		moved(n)
		fsx.BeginSync(f.out, done, n)
		done += n
		if err != nil {
			return err
		}
		if n < kernelBlock {
			break
		}
	}
	// What it has grown by since it was found is for prove to notice.
	rest := io.LimitReader(f.in, max(0, f.it.info.Size()-done))
	return pump(ctx, rest, sc.block(0), func(b []byte) error {
		n, err := f.out.Write(b)
		moved(int64(n))
		if err == nil && n < len(b) {
			err = io.ErrShortWrite
		}
		return err
	})
}

// prove reads a copy back and compares it with its original, byte for byte. The
// original must be the file that was found, to its last moment.
func (c *carrier) prove(ctx context.Context, sc *scratch, f *filing) error {
	if _, err := f.in.Seek(0, io.SeekStart); err != nil {
		return err
	}
	out, err := sc.tmp.openSeen(f.tmp, f.written)
	if err != nil {
		return c.m.fenced(err)
	}
	defer out.Close()
	defer f.close()
	equal, sum, err := c.compare(ctx, sc, f, out)
	if err != nil {
		return err
	}
	after, err := f.in.Stat()
	if err != nil {
		return err
	}
	if after.Size() != f.it.info.Size() || !after.ModTime().Equal(f.it.info.ModTime()) || !equal && c.m.c.Priming {
		e := &Error{Reason: Changed, Path: c.it.Original}
		e.Add(Change{Path: server(c.it.Original, f.it.rel), What: "changed", Writer: c.it.writer(f.it.rel)})
		return e
	}
	if !equal {
		return &fs.PathError{Op: "verify", Path: f.path(), Err: errors.New("what was read back from the target is not what the original holds; the storage or the network may be faulty")}
	}
	f.sum = sum
	return nil
}

// compare holds a copy against its original, and hashes it. The hash of a large
// file is under way while it is copied, from the original: it says what
// the copy holds too, if the two are equal, and the original is as it was.
func (c *carrier) compare(ctx context.Context, sc *scratch, f *filing, out io.Reader) (equal bool, sum string, err error) {
	if f.hash == nil {
		return sc.same(ctx, f.in, out, f.it.info.Size())
	}
	if equal, err = sc.compare(ctx, f.in, out, f.it.info.Size(), nil); err != nil {
		return false, "", err
	}
	sum, err = f.hash.result()
	return equal, sum, err
}
