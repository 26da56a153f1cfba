package check

import (
	"cmp"
	"slices"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/internal/words"
	"github.com/deploycluster/deploycluster/props"
)

// show renders the value of a property. Only values of keys that the product
// knows are shown, and of those what is not a secret: under any other key, a
// misspelled one above all, the value may be one.
func show(key, value string) string {
	if hidden(key) && value != "" {
		return words.Quote(props.Hidden)
	}
	return words.Quote(props.Redact(key, value))
}

// hidden reports a key whose values are never shown. The empty key belongs to
// texts that are not a property.
func hidden(key string) bool { return key != "" && !product.ListedKey(key) }

// atProperty begins a finding about a property: where it is, or where it would be.
func atProperty(m *cluster.Member, key string) Finding {
	f := Finding{Path: m.InstalledPath(), Subject: key}
	if e, ok := m.Property(key); ok {
		f.Pos, f.Path = e.Pos, e.Pos.Name
	}
	return f
}

// set makes the finding carry its fix as data: one property, where the server
// reads it.
func (f Finding) set(m *cluster.Member, key, value string) Finding {
	f.Edits = append(f.Edits, cluster.Edit{Node: m.Node.Name, Op: "set", Key: key, Value: value})
	return f
}

// remove makes the finding carry its fix as data: a key taken out of one file.
func (f Finding) remove(m *cluster.Member, from *props.File, key string) Finding {
	f.Edits = append(f.Edits, cluster.Edit{Node: m.Node.Name, File: fileOf(m, from), Op: "remove", Key: key})
	return f
}

// rename makes the finding carry its fix as data: a key spelled as it is meant,
// whose value stays what it is and is not part of the edit.
func (f Finding) rename(m *cluster.Member, from *props.File, key, meant string) Finding {
	f.Edits = append(f.Edits, cluster.Edit{Node: m.Node.Name, File: fileOf(m, from), Op: "rename", Key: key, Value: meant})
	return f
}

// properties reports whether installed.properties was read; where it was not,
// the rule is blocked.
func (p *Pass) properties(m *cluster.Member) bool {
	if m.Installed == nil {
		p.Blocked(m, m.InstalledPath())
		return false
	}
	return true
}

// scheme reports whether it is known where the application data is.
func (p *Pass) scheme(m *cluster.Member) bool {
	if m.Scheme != "" {
		return true
	}
	if m.Installed == nil && versionKnown(m) {
		p.Blocked(m, m.InstalledPath())
	} else {
		p.Blocked(m, m.VersionPath())
	}
	return false
}

// tree reports whether the application data folder was read.
func (p *Pass) tree(m *cluster.Member) bool {
	if !p.scheme(m) {
		return false
	}
	if m.Tree == nil {
		p.Blocked(m, m.AppData)
		return false
	}
	return true
}

// group is the members that agree in something, in the order of their names.
type group struct {
	value   string
	members []*cluster.Member
}

// groups sorts members by a fact: the largest group first, which is taken as
// what the cluster means; among equals the one with the first name.
func groups(members []*cluster.Member, fact func(*cluster.Member) string) []group {
	var out []group
	at := map[string]int{}
	for _, m := range members {
		v := fact(m)
		i, ok := at[v]
		if !ok {
			i = len(out)
			at[v] = i
			out = append(out, group{value: v})
		}
		out[i].members = append(out[i].members, m)
	}
	slices.SortStableFunc(out, func(a, b group) int { return cmp.Compare(len(b.members), len(a.members)) })
	return out
}

// names lists a group's members.
func (g group) names() string {
	out := make([]string, len(g.members))
	for i, m := range g.members {
		out[i] = m.Node.Name
	}
	return words.List(out)
}

// drift reports a property that should be alike and is not: one finding for
// each group that differs from the first, with the others as related.
func (p *Pass) drift(members []*cluster.Member, key string, fact func(*cluster.Member) string, tell func(odd, main group) Finding) {
	all := groups(members, fact)
	for _, odd := range all[min(1, len(all)):] {
		main := all[0]
		f := tell(odd, main)
		f.Node = odd.members[0].Node.Name
		for _, m := range append(slices.Clone(odd.members[1:]), main.members[0]) {
			at := atProperty(m, key)
			f.Related = append(f.Related, Related{Node: m.Node.Name, Path: at.Path, Pos: at.Pos, Message: "has " + orUnset(show(key, fact(m)))})
		}
		p.Report(f)
	}
}

// sentence makes what is said of a file or folder a sentence about it.
func sentence(path, predicate string) string { return words.Plain(words.Clip(path)) + " " + predicate }

// predicate makes the finding's message a sentence about the finding's path. The
// text begins with a verb.
func (f Finding) predicate(text string) Finding {
	f.Message = sentence(cmp.Or(f.Path, f.Pos.Name), text)
	return f
}

// isText says what the value of a property is, which is quoted.
func isText(quoted string) string {
	if quoted == `""` {
		return "is not set"
	}
	return "is " + quoted
}

// orUnset says in words that a quoted value is empty.
func orUnset(quoted string) string {
	if quoted == `""` {
		return "no value"
	}
	return quoted
}
