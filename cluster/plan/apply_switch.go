package plan

import (
	"cmp"
	"errors"
	"io/fs"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/replacefile"
)

// edit changes one configuration file. A file that is edited already is left
// alone, one that is neither that nor the planned one is refused.
func (a *applying) edit(s Step) (did bool, err error) {
	fsys := a.w.FS[s.From.Storage]
	data, err := readAll(fsys, s.From.Path)
	if err != nil {
		return false, err
	}
	if s.Edit.done(s.ServerFrom, data) || a.state == switchDone {
		return false, nil
	}
	if digest(data) != s.Edit.Before {
		return false, &StaleError{Path: s.ServerFrom, Reason: "is not the file that was planned for"}
	}
	if a.state == switchBegun {
		if ok, err := a.owned(s, s.From); err != nil {
			return false, err
		} else if !ok {
			return false, &StaleError{Path: s.ServerFrom, Reason: "belongs to another user than conf/server/installed.properties", Fix: "give it to the server's user, then apply again"}
		}
	}
	after, err := s.Edit.apply(s.ServerFrom, data)
	if err != nil {
		return false, err
	}
	if err := errors.Join(a.quiet(), a.m.Look()); err != nil {
		return false, unjoin(err)
	}
	return true, a.replaceFile(fsys, s.From.Path, after, data)
}

// replaceFile writes a file of the server, if this run is still the only one
// when the file is to be replaced. What another run was still writing there is
// removed first.
func (r *run) replaceFile(fsys afero.Fs, path string, data, expect []byte) error {
	err := replacefile.Write(fsys, path, data, replacefile.Options{Expect: expect, Sole: true, BestEffort: r.o.bestEffort(), Guard: r.m.Look})
	if err != nil {
		return cmp.Or(r.m.Look(), err)
	}
	return nil
}

// link renames the original aside and puts a link in its place. What an
// interrupted run left, the original aside and no link yet, is completed.
func (a *applying) link(s Step) (did bool, err error) {
	state, err := linkState(a.w.FS[s.From.Storage], s)
	if err != nil || state == linkDone {
		return false, err
	}
	if lacks, err := a.m.Holds(a.p.below(s.To)); err != nil {
		return false, err
	} else if lacks != "" {
		return false, a.run.gone(nil)
	}
	if aside, err := there(a.w.FS[s.From.Storage], s.Aside.Path); err != nil {
		return false, err
	} else if aside && state == linkOriginal {
		return false, &fs.PathError{Op: "rename", Path: s.Aside.Path, Err: fs.ErrExist}
	}
	return true, a.m.PutLink(s.From, s.Aside.Path, s.ServerTo)
}
