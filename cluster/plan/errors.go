package plan

import (
	"errors"
	"fmt"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
)

// NodeError reports a node that the cluster does not have.
type NodeError struct{ Node string }

func (e *NodeError) Error() string { return fmt.Sprintf("plan: the cluster has no node %q", e.Node) }

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

// PlanError reports a plan that cannot be followed as it stands.
type PlanError struct {
	Plan   string
	Reason string
}

func (e *PlanError) Error() string { return "plan " + e.Plan + ": " + e.Reason }

// StaleError reports a file that is no longer the one that was planned for.
type StaleError struct {
	Path   string
	Reason string
}

func (e *StaleError) Error() string { return e.Path + ": " + e.Reason + "; plan again" }

// StepError reports the step at which Apply stopped. Every original is where
// it was, or renamed aside beside it.
type StepError struct {
	Step  string
	Title string
	Phase Phase
	Err   error
}

func (e *StepError) Error() string {
	return fmt.Sprintf("step %s (%s): %v; nothing is lost, applying the same plan again goes on from here", e.Step, e.Title, e.Err)
}

func (e *StepError) Unwrap() error { return e.Err }

// ChangedError reports sources that changed while they were copied.
type ChangedError struct {
	// Changes are at most changeLimit of them; More counts the others.
	Changes []Change
	More    int
}

// Change is one difference between a source and what was copied of it.
type Change struct {
	Path string
	// What is "new", "gone" or "changed".
	What string
	// Writer names what usually writes there.
	Writer string
}

const changeLimit = 20

func (e *ChangedError) Error() string {
	var b strings.Builder
	b.WriteString("the source changed while it was copied; stop what writes there and apply again:")
	for _, c := range e.Changes {
		fmt.Fprintf(&b, " %s is %s", c.Path, c.What)
		if c.Writer != "" {
			fmt.Fprintf(&b, " (usually written by %s)", c.Writer)
		}
		b.WriteByte(';')
	}
	if e.More > 0 {
		fmt.Fprintf(&b, " and %d more", e.More)
	}
	return strings.TrimSuffix(b.String(), ";")
}

func (e *ChangedError) add(c Change) {
	if len(e.Changes) < changeLimit {
		e.Changes = append(e.Changes, c)
		return
	}
	e.More++
}

func (e *ChangedError) orNil() error {
	if len(e.Changes) == 0 {
		return nil
	}
	return e
}

// SameStorageError reports that two places, which the plan holds for
// different, are one. Nothing is copied, retired or purged then.
type SameStorageError struct {
	Source, Target cluster.Place
}

func (e *SameStorageError) Error() string {
	return fmt.Sprintf("%s and %s are the same storage under two names; what is there is shared already and must be neither copied nor retired", e.Source, e.Target)
}

// MetadataError reports a copy whose owner or mode is not the original's, so
// that the server might not be able to read it.
type MetadataError struct {
	Path       string
	What       string // "mode" or "owner"
	Want, Have string
}

func (e *MetadataError) Error() string {
	return fmt.Sprintf("%s: the %s should be %s and is %s on the target; the server may not be able to use it (root squash and mount options are the usual causes)", e.Path, e.What, e.Want, e.Have)
}

// JournalError reports a journal on the target that belongs to another plan.
type JournalError struct {
	Path   string
	Plan   string
	Reason string
}

func (e *JournalError) Error() string {
	return fmt.Sprintf("%s: belongs to plan %s: %s", e.Path, e.Plan, e.Reason)
}

// errGone reports a target that is no longer there.
var errGone = errors.New("the target no longer holds what this plan wrote there; is the network storage still mounted?")
