package plan

import "github.com/deploycluster/deploycluster/cluster"

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
	retires := map[cluster.Place]bool{}
	for _, s := range a.p.Steps {
		if s.Action == ActionRetire {
			retires[s.From] = true
		}
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
