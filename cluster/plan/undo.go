package plan

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/replacefile"
)

// undo takes one step back. It may have been done before, or never.
func (r *runner) undo(ctx context.Context, s Step) (did bool, err error) {
	switch s.Action {
	case ActionRetire:
		return r.bringBack(s)
	case ActionEdit:
		if !r.begun() {
			return false, nil
		}
		fsys := r.w.FS[s.From.Storage]
		data, err := readAll(fsys, s.From.Path)
		if err != nil {
			return false, err
		}
		if digest(data) == s.Edit.Before {
			// Nothing to take back, but what an interrupted write left goes.
			return false, replacefile.Write(fsys, s.From.Path, data, replacefile.Options{Expect: data, Sole: true, BestEffort: r.o.Durability == DurabilityBestEffort})
		}
		old, err := s.Edit.revert(s.ServerFrom, data)
		if err != nil {
			return false, err
		}
		return true, replacefile.Write(fsys, s.From.Path, old, replacefile.Options{Expect: data, Sole: true, BestEffort: r.o.Durability == DurabilityBestEffort})
	case ActionLink:
		fsys := r.w.FS[s.From.Storage]
		if err := r.removeProbeLink(s); err != nil {
			return false, err
		}
		state, err := linkState(fsys, s)
		if err != nil || state == linkOriginal {
			return false, err
		}
		if state == linkDone {
			if err := fsys.Remove(s.From.Path); err != nil {
				return false, err
			}
		}
		_, err = r.bringBack(s)
		return true, err
	case ActionCopy:
		if !r.mine {
			return false, nil
		}
		return r.uncopy(ctx, s)
	case ActionMakeDir:
		if !r.mine {
			return r.unmake(s)
		}
		if s.To == r.p.To {
			if err := r.removeOwn(); err != nil {
				return false, err
			}
		}
		return r.removeEmpty(s.To)
	}
	return false, nil
}

// bringBack gives an original its name back, and removes the probe that an
// interrupted run has left in it.
func (r *runner) bringBack(s Step) (bool, error) {
	fsys := r.w.FS[s.From.Storage]
	if s.Kind == appdata.Dir && s.Action != ActionLink {
		for _, at := range []cluster.Place{s.From, s.Aside} {
			if err := r.removeProbe(fsys, child(at, r.probeName()).Path); err != nil {
				return false, err
			}
		}
	}
	if !there(fsys, s.Aside.Path) || there(fsys, s.From.Path) {
		return false, nil
	}
	if err := fsys.Rename(s.Aside.Path, s.From.Path); err != nil {
		return false, err
	}
	r.syncDir(fsys, parent(s.From))
	return true, nil
}

// unmake removes what a run left that died before it could record its plan:
// empty folders, and our own with nothing but an unfinished plan in it.
func (r *runner) unmake(s Step) (bool, error) {
	if s.To != r.p.To || !there(r.to, s.To.Path) {
		return false, nil
	}
	own := child(r.p.To, ownFolder)
	if there(r.to, own.Path) {
		list, err := names(r.to, own.Path)
		if err != nil {
			return false, err
		}
		for _, n := range list {
			if n != planFile+".new" {
				return false, nil
			}
		}
		if err := r.removeOwn(); err != nil {
			return false, err
		}
	}
	return r.removeEmpty(s.To)
}

// uncopy deletes what was copied, and only what still is a copy: what is in
// the manifest, which targetUntouched has just held against the target, or,
// after an interrupted copy, what equals its original.
func (r *runner) uncopy(ctx context.Context, s Step) (bool, error) {
	if !there(r.to, s.To.Path) {
		return false, nil
	}
	src, err := r.p.source(r.w, s)
	if err != nil {
		return false, err
	}
	proven := !r.other && complete(ctx, r.to, manifestPlace(r.p.To, s.ID))
	primed, err := r.openPrimed(ctx, s)
	if err != nil {
		return false, err
	}
	defer primed.Close()
	wk := &walker{fsys: r.to, exclude: r.p.notOfCopy(s)}
	wk.visit = func(it item) error {
		if it.info.IsDir() {
			return nil
		}
		made, err := primed.made(it)
		if err != nil {
			return err
		}
		if !proven && !made {
			same, err := r.isCopy(ctx, s, src, it)
			if err != nil {
				return err
			}
			if !same {
				r.keep(s, appdata.Join(s.ServerTo, it.rel), "is on the target and is no copy of an original")
				return nil
			}
		}
		return removeFile(r.to, it.path)
	}
	wk.after = func(it item) error {
		if it.rel == "" && s.To == r.p.To {
			return nil // the target itself goes with the step that made it
		}
		_, err := r.removeEmpty(cluster.Place{Storage: s.To.Storage, Path: it.path})
		return err
	}
	return true, wk.walk(ctx, s.To.Path)
}

// isCopy reports whether what stands on the target equals its original.
func (r *runner) isCopy(ctx context.Context, s Step, src cluster.Place, it item) (bool, error) {
	fsys, path := r.w.FS[src.Storage], child(src, it.rel).Path
	if it.info.Mode()&fs.ModeSymlink != 0 {
		text, err := readlink(fsys, path)
		return err == nil && text == it.link, nil
	}
	info, err := fsys.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	same, _, err := r.sc.equal(ctx, fsys, path, r.to, it.path)
	return same, err
}

// removeEmpty removes a folder unless it holds something: a mounted storage
// has entries of its own, and a mount point cannot be removed.
func (r *runner) removeEmpty(at cluster.Place) (bool, error) {
	if node := r.p.Target.MountPoint; node != "" && at == r.p.To && appdata.Equal(node, r.p.Target.AppData) {
		return false, nil
	}
	err := r.to.Remove(at.Path)
	switch {
	case err == nil:
		r.syncDir(r.to, parent(at))
		return true, nil
	case errors.Is(err, fs.ErrNotExist), notEmpty(err), errors.Is(err, syscall.EBUSY):
		return false, nil
	}
	return false, err
}
