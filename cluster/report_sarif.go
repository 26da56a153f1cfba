package cluster

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/deploycluster/deploycluster/props"
)

const (
	sarifSchema      = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	sarifInformation = "https://github.com/deploycluster/deploycluster"
	// sarifFingerprint names how the fingerprint is made; another way gets
	// another number.
	sarifFingerprint = "deploycluster/v1"
)

// The kinds of notification, by their index in the driver's list.
const (
	sarifNotRead = iota
	sarifOptions
)

// WriteSARIF writes the report as a SARIF 2.1.0 log of one run, for the
// services that collect such logs: one JSON document, indented, with a newline
// at its end, the same bytes for the same report.
//
//   - A finding is a result of kind "fail"; its level is "error", "warning" or
//     "note". The rules table has the rules that ran; of a caller's own rule it
//     knows what its findings say.
//   - What one rule could not judge is a result of kind "open", the standard's
//     word for a rule that lacked the information to decide; its level is
//     "none", as the standard asks. A file that was not read, for which several
//     rules or none wait, is one tool execution notification: a condition of
//     the run, reported once. Options that could not be followed are tool
//     configuration notifications, and the run is not successful.
//   - Places are file URIs of the server's own paths, with the member as logical
//     location of kind "server": two members may have one path. Columns count
//     bytes, which the run's encoding ISO-8859-1 makes right for the standard.
//   - The partial fingerprint is made of rule, member, path and subject, so it
//     survives edits elsewhere in the file and other words in the message.
//   - Texts from files and topologies have everything that does not print escaped.
//   - Finding.Edit stands in the result's properties. The standard's own "fixes"
//     need the exact region to replace, which a report does not hold.
//   - The run's properties hold the members, and the rules that passed, did not
//     apply, or were not or not fully judged.
//
// The error is the writer's, or that of a finding with an invalid severity.
func (r *Report) WriteSARIF(w io.Writer) error {
	rules, index := r.sarifRules()
	run := sarifRun{
		Tool: sarifTool{sarifDriver{
			Name: "deploycluster", Information: sarifInformation, Rules: rules,
			Notifications: []sarifDescriptor{
				sarifNotRead: {ID: "not-read", Short: &sarifText{Text: "What rules wait for could not be read or is not known."}},
				sarifOptions: {ID: "options", Short: &sarifText{Text: "The options cannot be followed, and no rule ran."}},
			},
		}},
		Invocations: []sarifInvocation{{Successful: r.Err == nil}},
		Encoding:    "ISO-8859-1", ColumnKind: "utf16CodeUnits",
		Results: []sarifResult{},
		Properties: sarifRunBag{
			Schema: 1, Members: plainMembers(r.Members), Passed: notNil(r.Passed),
			NotApplicable: notNil(r.NotApplicable), NotJudged: notNil(r.NotJudged),
		},
	}
	if r.Name != "" {
		run.Automation = &sarifAutomation{ID: "deploycluster/" + plain(r.Name)}
	}
	if !r.Date.IsZero() {
		run.Invocations[0].End = r.Date.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	marks := fingerprints{}
	for _, f := range r.Findings {
		if f.Severity < Info || f.Severity > Error {
			return fmt.Errorf("cluster: finding of rule %s: severity %s cannot be written", f.Rule, f.Severity)
		}
		run.Results = append(run.Results, f.sarif(index[f.Rule], marks))
	}
	run.addUnknown(r, index, marks)
	b, err := json.MarshalIndent(sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}}, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// plainMembers makes what names and files say safe to show.
func plainMembers(list []MemberSummary) []MemberSummary {
	out := make([]MemberSummary, 0, len(list))
	for _, m := range list {
		m.Name, m.Install, m.Version, m.AppData = plain(m.Name), plain(m.Install), plain(m.Version), plain(m.AppData)
		m.Retired = slices.Clone(m.Retired)
		for i := range m.Retired {
			m.Retired[i] = plain(m.Retired[i])
		}
		out = append(out, m)
	}
	return out
}

// sarifRules is the rules table, of the rules that the report speaks of, and
// where each rule stands in it.
func (r *Report) sarifRules() ([]sarifDescriptor, map[string]int) {
	table := map[string]Rule{}
	for _, ids := range [][]string{r.Passed, r.NotApplicable, r.NotJudged} {
		for _, id := range ids {
			table[id] = Rule{ID: id}
		}
	}
	for _, u := range r.Unknown {
		if u.Rule != "" {
			table[u.Rule] = Rule{ID: u.Rule}
		}
	}
	for _, f := range slices.Backward(r.Findings) { // of a caller's rule the report knows no more than this
		table[f.Rule] = Rule{ID: f.Rule, Title: f.Title, Severity: f.Severity, Source: f.Source, Why: f.Why}
	}
	for _, rule := range Rules() {
		if _, has := table[rule.ID]; has {
			table[rule.ID] = rule
		}
	}
	index := map[string]int{}
	out := []sarifDescriptor{}
	for i, id := range slices.Sorted(maps.Keys(table)) {
		index[id] = i
		out = append(out, table[id].sarif())
	}
	return out, index
}

func (r Rule) sarif() sarifDescriptor {
	d := sarifDescriptor{ID: r.ID}
	if r.Source != "" {
		d.Properties = &sarifRuleBag{Source: plain(r.Source), Since: r.Since, Until: r.Until}
	}
	if r.Severity != 0 {
		d.Configuration = &sarifConfig{Level: sarifLevel(r.Severity)}
	}
	if r.Title != "" {
		d.Short = &sarifText{Text: plain(r.Title) + "."}
	}
	if r.What != "" {
		d.Full = &sarifText{Text: plain(r.What)}
	}
	var text, md []string
	for _, part := range [][2]string{{"What", r.What}, {"Avoid", r.Avoid}, {"Prefer", r.Prefer}, {"Why", r.Why}, {"Source", r.Source}} {
		if part[1] != "" {
			text = append(text, part[0]+": "+plain(part[1]))
			md = append(md, "- **"+part[0]+"**: "+markdown(part[1]))
		}
	}
	if len(text) > 0 {
		d.Help = &sarifText{Text: strings.Join(text, "\n"), Markdown: strings.Join(md, "\n")}
	}
	return d
}

func sarifLevel(s Severity) string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	}
	return "note"
}

func (f Finding) sarif(index int, marks fingerprints) sarifResult {
	text := plain(f.Message)
	if f.Fix != "" {
		text += "\nFix: " + plain(f.Fix)
	}
	out := sarifResult{
		Rule: f.Rule, Index: index, Kind: "fail", Level: sarifLevel(f.Severity),
		Message:      sarifText{Text: text},
		Locations:    sarifPlaces(f.Node, f.Path, f.Pos),
		Fingerprints: marks.of(f.Rule, f.Node, f.Path, f.Subject),
		Properties:   sarifResultBag{Node: plain(f.Node), Subject: plain(f.Subject), Fix: plain(f.Fix), Source: plain(f.Source)},
	}
	if f.Edit != nil {
		e := f.Edit
		out.Properties.Edit = &Edit{Node: plain(e.Node), Path: plain(e.Path), Key: plain(e.Key), Value: plain(props.Redact(e.Key, e.Value))}
	}
	for i, rel := range f.Related {
		at := sarifLocation{ID: i + 1}
		if places := sarifPlaces(rel.Node, rel.Path, rel.Pos); len(places) > 0 {
			at.Physical, at.Logical = places[0].Physical, places[0].Logical
		}
		if rel.Message != "" {
			at.Message = &sarifText{Text: plain(rel.Message)}
		}
		out.Related = append(out.Related, at)
	}
	return out
}

// addUnknown adds what was not judged, as results or as notifications.
func (run *sarifRun) addUnknown(r *Report, index map[string]int, marks fingerprints) {
	in := &run.Invocations[0]
	for _, u := range r.Unknown {
		text := plain(u.Reason)
		if u.Needs != "" {
			text += "\nNeeds: " + plain(u.Needs)
		}
		switch {
		case r.Err != nil:
			in.Configuration = append(in.Configuration, sarifNotification{
				Descriptor: sarifReference{ID: "options", Index: sarifOptions}, Level: "error", Message: sarifText{Text: text},
			})
		case u.Rule != "":
			run.Results = append(run.Results, sarifResult{
				Rule: u.Rule, Index: index[u.Rule], Kind: "open", Level: "none",
				Message:      sarifText{Text: text},
				Locations:    sarifPlaces(u.Node, u.Path, props.Position{}),
				Fingerprints: marks.of(u.Rule, u.Node, u.Path, "open"),
				Properties:   sarifResultBag{Node: plain(u.Node), Needs: plain(u.Needs)},
			})
		default:
			in.Execution = append(in.Execution, sarifNotification{
				Descriptor: sarifReference{ID: "not-read", Index: sarifNotRead}, Level: "warning", Message: sarifText{Text: text},
				Locations:  sarifPlaces(u.Node, u.Path, props.Position{}),
				Properties: &sarifUnknownBag{Rules: u.Rules, Needs: plain(u.Needs)},
			})
		}
	}
}

// sarifPlaces is the one place of a finding, or none.
func sarifPlaces(node, path string, pos props.Position) []sarifLocation {
	var at sarifLocation
	if pos.IsValid() && pos.Name != "" {
		path = pos.Name
	}
	if path != "" {
		at.Physical = &sarifPhysical{Artifact: sarifArtifact{URI: fileURI(path)}}
		if pos.IsValid() {
			at.Physical.Region = &sarifRegion{StartLine: pos.Line, StartColumn: max(0, pos.Column)}
		}
	}
	if node != "" {
		at.Logical = []sarifLogical{{Name: plain(node), Kind: "server"}}
	}
	if at.Physical == nil && at.Logical == nil {
		return nil
	}
	return []sarifLocation{at}
}

// fingerprints counts how often the same place was met: further results of
// one rule at one place are told apart by their order.
type fingerprints map[string]int

func (m fingerprints) of(parts ...string) map[string]string {
	h := sha256.New()
	for _, p := range parts {
		// the length keeps parts from running into each other
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	mark := hex.EncodeToString(h.Sum(nil)[:16])
	m[mark]++
	return map[string]string{sarifFingerprint: mark + ":" + strconv.Itoa(m[mark])}
}
