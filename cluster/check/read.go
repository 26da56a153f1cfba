package check

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxReport bounds a stored report or suppression file, in bytes. A report about
// a thousand members has a few megabytes.
const maxReport = 64 << 20

// Read reads a report that WriteJSON wrote, such as the one of last week that
// Compare takes. Members of the document that this version does not know are
// passed over. Findings of a report that was written before there were
// fingerprints get theirs. The error says what is wrong and never shows a value.
func Read(r io.Reader) (*Report, error) {
	var doc reportJSON
	if err := readDocument(r, "report", false, &doc); err != nil {
		return nil, err
	}
	for _, f := range doc.Findings {
		if f.Rule == "" || f.Severity < Info || f.Severity > Error {
			return nil, &DocumentError{Document: "report", Reason: "a finding has no rule or no severity"}
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
// unknown member is an error, since a slip would suppress what was not meant.
//
//	{
//	  "schema": 1,
//	  "suppressions": [
//	    {"rule": "KEY007", "node": "ucd1", "reason": "test system", "until": "2027-01-01T00:00:00Z"}
//	  ]
//	}
func ReadSuppressions(r io.Reader) ([]Suppression, error) {
	var doc struct {
		Dialect string `json:"$schema"`
		Suppressions
	}
	if err := readDocument(r, "suppressions", true, &doc); err != nil {
		return nil, err
	}
	for i, s := range doc.List {
		if problem := s.problem(); problem != "" {
			return nil, &DocumentError{Document: "suppressions", Reason: fmt.Sprintf("suppressions[%d] %s", i, problem)}
		}
	}
	return doc.List, nil
}

// DocumentError says why a stored document cannot be used.
type DocumentError struct {
	// Document is "report" or "suppressions".
	Document string
	// Reason says what is wrong.
	Reason string
	// Err is the cause, nil where there is none beyond the reason.
	Err error
}

func (e *DocumentError) Error() string { return "check: " + e.Document + ": " + e.Reason }

// Unwrap returns the cause.
func (e *DocumentError) Unwrap() error { return e.Err }

// readDocument reads one JSON document of schema 1.
func readDocument(r io.Reader, name string, strict bool, into any) error {
	data, err := io.ReadAll(io.LimitReader(r, maxReport+1))
	switch {
	case err != nil:
		return &DocumentError{Document: name, Reason: "cannot be read", Err: err}
	case len(data) > maxReport:
		return &DocumentError{Document: name, Reason: fmt.Sprintf("has more than %d bytes", maxReport)}
	}
	var head struct {
		Schema int `json:"schema"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return notJSON(name, data, err)
	}
	if head.Schema != 1 {
		return &DocumentError{Document: name, Reason: fmt.Sprintf("has schema %d; this version reads schema 1", head.Schema)}
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if strict {
		dec.DisallowUnknownFields()
	}
	if err := dec.Decode(into); err != nil {
		return notJSON(name, data, err)
	}
	return nil
}

// notJSON says where a document stops being one, without showing what is there.
func notJSON(name string, data []byte, err error) error {
	e := &DocumentError{Document: name, Reason: "is not JSON of the form that it should have", Err: nil}
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	offset := int64(-1)
	switch {
	case errors.As(err, &syntax):
		e.Reason, offset = "is not JSON", syntax.Offset
	case errors.As(err, &typ):
		e.Reason, offset = fmt.Sprintf("%s has a value of the wrong type", typ.Field), typ.Offset
	case strings.HasPrefix(err.Error(), "json: unknown field "):
		e.Reason = "has an " + strings.TrimPrefix(err.Error(), "json: ")
	}
	if offset >= 0 {
		head := data[:min(offset, int64(len(data)))]
		e.Reason += fmt.Sprintf(" (line %d, byte %d of it)", bytes.Count(head, []byte("\n"))+1, len(head)-bytes.LastIndexByte(head, '\n')-1)
	}
	return e
}
