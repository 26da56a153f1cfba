package plan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
)

const (
	// batchFiles and batchBytes bound what one worker writes before it syncs:
	// the storage can bring small files to the disk together, and what a crash
	// can cut is little. A file of batchBytes or more is a batch of its own.
	batchFiles = 16
	batchBytes = 1 << 20
	// wholeFiles and wholeBytes are those bounds where one call syncs the whole
	// storage: the fewer such calls the better.
	wholeFiles = 64
	wholeBytes = 32 << 20
	// kernelBlock is how much the system copies at a time, in bytes: between
	// two of them a run can be cancelled.
	kernelBlock = 8 << 20
)

// bounds are how much one worker writes before it syncs.
func (c *carrier) bounds() (files int, bytes int64) {
	if c.r.o.SyncStorage != nil {
		return wholeFiles, wholeBytes
	}
	return batchFiles, batchBytes
}

// filing is one file on its way to the target.
type filing struct {
	it item
	at string // where it is to stand
	// vacant: this run made the folder, so nothing can stand there.
	vacant bool
	// known is what Prime recorded, nil where it did not.
	known *primed

	tmp     string
	in, out afero.File // open until the copy is proven, or synced
	hash    *hashing   // of a large original, from when it was copied
	sum     string
	// copied: this run wrote it; trusted: Prime's word was taken; left: it
	// changed while it was primed, and is left for Apply.
	copied, trusted, left bool
	// stands is what stands on the target, known while priming.
	stands fs.FileInfo
}

// batch is what one worker brings to the target together: written, synced, read
// back and compared, and only then renamed to their places.
type batch struct {
	*job
	files []*filing
	bytes int64
}

func (c *carrier) newBatch() *batch {
	b := &batch{}
	b.job = newJob(func(ctx context.Context, sc *scratch) error { return c.bring(ctx, sc, b.files) })
	return b
}

func (c *carrier) bring(ctx context.Context, sc *scratch, files []*filing) error {
	defer func() {
		for _, f := range files {
			f.close()
		}
	}()
	if err := c.r.stillPriming(); err != nil {
		return err
	}
	var fresh []*filing
	for _, f := range files {
		stands, err := c.standing(ctx, sc, f)
		if err != nil {
			return err
		}
		if stands {
			continue
		}
		if f.tmp, err = c.r.temporaryName(sc, len(fresh)); err != nil {
			return err
		}
		fresh = append(fresh, f)
		if err := c.leave(f, c.write(ctx, sc, f)); err != nil {
			return err
		}
		if c.r.o.SyncStorage != nil {
			if err := f.written(); err != nil {
				return err
			}
		}
	}
	if err := c.sync(fresh); err != nil {
		return err
	}
	for _, f := range fresh {
		if !f.left {
			if err := c.leave(f, c.prove(ctx, sc, f)); err != nil {
				return err
			}
		}
	}
	if err := c.r.stillPriming(); err != nil {
		return err
	}
	for _, f := range fresh {
		if err := c.place(f); err != nil {
			return err
		}
	}
	return nil
}

// sync makes what was written durable, and only then closes it: an error that a
// storage keeps for the last moment must not get lost.
func (c *carrier) sync(files []*filing) error {
	if c.r.o.SyncStorage != nil && len(files) > 0 {
		return c.r.syncBatch()
	}
	for _, f := range files {
		if out := f.out; out != nil {
			f.out = nil
			if err := cmp.Or(c.r.sync(out), out.Close()); err != nil {
				return err
			}
		}
	}
	return nil
}

// leave forgives, while the server runs, what only a running server does: the
// original is gone, has changed, or has become something else. Apply will see
// to it.
func (c *carrier) leave(f *filing, err error) error {
	if err == nil || !c.r.priming {
		return err
	}
	var changed *ChangedError
	if !errors.As(err, &changed) {
		now, gone := lstat(f.it.fsys, f.it.path)
		if gone == nil && now.Mode().Type() == f.it.info.Mode().Type() {
			return err
		}
	}
	f.left = true
	if !f.vacant {
		if info, err := lstat(c.r.to, f.at); err == nil && info.Mode().IsRegular() {
			f.stands = info
		}
	}
	return nil
}

// place gives a proven copy its name.
func (c *carrier) place(f *filing) error {
	if f.left {
		return removeFile(c.r.to, f.tmp)
	}
	if err := c.r.to.Rename(f.tmp, f.at); err != nil {
		return err
	}
	f.copied = true
	return c.look(f)
}

func (f *filing) close() {
	f.hash.end()
	if f.out != nil {
		f.out.Close()
	}
	if f.in != nil {
		f.in.Close()
	}
	f.in, f.out = nil, nil
}

// written closes the copy before it is synced with the whole storage.
func (f *filing) written() (err error) {
	if f.out != nil {
		err = f.out.Close()
		f.out = nil
	}
	return err
}

// standing reports whether the target holds the file already, from a run that
// was interrupted or from Prime. What stands there is compared with its
// original, and never trusted, but for what Prime compared and nobody has
// touched since, on either side.
func (c *carrier) standing(ctx context.Context, sc *scratch, f *filing) (bool, error) {
	if f.vacant {
		return false, nil
	}
	info, err := lstat(c.r.to, f.at)
	if err != nil || !info.Mode().IsRegular() || info.Size() != f.it.info.Size() {
		return false, nil // the copy that follows finds out what is wrong
	}
	if f.known.trusted(f.it.info, info) {
		f.sum, f.trusted = f.known.SHA256, true
		return true, nil
	}
	equal, sum, err := sc.equal(ctx, f.it.fsys, f.it.path, c.r.to, f.at)
	if err = c.leave(f, err); err != nil || !equal || f.left {
		return f.left, err
	}
	f.sum = sum
	if err := c.r.setMeta(f.at, f.it.info.Mode()&modeBits, f.it.info); err != nil {
		return true, err
	}
	if !alike(info, f.it.info) {
		if err := c.r.syncFile(f.at); err != nil {
			return true, err
		}
	}
	return true, c.look(f)
}

// look remembers, while priming, what stands on the target.
func (c *carrier) look(f *filing) (err error) {
	if c.r.priming && !c.r.noStamps {
		f.stands, err = lstat(c.r.to, f.at)
	}
	return err
}

// write brings the bytes of an original to a new file, with its mode, owner and
// time. The file stays open, to be synced together with others.
func (c *carrier) write(ctx context.Context, sc *scratch, f *filing) error {
	var err error
	if f.in, err = f.it.fsys.Open(f.it.path); err != nil {
		return err
	}
	f.out, err = c.r.to.OpenFile(f.tmp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := c.pour(ctx, sc, f); err != nil {
		return err
	}
	if f.it.info.Size() >= kernelBlock {
		f.hash = startHashing(ctx, f.it.fsys, f.it.path)
	}
	return c.r.setMeta(f.tmp, f.it.info.Mode()&modeBits, f.it.info)
}

// pour copies the bytes. Where both files are the system's own, the system
// does it: the bytes need not come to this process, and over a network not
// even to this machine. Whatever it leaves over, on a storage that cannot or
// will not, is read and written here.
func (c *carrier) pour(ctx context.Context, sc *scratch, f *filing) error {
	moved := func(n int64) {
		c.r.working.Add(n)
		if f.it.info.Size() >= kernelBlock {
			c.p.tick()
		}
	}
	src, ok := systemFile(f.in)
	dst, ok2 := systemFile(f.out)
	done := int64(0)
	for ok && ok2 && f.it.info.Size() > blockSize {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := dst.ReadFrom(io.LimitReader(src, kernelBlock))
		moved(n)
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

// systemFile returns the system's own file behind an afero one, where that is
// all there is to it.
func systemFile(f afero.File) (*os.File, bool) {
	if below, ok := f.(*afero.BasePathFile); ok {
		f = below.File
	}
	o, ok := f.(*os.File)
	return o, ok
}

// prove reads a copy back and compares it with its original, byte for byte. The
// original must be the file that was found, to its last moment.
func (c *carrier) prove(ctx context.Context, sc *scratch, f *filing) error {
	if _, err := f.in.Seek(0, io.SeekStart); err != nil {
		return err
	}
	out, err := c.r.to.Open(f.tmp)
	if err != nil {
		return err
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
	if after.Size() != f.it.info.Size() || !after.ModTime().Equal(f.it.info.ModTime()) || !equal && c.r.priming {
		e := &ChangedError{}
		e.add(Change{Path: appdata.Join(c.s.ServerFrom, f.it.rel), What: "changed", Writer: writer(c.s, f.it.rel)})
		return e
	}
	if !equal {
		return &fs.PathError{Op: "verify", Path: f.at, Err: errors.New("what was read back from the target is not what the original holds; the storage or the network may be faulty")}
	}
	f.sum = sum
	return nil
}

// compare holds a copy against its original, and hashes it. The hash of a large
// file has been under way since it was copied, from the original: it says what
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

// temporary is how the names of the folders begin, inside our own on the
// target, in which files are written: one for each worker, because a storage
// makes one name at a time in a folder.
const temporary = "copying-"

// temporaryName is the name of the nth file of a worker's batch. That its folder
// is there already, in a run that has not made it, says that another run works
// here.
func (r *runner) temporaryName(sc *scratch, n int) (string, error) {
	dir := child(r.p.To, fmt.Sprintf("%s/%s%d", ownFolder, temporary, sc.id))
	if !sc.folder {
		err := r.to.Mkdir(dir.Path, 0o700)
		if errors.Is(err, fs.ErrExist) {
			return "", &JournalError{Path: dir.Path, Plan: r.p.ID, Reason: "another run is copying to this target; let it finish"}
		}
		if err != nil {
			return "", err
		}
		sc.folder = true
	}
	return child(dir, strconv.Itoa(n)).Path, nil
}

// clearTemporary removes what an interrupted run left half written.
func (r *runner) clearTemporary() error {
	if r.cleared {
		return nil
	}
	own := child(r.p.To, ownFolder)
	list, err := names(r.to, own.Path)
	if err != nil {
		return err
	}
	for _, name := range list {
		if strings.HasPrefix(name, temporary) {
			if err := r.to.RemoveAll(child(own, name).Path); err != nil {
				return err
			}
		}
	}
	r.cleared = true
	return nil
}
