package plan

import (
	"bytes"
	"context"
	"errors"
	"io/fs"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan/internal/mover"
	"github.com/deploycluster/deploycluster/internal/replacefile"
)

// replace puts a copy of one small file in the place of another, which is
// kept aside. The old file is copied aside and proven there first, and then
// replaced in one rename, so that at every moment one of the two is in place.
func (r *applying) replace(s Step) (did bool, err error) {
	src, dst := r.w.FS[s.From.Storage], r.w.FS[s.To.Storage]
	data, err := readAll(src, s.From.Path)
	if err != nil {
		return false, err
	}
	if digest(data) != s.Digest {
		return false, &StaleError{Path: s.ServerFrom, Reason: "is not the file that was planned for"}
	}
	old, err := readAll(dst, s.To.Path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	existed := err == nil
	if existed && bytes.Equal(old, data) {
		info, err := dst.Stat(s.To.Path)
		if err != nil || info.Mode().Perm() == s.Mode {
			return false, err
		}
		return true, dst.Chmod(s.To.Path, s.Mode) // cut off between the two
	}
	if existed {
		kept, err := readAll(dst, s.Aside.Path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if err := replacefile.Write(dst, s.Aside.Path, old, replacefile.Options{NewMode: s.Mode, Sole: true, BestEffort: r.run.o.durability == DurabilityBestEffort}); err != nil {
				return false, err
			}
		case err != nil:
			return false, err
		case !bytes.Equal(kept, old):
			return false, &fs.PathError{Op: "keep", Path: s.Aside.Path, Err: fs.ErrExist}
		}
	}
	o := replacefile.Options{NewMode: s.Mode, Sole: true, BestEffort: r.run.o.durability == DurabilityBestEffort}
	if existed {
		o.Expect = old
	}
	if err := replacefile.Write(dst, s.To.Path, data, o); err != nil {
		return false, err
	}
	if err := dst.Chmod(s.To.Path, s.Mode); err != nil {
		return false, err
	}
	back, err := readAll(dst, s.To.Path)
	if err == nil && !bytes.Equal(back, data) {
		err = &fs.PathError{Op: "verify", Path: s.To.Path, Err: errors.New("what was read back is not what the original holds")}
	}
	if err != nil {
		return false, err
	}
	r.m.Stats.CopiedFiles++
	r.m.Stats.CopiedBytes += int64(len(data))
	r.m.Stats.VerifiedFiles++
	r.m.Stats.VerifiedBytes += int64(len(data))
	r.count()
	return true, nil
}

// align runs a plan of KindAlign: its steps are independent of each other and
// each tells from the disk whether it was done.
func (r *applying) align(ctx context.Context) error {
	if err := errors.Join(r.p.realWorld(r.w), r.p.storages(r.w)); err != nil {
		return unjoin(err)
	}
	if path, ok := r.p.fits(r.w); !ok {
		return &StaleError{Path: path, Reason: "is neither the file that was planned for nor edited already"}
	}
	c := r.p.moverConfig(r.w, cluster.Node{})
	r.m, r.survey = mover.New(c), &Survey{}
	for _, s := range r.p.Steps {
		if err := r.canceled(ctx, s); err != nil {
			return err
		}
		if err := r.one(ctx, s); err != nil {
			return r.stop(s, err)
		}
		r.res.Phase = s.Phase
	}
	return nil
}
