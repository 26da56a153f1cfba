package plan

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"syscall"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
)

// makeDir creates a folder, and those above it that are missing, with the
// mode of the plan and the owner of the folder it stands for. A folder that
// is there is left alone.
func (r *runner) makeDir(s Step) (did bool, err error) {
	info, err := lstat(r.to, s.To.Path)
	if err == nil && !info.IsDir() {
		if info, err = r.to.Stat(s.To.Path); err == nil && !info.IsDir() {
			return false, &fs.PathError{Op: "mkdir", Path: s.To.Path, Err: fs.ErrExist}
		}
	}
	if err == nil {
		if s.To == r.p.To || r.made[s.To] || !placeIn(r.p.To, s.To) {
			return r.made[s.To], nil
		}
		// From an earlier run, which may have died before it gave the folder
		// its mode and owner.
		like, err := r.like(s)
		if err != nil {
			return false, err
		}
		return false, r.setMeta(s.To.Path, s.Mode, like)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	up := parent(s.To)
	if up != s.To && !there(r.to, up.Path) {
		above := s
		above.To = up
		if _, err := r.makeDir(above); err != nil {
			return false, err
		}
	}
	if err := r.to.Mkdir(s.To.Path, s.Mode|0o700); err != nil {
		return false, err
	}
	like, err := r.like(s)
	if err != nil {
		return false, err
	}
	if err := r.setMeta(s.To.Path, s.Mode, like); err != nil {
		return false, err
	}
	r.syncDir(r.to, up)
	r.made[s.To] = true
	return true, nil
}

// like is the folder that a new one is to be like, nil where there is none.
func (r *runner) like(s Step) (fs.FileInfo, error) {
	if s.From.Path == "" {
		return nil, nil
	}
	return r.w.FS[s.From.Storage].Stat(s.From.Path)
}

// carrier carries one Copy step out.
type carrier struct {
	r *runner
	s Step
	p *pool
	m *manifestWriter
	// primed is what Prime recorded of the same originals, nil without it.
	primed *primedReader
	// open is the batch that is being filled, batches how many there were.
	open    *batch
	batches int
	// made are the folders on the way down that this run has made.
	made []string
}

// copy copies one file or folder, proves it and records it in a manifest.
// What is there already, from an interrupted run, is compared instead of
// trusted.
func (r *runner) copy(ctx context.Context, s Step) error {
	src, err := r.p.source(r.w, s)
	if err != nil {
		return err
	}
	if err := r.clearTemporary(); err != nil {
		return err
	}
	c := &carrier{r: r, s: s}
	if c.primed, err = r.openPrimed(ctx, s); err != nil {
		return err
	}
	defer c.primed.Close()
	at := manifestPlace(r.p.To, s.ID)
	if there(r.to, at.Path) {
		// What an earlier run recorded will no longer say what stands on the
		// target; it must not come back in a crash.
		if err := removeFile(r.to, at.Path); err != nil {
			return err
		}
		r.syncDir(r.to, child(r.p.To, ownFolder))
	}
	if r.priming {
		at = primedPlace(r.p.To, s, true)
	}
	if c.m, err = newManifest(r.to, at); err != nil {
		return err
	}
	c.p = r.newPool(ctx, s)
	defer c.p.quit()
	wk := r.walker(s, src)
	wk.visit, wk.after = c.visit, c.after
	err = wk.walk(ctx, src.Path)
	if r.priming && errors.Is(err, fs.ErrNotExist) && !there(wk.fsys, src.Path) {
		err = nil // it has gone since it was planned
	}
	if err := c.m.close(c.p.end(err), r.sync); err != nil {
		return err
	}
	if r.priming {
		if err := r.to.Rename(at.Path, primedPlace(r.p.To, s, false).Path); err != nil {
			return err
		}
	}
	r.syncDir(r.to, child(r.p.To, ownFolder))
	r.syncDir(r.to, parent(s.To))
	return nil
}

// newPool makes the workers of one step. Whatever a long file does is told as
// progress of that step.
func (r *runner) newPool(ctx context.Context, s Step) *pool {
	if r.crew == nil {
		r.crew = newCrew(r.o.workers())
	}
	p := r.crew.pool(ctx)
	p.onMove = func() { r.tell(Event{Kind: EventProgress, Step: s}) }
	return p
}

// visit queues one thing that the walk met. Folders and links are made at once,
// so that whatever comes later finds its folder.
func (c *carrier) visit(it item) error {
	known, err := c.primed.find(it)
	if err != nil {
		return err
	}
	at := child(c.s.To, it.rel).Path
	switch mode := it.info.Mode(); {
	case mode&fs.ModeSymlink != 0:
		if err := c.r.copyLink(it, at); err != nil {
			return err
		}
	case mode.IsDir():
		if err := c.folder(it, at); err != nil {
			return err
		}
	case mode.IsRegular():
		return c.file(it, at, known)
	default:
		return &RefusedError{Plan: c.r.p.ID, Refusals: []Refusal{{Rule: "TGT005", Path: appdata.Join(c.s.ServerFrom, it.rel), Message: "is a " + special(mode) + ", which cannot be copied", Source: srcSafety}}}
	}
	rec := recordOf(it, "")
	return c.p.add(nil, func() error { return c.m.add(rec) })
}

func (c *carrier) folder(it item, at string) error {
	if err := c.r.stillPriming(); err != nil {
		return err
	}
	err := c.r.to.Mkdir(at, it.info.Mode()&modeBits|0o700)
	if err == nil {
		c.made = append(c.made, it.rel)
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := lstat(c.r.to, at)
	switch {
	case err != nil:
		return err
	case !info.IsDir() && it.rel != "":
		return &fs.PathError{Op: "mkdir", Path: at, Err: fs.ErrExist}
	case info.IsDir() && info.Mode()&0o700 != 0o700 && it.rel != "":
		// From an earlier run; it gets its own mode when the walk leaves it.
		return c.r.to.Chmod(at, info.Mode()&modeBits|0o700)
	}
	return nil
}

// file puts a file into the batch that is being filled. The first batches are
// small, so that all workers are busy where there are few files.
func (c *carrier) file(it item, at string, known *primed) error {
	f := &filing{it: it, at: at, known: known, vacant: c.vacant(it)}
	most, bytes := c.bounds()
	if b := c.open; b != nil && b.bytes+it.info.Size() > bytes {
		c.close()
	}
	if c.open == nil || c.open.given { // given because its turn came
		c.open = c.newBatch()
		c.batches++
	}
	b := c.open
	b.files = append(b.files, f)
	b.bytes += it.info.Size()
	if err := c.p.add(b.job, func() error { return c.proven(f) }); err != nil {
		return err
	}
	if len(b.files) >= min(most, 1<<min(c.batches/c.r.o.workers(), 16)) || b.bytes >= bytes {
		c.close()
	}
	return nil
}

// vacant reports whether this run made the folder of an item.
func (c *carrier) vacant(it item) bool {
	return it.rel != "" && len(c.made) > 0 && c.made[len(c.made)-1] == path.Dir("/" + it.rel)[1:]
}

// close gives the batch that is being filled to a worker.
func (c *carrier) close() {
	if c.open != nil {
		c.p.give(c.open.job)
		c.open = nil
	}
}

// proven records and counts a file that the target holds.
func (c *carrier) proven(f *filing) error {
	r, size := c.r, f.it.info.Size()
	if f.left {
		// Changed or gone while it was primed. What an earlier Prime has put
		// there stays known.
		if f.stands == nil {
			return nil
		}
		old := record{Path: rawText(f.it.rel), Mode: f.stands.Mode(), Size: f.stands.Size()}
		return c.m.addNow(primedOf(old, f.it.info, f.stands, time.Time{}))
	}
	if f.copied {
		r.res.CopiedFiles++
		r.res.CopiedBytes += size
		r.working.Add(-size)
	}
	r.res.VerifiedFiles++
	r.res.VerifiedBytes += size
	r.tell(Event{Kind: EventProgress, Step: c.s, Path: f.it.rel})
	rec := recordOf(f.it, f.sum)
	switch {
	case !r.priming:
		return c.m.add(rec)
	case f.trusted:
		return c.m.addNow(f.known)
	}
	return c.m.addNow(primedOf(rec, f.it.info, f.stands, r.quietSince))
}

// after queues the end of a folder: by then all that it holds has its name, and
// nothing changes its time any more.
func (c *carrier) after(it item) error {
	if n := len(c.made); n > 0 && c.made[n-1] == it.rel {
		c.made = c.made[:n-1]
	}
	if err := c.primed.below(it.rel); err != nil {
		return err
	}
	at := child(c.s.To, it.rel)
	finish := newJob(func(context.Context, *scratch) error {
		if it.rel == "" && at == c.r.p.To {
			c.r.syncDir(c.r.to, at) // its mode was set when it was made, or is the mount's
			return nil
		}
		if err := c.r.setMeta(at.Path, it.info.Mode()&modeBits, it.info); err != nil {
			return err
		}
		c.r.syncDir(c.r.to, at)
		return nil
	})
	return c.p.add(nil, func() error {
		c.p.give(finish)
		return c.p.add(finish, nil)
	})
}

// walker goes through the source of a Copy step.
func (r *runner) walker(s Step, src cluster.Place) *walker {
	wk := &walker{fsys: r.w.FS[src.Storage], in: src.Storage, exclude: s.Exclude, avoid: r.p.To, ahead: r.o.workers()}
	if r.priming {
		wk.unreadable = func(_ string, err error) error {
			if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
				return nil // the server removed it
			}
			return err
		}
	}
	wk.target, _ = r.to.Stat(r.p.To.Path)
	if r.p.Target.links() == LinksFollow {
		wk.follow, wk.resolve, wk.world, wk.in = true, leads(r.node), r.w.FS, src.Storage
	}
	return wk
}

func (r *runner) copyLink(it item, at string) error {
	if text, err := readlink(r.to, at); err == nil {
		if text == it.link {
			return nil
		}
		// From an earlier run, which the link has changed since.
		if err := errors.Join(r.stillPriming(), r.to.Remove(at)); err != nil {
			return err
		}
	}
	l, ok := r.to.(afero.Linker)
	if !ok {
		return &fs.PathError{Op: "symlink", Path: at, Err: afero.ErrNoSymlink}
	}
	if err := l.SymlinkIfPossible(it.link, at); err != nil {
		return err
	}
	return checkLink(r.to, at, it.link)
}

// checkLink reads a link back: some file systems rewrite what they are given.
func checkLink(fsys afero.Fs, at, want string) error {
	text, err := readlink(fsys, at)
	if err == nil && text != want {
		err = &fs.PathError{Op: "symlink", Path: at, Err: fmt.Errorf("the storage stored another text than %s", want)}
	}
	return err
}
