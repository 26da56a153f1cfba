package plan

import (
	"encoding/json"
	"errors"
	"io/fs"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan/internal/mover"
	"github.com/deploycluster/deploycluster/internal/fileowner"
	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// What lies on the target can be written by everybody who may write there. So
// before the first edit the digest of the plan is written beside
// installed.properties, and a plan that is read from the target counts only with
// its digest there, in a folder of the same name as the one on the target. The
// file is named for the plan and for the run that has written it, so that no run
// removes what a later one has recorded.

// planRecord is that file.
type planRecord struct {
	Schema int    `json:"schema"`
	Plan   string `json:"plan"`
	// SHA256 is that of plan.json on the target, in hexadecimal.
	SHA256 string `json:"sha256"`
	// AppData is the target as the server writes it.
	AppData string `json:"appData"`

	file string // in which it is
	// done: nothing needs the plan any more. unfinished: a run was cut off while it
	// wrote this.
	done, unfinished bool
}

// recordFolder is the folder beside installed.properties that holds our own.
func (p *Plan) recordFolder(w cluster.World) (cluster.Place, error) {
	n, err := p.node()
	if err != nil {
		return cluster.Place{}, err
	}
	r, err := w.View(n).Resolve(serverpath.Join(n.Install, "conf/server"))
	return r.Place, err
}

// records lists the plans that were recorded on the server.
func (p *Plan) records(w cluster.World) (list []planRecord, err error) {
	at, err := p.recordFolder(w)
	if notThere(err) || err == nil && w.FS[at.Storage] == nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	fsys, own := w.FS[at.Storage], child(at, ownFolder)
	info, err := lstat(fsys, own.Path)
	if notThere(err) || err == nil && !info.IsDir() {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all, err := names(fsys, own.Path)
	if notThere(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, name := range all {
		r := planRecord{file: name}
		switch r.done, r.unfinished = mover.Record(name); {
		case r.unfinished:
			list = append(list, r)
			continue
		case !r.done && !strings.HasSuffix(name, ".json"):
			continue
		}
		data, err := fsx.ReadFile(fsys, child(own, name).Path, 1<<16)
		if notThere(err) || errors.Is(err, fsx.ErrNotRegular) || errors.Is(err, fsx.ErrTooLarge) {
			continue // no record of ours
		}
		if err != nil {
			return nil, err
		}
		if json.Unmarshal(data, &r) == nil && r.Schema == 1 && r.Plan != "" {
			list = append(list, r)
		}
	}
	return list, nil
}

// recordPlan writes the record. The digest is that of what is on the target.
func (r *run) recordPlan() error {
	data, err := r.m.Recorded(planFile)
	if err != nil {
		return err
	}
	at, err := r.p.recordFolder(r.w)
	if err != nil {
		return err
	}
	line, err := json.Marshal(planRecord{Schema: 1, Plan: r.p.ID, SHA256: digest(data), AppData: r.p.Target.AppData})
	if err != nil {
		return err
	}
	return r.m.RecordAt(at, r.p.ID, append(line, '\n'))
}

// recorded lists the files that say what was recorded for this target, and those
// of runs that were cut off while they recorded something.
func (r *run) recorded(only func(planRecord) bool) (files []string, err error) {
	list, err := r.p.records(r.w)
	for _, x := range list {
		if x.unfinished || serverpath.Equal(x.AppData, r.p.Target.AppData) && only(x) {
			files = append(files, x.file)
		}
	}
	return files, err
}

// removeOwn removes what this library keeps, once nothing needs it any more:
// first on the target, the plan after all that it explains, then on the server.
// What is recorded there is marked first, so that another run knows what a run has
// left that is cut off between the two.
func (r *run) removeOwn(last ...string) error {
	files, err := r.recorded(func(planRecord) bool { return true }) // a run that begins later writes one of its own
	if err != nil {
		return err
	}
	at, err := r.p.recordFolder(r.w)
	if err != nil {
		return err
	}
	if err := r.m.Look(); err != nil {
		return err
	}
	if files, err = r.m.MarkDone(at, files); err != nil {
		return err
	}
	if err := r.m.RemoveOwn(last...); err != nil {
		return translate(err)
	}
	return r.m.ForgetAt(at, files)
}

// rest lists the records that a run has left on the server which was cut off
// between the removal of the target's own folder and that of its records. known is
// false while the target has such a folder.
func (r *run) rest() (files []string, known bool, err error) {
	files, err = r.recorded(func(x planRecord) bool { return x.done })
	if errors.Is(err, fs.ErrPermission) {
		return nil, false, nil // they are not this user's to remove
	}
	if err != nil {
		return nil, false, err
	}
	own, err := r.m.Has("")
	return files, !own, err
}

// forgetRest removes them.
func (r *run) forgetRest() error {
	files, known, err := r.rest()
	if err != nil || !known {
		return err
	}
	at, err := r.p.recordFolder(r.w)
	if err != nil {
		return err
	}
	return r.m.ForgetAt(at, files)
}

// propertiesOwner is who owns installed.properties: what belongs to others is
// neither retired nor deleted. known is false where storages do not tell, or
// where the file is root's, who may own all.
func (r *run) propertiesOwner() (uid int, known bool, err error) {
	info, err := r.w.View(r.node).Stat(serverpath.Join(r.node.Install, "conf/server/installed.properties"))
	if err != nil {
		return 0, false, err
	}
	uid, _, known = fileowner.Of(info)
	return uid, known && uid != 0, nil
}

// owned reports whether an original belongs to the owner of
// installed.properties, and otherwise reports it as kept.
func (a *applying) owned(s Step, at cluster.Place) (bool, error) {
	want, known, err := a.propertiesOwner()
	if err != nil || !known {
		return err == nil, err
	}
	info, err := lstat(a.w.FS[at.Storage], at.Path)
	if notThere(err) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	uid, _, ok := fileowner.Of(info)
	if !ok || uid == want {
		return true, nil
	}
	a.keep(Kept{Path: s.ServerFrom, Reason: "belongs to another user than conf/server/installed.properties; see why, and give it to the server's user"})
	return false, nil
}
