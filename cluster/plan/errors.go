package plan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/deploycluster/deploycluster/cluster/plan/internal/mover"
)

// RefusedError reports a plan, or a world, that must not be changed. Nothing
// was written.
type RefusedError struct {
	Plan     string
	Refusals []Refusal
}

func (e *RefusedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "plan %s is refused; nothing was changed", e.Plan)
	for _, r := range e.Refusals {
		b.WriteString("\n  " + r.String())
	}
	return b.String()
}

// refused is the error for reasons against a plan.
func (p *Plan) refused(list ...Refusal) error { return &RefusedError{Plan: p.ID, Refusals: list} }

// StaleError reports a file that is no longer the one that was planned for, or
// that a plan has made.
type StaleError struct {
	Path   string
	Reason string
	// Fix says what to do; empty means that planning again is all it takes.
	Fix string
}

func (e *StaleError) Error() string { return about(e.Path, e.Reason) + "; " + e.fix() }

func (e *StaleError) fix() string { return cmp.Or(e.Fix, "plan again") }

// takingBack gives a *StaleError of a Revert its advice, unless it has one: a new
// plan does not bring back what the old one has changed.
func takingBack(err error) error {
	if stale := (*StaleError)(nil); errors.As(err, &stale) && stale.Fix == "" {
		stale.Fix = "undo that change and revert again, or take the plan's change back by hand"
	}
	return err
}

// StepError reports the step at which a run stopped. Before PhasePurge every
// original is where it was, or renamed aside beside it; in PhasePurge only
// originals with a proven copy have been deleted.
type StepError struct {
	Step  string
	Title string
	Phase Phase
	Err   error

	settings bool // the step changes settings
}

func (e *StepError) Error() string {
	return fmt.Sprintf("step %s (%s): %v; %s", e.Step, e.Title, e.Err, e.next())
}

func (e *StepError) Unwrap() error { return e.Err }

// next says what was lost, which is nothing, and what to do.
func (e *StepError) next() string {
	why := found(e.Err)
	var stale *StaleError
	var refused *RefusedError
	switch {
	case e.settings:
		return "each file is either the old one or the new one, and the old one is kept beside it; apply the same plan again to continue, or revert it"
	case why != nil && why.Reason != ReasonChanged && why.Reason != ReasonMetadata:
		return "nothing was changed after this error; follow its advice, then run again"
	case why != nil, errors.As(e.Err, &refused), errors.As(e.Err, &stale):
		return "no original was touched; follow the advice, then run again"
	case e.Phase <= PhasePopulate:
		return "the server still uses its originals, all of which are untouched; remove the cause, and apply the same plan again to continue"
	case e.Phase == PhaseSwitch:
		return "the copies are complete and the originals are still there. Do not start the server until the same plan has been applied again (it continues from here) or reverted"
	case errors.Is(e.Err, context.Canceled), errors.Is(e.Err, context.DeadlineExceeded), e.Phase == PhaseRetire:
		return "every original is in its place or renamed aside; apply the same plan again to continue"
	}
	return "only originals with a proven copy were deleted; apply the same plan again to continue"
}

// Reason is why a call failed, as far as a caller may want to branch on it.
type Reason string

// Error reports why a call was not carried out, or why a run stopped.
type Error struct {
	Reason Reason
	// Path is what it is about: a file or folder as the server or the storage
	// spells it; with ReasonNode a node, with ReasonPlan the id of a plan, and
	// with ReasonDocument the value at fault, such as "steps[3].action", or
	// nothing for the document itself.
	Path string
	// Detail says what was found and what to do, in one sentence.
	Detail string
	// Offset is where the value at fault begins, in bytes, with ReasonDocument.
	Offset int64
	// Changes are at most 20 differences; More counts the others.
	Changes []Change
	More    int
	Err     error
}

// Change is one difference between a source and what was copied of it.
type Change struct {
	Path string
	// What is "new", "gone" or "changed".
	What string
	// Writer names what usually writes there.
	Writer string
}

func (e *Error) Error() string {
	switch e.Reason {
	case ReasonNode:
		return "plan: " + e.Detail
	case ReasonPlan:
		return "plan " + e.Path + ": " + e.Detail
	case ReasonDocument:
		return fmt.Sprintf("plan: %s (offset %d)", e.where(), e.Offset)
	}
	var b strings.Builder
	b.WriteString(e.where())
	for i, c := range e.Changes {
		sep := ";"
		if i == 0 {
			sep = ":"
		}
		fmt.Fprintf(&b, "%s %s is %s", sep, c.Path, c.What)
		if c.Writer != "" {
			fmt.Fprintf(&b, " (usually written by %s)", c.Writer)
		}
	}
	if e.More > 0 {
		fmt.Fprintf(&b, "; and %d more", e.More)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", plain(e.Err))
	}
	return b.String()
}

// where is the path and what was found there, each unless there is none.
func (e *Error) where() string {
	if e.Path == "" || e.Detail == "" {
		return e.Path + e.Detail
	}
	return about(e.Path, e.Detail)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// unfit is the error for a plan that cannot be followed as it is.
func (p *Plan) unfit(why string) error { return &Error{Reason: ReasonPlan, Path: p.ID, Detail: why} }

// found is the Error in err that reports what was found in the world, if any.
func found(err error) *Error {
	var e *Error
	if !errors.As(err, &e) || e.Reason == ReasonNode || e.Reason == ReasonPlan || e.Reason == ReasonDocument {
		return nil
	}
	return e
}

// named is an error whose text has no temporary name: nobody would find what it
// is about.
type named struct {
	error
	text string
}

func (e *named) Error() string { return e.text }
func (e *named) Unwrap() error { return e.error }

// plainly replaces the temporary names in the text of an error.
func plainly(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	if plain := mover.Named(text); plain != text {
		return &named{err, plain}
	}
	return err
}

// translate turns an error of the mover into one of this package.
func translate(err error) error {
	var m *mover.Error
	if !errors.As(err, &m) {
		return plainly(err)
	}
	e := &Error{Reason: Reason(m.Reason), Path: mover.Named(m.Path), Detail: mover.Named(m.Detail), More: m.More, Err: plainly(m.Err)}
	for _, c := range m.Changes {
		e.Changes = append(e.Changes, Change(c))
	}
	switch m.Reason {
	case mover.Changed:
		e.Path, e.Detail = "", "originals changed while they were copied; stop what writes there and apply again"
	case mover.SameStorage:
		e.Detail = "is the same storage as " + m.Other + ", under two names; what is there is shared already and must be neither copied nor retired"
	case mover.Missing:
		e.Detail = "the target does not hold what this plan wrote there; is the network storage still mounted?"
	}
	return e
}

// gone is the error for a target that is no longer there.
func (r *run) gone(err error) error {
	return &Error{Reason: ReasonMissing, Path: r.p.Target.AppData, Detail: "the target no longer holds what this plan wrote there; is the network storage still mounted?", Err: err}
}

// stop is the error of a step.
func (r *run) stop(s Step, err error) error {
	return &StepError{Step: s.ID, Title: s.Title, Phase: s.Phase, Err: translate(err)}
}
