package plan

import (
	"encoding/json"
	"errors"

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

// records lists the plans that were recorded on the server. What a run was writing
// that was cut off is one without a plan.
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
	if err != nil {
		return nil, err
	}
	for _, name := range all {
		if mover.Unfinished(name) {
			list = append(list, planRecord{file: name})
			continue
		}
		data, err := fsx.ReadFile(fsys, child(own, name).Path, 1<<16)
		if notThere(err) || errors.Is(err, fsx.ErrNotRegular) || errors.Is(err, fsx.ErrTooLarge) {
			continue // no record of ours
		}
		if err != nil {
			return nil, err
		}
		r := planRecord{file: name}
		if json.Unmarshal(data, &r) == nil && r.Schema == 1 {
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
func (r *run) recorded() (files []string, err error) {
	list, err := r.p.records(r.w)
	for _, x := range list {
		if x.Plan == "" || serverpath.Equal(x.AppData, r.p.Target.AppData) {
			files = append(files, x.file)
		}
	}
	return files, err
}

// forget removes records that nothing needs any more, and the folder when it is
// empty.
func (r *run) forget(files []string) error {
	at, err := r.p.recordFolder(r.w)
	if err != nil {
		return err
	}
	return r.m.ForgetAt(at, files)
}

// removeOwn removes what this library keeps, once nothing needs it any more:
// first on the target, the plan after all that it explains, then on the server.
func (r *run) removeOwn(last ...string) error {
	files, err := r.recorded() // a run that begins later writes one of its own
	if err != nil {
		return err
	}
	if err := r.m.RemoveOwn(last...); err != nil {
		return translate(err)
	}
	return r.forget(files)
}

// rest lists the records that a run has left on the server which was cut off between
// the removal of the target's own folder and that of its records. known is false
// where that cannot be told: the storage may be another than it was.
func (r *run) rest() (files []string, known bool, err error) {
	if files, err = r.recorded(); err != nil {
		return nil, false, err
	}
	if lacks, err := r.m.Holds(keystores...); err != nil || lacks != "" {
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
	return r.forget(files)
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
