package plan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// planFile is the plan that a run is working on, or that waits to be retired. It
// is in ownFolder on the target.
const planFile = "plan.json"

// Resume returns the plan that an earlier run recorded on the target for this
// very server and that is not finished: interrupted, or waiting for PhaseRetire
// or PhasePurge. The error wraps fs.ErrNotExist when there is none.
//
// What lies on the target can be written by everybody who may write there, so it
// is not trusted: the plan must be for the same installation, name no place
// outside of it and of its application data, and be the one whose digest was
// recorded beside installed.properties before the first edit; before that, the
// one that would be made now. Otherwise the error is an Error of ReasonJournal
// that says which digest to repeat as Target.Digest.
func Resume(ctx context.Context, c *cluster.Cluster, node string, t Target) (*Plan, error) {
	m, err := onlyMember(c, node)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b := &builder{m: m, v: m.FS(), c: c, t: t}
	if b.to, err = findTarget(b.v, t.AppData); err != nil {
		return nil, err
	}
	to := b.to
	p, data, err := b.stored()
	if err != nil {
		return nil, err
	}
	if why := b.foreign(p); why != "" {
		return nil, &Error{Reason: ReasonJournal, Path: to.server, Detail: "plan " + p.ID + " was made for " + why + ", so nothing of it is carried out here"}
	}
	// Whether it runs is what is declared now, and what an earlier run had left when
	// the plan was made is nothing to tell any more.
	p.Topology.Nodes[p.Topology.Index(p.Node)].Running = m.Node.Running
	p.Warnings = slices.DeleteFunc(p.Warnings, func(r Refusal) bool { return r.Rule == "TGT012" })
	if ok, err := b.recorded(p, data); err != nil || ok {
		return p, err
	}
	fsys := c.World().FS[to.place.Storage]
	if over, err := handed(fsys, to.place); err != nil {
		return nil, err
	} else if !over {
		anew, err := Populate(ctx, c, node, t)
		if err != nil {
			return nil, err
		}
		if takes, err := anew.supersedes(p, fsys); err != nil {
			return nil, err
		} else if takes || anew.ID == p.ID {
			return p, nil
		}
	}
	return nil, b.untrusted(p, data)
}

// Stored is Resume under its old name.
//
// Deprecated: use Resume.
func Stored(ctx context.Context, c *cluster.Cluster, node string, t Target) (*Plan, error) {
	return Resume(ctx, c, node, t)
}

func (b *builder) stored() (*Plan, []byte, error) {
	if !b.to.exists() {
		return nil, nil, fs.ErrNotExist
	}
	return readPlan(b.c.World().FS[b.to.place.Storage], b.to.place)
}

// readPlan reads the plan on a target. Our own folder must be one, and no link
// to one.
func readPlan(fsys afero.Fs, to cluster.Place) (*Plan, []byte, error) {
	if fsys == nil {
		return nil, nil, fs.ErrNotExist
	}
	own := child(to, ownFolder)
	if info, err := lstat(fsys, own.Path); err != nil {
		return nil, nil, err
	} else if !info.IsDir() {
		return nil, nil, &fs.PathError{Op: "open", Path: own.Path, Err: errors.New("is a link or a file, and should be the folder that this library makes there; find out who put it there, and remove it")}
	}
	data, err := fsx.ReadFile(fsys, child(own, planFile).Path, maxConfig)
	if err != nil {
		return nil, nil, err
	}
	p, err := Read(bytes.NewReader(data))
	if err == nil {
		err = p.intact()
	}
	return p, data, err
}

// foreign says for whom a stored plan was made, unless that is this very server
// and target.
func (b *builder) foreign(p *Plan) string {
	n, err := p.node()
	id := b.m.Value(cluster.KeyUniqueID)
	switch {
	case err != nil || p.Kind != KindPopulate:
		return "something else"
	case p.Node != b.m.Node.Name:
		return "node " + p.Node
	case !serverpath.Equal(n.Install, b.m.Node.Install):
		return "the installation " + n.Install
	case p.Server != "" && id != "" && p.Server != id:
		return "another server with the same paths (another " + cluster.KeyUniqueID + ")"
	case !serverpath.Equal(p.Target.AppData, b.t.AppData):
		return "the target " + p.Target.AppData
	case p.To != b.to.place:
		return fmt.Sprintf("the target %s when that was really %s, and now it is %s", p.Target.AppData, p.To.Path, b.to.place.Path)
	case !slices.Equal(n.Mounts, b.m.Node.Mounts):
		return "other mounts than are declared now"
	}
	if at := b.outside(p); at != "" {
		return "places outside of the installation and its application data, such as " + at
	}
	return ""
}

// outside names a place that a plan would change and that belongs neither to the
// installation nor to the application data that it moves.
func (b *builder) outside(p *Plan) string {
	homes := []string{b.m.Node.Install}
	if p.Scheme == appdata.Folder && p.AppData != "" {
		homes = append(homes, p.AppData)
	}
	for _, s := range p.Steps {
		switch s.Action {
		case ActionMakeDir, ActionCopy:
			if !placeIn(p.To, s.To) {
				return s.ServerTo
			}
		case ActionEdit, ActionLink, ActionRetire, ActionPurge:
			if !b.inside(s, homes) {
				return s.ServerFrom
			}
		}
	}
	return ""
}

// inside reports whether what a step changes is below one of the folders, and
// really where the step's path leads.
func (b *builder) inside(s Step, homes []string) bool {
	if !slices.ContainsFunc(homes, func(h string) bool { _, in := serverpath.Within(h, s.ServerFrom); return in }) {
		return false
	}
	at, err := lookup(b.v, s.ServerFrom)
	if s.Action == ActionEdit && err == nil && at.isLink() {
		if r, rerr := b.v.Resolve(s.ServerFrom); rerr == nil {
			at.place = r.Place
		}
	}
	if err != nil { // the folder that held it is gone
		return notThere(err)
	}
	return at.place == s.From
}

// recorded reports whether a stored plan is the one that was recorded on the
// server, or the one that the caller trusts.
func (b *builder) recorded(p *Plan, data []byte) (bool, error) {
	sum := digest(data)
	if b.t.Digest != "" {
		return strings.EqualFold(b.t.Digest, sum), nil
	}
	list, err := p.records(b.c.World())
	return slices.ContainsFunc(list, func(r planRecord) bool { return r.Plan == p.ID && r.SHA256 == sum }), err
}

func (b *builder) untrusted(p *Plan, data []byte) error {
	return &Error{Reason: ReasonJournal, Path: serverpath.Join(b.t.AppData, ownFolder+"/"+planFile),
		Detail: "plan " + p.ID + " is not the one that was recorded beside installed.properties, so it may have been put there by somebody else; read it, and if it is what was applied here, repeat its digest (Target.Digest; populate -digest): " + digest(data)}
}

// leftWork says first what an earlier run has left on the target.
func (b *builder) leftWork(stored *Plan) {
	b.p.Warnings = append([]Refusal{{Rule: "TGT012", Path: b.t.AppData, Source: srcSafety,
		Message: "an earlier run has begun to copy here (plan " + stored.ID + ") and has not switched the server",
		Fix:     "apply again, which compares what is there and continues (populate -apply), or revert it"}}, b.p.Warnings...)
}
