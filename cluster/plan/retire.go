package plan

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
)

// keep reports an original that stays.
func (r *runner) keep(s Step, path, reason string) {
	r.res.Kept = append(r.res.Kept, Kept{Path: path, Reason: reason})
	r.tell(Event{Kind: EventKept, Step: s, Message: path + ": " + reason})
}

// retire renames one original aside, once it is proven to be what was copied.
func (r *runner) retire(ctx context.Context, s Step) (did bool, err error) {
	src := r.w.FS[s.From.Storage]
	info, err := lstat(src, s.From.Path)
	aside := there(src, s.Aside.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil // retired before, or gone by another hand
	case err != nil:
		return false, err
	case aside:
		r.keep(s, s.ServerFrom, "something new stands where the original was, which is aside already; find out what made it")
		return false, nil
	}
	if ok, err := r.disposable(ctx, s, s.From, info); err != nil || !ok {
		return false, err
	}
	had := there(r.to, s.To.Path) // the server may have removed it, which is its right
	err = src.Rename(s.From.Path, s.Aside.Path)
	if errors.Is(err, syscall.EBUSY) {
		r.keep(s, s.ServerFrom, "is in use or a mount point; unmount it by hand and leave its content as it is")
		return false, nil
	}
	if err != nil {
		return false, err
	}
	r.syncDir(src, parent(s.From))
	if _, err := lstat(r.to, s.To.Path); had && errors.Is(err, fs.ErrNotExist) {
		// The copy went with the original: both are one.
		if back := src.Rename(s.Aside.Path, s.From.Path); back != nil {
			return false, errors.Join(&SameStorageError{Source: s.From, Target: s.To}, back)
		}
		return false, &SameStorageError{Source: s.From, Target: s.To}
	}
	return true, nil
}

// disposable reports whether an original may go: its copy was proven, the
// target still is the one that holds it, and the original has not changed
// since. The copy itself may have grown: the server works on it.
func (r *runner) disposable(ctx context.Context, s Step, at cluster.Place, info fs.FileInfo) (bool, error) {
	for _, rel := range []string{"conf/encryption.keystore", "conf/server.keystore"} {
		if _, err := r.to.Stat(child(r.p.To, rel).Path); err != nil {
			r.keep(s, s.ServerFrom, "the target does not hold "+rel+"; is the network storage still mounted?")
			return false, nil
		}
	}
	if info.Mode()&fs.ModeSymlink != 0 && s.Copies == "" {
		return true, nil // a link whose content was copied: what it leads to stays where it is
	}
	if err := r.oneStorage(at, info, s.To); err != nil {
		return false, err
	}
	copy, ok := r.p.step(s.Copies)
	if !ok {
		return false, &PlanError{Plan: r.p.ID, Reason: "step " + s.ID + " relies on no copy"}
	}
	if err := r.ensureManifest(ctx, copy, at); err != nil {
		return false, err
	}
	var first Kept
	found := 0
	differ := func(rel, why string) {
		if found++; found == 1 {
			path := s.ServerFrom
			if rel != "" {
				path = appdata.Join(path, rel)
			}
			first = Kept{Path: path, Reason: why}
		}
	}
	err := r.originals(ctx, copy, at, func(it item, ok bool, why string) error {
		if !ok {
			differ(it.rel, why)
		}
		return nil
	}, nil)
	if err != nil {
		return false, err
	}
	if found > 0 {
		if found > 1 {
			first.Reason += ", and more differences"
		}
		r.keep(s, s.ServerFrom, first.Path+" "+first.Reason+"; the original stays")
		return false, nil
	}
	return true, nil
}

// originals holds an original against its manifest, contents included, and
// says of each entry whether it is what was copied.
func (r *runner) originals(ctx context.Context, copy Step, at cluster.Place, each func(it item, ok bool, why string) error, after func(item) error) error {
	m, err := openManifest[record](r.to, manifestPlace(r.p.To, copy.ID))
	if err != nil {
		return err
	}
	defer m.Close()
	p := r.newPool(ctx, copy)
	say := func(it item, ok bool, why string) error {
		return p.add(nil, func() error { return each(it, ok, why) })
	}
	look := against{
		match: func(it item, rec record) error {
			if !it.info.Mode().IsRegular() {
				return say(it, true, "")
			}
			same := false
			j := newJob(func(ctx context.Context, sc *scratch) error {
				f, err := it.fsys.Open(it.path)
				if err != nil {
					return err
				}
				defer f.Close()
				sum, err := sc.hash(ctx, f)
				if err != nil {
					return err
				}
				now, err := f.Stat()
				same = sum == rec.SHA256 && err == nil && steady(it.info, now)
				return err
			})
			p.give(j)
			return p.add(j, func() error { return each(it, same, "has changed since it was copied") })
		},
		differs: func(it item, rec record) error {
			if it.info.IsDir() && rec.Mode.IsDir() {
				return say(it, true, "")
			}
			if it.info.Mode()&fs.ModeSymlink != 0 && r.p.Target.links() == LinksFollow {
				return say(it, true, "") // what it leads to was copied and stays where it is
			}
			return say(it, false, "has changed since it was copied")
		},
		extra: func(it item) error {
			return say(it, false, "was not there when the copy was made, or its copy differs")
		},
	}
	if after != nil {
		look.after = func(it item) error { return p.add(nil, func() error { return after(it) }) }
	}
	return p.end(look.run(ctx, r.originalWalker(copy, at), at.Path, m))
}

// originalWalker walks an original where it is now. Links are what they are:
// what they lead to is not ours to delete.
func (r *runner) originalWalker(copy Step, at cluster.Place) *walker {
	return &walker{fsys: r.w.FS[at.Storage], exclude: copy.Exclude, ahead: r.o.workers()}
}

// ensureManifest makes a new manifest where the old one is lost: only what is
// equal to its copy, byte for byte, gets into it.
func (r *runner) ensureManifest(ctx context.Context, copy Step, at cluster.Place) error {
	place := manifestPlace(r.p.To, copy.ID)
	if complete(ctx, r.to, place) {
		return nil
	}
	r.note("the journal on the target was lost: originals are compared with their copies instead")
	if err := r.to.Mkdir(child(r.p.To, ownFolder).Path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	m, err := newManifest(r.to, place)
	if err != nil {
		return err
	}
	wk := r.originalWalker(copy, at)
	wk.visit = func(it item) error {
		to := child(copy.To, it.rel).Path
		info, err := lstat(r.to, to)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		switch mode := it.info.Mode(); {
		case mode&fs.ModeSymlink != 0:
			if text, err := readlink(r.to, to); err != nil || text != it.link {
				return nil
			}
			return m.add(recordOf(it, ""))
		case mode.IsRegular() && info.Mode().IsRegular():
			equal, sum, err := r.sc.equal(ctx, it.fsys, it.path, r.to, to)
			if err != nil || !equal {
				return err
			}
			return m.add(recordOf(it, sum))
		case mode.IsDir() && info.IsDir():
			return m.add(recordOf(it, ""))
		}
		return nil
	}
	return m.close(wk.walk(ctx, at.Path), r.sync)
}

// purge deletes what was retired, entry by entry, and only what is still what
// was copied.
func (r *runner) purge(ctx context.Context, s Step) (did bool, err error) {
	src := r.w.FS[s.Aside.Storage]
	info, err := lstat(src, s.Aside.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if ok, err := r.disposable(ctx, s, s.Aside, info); err != nil || !ok {
		return false, err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		return true, removeFile(src, s.Aside.Path)
	}
	copy, _ := r.p.step(s.Copies)
	if ok, err := r.purgeExcluded(ctx, s, copy); err != nil || !ok {
		return false, err
	}
	full := false
	remove := func(it item) error {
		// It may be long ago that the content was hashed: files are deleted in
		// the order of the walk.
		if now, err := lstat(src, it.path); err != nil || !it.info.IsDir() && !steady(it.info, now) {
			full = full || err == nil
			return errIfThere(err)
		}
		err := removeFile(src, it.path)
		if it.info.IsDir() && (notEmpty(err)) {
			full = true
			return nil
		}
		return err
	}
	err = r.originals(ctx, copy, s.Aside, func(it item, ok bool, _ string) error {
		if it.info.IsDir() && it.info.Mode()&0o700 != 0o700 {
			return src.Chmod(it.path, it.info.Mode()&modeBits|0o700) // else nothing in it can be deleted
		}
		if !ok || it.info.IsDir() {
			return nil // a folder goes after its content; what is new stays
		}
		return remove(it)
	}, remove)
	if err != nil {
		return false, err
	}
	if full {
		r.keep(s, s.ServerAside, "something appeared or changed in it while it was deleted; that stays")
		return false, nil
	}
	r.syncDir(src, parent(s.Aside))
	return true, nil
}

// steady reports whether a file is as it was looked at before.
func steady(before, now fs.FileInfo) bool {
	if before.Mode() != now.Mode() || before.Size() != now.Size() || !before.ModTime().Equal(now.ModTime()) {
		return false
	}
	s := stampOf(before)
	return s == nil || s.still(now)
}

func errIfThere(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// purgeExcluded removes what the copy of a folder left out, as long as the
// target holds the same. That is conf/installed.version, which is copied for
// itself and from the installation folder.
func (r *runner) purgeExcluded(ctx context.Context, s, copy Step) (bool, error) {
	src := r.w.FS[s.Aside.Storage]
	for _, rel := range copy.Exclude {
		old := child(s.Aside, rel).Path
		info, err := lstat(src, old)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return false, err
		}
		equal := false
		if info.Mode().IsRegular() {
			equal, _, err = r.sc.equal(ctx, src, old, r.to, child(copy.To, rel).Path)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return false, err
			}
		}
		if !equal {
			r.keep(s, appdata.Join(s.ServerAside, rel), "was not copied with its folder and differs from what the target holds; the retired folder stays")
			return false, nil
		}
		if err := removeFile(src, old); err != nil {
			return false, err
		}
	}
	return true, nil
}
