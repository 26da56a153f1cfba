package installer

import (
	"cmp"
	"iter"
	"slices"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/props"
)

// Options say what the files are for.
type Options struct {
	// Cluster is the cluster that the servers are to join. Nil: the files are
	// those of a new cluster, or of one server.
	Cluster *cluster.Cluster
	// Version is that of the installation media, build number included; needed
	// where a file does not say it.
	Version string
}

// Check judges files of answers: each by itself, all of them as the files of
// one cluster, and against the cluster that they are to join. Findings have the
// form of those of package check, with the rules ANS001 to ANS016 that the
// package comment lists; Node is Answers.Node, and Path the name that was given
// to Read. No value of a key that can hold a secret is in them. What cannot be
// judged is in the second list.
//
// Findings are in the order of the files, then by position.
func Check(o Options, files ...*Answers) ([]check.Finding, []check.Unknown) {
	p := &pass{Options: o, table: keysByName()}
	for _, a := range files {
		p.sheets = append(p.sheets, p.newSheet(a))
	}
	for _, r := range rules() {
		p.rule = r
		if r.all != nil {
			r.all(p)
			continue
		}
		for _, s := range p.sheets {
			p.at = s
			r.one(p, s)
		}
	}
	slices.SortStableFunc(p.found, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.Pos.Offset, b.Pos.Offset))
	})
	var out []check.Finding
	for _, f := range p.found {
		out = append(out, f.Finding)
	}
	return out, p.unknown
}

// rule is one requirement on files of answers: of each, or of all together.
type rule struct {
	id, title string
	severity  check.Severity
	source    string
	why       string
	one       func(p *pass, s *sheet)
	all       func(p *pass)
}

// pass is one run of all rules.
type pass struct {
	Options
	table  map[string]Key
	sheets []*sheet

	rule    rule
	at      *sheet // the file that is judged
	found   []placed
	unknown []check.Unknown
}

// placed is a finding with the number of its file.
type placed struct {
	check.Finding
	file int
}

// sheet is one file with what the rules need to know of it first.
type sheet struct {
	*Answers
	number  int
	version string        // "" where neither the file nor the options say it
	ha      bool          // the server is to be a member of a cluster
	further bool          // and not its first one
	entries []props.Entry // those that win, in the order of the file
}

func (p *pass) newSheet(a *Answers) *sheet {
	s := &sheet{Answers: a, number: len(p.sheets)}
	for e := range a.File.Entries() {
		if last, _ := a.File.Lookup(e.Key); last.Pos == e.Pos {
			s.entries = append(s.entries, e)
		}
	}
	v, _ := a.Get("version")
	s.version = cmp.Or(v, p.Version)
	if !product.Valid(s.version) {
		s.version = ""
	}
	multi, _ := a.Get(cluster.KeyMultiserver)
	s.further = p.Cluster != nil || meantYes(s.get("skip.db.install"))
	s.ha = p.Cluster != nil || multi != "" || meantYes(s.get("install.ha"))
	return s
}

func (s *sheet) get(key string) string {
	v, _ := s.Get(key)
	return v
}

// answers yields the answers to keys that the product knows, in the order of the file;
// an empty one is the empty text.
func (p *pass) answers(s *sheet) iter.Seq2[Key, string] {
	return func(yield func(Key, string) bool) {
		for _, e := range s.entries {
			if k, known := p.table[e.Key]; known && !yield(k, trim(e.Value)) {
				return
			}
		}
	}
}

// report adds a finding about a key of the file that is judged.
func (p *pass) report(key string, f check.Finding) {
	s := p.at
	f.Rule, f.Title, f.Why = p.rule.id, p.rule.title, p.rule.why
	f.Node, f.Path, f.Subject = s.Node, s.Name, key
	if f.Severity == 0 {
		f.Severity = p.rule.severity
	}
	if f.Source == "" {
		f.Source = p.rule.source
	}
	if e, ok := s.File.Lookup(key); ok && !f.Pos.IsValid() {
		f.Pos = e.Pos
	}
	if !f.Pos.IsValid() {
		f.Pos = props.Position{}
	}
	p.found = append(p.found, placed{f, s.number})
}

// open adds what could not be judged.
func (p *pass) open(reason, needs string) {
	p.unknown = append(p.unknown, check.Unknown{Rule: p.rule.id, Rules: []string{p.rule.id}, Node: p.at.Node, Path: p.at.Name, Reason: reason, Needs: needs})
}

// related points at a key of another file.
func related(s *sheet, key, message string) check.Related {
	e, _ := s.File.Lookup(key)
	return check.Related{Node: s.Node, Path: s.Name, Pos: e.Pos, Message: message}
}
