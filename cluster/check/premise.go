package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
)

// One cause is reported once, and no rule knows another rule. A finding denies
// premises, such as that a member's application data folder is the cluster's;
// findings and Unknowns rest on premises. When all rules have run, what rests on
// a premise that a finding of another rule denies is dropped, also where that
// finding is dropped itself: its cause is reported all the same.

// PremiseKind is what verdicts can rest on. A caller's rules may have kinds of
// their own.
type PremiseKind string

// The premises of the catalogue.
const (
	// PremisePath: Java reads server.appdata.dir as its author meant it.
	PremisePath PremiseKind = "path of the application data"
	// PremiseFolder: the application data folder exists, apart from the
	// installation folder.
	PremiseFolder PremiseKind = "folder of the application data"
	// PremiseAppData: the application data folder is the one that the cluster has.
	PremiseAppData PremiseKind = "application data"
	// PremiseVersion: the member's version is that of the cluster.
	PremiseVersion PremiseKind = "version"
	// PremiseEncryptionStore: the member reads the encryption keystore that the
	// cluster has.
	PremiseEncryptionStore PremiseKind = "encryption keystore"
	// PremiseEncryptionAlias: the member has the encryption alias that the cluster
	// has.
	PremiseEncryptionAlias PremiseKind = "encryption alias"
	// PremiseIdentity: neither of two members is a copy of the other.
	PremiseIdentity PremiseKind = "identity"
	// PremiseConfServer: each of two members has its own conf/server.
	PremiseConfServer PremiseKind = "conf/server"
)

// Premise is one premise about one member, or about two of them.
type Premise struct {
	Kind PremiseKind
	// Node names the member. Other is empty, or names the second one, which comes
	// after Node in alphabetical order.
	Node, Other string
}

// Of is the premise about one member.
func (k PremiseKind) Of(m *cluster.Member) Premise { return Premise{Kind: k, Node: m.Node.Name} }

// Between is the premise about two members, in either order.
func (k PremiseKind) Between(a, b *cluster.Member) Premise {
	x, y := a.Node.Name, b.Node.Name
	return Premise{Kind: k, Node: min(x, y), Other: max(x, y)}
}

// ofAll are the premises of one kind about several members.
func (k PremiseKind) ofAll(members []*cluster.Member) []Premise {
	var out []Premise
	for _, m := range members {
		out = append(out, k.Of(m))
	}
	return out
}

// resting is a verdict and what it rests on.
type resting[T any] struct {
	verdict T
	on      []Premise
}

// verdicts are what one rule has said.
type verdicts struct {
	findings []resting[Finding]
	unknown  []resting[Unknown]
	blocked  []resting[blocked]
	// told counts the findings about each member, those that are not listed
	// included.
	told map[string]int
	// applicable: it was about the cluster or some member.
	applicable bool
	// explained is how many of them were dropped.
	explained int
}

// resolve drops what rests on a premise that a finding of another rule denies.
func resolve(all []*verdicts) {
	denied := map[Premise]map[*verdicts]bool{}
	for _, v := range all {
		for _, f := range v.findings {
			for _, p := range f.verdict.Denies {
				if denied[p] == nil {
					denied[p] = map[*verdicts]bool{}
				}
				denied[p][v] = true
			}
		}
	}
	for _, v := range all {
		gone := func(p Premise) bool { return len(denied[p]) > 1 || len(denied[p]) == 1 && !denied[p][v] }
		v.findings = drop(v.findings, gone, &v.explained)
		v.unknown = drop(v.unknown, gone, &v.explained)
		v.blocked = drop(v.blocked, gone, &v.explained)
	}
}

func drop[T any](list []resting[T], gone func(Premise) bool, n *int) []resting[T] {
	return slices.DeleteFunc(list, func(r resting[T]) bool {
		if slices.ContainsFunc(r.on, gone) {
			*n++
			return true
		}
		return false
	})
}

func bare[T any](list []resting[T]) []T {
	out := make([]T, 0, len(list))
	for _, r := range list {
		out = append(out, r.verdict)
	}
	return out
}

// premiseCycle returns rules each of which may explain the next one's findings,
// the last one those of the first; nil where there are none. Two findings that
// explain each other would both be dropped.
func premiseCycle(rules []Rule) (cycle []string) {
	explained := func(by Rule, list []Rule) int {
		return slices.IndexFunc(list, func(r Rule) bool {
			return r.ID != by.ID && slices.ContainsFunc(by.Denies, func(k PremiseKind) bool { return slices.Contains(r.Assumes, k) })
		})
	}
	// A rule that explains none of those that are left is in no circle.
	for before := -1; len(rules) != before; {
		left := rules
		before = len(left)
		rules = slices.DeleteFunc(slices.Clone(left), func(r Rule) bool { return explained(r, left) < 0 })
	}
	if len(rules) == 0 {
		return nil
	}
	at := 0
	for ; !slices.Contains(cycle, rules[at].ID); at = explained(rules[at], rules) {
		cycle = append(cycle, rules[at].ID)
	}
	return cycle[slices.Index(cycle, rules[at].ID):]
}

// undeclared ends a rule that uses a premise which it does not declare; the cycle
// test would not know of it.
func undeclared(rule, verb string, k PremiseKind) {
	panic(fmt.Sprintf("rule %s %s the premise %q without declaring it", rule, verb, strings.ToValidUTF8(string(k), "?")))
}
