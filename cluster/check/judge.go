package check

import (
	"cmp"
	"iter"
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
	f := Finding{Node: m.Node.Name, Path: m.InstalledPath(), Subject: key}
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

// group is the members that agree in something, in the order of their names.
type group struct {
	value   string
	members []*cluster.Member
}

// groups sorts members by a fact: the largest group first, which is taken as
// what the cluster means; among equals the one with the first name.
func groups(members []*cluster.Member, fact func(*cluster.Member) string) []group {
	var out []group
	for _, alike := range gather(members, fact) {
		out = append(out, group{value: fact(alike[0]), members: alike})
	}
	slices.SortStableFunc(out, func(a, b group) int { return cmp.Compare(len(b.members), len(a.members)) })
	return out
}

// gather puts together what has one key, in the order in which the keys come.
func gather[T any, K comparable](list []T, key func(T) K) (out [][]T) {
	at := map[K]int{}
	for _, x := range list {
		k := key(x)
		i, known := at[k]
		if !known {
			i = len(out)
			at[k] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], x)
	}
	return out
}

// twins yields the members that have a fact alike with one before them, each with the
// first of them. An empty fact is not known.
func twins(members []*cluster.Member, fact func(*cluster.Member) string) iter.Seq2[*cluster.Member, *cluster.Member] {
	return func(yield func(m, first *cluster.Member) bool) {
		first := map[string]*cluster.Member{}
		for _, m := range members {
			v := fact(m)
			if first[v] == nil {
				first[v] = m
			} else if v != "" && !yield(m, first[v]) {
				return
			}
		}
	}
}

// oddOnes yields the groups that differ from the first, each with that one.
func oddOnes(all []group) iter.Seq2[group, group] {
	return func(yield func(odd, main group) bool) {
		for i := 1; i < len(all) && yield(all[i], all[0]); i++ {
		}
	}
}

// beside makes the places that a finding about the first of a group names beside it:
// those of the group's other members, and of the first one that it is compared with.
func (g group) beside(main group, place func(*cluster.Member) Related) (out []Related) {
	for _, m := range append(slices.Clone(g.members[1:]), main.members[0]) {
		out = append(out, place(m))
	}
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
func (p *Pass) drift(members []*cluster.Member, key string, fact func(*cluster.Member) string, tell func(f *Finding, odd, main group)) {
	for odd, main := range oddOnes(groups(members, fact)) {
		f := atProperty(odd.members[0], key)
		tell(&f, odd, main)
		f.Related = odd.beside(main, func(m *cluster.Member) Related { return relatedValue(m, key, show(key, fact(m))) })
		p.Report(f)
	}
}

// relatedKey is the place of a property beside a finding, with its value.
func relatedKey(m *cluster.Member, key string) Related {
	return relatedValue(m, key, show(key, m.Value(key)))
}

// relatedKeys are those of several members.
func relatedKeys(members []*cluster.Member, key string) (out []Related) {
	for _, m := range members {
		out = append(out, relatedKey(m, key))
	}
	return out
}

// relatedValue is relatedKey with a value as it was compared, quoted.
func relatedValue(m *cluster.Member, key, quoted string) Related {
	return relatedAt(m, key, "has "+orUnset(quoted))
}

// relatedAt is the place of a property beside a finding.
func relatedAt(m *cluster.Member, key, message string) Related {
	at := atProperty(m, key)
	return Related{Node: at.Node, Path: at.Path, Pos: at.Pos, Message: message}
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
