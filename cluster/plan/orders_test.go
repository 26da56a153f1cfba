package plan_test

import (
	"crypto/sha256"
	"fmt"
	"math"
	"path"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/internal/long"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// touches are names that operations have touched, to tell whether another
// operation commutes with all of them: then it is the same which comes first.
type touches struct {
	// any was touched itself, written changed in what it holds or is, named made,
	// removed or renamed, and listed read as a folder.
	any, written, named, listed map[string]bool
	// aboveAny are the folders above what was touched, aboveNamed the folders that
	// hold a name that was made, removed or renamed.
	aboveAny, aboveNamed map[string]bool
}

// made is an operation that a run has made.
type made struct {
	strictfs.Call
	failed bool
}

// names is what an operation touches, and how. One that failed has changed nothing,
// and depended on no more than what there was, and whether a folder was empty.
func (m made) names() (paths []string, writes, names, lists bool) {
	paths = []string{path.Clean(m.Path)}
	switch m.Op {
	case strictfs.OpSync, strictfs.OpClose, strictfs.OpSeek:
		return nil, false, false, false // nothing that another run sees
	case strictfs.OpSymlink:
		paths = []string{path.Clean(m.To)}
	case strictfs.OpRename:
		paths = append(paths, path.Clean(m.To))
	case strictfs.OpReaddir, strictfs.OpReaddirnames:
		return paths, false, false, true
	case strictfs.OpChmod, strictfs.OpChown, strictfs.OpChtimes, strictfs.OpWrite, strictfs.OpWriteAt, strictfs.OpTruncate:
		return paths, !m.failed, false, false
	}
	changes := m.Changes()
	return paths, changes && !m.failed, changes && !m.failed, changes && m.failed
}

func touchesOf(calls []made) *touches {
	t := &touches{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, c := range calls {
		paths, writes, names, lists := c.names()
		for _, p := range paths {
			t.any[p] = true
			if writes {
				t.written[p] = true
			}
			if names {
				t.named[p], t.aboveNamed[path.Dir(p)] = true, true
			}
			if lists {
				t.listed[p] = true
			}
			for at := path.Dir(p); !t.aboveAny[at]; at = path.Dir(at) {
				t.aboveAny[at] = true
			}
		}
	}
	return t
}

// commutes reports that neither the operation nor any of the others sees that
// the other was made before. The times of folders count as seen by nobody.
func (t *touches) commutes(c made) bool {
	paths, writes, names, lists := c.names()
	for _, p := range paths {
		if t.written[p] || writes && t.any[p] || lists && t.aboveNamed[p] || names && (t.aboveAny[p] || t.listed[path.Dir(p)]) {
			return false
		}
		for at := path.Dir(p); at != "/"; at = path.Dir(at) {
			if t.named[at] {
				return false
			}
		}
	}
	return true
}

// pair is two runs that are tried in every order.
type pair struct {
	tr            *trial
	base          *strictfs.FS
	start         []clustertest.Entry
	first, second verb
	once          bool // with -long the second is not suspended, but in a sample
	ended         map[string]int
}

func (x *pair) all(t *testing.T) {
	t.Helper()
	// How many operations there are, each run alone.
	one := startStepper(x.base.Clone(), x.tr.plan, x.first, "first0", never)
	two := startStepper(x.base.Clone(), x.tr.plan, x.second, "second", never)
	if one.err != nil || two.err != nil {
		t.Fatalf("alone: %v, %v", one.err, two.err)
	}
	x.ended = map[string]int{}
	tried := 0
	if long.Tests() {
		tried = x.whole(t, one.all)
	}
	if x.once || !long.Tests() {
		step := one.all*two.all/long.Of(480, 24) + 1
		for n := step / 2; n < one.all*two.all; n += step {
			x.try(t, n/two.all, n%two.all)
			tried++
		}
	}
	t.Logf("%d and %d operations, %d orders: %v", one.all, two.all, tried, x.ended)
}

// whole tries one order of all that are the same.
func (x *pair) whole(t *testing.T, operations int) (tried int) {
	var last []*order
	for i := range operations {
		var now []*order
		j := 0
		if x.once {
			j = math.MaxInt
		}
		for ; ; j = now[len(now)-1].to + 1 {
			o := later(last, j)
			if o == nil {
				o = x.try(t, i, j)
				tried++
			} else if middle := (o.from + o.to) / 2; i%16 == 0 && len(now) == i/16%8 {
				if again := x.try(t, i, middle); again.end != o.end {
					t.Fatalf("the first at operation %d, the second at %d: this is not the order that it was taken for", i, middle)
				}
				tried++
			}
			now = append(now, o)
			if o.to == len(o.second) {
				break
			}
		}
		last = now
	}
	return tried
}

// order is an order of two runs that was tried: the first is suspended, then the
// second, the first goes on to its end, and then the second.
type order struct {
	rest     []made            // by the first, from where it was suspended
	second   []made            // all by the second
	all      *touches          // of the second
	from, to int               // before which of its operations the second may be suspended
	end      [sha256.Size]byte // the state when both have ended
}

// alike finds up to where the second may go on before the first does and all stays
// the same: what it does until then commutes with all that the first still does.
func (o *order) alike() {
	rest := touchesOf(o.rest)
	for o.to = o.from; o.to < len(o.second) && rest.commutes(o.second[o.to]); o.to++ {
	}
}

// later finds an order that stays the same with the first suspended one operation
// later, and the second before a given one of its own: the first's operation
// commutes with all that the second does before. It is nil where there is none.
func later(list []*order, from int) *order {
	for _, o := range list {
		from := min(from, len(o.second)) // it has no more
		if from < o.from || from > o.to {
			continue
		}
		to := o.to
		if !o.all.commutes(o.rest[0]) {
			next := touchesOf(o.rest[:1])
			for to = 0; to < o.to && next.commutes(o.second[to]); to++ {
			}
		}
		if to < from {
			return nil
		}
		return &order{o.rest[1:], o.second, o.all, from, to, o.end}
	}
	return nil
}

func (x *pair) try(t *testing.T, i, j int) *order {
	t.Helper()
	fsys := x.base.Clone()
	one := startStepper(fsys, x.tr.plan, x.first, "first0", func(all, _ int) bool { return all == i })
	two := startStepper(fsys, x.tr.plan, x.second, "second", func(all, _ int) bool { return all == j })
	one.resume(never)
	two.resume(never)
	x.ended[fmt.Sprintf("%t %t", one.err == nil, two.err == nil)]++
	end, err := x.tr.state(fsys)
	if err == nil {
		err = x.recover(fsys, end)
	}
	if err != nil {
		t.Fatalf("the first at operation %d, the second at %d: first: %v; second: %v; %.1500v", i, j, one.err, two.err, err)
	}
	o := &order{rest: one.made[i:], second: two.made, all: touchesOf(two.made), from: min(j, len(two.made)), end: end}
	o.alike()
	return o
}

// recover goes on as a person does: with the run that is possible.
func (x *pair) recover(fsys *strictfs.FS, state [sha256.Size]byte) error {
	if x.tr.tried[state] {
		return nil
	}
	x.tr.tried[state] = true
	before := fsys.Clone()
	p, forward := x.tr.found(fsys)
	if forward == nil {
		forward = x.tr.finish(fsys, p)
	}
	if forward == nil {
		return nil
	}
	if back := revert(x.tr.plan, local(before), "revert"); back != nil {
		return fmt.Errorf("neither forward (%w) nor back (%w)", forward, back)
	}
	list, err := clustertest.Walk(before, "/")
	if err != nil {
		return err
	}
	if d := cmp.Diff(x.start, list); d != "" {
		return fmt.Errorf("reverted (-start +now), after %w\n%s", forward, d)
	}
	return nil
}
