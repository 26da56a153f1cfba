package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/strictjson"
	"github.com/deploycluster/deploycluster/internal/words"
)

// maxPlan bounds a plan that is read, in bytes. A plan has some thirty steps.
const maxPlan = 16 << 20

// WriteJSON writes the plan as indented JSON, "schema" 1, with what does not
// print escaped. Read reads it back as an equal plan.
func (p *Plan) WriteJSON(w io.Writer) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	err := e.Encode(p)
	if err == nil {
		_, err = bytes.NewReader(words.JSON(b.Bytes())).WriteTo(w) // which notices a short write
	}
	if err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	return nil
}

// ReadError says where a document stops being a plan.
type ReadError struct {
	// Path is the value at fault, such as "steps[3].action"; it is empty for the
	// document itself.
	Path string
	// Offset is where that value begins, in bytes from the start.
	Offset int64
	Reason string
}

func (e *ReadError) Error() string {
	at := ""
	if e.Path != "" {
		at = e.Path + ": "
	}
	return fmt.Sprintf("plan: %s%s (offset %d)", at, e.Reason, e.Offset)
}

// Read reads what WriteJSON wrote. An unknown or repeated field, null for a value,
// a second document or a changed plan is an error, a *ReadError or *PlanError: a
// plan that cannot be followed exactly must not be followed.
func Read(r io.Reader) (*Plan, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxPlan+1))
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	if len(data) > maxPlan {
		return nil, &ReadError{Offset: maxPlan, Reason: "the document is larger than any plan"}
	}
	p := &Plan{}
	if e := strictjson.Read(data, p); e != nil {
		if near := e.Near(); near != "" {
			e.Reason += "; did you mean " + words.Quote(near) + "?"
		}
		return nil, &ReadError{Path: e.Path, Offset: int64(e.Offset), Reason: e.Reason}
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
		named := s.Aside.Path == s.asideName(at.Path, p.ID) && s.Aside.Storage == at.Storage && s.ServerAside == s.asideName(server, p.ID)
		if named {
			s.Aside, s.ServerAside = cluster.Place{}, ""
		}
	}
	return &q
}
