package plan

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/fileowner"
	"github.com/deploycluster/deploycluster/internal/replacefile"
)

// rescan looks at every original again and at the target once more, the last
// thing before the server's files are edited.
func (r *runner) rescan(ctx context.Context) error {
	if err := r.quiet(); err != nil {
		return err
	}
	if err := r.present(); err != nil {
		return err
	}
	changed := &ChangedError{}
	for _, s := range r.p.Steps {
		if s.Action != ActionCopy {
			continue
		}
		if err := r.unchanged(ctx, s, changed); err != nil {
			return err
		}
		if err := r.arrived(ctx, s, changed); err != nil {
			return err
		}
	}
	return changed.orNil()
}

// arrived holds a copy against its manifest, sizes only: everything is there
// in full, and nothing that the original does not have, such as what an
// interrupted run copied before it was deleted.
func (r *runner) arrived(ctx context.Context, s Step, out *ChangedError) error {
	m, err := openManifest[record](r.to, manifestPlace(r.p.To, s.ID))
	if err != nil {
		return errors.Join(errGone, err)
	}
	defer m.Close()
	report := func(rel, what string) error {
		path := s.ServerTo
		if rel != "" {
			path = appdata.Join(path, rel)
		}
		out.add(Change{Path: path, What: what})
		return nil
	}
	same := func(it item, rec record) error {
		if it.info.Mode().Type() != rec.Mode.Type() || it.link != string(rec.Link) || rec.Mode.IsRegular() && it.info.Size() != rec.Size {
			return report(it.rel, "changed")
		}
		return nil
	}
	return against{
		match: same, differs: same,
		extra: func(it item) error { return report(it.rel, "new") },
		gone:  func(rec record) error { return report(rec.path(), "gone") },
	}.run(ctx, &walker{fsys: r.to, exclude: r.p.notOfCopy(s), ahead: r.o.workers()}, s.To.Path, m)
}

// notOfCopy are the slash paths below a copy that do not come from its
// original: what was excluded, our own folder, and what other steps copy there.
func (p *Plan) notOfCopy(s Step) []string {
	out := append([]string{ownFolder}, s.Exclude...)
	for _, o := range p.Steps {
		if o.Action == ActionCopy && o.ID != s.ID && placeIn(s.To, o.To) {
			out = append(out, strings.ReplaceAll(strings.TrimLeft(o.To.Path[len(s.To.Path):], `/\`), `\`, "/"))
		}
	}
	return out
}

// handedOver is the file in our folder that says that the switch has begun:
// from then on the target may hold the server's own work.
const handedOver = "switched"

// handOver marks the target as the server's, before the first file is edited.
func (r *runner) handOver() error {
	if r.p.AlreadyShared {
		return nil
	}
	at := child(child(r.p.To, ownFolder), handedOver)
	if there(r.to, at.Path) {
		return nil
	}
	if err := r.writeSynced(at.Path, []byte(r.p.ID)); err != nil {
		return err
	}
	r.syncDir(r.to, parent(at))
	return nil
}

// takeBack takes the mark off a target that was handed over and never used: it
// is copied to once more, and its manifests are about to change.
func (r *runner) takeBack() error {
	at := child(child(r.p.To, ownFolder), handedOver)
	if !there(r.to, at.Path) {
		return nil
	}
	err := removeFile(r.to, at.Path)
	r.syncDir(r.to, parent(at))
	return err
}

// stillOurs refuses to copy over a target that was handed over and then
// changed, whatever the server's files say now: an administrator who puts an
// old installed.properties back does not take the server's work back with it.
func (r *runner) stillOurs(ctx context.Context) error {
	own := child(r.p.To, ownFolder)
	if !there(r.to, child(own, handedOver).Path) {
		return nil
	}
	if err := r.targetUntouched(ctx); err != nil {
		return &JournalError{Path: own.Path, Plan: r.p.ID, Reason: "the target was handed over to the server: " + err.Error()}
	}
	return nil
}

// unchanged holds one source against its manifest.
func (r *runner) unchanged(ctx context.Context, s Step, out *ChangedError) error {
	src, err := r.p.source(r.w, s)
	if err != nil {
		return err
	}
	m, err := openManifest[record](r.to, manifestPlace(r.p.To, s.ID))
	if err != nil {
		return errors.Join(errGone, err)
	}
	defer m.Close()
	report := func(rel, what string) {
		path := s.ServerFrom
		if rel != "" {
			path = appdata.Join(path, rel)
		}
		out.add(Change{Path: path, What: what, Writer: writer(s, rel)})
	}
	return against{
		differs: func(it item, _ record) error { report(it.rel, "changed"); return nil },
		extra:   func(it item) error { report(it.rel, "new"); return nil },
		gone:    func(old record) error { report(old.path(), "gone"); return nil },
	}.run(ctx, r.walker(s, src), src.Path, m)
}

// present makes sure that the target still is what this run filled: a storage
// that was unmounted in between leaves an empty folder behind.
func (r *runner) present() error {
	to, _, err := findTarget(cluster.NewView(r.node, r.w), r.p.Target.AppData)
	if err != nil || to.place != r.p.To || !to.exists() {
		return errors.Join(errGone, err)
	}
	stored, err := readPlanFile(r.to, r.p.To)
	if err != nil || stored.ID != r.p.ID {
		return errGone
	}
	if dev, ok := fileowner.Device(to.info); ok && r.deviceOK && dev.Dev != r.device.Dev {
		return errGone
	}
	return nil
}

// edit changes one configuration file. A file that is edited already is left
// alone, one that is neither that nor the planned one is refused.
func (r *runner) edit(s Step) (did bool, err error) {
	fsys := r.w.FS[s.From.Storage]
	data, err := readAll(fsys, s.From.Path)
	if err != nil {
		return false, err
	}
	if s.Edit.done(s.ServerFrom, data) {
		return false, nil
	}
	if digest(data) != s.Edit.Before {
		return false, &StaleError{Path: s.ServerFrom, Reason: "is not the file that was planned for"}
	}
	after, err := s.Edit.apply(s.ServerFrom, data)
	if err != nil {
		return false, err
	}
	if r.p.Kind == KindPopulate {
		if err := r.quiet(); err != nil {
			return false, err
		}
	}
	if err := replacefile.Write(fsys, s.From.Path, after, replacefile.Options{Expect: data, Sole: true, BestEffort: r.o.Durability == DurabilityBestEffort}); err != nil {
		return false, err
	}
	return true, nil
}

// link renames the original aside and puts a link in its place. What an
// interrupted run left, the original aside and no link yet, is gone on with.
func (r *runner) link(s Step) (did bool, err error) {
	fsys := r.w.FS[s.From.Storage]
	state, err := linkState(fsys, s)
	if err != nil || state == linkDone {
		return false, err
	}
	if _, err := lstat(r.to, s.To.Path); err != nil {
		return false, errors.Join(errGone, err)
	}
	linker, ok := fsys.(afero.Linker)
	if !ok {
		return false, &fs.PathError{Op: "symlink", Path: s.From.Path, Err: afero.ErrNoSymlink}
	}
	dir := parent(s.From)
	if state == linkOriginal {
		if there(fsys, s.Aside.Path) {
			return false, &fs.PathError{Op: "rename", Path: s.Aside.Path, Err: fs.ErrExist}
		}
		if err := fsys.Rename(s.From.Path, s.Aside.Path); err != nil {
			return false, err
		}
		r.syncDir(fsys, dir)
	}
	if err := linker.SymlinkIfPossible(s.ServerTo, s.From.Path); err != nil {
		if state == linkOriginal && !there(fsys, s.From.Path) {
			err = errors.Join(err, fsys.Rename(s.Aside.Path, s.From.Path))
		}
		return false, unjoin(err)
	}
	if err := checkLink(fsys, s.From.Path, s.ServerTo); err != nil {
		// The server must not start on a link that leads elsewhere: put the
		// original back.
		err = errors.Join(err, fsys.Remove(s.From.Path))
		if state == linkOriginal {
			err = errors.Join(err, fsys.Rename(s.Aside.Path, s.From.Path))
		}
		return false, err
	}
	r.syncDir(fsys, dir)
	return true, nil
}
