package sarif

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/internal/strictjson"
	"github.com/deploycluster/deploycluster/internal/words"
	"github.com/deploycluster/deploycluster/props"
)

const (
	sarifSchema      = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	sarifInformation = "https://github.com/deploycluster/deploycluster"
	// sarifHelp is the page of all rules; an anchor in lower case follows.
	sarifHelp = sarifInformation + "/blob/main/cluster/check/RULES.md#"
	// sarifFingerprint names how the fingerprint is made; another way gets
	// another number.
	sarifFingerprint = "deploycluster/v1"
)

// sarifNotRead is the kind of notification, by its index in the driver's list.
const sarifNotRead = 0

// Options say what a report does not hold.
type Options struct {
	// Topology is the topology's file, as the service that collects the log
	// knows it: a path relative to the repository. Empty is "topology.json".
	Topology string
	// Version is the version of the program or library; empty is "devel".
	Version string
}

// Write writes the report as a SARIF 2.1.0 log of one run, for the
// services that collect such logs: one JSON document, indented, with a newline
// at its end, the same bytes for the same report.
//
//   - A finding is a result of kind "fail"; its level is "error", "warning" or
//     "note". The rules table has the rules that ran; of a caller's own rule it
//     knows what its findings say.
//   - What one rule could not judge is a result of kind "open", the standard's
//     word for a rule that lacked the information to decide; its level is
//     "none", as the standard asks. What several rules need, or none, is one
//     tool execution notification: a condition of the run, reported once.
//   - Places are file URIs of the server's own paths, with the member as logical
//     location of kind "server": two members may have one path. Columns count
//     bytes, which the run's encoding ISO-8859-1 makes right for the standard.
//   - The partial fingerprint of a finding is its Fingerprint.
//   - Every result has a place: the topology file where no server's file is at
//     fault, since that is where a fact is declared.
//   - A run that could not read all that it should have read was not successful
//     (executionSuccessful is false), and each Unread is an error notification.
//   - Texts from files and topologies have everything that does not print escaped.
//   - Finding.Edits are in the result's properties. The standard's own "fixes"
//     need the exact region to replace, which a report does not hold.
//   - The run's properties hold the members, and the rules that passed, did not
//     apply, or were not or not fully judged, and those
//     that the options left out.
//
// The error is the writer's, or that of a finding with an invalid severity.
func Write(w io.Writer, r *check.Report, o Options) error {
	o.Topology, o.Version = cmp.Or(o.Topology, "topology.json"), cmp.Or(o.Version, "devel")
	rules, index := rulesTable(r)
	run := sarifRun{
		Tool: sarifTool{sarifDriver{
			Name: "deploycluster", Version: o.Version, Information: sarifInformation, Rules: rules,
			Notifications: []sarifDescriptor{
				sarifNotRead: {ID: "not-read", Short: &sarifText{Text: "What rules need could not be read or is not known."}},
			},
		}},
		Invocations: []sarifInvocation{{Successful: r.Complete()}},
		Encoding:    "ISO-8859-1", ColumnKind: "utf16CodeUnits",
		Properties: sarifRunBag{
			Schema: 1, Members: plainMembers(r.Members), Passed: r.Passed, Explained: r.Explained,
			NotApplicable: r.NotApplicable, NotJudged: r.NotJudged, LeftOut: r.LeftOut,
		},
	}
	if r.Name != "" {
		run.Automation = &sarifAutomation{ID: "deploycluster/" + words.Plain(r.Name)}
	}
	if !r.Date.IsZero() {
		run.Invocations[0].End = r.Date.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	for _, f := range r.Findings {
		if f.Severity < check.Info || f.Severity > check.Error {
			return fmt.Errorf("sarif: finding of rule %s: severity %s cannot be written", f.Rule, f.Severity)
		}
		run.Results = append(run.Results, result(f, index[f.Rule]))
	}
	for _, s := range r.Suppressed {
		out := result(s.Finding, index[s.Finding.Rule])
		out.Suppressions = []sarifSuppression{{Kind: "external", Justification: words.Plain(s.Reason)}}
		run.Results = append(run.Results, out)
	}
	run.addOpen(r, index)
	for i := range run.Results {
		if at := run.Results[i].Locations; len(at) == 0 || at[0].Physical == nil {
			run.Results[i].Locations = declared(at, o.Topology)
		}
	}
	return strictjson.Write(w, sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}})
}

// declared is the place of what no server's file shows: the topology, with the
// member, if there is one, beside it.
func declared(at []sarifLocation, topology string) []sarifLocation {
	var out sarifLocation
	if len(at) > 0 {
		out = at[0]
	}
	out.Physical = &sarifPhysical{Artifact: sarifArtifact{URI: percent(topology)}}
	return []sarifLocation{out}
}

// plainMembers makes what names and files say safe to show.
func plainMembers(list []check.MemberSummary) []check.MemberSummary {
	out := make([]check.MemberSummary, 0, len(list))
	for _, m := range list {
		m.Name, m.Install, m.Version, m.AppData = words.Plain(m.Name), words.Plain(m.Install), words.Plain(m.Version), words.Plain(m.AppData)
		m.Retired = slices.Clone(m.Retired)
		for i := range m.Retired {
			m.Retired[i] = words.Plain(m.Retired[i])
		}
		out = append(out, m)
	}
	return out
}

// rulesTable is the rules table, of the rules that occur in the report, and
// where each rule is in it.
func rulesTable(r *check.Report) ([]sarifDescriptor, map[string]int) {
	table, known := map[string]check.Rule{}, map[string]bool{}
	for _, ids := range [][]string{r.Passed, r.Explained, r.NotApplicable, r.NotJudged} {
		for _, id := range ids {
			table[id] = check.Rule{ID: id}
		}
	}
	for _, u := range r.Unknown {
		if u.Rule != "" {
			table[u.Rule] = check.Rule{ID: u.Rule}
		}
	}
	for _, s := range r.Suppressed {
		f := s.Finding
		table[f.Rule] = check.Rule{ID: f.Rule, Title: f.Title, Severity: f.Severity, Source: f.Source, Why: f.Why}
	}
	for _, f := range slices.Backward(r.Findings) { // of a caller's rule the report knows no more than this
		table[f.Rule] = check.Rule{ID: f.Rule, Title: f.Title, Severity: f.Severity, Source: f.Source, Why: f.Why}
	}
	for _, rule := range check.Rules() {
		if _, has := table[rule.ID]; has {
			table[rule.ID] = rule
			known[rule.ID] = true
		}
	}
	index := map[string]int{}
	var out []sarifDescriptor
	for i, id := range slices.Sorted(maps.Keys(table)) {
		index[id] = i
		d := descriptor(table[id])
		if known[id] {
			d.HelpURI = sarifHelp + strings.ToLower(id)
		}
		out = append(out, d)
	}
	return out, index
}

func descriptor(r check.Rule) sarifDescriptor {
	d := sarifDescriptor{ID: r.ID}
	if r.Source != "" {
		d.Properties = &sarifRuleBag{Source: words.Plain(r.Source), Since: r.Since, Until: r.Until}
	}
	if r.Severity != 0 {
		d.Configuration = &sarifConfig{Level: sarifLevel(r.Severity)}
	}
	if r.Title != "" {
		d.Short = &sarifText{Text: words.Plain(r.Title) + "."}
	}
	if r.What != "" {
		d.Full = &sarifText{Text: words.Plain(r.What)}
	}
	var text, md []string
	for _, part := range [][2]string{{"What", r.What}, {"Avoid", r.Avoid}, {"Prefer", r.Prefer}, {"Why", r.Why}, {"Source", r.Source}} {
		if part[1] != "" {
			text = append(text, part[0]+": "+words.Plain(part[1]))
			md = append(md, "- **"+part[0]+"**: "+words.Markdown(part[1]))
		}
	}
	if len(text) > 0 {
		d.Help = &sarifText{Text: strings.Join(text, "\n"), Markdown: strings.Join(md, "\n")}
	}
	return d
}

func sarifLevel(s check.Severity) string {
	switch s {
	case check.Error:
		return "error"
	case check.Warning:
		return "warning"
	}
	return "note"
}

func result(f check.Finding, index int) sarifResult {
	text := words.Plain(f.Message)
	if f.Fix != "" {
		text += "\nFix: " + words.Plain(f.Fix)
	}
	out := sarifResult{
		Rule: f.Rule, Index: index, Kind: "fail", Level: sarifLevel(f.Severity),
		Message:      sarifText{Text: text},
		Locations:    sarifPlaces(f.Node, f.Path, f.Pos),
		Fingerprints: map[string]string{sarifFingerprint: f.Fingerprint},
		Properties:   sarifResultBag{Node: words.Plain(f.Node), Subject: words.Plain(f.Subject), Fix: words.Plain(f.Fix), Source: words.Plain(f.Source)},
	}
	for _, e := range f.Edits {
		e.Node, e.Key, e.Value = words.Plain(e.Node), words.Plain(e.Key), words.Plain(props.Redact(e.Key, e.Value))
		out.Properties.Edits = append(out.Properties.Edits, e)
	}
	for i, rel := range f.Related {
		at := sarifLocation{ID: i + 1}
		if places := sarifPlaces(rel.Node, rel.Path, rel.Pos); len(places) > 0 {
			at.Physical, at.Logical = places[0].Physical, places[0].Logical
		}
		if rel.Message != "" {
			at.Message = &sarifText{Text: words.Plain(rel.Message)}
		}
		out.Related = append(out.Related, at)
	}
	return out
}

// addOpen adds what was not read or not judged, as results or as notifications.
func (run *sarifRun) addOpen(r *check.Report, index map[string]int) {
	in := &run.Invocations[0]
	notify := func(level, node, path, reason, needs string, rules []string) {
		in.Execution = append(in.Execution, sarifNotification{
			Descriptor: sarifReference{ID: "not-read", Index: sarifNotRead}, Level: level, Message: withNeeds(reason, needs),
			Locations:  sarifPlaces(node, path, props.Position{}),
			Properties: &sarifUnknownBag{Rules: rules, Needs: words.Plain(needs)},
		})
	}
	for _, u := range r.Unread {
		notify("error", u.Node, u.Path, u.Reason, u.Needs, u.Rules)
	}
	marks := words.Marks{}
	for _, u := range r.Unknown {
		if u.Rule == "" {
			notify("warning", u.Node, u.Path, u.Reason, u.Needs, u.Rules)
			continue
		}
		run.Results = append(run.Results, sarifResult{
			Rule: u.Rule, Index: index[u.Rule], Kind: "open", Level: "none",
			Message:      withNeeds(u.Reason, u.Needs),
			Locations:    sarifPlaces(u.Node, u.Path, props.Position{}),
			Fingerprints: map[string]string{sarifFingerprint: marks.Of(u.Rule, u.Node, u.Path, "open")},
			Properties:   sarifResultBag{Node: words.Plain(u.Node), Needs: words.Plain(u.Needs)},
		})
	}
}

// withNeeds is a reason and what would help.
func withNeeds(reason, needs string) sarifText {
	text := words.Plain(reason)
	if needs != "" {
		text += "\nNeeds: " + words.Plain(needs)
	}
	return sarifText{Text: text}
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
		at.Logical = []sarifLogical{{Name: words.Plain(node), Kind: "server"}}
	}
	if at.Physical == nil && at.Logical == nil {
		return nil
	}
	return []sarifLocation{at}
}
