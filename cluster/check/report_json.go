package check

import (
	"encoding/json"
	"io"
	"time"
)

// reportJSON is the document that WriteJSON writes. Its fields are never
// renamed or reused.
type reportJSON struct {
	Schema        int             `json:"schema"`
	Name          string          `json:"name,omitempty"`
	Date          time.Time       `json:"date,omitzero"`
	Counts        countsJSON      `json:"counts"`
	Members       []MemberSummary `json:"members"`
	Findings      []Finding       `json:"findings"`
	Unknown       []Unknown       `json:"unknown"`
	Passed        []string        `json:"passed"`
	NotApplicable []string        `json:"notApplicable"`
	NotJudged     []string        `json:"notJudged"`
}

type countsJSON struct {
	Error   int `json:"error"`
	Warning int `json:"warning"`
	Info    int `json:"info"`
	Unknown int `json:"unknown"`
}

// WriteJSON writes the report as one JSON document of schema 1, indented, with
// a newline at its end. Lists are never null. The error is the writer's, or
// that of a finding with an invalid severity.
func (r *Report) WriteJSON(w io.Writer) error {
	doc := reportJSON{
		Schema: 1, Name: r.Name, Date: r.Date,
		Counts:        countsJSON{r.Count(Error), r.Count(Warning), r.Count(Info), len(r.Unknown)},
		Members:       notNil(r.Members),
		Findings:      notNil(r.Findings),
		Unknown:       notNil(r.Unknown),
		Passed:        notNil(r.Passed),
		NotApplicable: notNil(r.NotApplicable),
		NotJudged:     notNil(r.NotJudged),
	}
	b, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
