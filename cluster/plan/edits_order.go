package plan

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/plan/internal/overlay"
)

// maxOrdered is how many files are put in order, and maxStates how many states
// between the cluster of now and that of afterwards are judged for it.
const (
	maxOrdered = 40
	maxStates  = 250
)

// order puts files into an order that passes through no state which the rules
// call an Error, unless the cluster of now or that of afterwards has the same
// one. A state is a set of files that are done. Where there is no such order, it is
// one with the fewest Errors on its way.
func (e *editor) order(ctx context.Context, files []*fileEdits) ([]*fileEdits, error) {
	n := len(files)
	if n < 2 || n > maxOrdered { // of too many their rank is all that is known
		return files, nil
	}
	s := &states{ctx: ctx, e: e, files: files, all: 1<<n - 1, found: map[uint64][]string{}, dead: map[[2]uint64]bool{}}
	for _, end := range []uint64{0, s.all} {
		found, err := s.errors(end)
		if err != nil {
			return nil, err
		}
		s.allowed = append(s.allowed, found...)
	}
	var path []int
	for budget := uint64(0); path == nil; budget++ {
		var err error
		if path, err = s.path(0, budget); err != nil {
			return nil, err
		}
	}
	var out []*fileEdits
	done := uint64(0)
	for _, k := range path {
		done |= 1 << k
		out = append(out, files[k])
		e.warnOf(files[k], s.found[done])
	}
	return out, nil
}

// states judges states.
type states struct {
	ctx     context.Context
	e       *editor
	files   []*fileEdits
	all     uint64 // every file is done
	allowed []string
	dead    map[[2]uint64]bool  // from where, and with how many Errors at most, there is no way
	found   map[uint64][]string // of the states that were judged, the Errors that neither end has
}

// errors are the Errors of a state.
func (s *states) errors(done uint64) ([]string, error) {
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

// bad counts the Errors of a state that neither end has. Once enough states are
// judged, the others are taken to have none.
func (s *states) bad(done uint64) (uint64, error) {
	if _, judged := s.found[done]; !judged && len(s.found) < maxStates && done != s.all {
		found, err := s.errors(done)
		if err != nil {
			return 0, err
		}
		s.found[done] = slices.DeleteFunc(found, func(f string) bool { return slices.Contains(s.allowed, f) })
	}
	return uint64(len(s.found[done])), nil
}

// path is a way from a state to the end that passes through so many Errors at most,
// nil where there is none: of several, the one that does the first files by rank
// first.
func (s *states) path(done, budget uint64) ([]int, error) {
	if done == s.all {
		return []int{}, nil
	}
	at := [2]uint64{done, budget}
	if s.dead[at] {
		return nil, nil
	}
	for k := range s.files {
		next := done | 1<<k
		if next == done {
			continue
		}
		bad, err := s.bad(next)
		if err != nil {
			return nil, err
		}
		if bad > budget {
			continue
		}
		if rest, err := s.path(next, budget-bad); err != nil || rest != nil {
			return append([]int{k}, rest...), err
		}
	}
	s.dead[at] = true
	return nil, nil
}

// warnOf names an Error on the way, from the edit of a file until the next one.
func (e *editor) warnOf(f *fileEdits, found []string) {
	if len(found) == 0 {
		return
	}
	parts := strings.Split(found[0], "\x00")
	e.p.warn(Refusal{
		Rule: parts[0], Path: parts[2], Source: srcSafety,
		Message: fmt.Sprintf("from the edit of %s on %s until the next step, %s has an Error of %s; no order without one was found", f.path, f.m.Node.Name, parts[1], parts[0]),
		Fix:     "keep the members stopped until all steps are done",
	})
}
