package plan

import (
	"context"
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/plan/internal/overlay"
)

// maxOrdered is how many files are tried in every order: 63 states between the
// cluster of now and that of afterwards. Up to maxGreedy files are put in order one
// after the other, and at most maxStates states are judged for it.
const (
	maxOrdered = 6
	maxGreedy  = 40
	maxStates  = 250
)

// order puts files into an order that passes through no state which the rules
// call an Error, unless the cluster of now or that of afterwards has the same
// one. A state is a set of files that are done.
func (e *editor) order(ctx context.Context, files []*fileEdits) ([]*fileEdits, error) {
	n := len(files)
	if n < 2 || n > maxGreedy { // of too many their rank is all that is known
		return files, nil
	}
	s := &states{ctx: ctx, e: e, files: files, found: map[uint][]string{}}
	for _, end := range []uint{0, 1<<n - 1} {
		found, err := s.errors(end)
		if err != nil {
			return nil, err
		}
		s.allowed = append(s.allowed, found...)
	}
	// The order of rank, where it is clean; else the cheapest way.
	path := byRank(n)
	if clean, err := s.clean(path); err != nil || clean {
		return files, err
	}
	choose := s.cheapest
	if n > maxOrdered {
		choose = s.greedy
	}
	path, err := choose(n)
	if err != nil {
		return nil, err
	}
	if err := e.warnOf(s, path); err != nil {
		return nil, err
	}
	out := make([]*fileEdits, n)
	for i, k := range path {
		out[i] = files[k]
	}
	return out, nil
}

// byRank is the order of the files as they are.
func byRank(n int) []int {
	path := make([]int, n)
	for i := range path {
		path[i] = i
	}
	return path
}

// states judges states.
type states struct {
	ctx     context.Context
	e       *editor
	files   []*fileEdits
	allowed []string
	found   map[uint][]string // of the states that were judged, the Errors that neither end has
}

// errors are the Errors of a state.
func (s *states) errors(done uint) ([]string, error) {
	w := s.e.c.World()
	o := overlay.New(w.FS)
	for i, f := range s.files {
		if done&(1<<i) == 0 {
			continue
		}
		// What a secret is does not matter to a rule; that it is set does.
		after, err := edited(f.path, f.data, f.edits, func(ref string) string { return "pbe{" + ref + "}" })
		if err == nil {
			err = o.Write(f.at.place, after, 0)
		}
		if err != nil {
			return nil, err
		}
	}
	w.FS = o.Storages()
	c, err := cluster.Load(s.ctx, s.e.c.Topology, w)
	if err != nil {
		return nil, err
	}
	r, err := check.Run(s.ctx, c, check.Options{})
	if err != nil {
		return nil, err
	}
	var out []string
	for _, f := range r.Findings {
		if f.Severity == check.Error {
			out = append(out, strings.Join([]string{f.Rule, f.Node, f.Path, f.Subject}, "\x00"))
		}
	}
	return out, nil
}

// bad counts the Errors of a state that neither end has.
func (s *states) bad(done uint) (int, error) {
	if found, ok := s.found[done]; ok {
		return len(found), nil
	}
	found, err := s.errors(done)
	if err != nil {
		return 0, err
	}
	s.found[done] = slices.DeleteFunc(found, func(f string) bool { return slices.Contains(s.allowed, f) })
	return len(s.found[done]), nil
}

// clean reports whether no state on a path is bad.
func (s *states) clean(path []int) (bool, error) {
	done := uint(0)
	for _, k := range path[:len(path)-1] {
		done |= 1 << k
		if n, err := s.bad(done); err != nil || n > 0 {
			return false, err
		}
	}
	return true, nil
}

// cheapest is the order with the fewest Errors on its way: of several, the one
// that is nearest to rank.
func (s *states) cheapest(n int) ([]int, error) {
	all := uint(1)<<n - 1
	best, last := make([]int, all+1), make([]int, all+1)
	for done := uint(1); done <= all; done++ {
		bad := 0
		if done != all {
			var err error
			if bad, err = s.bad(done); err != nil {
				return nil, err
			}
		}
		best[done], last[done] = -1, -1
		for k := n - 1; k >= 0; k-- { // the later file last
			if done&(1<<k) == 0 {
				continue
			}
			if cost := best[done&^(1<<k)] + bad; best[done] < 0 || cost < best[done] {
				best[done], last[done] = cost, k
			}
		}
	}
	path := make([]int, n)
	for done := all; done != 0; done &^= 1 << last[done] {
		path[bits.OnesCount(done)-1] = last[done]
	}
	return path, nil
}

// greedy is an order in which each file is the first by rank that brings no Error.
// Where some files have to come before others, and not the other way round as
// well, there is such a file at every moment.
func (s *states) greedy(n int) ([]int, error) {
	var path []int
	left, done := byRank(n), uint(0)
	for len(left) > 1 && len(s.found) < maxStates {
		at := 0
		for i, k := range left {
			if len(s.found) >= maxStates {
				break
			}
			bad, err := s.bad(done | 1<<k)
			if err != nil {
				return nil, err
			}
			if bad == 0 {
				at = i
				break
			}
		}
		k := left[at]
		path, left, done = append(path, k), slices.Delete(left, at, at+1), done|1<<k
	}
	return append(path, left...), nil
}

// warnOf names the Errors on the way, where no way without one was found.
func (e *editor) warnOf(s *states, path []int) error {
	done := uint(0)
	for _, k := range path[:len(path)-1] {
		done |= 1 << k
		if _, judged := s.found[done]; !judged && len(s.found) >= maxStates {
			return nil
		}
		n, err := s.bad(done)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		parts, at := strings.Split(s.found[done][0], "\x00"), s.files[k]
		e.p.warn(Refusal{
			Rule: parts[0], Path: parts[2], Source: srcSafety,
			Message: fmt.Sprintf("from the edit of %s on %s until the next step, %s has an Error of %s; no order without one was found", at.path, at.m.Node.Name, parts[1], parts[0]),
			Fix:     "keep the members stopped until all steps are done",
		})
	}
	return nil
}
