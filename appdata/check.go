package appdata

import (
	"path"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/internal/reserved"
)

// Checked sorts every path of a tree and of a layout into exactly one list. Each
// list is sorted.
type Checked struct {
	// Present: items that stand where they belong, and are of the right kind
	// themselves or through a link. Paths that lie below such a folder belong
	// to it and are here too; Scan does not go there.
	Present []string
	// Absent: items that are not there. Whether one is missed is said by its
	// Presence.
	Absent []string
	// WrongKind: items, and folders that items lie in, where something of
	// another kind stands, or a link that leads nowhere.
	WrongKind []string
	// Stays: what has a known reason to stand here and is no item. In an install
	// folder that is what must stay on the server, such as bin; in both sorts of
	// folder the folders that items lie in, the product's further entries, such as
	// var/db, entries of the storage itself, such as lost+found, this library's own
	// folder and originals that it has set aside.
	Stays []string
	// Foreign: everything else. Nothing is known about it.
	Foreign []string
	// Unknown: items and folders that items lie in, about which something is
	// there or may be, but could not be read; the nodes' Err says why.
	Unknown []string
}

// Check compares a tree with a layout. Every path of either is in exactly one
// list of the result, whatever the tree holds; t may be nil, and then every item
// is absent.
//
// The scheme of the layout's items says what sort of folder this is: what must
// stay on a server, such as bin, is expected in an install folder (InInstall and
// Linked) and foreign in an application data folder (Folder). Items without a
// scheme allow for either. Versions play no part in what Stays: a leftover of
// another version is not foreign.
//
// Names are compared exactly, also where the file system ignores letter case.
func Check(t *Tree, layout []Item) Checked {
	c := newChecker(layout)
	seen := map[string]bool{}
	put := func(list *[]string, p string) {
		if !seen[p] {
			seen[p] = true
			*list = append(*list, p)
		}
	}
	var result Checked
	if t != nil {
		for _, n := range t.Nodes {
			put(c.list(&result, n), n.Path)
		}
	}
	for _, it := range layout {
		put(&result.Absent, it.Path)
	}
	for _, list := range []*[]string{&result.Present, &result.Absent, &result.WrongKind,
		&result.Stays, &result.Foreign, &result.Unknown} {
		slices.Sort(*list)
	}
	return result
}

type checker struct {
	items   map[string]Kind // the layout's
	parents map[string]bool // folders above them, outside of any item
	known   knownPaths      // other entries with a reason to be here
}

func newChecker(layout []Item) *checker {
	c := &checker{items: map[string]Kind{}, known: known[""]}
	for _, it := range slices.Backward(layout) { // the first of a path, and the first scheme, count
		c.items[it.Path] = it.Kind
		if k, ok := known[it.Scheme]; ok && it.Scheme != "" {
			c.known = k
		}
	}
	c.parents = parents(c.items)
	return c
}

// list chooses the list that a node belongs to.
func (c *checker) list(r *Checked, n Node) *[]string {
	want, isItem := c.items[n.Path]
	isParent := !isItem && c.parents[n.Path]
	if isParent {
		want = Dir
	}
	if isItem || isParent {
		switch actual := n.Actual(); {
		case actual == "":
			return &r.Unknown
		case actual != want:
			return &r.WrongKind
		case isItem:
			return &r.Present
		}
		return &r.Stays
	}
	for dir := range ancestors(n.Path) {
		if c.items[dir] == Dir {
			return &r.Present
		}
	}
	if c.stays(n.Path) {
		return &r.Stays
	}
	return &r.Foreign
}

// stays reports whether p is known, lies below something known, or is either
// set aside.
func (c *checker) stays(p string) bool {
	if c.known.above[p] || c.isKnown(p) {
		return true
	}
	for dir := range ancestors(p) {
		if c.isKnown(dir) {
			return true
		}
	}
	return false
}

func (c *checker) isKnown(p string) bool {
	if c.known.paths[p] {
		return true
	}
	original, _, retired := strings.Cut(p, reserved.RetiredMark)
	_, isItem := c.items[original]
	return retired && (isItem || c.known.paths[original])
}

// ancestors yields the folders above p from the innermost out, without the root.
func ancestors(p string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for dir := path.Dir(p); dir != "." && dir != "/"; dir = path.Dir(dir) {
			if !yield(dir) {
				return
			}
		}
	}
}
