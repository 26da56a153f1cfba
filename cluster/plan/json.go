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

// Read reads what WriteJSON wrote. An unknown or repeated field, null for a value,
// a second document or a changed plan is an Error of ReasonDocument or ReasonPlan:
// a plan that cannot be followed exactly must not be followed.
func Read(r io.Reader) (*Plan, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxPlan+1))
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	if len(data) > maxPlan {
		return nil, &Error{Reason: ReasonDocument, Offset: maxPlan, Detail: "the document is larger than any plan"}
	}
	p := &Plan{}
	if e := strictjson.Read(data, p); e != nil {
		if near := e.Near(); near != "" {
			e.Reason += "; did you mean " + words.Quote(near) + "?"
		}
		return nil, &Error{Reason: ReasonDocument, Path: e.Path, Offset: int64(e.Offset), Detail: e.Reason}
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
