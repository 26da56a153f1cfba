package plan

import (
	"context"
	"errors"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan/internal/mover"
	"github.com/deploycluster/deploycluster/props"
)

// present reports whether the target still holds what a server cannot do
// without; what does not is no copy of anything.
func (a *applying) present(s Step) (bool, error) {
	rel, err := a.m.Holds("conf/"+cluster.KeyEncryptionStore, "conf/"+cluster.KeyServerStore)
	if err == nil && rel != "" {
		a.keep(Kept{Path: s.ServerFrom, Reason: "the target does not hold " + rel + "; is the network storage still mounted?"})
	}
	return err == nil && rel == "", err
}

// disposable reports whether an original may be put aside or deleted, as far as
// the whole target and the owner of the original tell.
func (a *applying) disposable(s Step, at cluster.Place) (bool, error) {
	if ok, err := a.present(s); err != nil || !ok {
		return false, err
	}
	return a.owned(s, at)
}

func (a *applying) retire(ctx context.Context, s Step) (bool, error) {
	it := a.p.movedItem(s)
	if _, err := lstat(a.w.FS[s.From.Storage], s.From.Path); err != nil {
		if notThere(err) {
			err = nil
		}
		return false, err
	}
	if ok, err := a.disposable(s, s.From); err != nil || !ok {
		return false, err
	}
	did, err := a.m.Retire(ctx, it, a.p.layout(it))
	if err != nil || !did {
		return did, err
	}
	return true, a.takenBack(it)
}

// takenBack gives an original its name back that was renamed aside although
// another run had taken everything back meanwhile.
func (a *applying) takenBack(it mover.Item) error {
	over := a.m.Look()
	if over == nil {
		return nil
	}
	if state, err := a.p.switchState(a.w); err != nil || state != switchNone {
		return unjoin(errors.Join(over, err))
	}
	_, err := a.bringBack(it)
	return unjoin(errors.Join(over, err))
}

func (a *applying) purge(ctx context.Context, s Step) (bool, error) {
	it := a.p.movedItem(s)
	if retired, err := a.m.Retired(it); err != nil || !retired {
		return false, err
	}
	if ok, err := a.disposable(s, s.Aside); err != nil || !ok {
		return false, err
	}
	return a.m.Purge(ctx, it, mover.Purge{Layout: a.p.layoutPaths(), Inside: a.p.layout(it), Gone: a.o.PurgeGone > 0, Alike: sameVersion})
}

// sameVersion reports whether two version files name the same version, whatever
// their date comments and line ends are.
func sameVersion(rel string, a, b []byte) bool {
	if rel != "conf/installed.version" {
		return string(a) == string(b)
	}
	x, err1 := props.Parse(rel, a)
	y, err2 := props.Parse(rel, b)
	if err1 != nil || err2 != nil {
		return string(a) == string(b)
	}
	v, ok1 := x.Get("installed.version")
	w, ok2 := y.Get("installed.version")
	return ok1 && ok2 && v == w
}

// layoutPaths are the slash paths of the layout.
func (p *Plan) layoutPaths() (list []string) {
	for _, l := range p.entries() {
		list = append(list, l.Path)
	}
	return list
}

// countGone counts what is gone from the target before anything is deleted, and
// stops where no server explains the loss.
func (a *applying) countGone(ctx context.Context) error {
	if a.o.through() < PhasePurge || a.state != switchDone || a.p.AlreadyShared {
		return nil
	}
	var alarming []string
	for s := range a.p.of(ActionPurge) {
		if s.Copies == "" {
			continue
		}
		it := a.p.movedItem(s)
		if a.o.From >= PhasePurge { // what was not retired stays
			if retired, err := a.m.Retired(it); err != nil {
				return a.stop(s, err)
			} else if !retired {
				continue
			}
		}
		g, err := a.m.Lost(ctx, it, a.p.layoutPaths())
		if err != nil {
			return a.stop(s, err)
		}
		a.gone += g.Files
		for _, part := range g.Alarming() {
			alarming = append(alarming, lossText(part))
		}
	}
	a.res.Gone = a.gone
	return a.allowed(alarming)
}

// mayBegin refuses a call whose first phase cannot come next.
func (a *applying) mayBegin() error {
	if a.p.AlreadyShared || a.o.From < PhaseRetire {
		return nil
	}
	refusal := Refusal{Rule: "TGT016", Path: a.p.Target.AppData, Source: srcSafety,
		Message: "the server does not use the target yet, so its originals can be neither retired nor purged", Fix: "apply the plan first"}
	if a.state == switchDone {
		if a.o.From < PhasePurge {
			return nil
		}
		standing, aside, err := a.originals()
		if err != nil || standing == 0 || aside > 0 {
			return err
		}
		refusal = Refusal{Rule: "TGT021", Path: a.p.AppData, Source: srcSafety,
			Message: "the originals still have their names, so there is nothing to delete yet",
			Fix:     "retire them (populate -retire), and purge after a verified backup; both at once is a call from PhaseRetire through PhasePurge"}
	}
	return a.p.refused(refusal)
}

// originals counts those that have their names, and those that are aside. What
// has the name of an original that the switch itself renamed is the link to its
// copy.
func (a *applying) originals() (standing, aside int, err error) {
	retires := a.p.retired()
	for _, s := range a.p.Steps {
		if s.Action != ActionPurge {
			continue
		}
		it := a.p.movedItem(s)
		if retired, err := a.m.Retired(it); err != nil {
			return 0, 0, err
		} else if retired {
			aside++
		} else if there, err := a.m.Standing(it); err != nil {
			return 0, 0, err
		} else if there && retires[s.From] {
			standing++
		}
	}
	return standing, aside, nil
}

// earlier reports whether a step is one that this call leaves out because an
// earlier one did it, or was to do it.
func (a *applying) earlier(s Step) (bool, error) {
	if a.o.From >= PhaseRetire && a.p.AlreadyShared && s.Phase < a.o.From {
		return true, nil
	}
	if s.Action == ActionRetire && a.o.From > s.Phase {
		if there, err := a.m.Standing(a.p.movedItem(s)); err != nil {
			return false, err
		} else if there {
			a.keep(Kept{Path: s.ServerFrom, Reason: "it still has its name; retire it first (populate -retire)"})
		}
		return true, nil
	}
	past := s.Phase < PhaseSwitch || a.state == switchDone && s.Phase == PhaseSwitch && s.Action == ActionManual
	if a.state == switchNone || !past {
		return false, nil
	}
	if s.Action == ActionManual && s.Phase == PhaseSwitch { // nobody knows whether it was done
		a.res.Manual = append(a.res.Manual, s.ID)
		return true, nil
	}
	a.did(s, false)
	return true, nil
}

// retired are the places of the originals that Retire steps rename: what has one of
// these names afterwards is an original. The others are renamed by the switch, which
// puts links there.
func (p *Plan) retired() map[cluster.Place]bool {
	at := map[cluster.Place]bool{}
	for s := range p.of(ActionRetire) {
		at[s.From] = true
	}
	return at
}

// allGone looks once more that no original is left: another run may have given one
// its name back meanwhile.
func (a *applying) allGone() error {
	retires := a.p.retired()
	for s := range a.p.of(ActionPurge) {
		look := a.m.Left
		if !retires[s.From] {
			look = a.m.Retired
		}
		if left, err := look(a.p.movedItem(s)); err != nil {
			return err
		} else if left {
			return &StaleError{Path: s.ServerFrom, Reason: "another run has renamed it in the meantime", Fix: "apply again, which goes on from here"}
		}
	}
	return nil
}
