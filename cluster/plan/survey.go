package plan

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/fileowner"
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

// Survey walks through everything that the plan copies and reads no content.
// Its memory does not grow with the number of files, its time does.
func (p *Plan) Survey(ctx context.Context, w cluster.World) (*Survey, error) {
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
}

func (p *Plan) surveyor(w cluster.World) *surveyor {
	return &surveyor{p: p, w: w, caseless: p.Target.CaseInsensitive != nil && *p.Target.CaseInsensitive}
}

func (v *surveyor) run(ctx context.Context) (out *Survey, err error) {
	p, w := v.p, v.w
	out = &Survey{Refusals: []Refusal{}}
	v.out = out
	if v.node, err = p.node(); err != nil {
		return nil, err
	}
	rules := p.Target.Names
	if rules == 0 {
		rules = NamesPOSIX
		if v.node.Windows() {
			rules = NamesSMB
		}
	}
	for _, s := range p.Steps {
		if s.Action != ActionCopy {
			continue
		}
		src, err := p.source(w, s)
		if err != nil {
			return nil, err
		}
		if err := v.step(ctx, s, src, rules); err != nil {
			return nil, err
		}
	}
	if t := p.Target; t.FreeBytes > 0 && out.Bytes > t.FreeBytes {
		out.refuse(Refusal{Rule: "TGT008", Path: t.AppData, Message: fmt.Sprintf("%d bytes are to be copied and room for %d is declared", out.Bytes, t.FreeBytes), Fix: "make room", Source: srcSafety})
	}
	if t := p.Target; t.FreeFiles > 0 && out.Files+out.Dirs+out.Links > t.FreeFiles {
		out.refuse(Refusal{Rule: "TGT008", Path: t.AppData, Message: fmt.Sprintf("%d files and folders are to be copied and room for %d is declared", out.Files+out.Dirs+out.Links, t.FreeFiles), Fix: "make room", Source: srcSafety})
	}
	return out, nil
}

func (v *surveyor) step(ctx context.Context, s Step, src cluster.Place, rules NameRules) error {
	p, w, out := v.p, v.w, v.out
	server := func(rel string) string {
		if rel == "" {
			return s.ServerFrom
		}
		return appdata.Join(s.ServerFrom, rel)
	}
	var dev fileowner.FileID
	clash := clashes{}
	wk := &walker{
		fsys: w.FS[src.Storage], in: src.Storage, exclude: s.Exclude, avoid: p.To, ahead: v.ahead,
		unreadable: func(rel string, err error) error {
			if v.moving && errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			out.refuse(Refusal{Rule: "TGT014", Path: server(rel), Message: "cannot be read: " + plain(err).Error(), Fix: "run as a user who can read it, or mend it", Source: srcSafety})
			return nil
		},
	}
	if to := w.FS[p.To.Storage]; to != nil {
		wk.target, _ = to.Stat(p.To.Path)
	}
	if p.Target.links() == LinksFollow {
		wk.follow, wk.resolve, wk.world, wk.in = true, leads(v.node), w.FS, src.Storage
	}
	wk.visit = func(it item) error {
		id, known := fileowner.Device(it.info)
		switch mode := it.info.Mode(); {
		case mode&fs.ModeSymlink != 0:
			out.Links++
			if r, bad := p.linkRefusal(it, server(it.rel), cluster.NewView(v.node, w)); bad {
				out.refuse(r)
			}
		case mode.IsDir():
			out.Dirs++
			if known && it.rel == "" {
				dev = id
			} else if known && dev.Dev != 0 && id.Dev != dev.Dev && !wk.follow {
				out.refuse(Refusal{Rule: "TGT013", Path: server(it.rel), Message: "another storage is mounted here", Fix: "unmount it and move its content by hand, or choose to follow", Source: srcRelocate})
			}
		case mode.IsRegular():
			out.Files++
			out.Bytes += it.info.Size()
			if known && id.Links > 1 {
				out.HardLinks++
			}
			if room, ok := fileowner.Allocated(it.info); ok && it.info.Size()-room >= 64<<10 {
				out.Sparse++
			}
		default:
			out.refuse(Refusal{Rule: "TGT005", Path: server(it.rel), Message: "is a " + special(mode) + ", which cannot be copied", Fix: "remove it, or find out what made it", Source: srcSafety})
		}
		if it.rel == "" {
			return nil
		}
		name := it.rel[strings.LastIndexByte(it.rel, '/')+1:]
		if why := badName(rules, name); why != "" {
			out.refuse(Refusal{Rule: "TGT006", Path: server(it.rel), Message: "the target cannot hold this name: " + why, Fix: "rename or remove it", Source: srcField})
		}
		if other, bad := clash.add(v.caseless, it.rel); bad {
			out.refuse(Refusal{Rule: "TGT006", Path: server(it.rel), Message: "differs from " + other + " only by case, and the target does not tell them apart", Fix: "rename one of them", Source: srcField})
		}
		return nil
	}
	wk.after = func(it item) error { clash.leave(it.rel); return nil }
	return wk.walk(ctx, src.Path)
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

// linkRefusal judges a link that is not followed.
func (p *Plan) linkRefusal(it item, server string, v *cluster.View) (Refusal, bool) {
	if p.Target.links() == LinksRefuse {
		return Refusal{Rule: "TGT010", Path: server, Message: "is a link to " + it.link, Fix: "choose whether links are kept or followed", Source: srcRelocate}, true
	}
	if it.rel == "conf/encryption.keystore" || it.rel == "conf/server.keystore" {
		return Refusal{Rule: "TGT010", Path: server, Message: "is a link, and a keystore on the storage must not depend on one server's files", Fix: "follow links, or put the file itself there", Source: srcRelocate}, true
	}
	if appdata.Abs(it.link) {
		if to, err := v.Resolve(server); err == nil && p.retires(to.Place) {
			return Refusal{Rule: "TGT010", Path: server, Message: "is a link to " + it.link + ", which is retired and purged later", Fix: "make it relative, or choose to follow links", Source: srcRelocate}, true
		}
		return Refusal{}, false
	}
	// A relative link keeps its meaning only as long as it stays inside what
	// is copied.
	depth := strings.Count(it.rel, "/")
	for _, part := range strings.FieldsFunc(it.link, func(r rune) bool { return r == '/' || r == '\\' }) {
		switch part {
		case ".":
		case "..":
			depth--
		default:
			depth++
		}
		if depth < 0 || it.rel == "" {
			return Refusal{Rule: "TGT010", Path: server, Message: "is a relative link to " + it.link + ", which leads somewhere else from the new place", Fix: "make the link absolute, or choose to follow links", Source: srcRelocate}, true
		}
	}
	return Refusal{}, false
}

// retires reports whether a place goes with an original.
func (p *Plan) retires(at cluster.Place) bool {
	for _, s := range p.Steps {
		if s.Action == ActionPurge && placeIn(s.From, at) {
			return true
		}
	}
	return false
}

// clashes finds names of one folder that differ only by case. It holds the
// names of the folders on the way down.
type clashes map[string]map[string]string

func (c clashes) add(caseless bool, rel string) (other string, bad bool) {
	if !caseless {
		return "", false
	}
	i := strings.LastIndexByte(rel, '/') + 1
	dir, name := rel[:i], rel[i:]
	if c[dir] == nil {
		c[dir] = map[string]string{}
	}
	fold := strings.ToUpper(name)
	if other, bad = c[dir][fold]; bad {
		return dir + other, true
	}
	c[dir][fold] = name
	return "", false
}

// has reports whether the name, in any case, was added.
func (c clashes) has(caseless bool, rel string) bool {
	i := strings.LastIndexByte(rel, '/') + 1
	_, ok := c[rel[:i]][strings.ToUpper(rel[i:])]
	return caseless && ok
}

func (c clashes) leave(rel string) {
	if rel != "" {
		delete(c, rel+"/")
	}
}

// badName says why a storage cannot hold a name, or nothing.
func badName(rules NameRules, name string) string {
	if len(name) > 255 {
		return "it has more than 255 bytes"
	}
	if rules != NamesSMB {
		return ""
	}
	if i := strings.IndexAny(name, "<>:\"|?*\\"); i >= 0 {
		return fmt.Sprintf("it holds the character %q", name[i])
	}
	for _, c := range []byte(name) {
		if c < 0x20 {
			return "it holds a control character"
		}
	}
	if strings.HasSuffix(name, ".") || strings.HasSuffix(name, " ") {
		return "it ends in a dot or a blank"
	}
	base, _, _ := strings.Cut(strings.ToUpper(name), ".")
	switch base {
	case "CON", "PRN", "AUX", "NUL":
		return "it is the name of a device"
	}
	if len(base) == 4 && (base[:3] == "COM" || base[:3] == "LPT") && '1' <= base[3] && base[3] <= '9' {
		return "it is the name of a device"
	}
	return ""
}

// node is the node that the plan was made for.
func (p *Plan) node() (cluster.Node, error) {
	i := p.Topology.Index(p.Node)
	if i < 0 {
		return cluster.Node{}, &PlanError{Plan: p.ID, Reason: "its topology has no node " + p.Node}
	}
	return p.Topology.Nodes[i], nil
}

// source is where the original of a Copy step is now: in place, or aside
// once a Link or Retire step renamed it.
func (p *Plan) source(w cluster.World, copy Step) (cluster.Place, error) {
	fsys := w.FS[copy.From.Storage]
	if fsys == nil {
		return cluster.Place{}, &PlanError{Plan: p.ID, Reason: "the world has no storage " + copy.From.Storage}
	}
	for _, s := range p.Steps {
		if s.Copies == copy.ID && s.From == copy.From && s.Aside.Path != "" && there(fsys, s.Aside.Path) {
			return s.Aside, nil
		}
	}
	return copy.From, nil
}
