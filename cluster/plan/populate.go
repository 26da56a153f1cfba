package plan

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/reserved"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// Populate plans how the application data of one server gets to network
// storage, and how the server is made to use it there: step 5 of the
// vendor's page. It reads only, and never more than the entries of the
// layout: its cost does not depend on how much the server stores.
//
// What speaks against the change is in Plan.Refusals, with a nil error, as far
// as the entries of the layout show it; Survey walks through all that they
// hold. The error is an Error of ReasonNode, that of a done context, or an I/O error. An
// empty node means the only one.
func Populate(ctx context.Context, c *cluster.Cluster, node string, t Target) (*Plan, error) {
	m, err := onlyMember(c, node)
	if err != nil {
		return nil, err
	}
	for _, path := range []*string{&t.AppData, &t.MountPoint} {
		if serverpath.Abs(*path) {
			*path = serverpath.Clean(*path) // "/media/share/appdata/" is no other plan
		}
	}
	b := &builder{draft: &draft{p: newPlan(KindPopulate, c, m)}, m: m, v: m.FS(), c: c, t: t}
	b.p.Target = t
	quiet := func() error {
		b.stopped()
		return b.judged(ctx, "DBS001")
	}
	keys := func() error { return b.keys(ctx) }
	if err := analyse(ctx, b.identify, quiet, b.target, b.sources, keys, b.others, b.targetContent, b.mount); err != nil {
		return nil, err
	}
	if b.p.AlreadyShared { // nothing moves, so the server may run
		b.p.Refusals = notRunning(b.p.Refusals)
	}
	b.steps()
	f := b.p.facts(c.World())
	f.relyOnServer(m)
	f.rely(m, cluster.KeyAppData, cluster.KeyEncryptionStore, cluster.KeyEncryptionAlias, cluster.KeyServerStore, cluster.KeyMultiserver, cluster.KeyDatabaseType)
	if err := b.finish(); err != nil {
		return nil, err
	}
	if err := b.asideTaken(); err != nil {
		return nil, err
	}
	return b.resume(ctx)
}

// member is a member by its name.
func member(c *cluster.Cluster, name string) (*cluster.Member, error) {
	if m := c.Member(name); m != nil {
		return m, nil
	}
	return nil, &Error{Reason: ReasonNode, Path: name, Detail: fmt.Sprintf("the cluster has no node %q", name)}
}

// onlyMember is a member by its name, or the only one where no name is given.
func onlyMember(c *cluster.Cluster, name string) (*cluster.Member, error) {
	if name == "" && len(c.Members) == 1 {
		return c.Members[0], nil
	}
	return member(c, name)
}

// newPlan is a plan without steps, for a member unless that is nil.
func newPlan(kind Kind, c *cluster.Cluster, m *cluster.Member) *Plan {
	p := &Plan{Schema: 1, Kind: kind, Topology: c.Topology, Steps: []Step{}, Refusals: []Refusal{}, Warnings: []Refusal{}}
	if m != nil {
		p.Node, p.Version, p.Scheme, p.AppData = m.Node.Name, m.Version, m.Scheme, m.AppData
	}
	if kind == KindPopulate || kind == KindJoin {
		p.Server = m.Value(cluster.KeyUniqueID)
	}
	return p
}

// errEnough stops the analysis once a refusal leaves nothing to analyse.
var errEnough = errors.New("enough")

// analyse goes through the parts of an analysis, until there is enough.
func analyse(ctx context.Context, parts ...func() error) error {
	for _, part := range parts {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := part(); errors.Is(err, errEnough) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}

// builder collects a plan.
type builder struct {
	*draft
	m *cluster.Member
	v *cluster.View
	c *cluster.Cluster
	t Target

	to     spot   // the target folder
	moves  []move // what is copied
	marker spot   // <install>/conf/installed.version
	ready  bool   // the analysis came far enough to plan steps
}

// move is one file or folder that goes to the target.
type move struct {
	from spot
	// link is the link that stands in the old place, where from is what it
	// leads to. It is what gets retired.
	link spot
	// rel is the slash path in the application data folder, empty for the
	// folder itself.
	rel     string
	kind    appdata.Kind
	source  string
	exclude []string
	// keep reports that the original stays, as conf/installed.version must.
	keep bool
	// absent reports an entry that does not exist yet and gets an empty
	// folder on the target, so that a link can lead there.
	absent bool
	why    string
}

func (b *builder) refuse(rule, path, fix, source, message string, args ...any) {
	b.p.object(Refusal{Rule: rule, Path: path, Message: fmt.Sprintf(message, args...), Fix: fix, Source: source})
}

// end refuses what leaves nothing more to analyse.
func (b *builder) end(rule, path, fix, source, message string, args ...any) error {
	b.refuse(rule, path, fix, source, message, args...)
	return errEnough
}

func (b *builder) warn(rule, path, fix, source, message string, args ...any) {
	b.p.warn(Refusal{Rule: rule, Path: path, Message: fmt.Sprintf(message, args...), Fix: fix, Source: source})
}

func (p *Plan) object(list ...Refusal) { p.Refusals = append(p.Refusals, list...) }
func (p *Plan) warn(list ...Refusal)   { p.Warnings = append(p.Warnings, list...) }

// refusalOf is a finding as a reason against a plan.
func refusalOf(f check.Finding) Refusal {
	return Refusal{Rule: f.Rule, Path: f.Path, Message: f.Message, Fix: f.Fix, Source: f.Source}
}

// concerns reports whether a finding is about a member.
func concerns(f check.Finding, m *cluster.Member) bool {
	return f.Node == m.Node.Name || slices.ContainsFunc(f.Related, func(r check.Related) bool { return r.Node == m.Node.Name })
}

// plain is an error without the path, which the message names already.
func plain(err error) error { return fsx.Cause(err) }

// finish gives the plan its id and the names that hold it.
func (p *Plan) finish() error {
	copies := map[string]string{}
	for i := range p.Steps {
		s := &p.Steps[i]
		s.ID = stepName(i)
		if s.Action == ActionCopy {
			copies[s.Copies], s.Copies = s.ID, ""
		} else if s.Copies != "" {
			s.Copies = copies[s.Copies] // the copies come first
		}
	}
	var err error
	if p.ID, err = p.fingerprint(); err != nil {
		return err
	}
	p.nameAside()
	p.object(p.asideTooLong()...)
	return nil
}

// asideName is what an original is called once it is retired: it stays in
// its folder, so that the rename is one operation of one file system.
func asideName(path, id string) string { return path + reserved.RetiredMark + id }

// purgingName is what a retired original is called from the moment its deletion
// has begun: nothing brings it back then.
func purgingName(path, id string) string { return path + ".purging-" + id }

// beforeMark stands between the name of a configuration file and the id of the
// plan that has changed it, in the name of the copy that was kept.
const beforeMark = ".before-"

// asideName is what the original, or what is kept of it, is called.
func (s Step) asideName(path, id string) string {
	if s.Action == ActionSet {
		return path + beforeMark + id
	}
	return asideName(path, id)
}

// original is what a step puts aside.
func (s Step) original() (at cluster.Place, server string) {
	if s.Action == ActionReplace {
		return s.To, s.ServerTo
	}
	return s.From, s.ServerFrom
}

func (p *Plan) nameAside() {
	for i := range p.Steps {
		s := &p.Steps[i]
		switch s.Action {
		case ActionLink, ActionRetire, ActionPurge, ActionReplace, ActionSet:
			at, server := s.original()
			s.Aside = cluster.Place{Storage: at.Storage, Path: s.asideName(at.Path, p.ID)}
			s.ServerAside = s.asideName(server, p.ID)
		}
	}
}
