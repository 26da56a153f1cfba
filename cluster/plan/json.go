package plan

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/deploycluster/deploycluster/cluster"
)

// maxPlan bounds a plan that is read, in bytes. A plan has some thirty steps.
const maxPlan = 16 << 20

// WriteJSON writes the plan as indented JSON, "schema" 1. Read reads it back
// as an equal plan.
func (p *Plan) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(p); err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	return nil
}

// ReadError says where a document stops being a plan.
type ReadError struct {
	// Offset is in bytes from the start.
	Offset int64
	Reason string
}

func (e *ReadError) Error() string { return fmt.Sprintf("plan: at byte %d: %s", e.Offset, e.Reason) }

// Read reads what WriteJSON wrote. An unknown field, a missing one that
// matters, a second document or a changed plan is an error: a plan that
// cannot be followed exactly must not be followed.
func Read(r io.Reader) (*Plan, error) {
	d := json.NewDecoder(io.LimitReader(r, maxPlan))
	d.DisallowUnknownFields()
	p := &Plan{}
	if err := d.Decode(p); err != nil {
		return nil, &ReadError{Offset: d.InputOffset(), Reason: err.Error()}
	}
	if d.More() {
		return nil, &ReadError{Offset: d.InputOffset(), Reason: "something follows the plan"}
	}
	return p, p.intact()
}

// withoutAside is the plan as it was before it had an id: the names of
// retired originals are made from the id.
func (p *Plan) withoutAside() *Plan {
	q := *p
	q.Steps = append([]Step{}, p.Steps...)
	for i := range q.Steps {
		s := &q.Steps[i]
		at, server := s.original()
		named := s.Aside.Path == asideName(at.Path, p.ID) && s.Aside.Storage == at.Storage && s.ServerAside == asideName(server, p.ID)
		if named {
			s.Aside, s.ServerAside = cluster.Place{}, ""
		}
	}
	return &q
}
