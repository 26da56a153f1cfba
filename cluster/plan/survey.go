package plan

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan/internal/mover"
	"github.com/deploycluster/deploycluster/internal/fileowner"
	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// Survey is what a walk through the sources found: how much there is to copy
// and what stands in the way.
type Survey struct {
	// Files, Dirs and Links are counted as they will be on the target.
	Files int64 `json:"files"`
	Dirs  int64 `json:"dirs"`
	Links int64 `json:"links"`
	// Bytes is the sum of the files' sizes.
	Bytes int64 `json:"bytes"`
	// HardLinks counts files that have another name somewhere; each name
	// becomes a file of its own on the target.
	HardLinks int64 `json:"hardLinks"`
	// Sparse counts files with holes of at least 64 KiB in all; they grow to
	// their size on the target, which Bytes counts already.
	Sparse int64 `json:"sparse"`
	// FreeBytes and FreeFiles are what the target's storage has room for, nil
	// where it does not tell.
	FreeBytes *int64 `json:"freeBytes,omitempty"`
	FreeFiles *int64 `json:"freeFiles,omitempty"`
	// Refusals are reasons against copying; at most 100, More counts the
	// others.
	Refusals []Refusal `json:"refusals"`
	More     int       `json:"more,omitempty"`
}

const surveyLimit = 100

func (s *Survey) refuse(r Refusal) {
	if len(s.Refusals) < surveyLimit {
		s.Refusals = append(s.Refusals, r)
		return
	}
	s.More++
}

// Survey walks through everything that the plan copies and reads no content; it
// opens one file of each owner and mode, to see whether they can be read.
// Its memory does not grow with the number of files, its time does. A world that
// has changed since the plan was made is a *StaleError, as in Apply.
func (p *Plan) Survey(ctx context.Context, w cluster.World) (*Survey, error) {
	if p.Kind != KindPopulate {
		return &Survey{}, nil // nothing is copied
	}
	if _, err := p.stillFits(w); err != nil {
		return nil, err
	}
	return p.surveyor(w).run(ctx)
}

// surveyor is one walk through the sources.
type surveyor struct {
	p    *Plan
	w    cluster.World
	node cluster.Node
	out  *Survey
	// caseless: the target does not tell upper from lower case.
	caseless bool
	// moving: the server may run, so what is gone by the time it is looked at
	// is no defect.
	moving bool
	ahead  int
	m      *mover.Mover
	// opened is what was found to be readable.
	opened map[access]bool
}

func (p *Plan) surveyor(w cluster.World) *surveyor {
	return &surveyor{p: p, w: w, caseless: p.Target.CaseInsensitive != nil && *p.Target.CaseInsensitive}
}

func (v *surveyor) run(ctx context.Context) (out *Survey, err error) {
	p, w := v.p, v.w
	out = &Survey{Refusals: []Refusal{}}
	v.out, v.opened = out, map[access]bool{}
	if v.node, err = p.node(); err != nil {
		return nil, err
	}
	c := p.moverConfig(w, v.node)
	c.Workers = max(1, v.ahead)
	if to := w.FS[p.To.Storage]; to != nil {
		if c.Target, err = fsx.Open(to, p.To.Path); err != nil && !notThere(err) {
			return nil, err
		}
	}
	v.m = mover.New(c)
	defer v.m.Close()
	rules := p.Target.Names
	if rules == "" {
		rules = NamesPOSIX
		if v.node.Windows() {
			rules = NamesSMB
		}
	}
	for s := range p.of(ActionCopy) {
		if _, err := p.storage(w, s.From); err != nil {
			return nil, err
		}
		if err := v.step(ctx, s, rules); err != nil {
			return nil, err
		}
	}
	for _, need := range []struct {
		n, declared int64
		what        string
	}{{out.Bytes, p.Target.FreeBytes, "bytes"}, {out.Files + out.Dirs + out.Links, p.Target.FreeFiles, "files and folders"}} {
		if need.declared > 0 && need.n > need.declared {
			out.refuse(Refusal{Rule: "TGT008", Path: p.Target.AppData, Source: srcSafety, Fix: "make room",
				Message: fmt.Sprintf("%d %s are to be copied and room for %d is declared", need.n, need.what, need.declared)})
		}
	}
	return out, v.room(w)
}

func (v *surveyor) step(ctx context.Context, s Step, rules NameRules) error {
	p, out := v.p, v.out
	it := p.item(s)
	server := func(rel string) string {
		if rel == "" {
			return s.ServerFrom
		}
		return serverpath.Join(s.ServerFrom, rel)
	}
	clash := mover.Clashes{}
	return v.m.Walk(ctx, it, mover.Visitor{
		Unreadable: func(rel string, err error) error {
			v.unreadable(server(rel), err)
			return nil
		},
		Mount: func(rel string) bool {
			if it.Follow {
				return true
			}
			out.refuse(Refusal{Rule: "TGT013", Path: server(rel), Source: srcRelocate,
				Message: "another storage is mounted here, which would be neither copied nor deleted",
				Fix:     "unmount it, or copy its content too: Target.Links follow (populate -links follow); the originals then stay until it is unmounted"})
			return false
		},
		Visit: func(x mover.Entry) error {
			v.count(it, x, server(x.Rel))
			if x.Rel == "" {
				return nil
			}
			why := badName(rules, path.Base(x.Rel))
			if why == "" {
				why = p.tooLong(it, x)
			}
			if why != "" {
				out.refuse(Refusal{Rule: "TGT006", Path: server(x.Rel), Message: "the target cannot hold this name: " + why, Fix: "rename or remove it", Source: srcField})
			}
			if other, bad := clash.Add(v.caseless, x.Rel); bad {
				out.refuse(Refusal{Rule: "TGT006", Path: server(x.Rel), Message: "differs from " + other + " only by case, and the target does not tell them apart", Fix: "rename one of them", Source: srcField})
			}
			return nil
		},
		After: clash.Leave,
	})
}

// count takes one thing into the survey.
func (v *surveyor) count(it mover.Item, x mover.Entry, server string) {
	out := v.out
	switch mode := x.Info.Mode(); {
	case mode&fs.ModeSymlink != 0:
		out.Links++
		if r, bad := v.p.linkRefusal(it, x, server, v.w.View(v.node)); bad {
			out.refuse(r)
		}
	case mode.IsDir():
		out.Dirs++
	case mode.IsRegular():
		out.Files++
		out.Bytes += x.Info.Size()
		v.readable(x, server)
		if id, known := fileowner.Device(x.Info); known && id.Links > 1 {
			out.HardLinks++
		}
		if room, ok := fileowner.Allocated(x.Info); ok && x.Info.Size()-room >= 64<<10 {
			out.Sparse++
		}
	default:
		out.refuse(Refusal{Rule: "TGT005", Path: server, Message: "is a " + special(mode) + ", which cannot be copied", Fix: "remove it, or find out what made it", Source: srcSafety})
	}
}

func special(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeNamedPipe != 0:
		return "named pipe"
	case mode&fs.ModeSocket != 0:
		return "socket"
	case mode&fs.ModeDevice != 0:
		return "device"
	}
	return "special file"
}

// keepOrFollow is how a link that leaves what moves is allowed.
const keepOrFollow = "choose: Target.Links keep (every member must then see what it leads to, under the same path) or follow (what it leads to is copied); with populate: -links keep or -links follow"

// linkRefusal judges a link that is not followed. One that stays inside its item
// means the same after the move.
func (p *Plan) linkRefusal(it mover.Item, x mover.Entry, server string, v *cluster.View) (Refusal, bool) {
	refuse := func(fix, format string, args ...any) (Refusal, bool) {
		return Refusal{Rule: "TGT010", Path: server, Message: fmt.Sprintf(format, args...), Fix: fix, Source: srcRelocate}, true
	}
	if what := p.mustBeReal(it, x.Rel); what != "" {
		return refuse("follow links (Target.Links follow; populate -links follow), or put the "+what+" itself there",
			"is a link to %s, and what all members share must not depend on one server's files", x.Link)
	}
	switch {
	case staysInside(x.Rel, x.Link):
		return Refusal{}, false
	case p.Target.links() == LinksRefuse:
		return refuse(keepOrFollow, "is a link to %s, which leads out of what moves", x.Link)
	case serverpath.Abs(x.Link):
		if to, err := v.Resolve(server); err == nil && p.retires(to.Place) {
			return refuse("make it relative, or choose to follow links (populate -links follow)", "is a link to %s, which is retired and purged later", x.Link)
		}
		return Refusal{}, false
	}
	return refuse("make the link absolute, or choose to follow links (populate -links follow)", "is a relative link to %s, which leads somewhere else from the new place", x.Link)
}

// mustBeReal says what a path of the layout is that must not be a link: an entry
// of the layout itself, or a folder above one.
func (p *Plan) mustBeReal(it mover.Item, rel string) string {
	full := strings.Trim(it.To+"/"+rel, "/")
	for _, l := range p.entries() {
		switch {
		case l.Path == full && l.Kind == appdata.File:
			return "file"
		case strings.HasPrefix(l.Path, full+"/") && strings.HasSuffix(l.Path, ".keystore"):
			return "folder"
		}
	}
	return ""
}

// staysInside reports whether a link of a relative text leads to something
// inside the item that it is in.
func staysInside(rel, link string) bool {
	if serverpath.Abs(link) || rel == "" {
		return false
	}
	depth := strings.Count(rel, "/")
	for _, part := range strings.FieldsFunc(link, func(r rune) bool { return r == '/' || r == '\\' }) {
		switch part {
		case ".":
		case "..":
			depth--
		default:
			depth++
		}
		if depth < 0 {
			return false
		}
	}
	return true
}

// retires reports whether a place goes with an original.
func (p *Plan) retires(at cluster.Place) bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Action == ActionPurge && placeIn(s.From, at) })
}

// node is the node that the plan was made for.
func (p *Plan) node() (cluster.Node, error) {
	i := p.Topology.Index(p.Node)
	if i < 0 {
		return cluster.Node{}, p.unfit("its topology has no node " + p.Node)
	}
	return p.Topology.Nodes[i], nil
}

// hasSource reports whether the original of a Copy step is there: in place, or aside
// once a Link or Retire step renamed it.
func (p *Plan) hasSource(w cluster.World, copy Step) (bool, error) {
	fsys, err := p.storage(w, copy.From)
	if err != nil {
		return false, err
	}
	for _, s := range p.Steps {
		if s.Copies != copy.ID || s.From != copy.From || s.Aside.Path == "" {
			continue
		}
		if aside, err := there(fsys, s.Aside.Path); err != nil || aside {
			return aside, err
		}
	}
	return there(fsys, copy.From.Path)
}
