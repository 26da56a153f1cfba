package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/props"
)

// Fact is one setting, or one file, as it was when a plan was made, which the plan
// relies on.
type Fact struct {
	// Node names the member in Plan.Facts; in Step.Facts it is the step's.
	Node string `json:"node,omitempty"`
	// Path is the file as the server writes it, Key the setting in it: a property,
	// a line, keyAlias, or "sha256" for the file as a whole.
	Path string `json:"path"`
	Key  string `json:"key"`
	// Value is the setting, unless it is absent, or hidden because it holds a
	// secret, or may: nobody knows what the values of unknown keys are.
	Value  string `json:"value,omitempty"`
	Absent bool   `json:"absent,omitempty"`
	Hidden bool   `json:"hidden,omitempty"`
}

// factDigest is the Key of a fact about a whole file, keyVersion the one property
// of a version file.
const (
	factDigest = "sha256"
	keyVersion = "installed.version"
)

// String renders the fact as the rest of a sentence.
func (f Fact) String() string {
	switch {
	case f.Key == factDigest && f.Absent:
		return "the file is not there"
	case f.Key == factDigest:
		return "the SHA-256 of the file is " + f.Value
	case f.Absent:
		return f.Key + " is not set"
	case f.Hidden:
		return f.Key + " is set"
	}
	return fmt.Sprintf("%s is %q", f.Key, f.Value)
}

// tense says the fact of another time.
func (f Fact) tense(is string) string { return strings.Replace(f.String(), " is", is, 1) }

// propertyFact is a property as a file has it. f is nil where there is no file.
func propertyFact(path string, f *props.File, key string, secret bool) Fact {
	fact := Fact{Path: path, Key: key, Absent: true}
	if f == nil {
		return fact
	}
	value, ok := f.Get(key)
	fact.Absent = !ok
	unknown := !product.ListedKey(key) && key != keyVersion
	if fact.Hidden = ok && (secret || unknown || props.Sensitive(key, value)); !fact.Hidden {
		fact.Value = value
	}
	return fact
}

// facts are those of a plan in the making, or of one that is looked at.
type facts struct {
	p     *Plan
	w     cluster.World
	files map[[2]string]*props.File
}

func (p *Plan) facts(w cluster.World) *facts {
	return &facts{p: p, w: w, files: map[[2]string]*props.File{}}
}

// now is a fact as it is.
func (f *facts) now(node, path, key string) (Fact, error) {
	i := f.p.Topology.Index(node)
	if i < 0 {
		return Fact{}, f.p.unfit(fmt.Sprintf("it relies on %s of %q, which is not a member", path, node))
	}
	at := [2]string{node, path}
	file, read := f.files[at]
	if !read {
		data, err := readAll(f.w.View(f.p.Topology.Nodes[i]), path)
		switch {
		case err == nil:
			if file, err = props.Parse(path, data); err != nil {
				return Fact{}, err
			}
		case !notThere(err):
			return Fact{}, err
		}
		f.files[at] = file
	}
	fact := propertyFact(path, file, key, false)
	fact.Node = node
	return fact, nil
}

// rely records properties of a member, where they stand. What cannot be read is
// not recorded: nothing relies on it.
func (f *facts) rely(m *cluster.Member, keys ...string) {
	for _, key := range keys {
		f.add(m.Node.Name, pathOf(m, key), key)
	}
}

// pathOf is the file that a member's property is in, or would be.
func pathOf(m *cluster.Member, key string) string {
	if e, ok := m.Property(key); ok {
		return e.Pos.Name
	}
	return m.InstalledPath()
}

// relyOnServer records what a plan for a member relies on in any case: its version
// and, once it has started, its identity.
func (f *facts) relyOnServer(m *cluster.Member) {
	f.add(m.Node.Name, m.InInstall("conf/installed.version"), keyVersion)
	if m.Value(cluster.KeyUniqueID) != "" {
		f.rely(m, cluster.KeyUniqueID)
	}
}

func (f *facts) add(node, path, key string) {
	fact, err := f.now(node, path, key)
	if err == nil && !slices.Contains(f.p.Facts, fact) && !f.p.changes(fact) {
		f.p.Facts = append(f.p.Facts, fact)
	}
}

// changes reports whether a step changes the setting that a fact is about; then
// the fact is the step's.
func (p *Plan) changes(fact Fact) bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool {
		return s.Node == fact.Node && s.ServerFrom == fact.Path &&
			slices.ContainsFunc(s.Edits, func(x cluster.Edit) bool {
				return x.Key == fact.Key || x.Op == opRename && x.Value == fact.Key
			})
	})
}

// holds returns a *StaleError for the first of the plan's facts that is another
// one now.
func (p *Plan) holds(w cluster.World) error {
	f := p.facts(w)
	for _, was := range p.Facts {
		now, err := f.now(was.Node, was.Path, was.Key)
		if err != nil {
			return err
		}
		if now != was {
			return &StaleError{Path: was.Path, Reason: fmt.Sprintf("on %s %s; the plan was made when %s", was.Node, now.tense(" is now"), was.tense(" was"))}
		}
	}
	return nil
}

// another is the error for a world that the same call makes another plan of: it
// names the first step that only one of the two has.
func (p *Plan) another(again *Plan) error {
	for _, d := range []struct {
		have, in *Plan
		what     string
	}{{again, p, "was not planned for"}, {p, again, "was planned for, and would not be any more"}} {
		for _, s := range d.have.Steps {
			alike := func(o Step) bool {
				return o.Action == s.Action && o.Title == s.Title && o.From == s.From && o.To == s.To && slices.Equal(o.Exclude, s.Exclude)
			}
			if !slices.ContainsFunc(d.in.Steps, alike) {
				return &StaleError{Path: cmp.Or(s.ServerFrom, s.ServerTo, p.install()), Reason: d.what + ": " + s.Title}
			}
		}
	}
	return &StaleError{Path: p.install(), Reason: "the server, the target or what they hold is not what was planned for"}
}
