package mover

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"strconv"

	"github.com/deploycluster/deploycluster/internal/fileowner"
	"github.com/deploycluster/deploycluster/internal/fsx"
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

func owner(info fs.FileInfo) (uid, gid int, ok bool) { return fileowner.Of(info) }

// batches bounds how much one worker writes before it syncs.
func (m *Mover) batches(p *pool, bring func(context.Context, *scratch, []*filing) error) gathering[*filing] {
	g := gathering[*filing]{p: p, workers: m.c.Workers, most: batchFiles, bytes: batchBytes, do: bring}
	if m.c.SyncStorage != nil {
		g.most, g.bytes = wholeFiles, wholeBytes
	}
	return g
}

// filing is one file on its way to the target.
type filing struct {
	it   item
	dst  *dir   // the folder that it is to be in
	name string // and its name there
	// vacant: this run made the folder, so nothing can be there.
	vacant bool
	// known is what was recorded while the server ran, nil where it was not.
	known *primed

	tmp     string
	in, out fsx.File // open until the copy is proven, or synced
	hash    *hashing // of a large original, from before it is copied
	sum     string
	written fs.FileInfo // the copy, before it has its place
	// copied: this run wrote it; trusted: the record was believed; left: it
	// changed while it was primed, and is left for the run after the stop.
	copied, trusted, left bool
	// old is what is in the place, of the same kind and not equal; stands is
	// what is there now, known while priming.
	old, stands fs.FileInfo
}

func (f *filing) path() string { return fsx.Join(f.dst.Path(), f.name) }

// bring brings files to the target.
func (c *carrier) bring(ctx context.Context, sc *scratch, files []*filing) error {
	defer func() {
		for _, f := range files {
			f.close()
			f.it.dir.drop()
			f.dst.drop()
		}
	}()
	var fresh []*filing
	for _, f := range files {
		stands, err := c.standing(ctx, sc, f)
		if err != nil {
			return err
		}
		if stands {
			continue
		}
		if err := c.m.worker(sc); err != nil {
			return err
		}
		f.tmp = strconv.Itoa(len(fresh))
		fresh = append(fresh, f)
		if err := c.leave(f, c.write(ctx, sc, f)); err != nil {
			return about(f.path(), err)
		}
		if c.m.c.SyncStorage != nil {
			if err := f.shut(); err != nil {
				return about(f.path(), err)
			}
		}
	}
	if err := c.sync(fresh); err != nil {
		return err
	}
	for _, f := range fresh {
		if !f.left {
			if err := c.leave(f, c.prove(ctx, sc, f)); err != nil {
				return about(f.path(), err)
			}
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	if err := c.m.Look(); err != nil {
		return err
	}
	for _, f := range fresh {
		if err := c.place(sc, f); err != nil {
			return about(f.path(), err)
		}
	}
	return nil
}

// worker makes a worker's folder for what is not proven: a storage makes one
// name at a time in a folder.
func (m *Mover) worker(sc *scratch) error {
	if sc.tmp != nil {
		return nil
	}
	name := strconv.Itoa(sc.id)
	err := m.tmp.Mkdir(name, 0o700)
	if err == nil || errors.Is(err, fs.ErrExist) {
		sc.tmp, err = m.tmp.sub(name)
	}
	return m.fenced(err)
}

// sync makes what was written durable, and only then closes it: an error that a
// storage keeps for the last moment must not get lost.
func (c *carrier) sync(files []*filing) error {
	if c.m.c.SyncStorage != nil && len(files) > 0 {
		return c.m.syncBatch()
	}
	for _, f := range files {
		if out := f.out; out != nil {
			f.out = nil
			if err := cmp.Or(c.m.sync(out), out.Close()); err != nil {
				return about(f.path(), err)
			}
		}
	}
	return nil
}

// leave forgives, while the server runs, what only a running server does: the
// original is gone, has changed, or has become something else. The run after
// the stop will see to it.
func (c *carrier) leave(f *filing, err error) error {
	if err == nil || !c.m.c.Priming {
		return err
	}
	if !is(err, Changed) {
		now, gone := f.it.dir.Lstat(f.it.name)
		if gone == nil && now.Mode().Type() == f.it.info.Mode().Type() {
			return err
		}
	}
	f.left = true
	if !f.vacant {
		if info, err := f.dst.Lstat(f.name); err == nil && info.Mode().IsRegular() {
			f.stands = info
		}
	}
	return nil
}

// place gives a proven copy its name.
func (c *carrier) place(sc *scratch, f *filing) error {
	if f.left {
		return removed(sc.tmp.Remove(f.tmp))
	}
	if f.old != nil {
		// It is what was looked at, or it stays and the run stops.
		now, err := f.dst.Lstat(f.name)
		if err == nil && now.Mode().IsRegular() && now.Size() == f.old.Size() && now.ModTime().Equal(f.old.ModTime()) {
			err = c.m.discard(f.dst, f.name, sc.tmp, "old")
		}
		if err != nil && !missing(err) {
			return err
		}
	}
	if err := c.m.put(sc.tmp, f.tmp, f.dst, f.name, f.vacant, f.written); err != nil {
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

// shut closes the copy before it is synced with the whole storage.
func (f *filing) shut() (err error) {
	if f.out != nil {
		err = f.out.Close()
		f.out = nil
	}
	return err
}

// standing reports whether the target holds the file already, from a run that
// was interrupted or from one while the server ran. What is there is compared
// with its original, and never trusted, but for what was compared then and
// nobody has touched since, on either side.
func (c *carrier) standing(ctx context.Context, sc *scratch, f *filing) (bool, error) {
	if f.vacant {
		return false, nil
	}
	info, err := f.dst.Lstat(f.name)
	if err != nil {
		return false, removed(err)
	}
	if !info.Mode().IsRegular() {
		return false, nil // the copy that follows finds out what is wrong
	}
	f.old = info
	if info.Size() != f.it.info.Size() {
		return false, nil
	}
	if f.known.trusted(f.it.info, info) {
		f.sum, f.trusted = f.known.SHA256, true
		return true, nil
	}
	out, err := f.dst.openSeen(f.name, info)
	if err != nil {
		return false, err
	}
	defer out.Close()
	equal := false
	f.in, err = f.it.open()
	if err == nil {
		equal, f.sum, err = sc.same(ctx, f.in, out, 0)
	}
	if err = c.leave(f, err); err != nil || !equal || f.left {
		f.close()
		return f.left, err
	}
	if _, err := c.m.setMeta(out, f.path(), f.it.info.Mode()&modeBits, f.it.info, f.in); err != nil {
		return true, err
	}
	if !alike(info, f.it.info) {
		if err := c.m.sync(out); err != nil {
			return true, err
		}
	}
	return true, c.look(f)
}

// look remembers, while priming, what is on the target.
func (c *carrier) look(f *filing) (err error) {
	if c.m.c.Priming && !c.m.NoStamps {
		f.stands, err = f.dst.Lstat(f.name)
	}
	return err
}
