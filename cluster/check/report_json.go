package check

import (
	"io"

	"github.com/deploycluster/deploycluster/internal/strictjson"
)

// reportJSON is the document that WriteJSON writes and Read reads. Its fields
// are never renamed or reused.
type reportJSON struct {
	Report
	// Complete and Counts are for readers of the document; Read derives them
	// again.
	Complete bool       `json:"complete"`
	Counts   countsJSON `json:"counts"`
}

type countsJSON struct {
	Error   int `json:"error"`
	Warning int `json:"warning"`
	Info    int `json:"info"`
	Unknown int `json:"unknown"`
	Unread  int `json:"unread"`
	// Rules and LeftOut are how many rules were asked, and how many were not.
	Rules   int `json:"rules"`
	LeftOut int `json:"leftOut"`
}

// WriteJSON writes the report as one JSON document of schema 1, indented, with
// a newline at its end. Lists are never null, and what does not print is
// escaped. The error is the writer's, or that of a finding with an invalid
// severity or stage.
func (r *Report) WriteJSON(w io.Writer) error {
	doc := reportJSON{
		Report: *r, Complete: r.Complete(),
		Counts: countsJSON{r.Count(Error), r.Count(Warning), r.Count(Info), len(r.Unknown), len(r.Unread), r.asked(), len(r.LeftOut)},
	}
	doc.Schema = 1
	return strictjson.Write(w, doc)
}
