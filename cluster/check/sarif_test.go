package check_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/check/sarif"
)

// sarifOf writes a report and reads it back as plain values.
func sarifOf(t testing.TB, r *check.Report) map[string]any {
	t.Helper()
	var b bytes.Buffer
	if err := sarif.Write(&b, r, sarif.Options{}); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasSuffix(b.Bytes(), []byte("}\n")) {
		t.Error("no newline at the end")
	}
	var doc map[string]any
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// sarifShapes are the objects of SARIF 2.1.0 that are used here: which members
// the standard's schema requires, which others it knows, and what they hold.
// An object that the schema knows has no others. "!" marks the required ones.
func sarifShapes() map[string]map[string]string {
	return map[string]map[string]string{
		"log":           {"version!": "=2.1.0", "runs!": "[]run", "$schema": "uri"},
		"run":           {"tool!": "tool", "automationDetails": "automation", "invocations": "[]invocation", "results": "[]result", "defaultEncoding": "text", "columnKind": "=utf16CodeUnits|unicodeCodePoints", "properties": "bag"},
		"tool":          {"driver!": "component"},
		"component":     {"name!": "text", "version": "text", "informationUri": "uri", "rules": "[]descriptor", "notifications": "[]descriptor"},
		"descriptor":    {"id!": "text", "helpUri": "uri", "shortDescription": "message", "fullDescription": "message", "defaultConfiguration": "configuration", "help": "message", "properties": "bag"},
		"configuration": {"level": "=none|note|warning|error"},
		"automation":    {"id": "text"},
		"invocation":    {"executionSuccessful!": "bool", "endTimeUtc": "text", "toolExecutionNotifications": "[]notification"},
		"notification":  {"message!": "message", "descriptor": "reference", "level": "=none|note|warning|error", "locations": "[]location", "properties": "bag"},
		"reference":     {"id": "text", "index": "from 0"},
		"suppression":   {"kind!": "=external|inSource", "justification": "text"},
		"result":        {"message!": "message", "ruleId": "text", "ruleIndex": "from 0", "kind": "=fail|open", "level": "=none|note|warning|error", "locations": "[]location", "relatedLocations": "[]location", "suppressions": "[]suppression", "partialFingerprints": "texts", "properties": "bag"},
		"message":       {"text!": "text", "markdown": "text"},
		"location":      {"id": "from 0", "physicalLocation": "physical", "logicalLocations": "[]logical", "message": "message"},
		"physical":      {"artifactLocation!": "artifact", "region": "region"},
		"artifact":      {"uri!": "uri"},
		"region":        {"startLine!": "from 1", "startColumn": "from 1"},
		"logical":       {"name": "text", "kind": "text"},
	}
}

// checkSARIF holds a value against its shape.
func checkSARIF(t testing.TB, path, shape string, v any) {
	t.Helper()
	bad := func(why string, args ...any) { t.Errorf("%s: %s", path, fmt.Sprintf(why, args...)) }
	text, isText := v.(string)
	number, _ := v.(float64)
	switch {
	case strings.HasPrefix(shape, "[]"):
		list, ok := v.([]any)
		if !ok {
			bad("%T is not a list", v)
		}
		for i, e := range list {
			checkSARIF(t, fmt.Sprintf("%s[%d]", path, i), shape[2:], e)
		}
	case strings.HasPrefix(shape, "="):
		if !slices.Contains(strings.Split(shape[1:], "|"), text) {
			bad("%v is not one of %s", v, shape[1:])
		}
	case shape == "text":
		if !isText || text == "" {
			bad("%v is not a text", v)
		}
	case shape == "uri":
		if _, err := url.Parse(text); err != nil || text == "" || strings.ContainsAny(text, " \\\"<>^`{|}") {
			bad("%q is no URI: %v", text, err)
		}
	case shape == "bool":
		if _, ok := v.(bool); !ok {
			bad("%v is not a bool", v)
		}
	case shape == "from 0", shape == "from 1":
		if number != float64(int(number)) || number < float64(shape[5]-'0') {
			bad("%v is out of range", v)
		}
	case shape == "bag", shape == "texts":
		m, ok := v.(map[string]any)
		for k, e := range m {
			if _, isText := e.(string); shape == "texts" && !isText {
				bad("%s is not a text", k)
			}
		}
		if !ok {
			bad("%T is not an object", v)
		}
	default:
		members, known := sarifShapes()[shape]
		m, ok := v.(map[string]any)
		if !known || !ok {
			t.Fatalf("%s: %T for shape %q", path, v, shape)
		}
		for name, inner := range members {
			name, required := strings.CutSuffix(name, "!")
			e, has := m[name]
			if required && !has {
				bad("%s is missing", name)
			}
			if has {
				checkSARIF(t, path+"."+name, inner, e)
			}
		}
		for name := range m {
			if members[name] == "" && members[name+"!"] == "" {
				bad("%s is not part of %s", name, shape)
			}
		}
	}
}

// checkSARIFRefs checks what a schema cannot say.
func checkSARIFRefs(t testing.TB, doc map[string]any) {
	t.Helper()
	run := doc["runs"].([]any)[0].(map[string]any)
	driver := run["tool"].(map[string]any)["driver"].(map[string]any)
	rules := driver["rules"].([]any)
	ids := map[string]bool{}
	for _, r := range rules {
		id := r.(map[string]any)["id"].(string)
		if ids[id] {
			t.Errorf("rule %s is listed twice", id)
		}
		ids[id] = true
	}
	marks := map[string]bool{}
	for i, v := range run["results"].([]any) {
		r := v.(map[string]any)
		if at := int(r["ruleIndex"].(float64)); at >= len(rules) || rules[at].(map[string]any)["id"] != r["ruleId"] {
			t.Errorf("result %d: rule index %d is not %v", i, at, r["ruleId"])
		}
		if (r["kind"] == "fail") == (r["level"] == "none") {
			t.Errorf("result %d: kind %v with level %v", i, r["kind"], r["level"])
		}
		mark := fmt.Sprint(r["partialFingerprints"])
		if marks[mark] {
			t.Errorf("result %d: fingerprint %s is not its own", i, mark)
		}
		marks[mark] = true
		seen := map[any]bool{}
		related, _ := r["relatedLocations"].([]any)
		for _, rel := range related {
			id := rel.(map[string]any)["id"]
			if id == nil || seen[id] {
				t.Errorf("result %d: id %v of a related location", i, id)
			}
			seen[id] = true
		}
	}
	notes := driver["notifications"].([]any)
	for _, list := range []string{"toolExecutionNotifications"} {
		of, _ := run["invocations"].([]any)[0].(map[string]any)[list].([]any)
		for _, n := range of {
			ref := n.(map[string]any)["descriptor"].(map[string]any)
			if at := int(ref["index"].(float64)); at >= len(notes) || notes[at].(map[string]any)["id"] != ref["id"] {
				t.Errorf("%s: descriptor %v", list, ref)
			}
		}
	}
}

func TestSARIFShape(t *testing.T) {
	own := check.Rule{
		ID: "OUR001", Title: "Ours", Severity: check.Info, Source: "our handbook",
		Member: func(p *check.Pass, m *cluster.Member) {
			p.Report(check.Finding{Path: "relative/näme", Message: "one"})
			p.Report(check.Finding{Path: "relative/näme", Message: "two"})
		},
	}
	windows := pair(t)
	windows.topo.Nodes[1].Install = `C:\Program Files\ibm-ucd\server`
	windows.topo.Nodes[1].Mounts = nil
	for name, r := range map[string]*check.Report{
		"scene":   scene(t),
		"planted": planted(t).check(check.Options{Extra: []check.Rule{own}}),
		"windows": windows.check(check.Options{}),
		"empty":   {},
	} {
		t.Run(name, func(t *testing.T) {
			doc := sarifOf(t, r)
			checkSARIF(t, "log", "log", doc)
			checkSARIFRefs(t, doc)
			run := doc["runs"].([]any)[0].(map[string]any)
			in := run["invocations"].([]any)[0].(map[string]any)
			fail, open := 0, 0
			for _, v := range run["results"].([]any) {
				if v.(map[string]any)["kind"] == "fail" {
					fail++
				} else {
					open++
				}
			}
			notes, _ := in["toolExecutionNotifications"].([]any)
			if fail != len(r.Findings) || open+len(notes) != len(r.Unknown)+len(r.Unread) {
				t.Errorf("%d, %d and %d of %d findings and %d unknown", fail, open, len(notes), len(r.Findings), len(r.Unknown)+len(r.Unread))
			}
			if in["executionSuccessful"] != r.Complete() {
				t.Errorf("successful: %v", in["executionSuccessful"])
			}
		})
	}
	bad := &check.Report{Findings: []check.Finding{{Rule: "X"}}}
	if err := sarif.Write(io.Discard, bad, sarif.Options{}); err == nil {
		t.Error("a finding without a severity was written")
	}
}

// TestSARIFFingerprints: a fingerprint survives other lines and words, no other
// place has it, and the log has the finding's own.
func TestSARIFFingerprints(t *testing.T) {
	mark := func(f check.Finding) string {
		f.Severity, f.Message = check.Error, "m"
		var b bytes.Buffer
		if err := (&check.Report{Findings: []check.Finding{f}}).WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		r, err := check.Read(&b) // which gives findings their fingerprint
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(sarifOf(t, r)["runs"].([]any)[0].(map[string]any)["results"].([]any)[0].(map[string]any)["partialFingerprints"])
		if mark := r.Findings[0].Fingerprint; mark == "" || !strings.Contains(got, mark) {
			t.Errorf("%s is not %q", got, mark)
		}
		return got
	}
	base := check.Finding{Rule: "PRP005", Node: "a", Path: "/x", Subject: "k"}
	same := base
	same.Pos.Line, same.Pos.Column, same.Fix, same.Title = 7, 3, "other", "other"
	if mark(base) != mark(same) {
		t.Error("it follows the line")
	}
	for _, other := range []check.Finding{
		{Rule: "PRP006", Node: "a", Path: "/x", Subject: "k"}, {Rule: "PRP005", Node: "b", Path: "/x", Subject: "k"},
		{Rule: "PRP005", Node: "a", Path: "/y", Subject: "k"}, {Rule: "PRP005", Node: "a", Path: "/x", Subject: "l"},
		{Rule: "PRP005", Node: "a/", Path: "x", Subject: "k"},
	} {
		if mark(base) == mark(other) {
			t.Errorf("%+v has the same", other)
		}
	}
}
