package check

import (
	"fmt"
	"io"
	"time"

	"github.com/deploycluster/deploycluster/internal/strictjson"
	"github.com/deploycluster/deploycluster/internal/words"
	"github.com/deploycluster/deploycluster/props"
)

// maxReport bounds a stored report or suppression file, in bytes. A report about
// a thousand members has a few megabytes.
const maxReport = 64 << 20

// Read reads a report that WriteJSON wrote, such as the one of last week that
// Compare takes. Fields of the document that this version does not know are
// ignored. Findings of a report that was written before there were
// fingerprints get theirs. The error, a *DocumentError, says where the document is
// none that WriteJSON wrote, such as a list that is null, and never shows a value.
func Read(r io.Reader) (*Report, error) {
	data, err := readDocument(r, "report")
	if err != nil {
		return nil, err
	}
	var doc reportJSON
	if e := strictjson.ReadWritten(data, &doc); e != nil {
		return nil, misread("report", data, e)
	}
	missing := ""
	switch { // what every version has written
	case doc.Members == nil:
		missing = "members"
	case doc.Findings == nil:
		missing = "findings"
	}
	if missing != "" {
		return nil, &DocumentError{Document: "report", Field: missing, Reason: "is missing; a report has it, though it may be empty"}
	}
	for i, f := range doc.Findings {
		if f.Rule == "" || f.Severity < Info || f.Severity > Error {
			return nil, at("report", data, fmt.Sprintf("findings[%d]", i), "has no rule or no severity")
		}
	}
	doc.Report.mark()
	return &doc.Report, nil
}

// Suppressions is the document that holds suppressions.
type Suppressions struct {
	// Schema is the version of this document, 1.
	Schema int `json:"schema"`
	// List are the suppressions.
	List []Suppression `json:"suppressions"`
}

// ReadSuppressions reads a JSON document of suppressions, and strictly: an
// unknown field is an error, since a slip would suppress what was not meant.
// "until" is a moment, or a date such as "2027-03-01": the suppression then holds
// through that day in UTC, and Until is the midnight at its end. The error is a
// *DocumentError.
//
//	{
//	  "schema": 1,
//	  "suppressions": [
//	    {"rule": "KEY007", "node": "ucd1", "reason": "test system", "until": "2027-03-01"},
//	    {"rule": "KEY011", "reason": "ticket 4711", "until": "2027-01-01T06:00:00Z"}
//	  ]
//	}
func ReadSuppressions(r io.Reader) ([]Suppression, error) {
	data, err := readDocument(r, "suppressions")
	if err != nil {
		return nil, err
	}
	var doc struct {
		Schema int `json:"schema"`
		List   []struct {
			Rule   string `json:"rule"`
			Node   string `json:"node"`
			Path   string `json:"path"`
			Reason string `json:"reason"`
			Until  until  `json:"until"`
		} `json:"suppressions"`
	}
	if e := strictjson.Read(data, &doc); e != nil {
		return nil, misread("suppressions", data, e)
	}
	list := make([]Suppression, len(doc.List))
	for i, s := range doc.List {
		list[i] = Suppression{s.Rule, s.Node, s.Path, s.Reason, time.Time(s.Until)}
		if problem := list[i].problem(); problem != "" {
			return nil, at("suppressions", data, fmt.Sprintf("suppressions[%d]", i), problem)
		}
	}
	return list, nil
}

// until is the end of a suppression, as a person may write it.
type until time.Time

// MarshalText renders the example that errors show.
func (u until) MarshalText() ([]byte, error) { return []byte("2027-03-01"), nil }

func (u *until) UnmarshalText(b []byte) error {
	day, err := time.Parse(time.DateOnly, string(b))
	if err == nil {
		*u = until(day.AddDate(0, 0, 1))
		return nil
	}
	t, err := time.Parse(time.RFC3339, string(b))
	*u = until(t)
	return err
}

// DocumentError says why a stored document cannot be used.
type DocumentError struct {
	// Document is "report" or "suppressions".
	Document string
	// Field is the path of the value at fault, such as "suppressions[0].until",
	// empty for the document as a whole.
	Field string
	// Pos is where that value begins, zero where it has no place.
	Pos props.Position
	// Reason says what is wrong.
	Reason string
	// Near is the known field that an unknown one most likely is meant to be.
	Near string
	// Err is the cause, nil where there is none beyond the reason.
	Err error
}

func (e *DocumentError) Error() string {
	s := "check: " + e.Document + ": "
	if e.Pos.IsValid() {
		s += fmt.Sprintf("line %d, column %d: ", e.Pos.Line, e.Pos.Column)
	}
	if e.Field != "" {
		s += e.Field + ": "
	}
	s += e.Reason
	if e.Near != "" {
		s += "; did you mean " + words.Quote(e.Near) + "?"
	}
	return s
}

// Unwrap returns the cause.
func (e *DocumentError) Unwrap() error { return e.Err }

// readDocument reads the bytes of one JSON document of schema 1.
func readDocument(r io.Reader, name string) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxReport+1))
	switch {
	case err != nil:
		return nil, &DocumentError{Document: name, Reason: "cannot be read", Err: err}
	case len(data) > maxReport:
		return nil, &DocumentError{Document: name, Reason: fmt.Sprintf("has more than %d bytes", maxReport)}
	}
	var head struct {
		Schema int `json:"schema"`
	}
	if e := strictjson.ReadWritten(data, &head); e != nil {
		return nil, misread(name, data, e)
	}
	if head.Schema != 1 {
		return nil, &DocumentError{Document: name, Reason: fmt.Sprintf("has schema %d; this version reads schema 1", head.Schema)}
	}
	return data, nil
}

// misread says where a document is not what it should be, without showing what is
// there.
func misread(name string, data []byte, e *strictjson.Error) *DocumentError {
	return &DocumentError{Document: name, Field: e.Path, Pos: strictjson.Position("", data, e.Offset), Reason: e.Reason, Near: e.Near()}
}

// at is the error about the value with a path.
func at(name string, data []byte, field, reason string) *DocumentError {
	return &DocumentError{Document: name, Field: field, Pos: strictjson.Position("", data, strictjson.Offset(data, field)), Reason: reason}
}
