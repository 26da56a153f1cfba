package plan_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/long"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// Up to four runs on one target, begun, suspended, continued and killed at random:
// the content of every original is always somewhere, and one run more brings
// everything either to the end or back to the beginning.
func TestRunsAtRandom(t *testing.T) {
	t.Parallel()
	for _, scheme := range schemes() {
		t.Run(scheme.String(), func(t *testing.T) {
			t.Parallel()
			tr := newTrial(t, scheme)
			x := &pair{tr: tr, ended: map[string]int{}}
			var err error
			x.start, err = clustertest.Walk(tr.base, "/")
			must(t, err)
			bases := []*strictfs.FS{tr.base.Clone()}
			for _, phase := range []plan.Phase{plan.PhasePopulate, plan.PhaseSwitch, plan.PhaseRetire} {
				base := tr.base.Clone()
				must(t, applyThrough(phase)(tr.plan, local(base), "begin0"))
				bases = append(bases, base)
			}
			for seed := range uint64(long.Of(2000, 40)) {
				r := &randomRuns{rnd: rand.New(rand.NewPCG(seed, uint64(len(scheme.String())))), tr: tr}
				r.fsys = bases[r.rnd.IntN(len(bases))].Clone()
				r.play()
				end, err := tr.state(r.fsys)
				if err == nil {
					err = x.recover(r.fsys, end)
				}
				if err != nil {
					t.Fatalf("seed %d: %.3000v\nafter %v", seed, err, r.log)
				}
			}
			t.Logf("%d states to go on from", len(tr.tried))
		})
	}
}

// randomRuns are the runs of one try.
type randomRuns struct {
	rnd  *rand.Rand
	tr   *trial
	fsys *strictfs.FS
	runs []*stepper
	log  []string
}

func (r *randomRuns) say(format string, args ...any) {
	r.log = append(r.log, "\n"+fmt.Sprintf(format, args...))
}

func (r *randomRuns) play() {
	for range 2 + r.rnd.IntN(12) {
		var live []int
		for i, s := range r.runs {
			if !s.over {
				live = append(live, i)
			}
		}
		if len(r.runs) < 4 && (len(live) == 0 || r.rnd.IntN(4) == 0) {
			r.begin()
			continue
		}
		if len(live) == 0 {
			break
		}
		i := live[r.rnd.IntN(len(live))]
		if s := r.runs[i]; r.rnd.IntN(8) == 0 {
			r.say("%d is killed before %s %s %s", i, s.next.Op, s.next.Path, s.next.To)
			s.kill()
		} else {
			s.resume(r.until(s.all))
			r.tell(i)
		}
	}
	for _, i := range r.rnd.Perm(len(r.runs)) {
		if s := r.runs[i]; !s.over {
			s.resume(never)
			r.tell(i)
		}
	}
}

// until is how far a run goes: often a few operations, to get between two.
func (r *randomRuns) until(now int) func(all, changes int) bool {
	n := now + 1 + r.rnd.IntN(6)
	switch r.rnd.IntN(4) {
	case 0:
		n += r.rnd.IntN(2000)
	case 1:
		n += r.rnd.IntN(300)
	}
	return func(all, _ int) bool { return all == n }
}

func (r *randomRuns) begin() {
	phases := []plan.Phase{plan.PhaseSwitch, plan.PhaseRetire, plan.PhasePurge}
	name, do := "revert", verb(revert)
	if n := r.rnd.IntN(5); n < len(phases) {
		name, do = fmt.Sprint("apply through ", phases[n]), applyThrough(phases[n])
	}
	i := len(r.runs)
	r.say("%d begins: %s", i, name)
	r.runs = append(r.runs, startStepper(r.fsys, r.tr.plan, do, fmt.Sprintf("%06d", r.rnd.IntN(1_000_000)), r.until(0)))
	r.tell(i)
}

func (r *randomRuns) tell(i int) {
	if s := r.runs[i]; s.over {
		r.say("%d has ended: %v", i, s.err)
	} else {
		r.say("%d is suspended before %s %s %s", i, s.next.Op, s.next.Path, s.next.To)
	}
}
