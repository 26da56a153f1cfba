package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/props"
)

// write prints what the job found, in the form that was asked for.
func (j *job) write(out io.Writer) error {
	switch {
	case j.o.json:
		return j.writeJSON(out)
	case j.o.runbook && j.plan != nil:
		c := j.o.command
		return j.plan.WriteRunbook(out, plan.RunbookOptions{
			Survey: j.survey, Plan: c("-runbook"), Prime: c("-prime"), Apply: c("-apply"),
			Retire: c("-retire"), Purge: c("-purge"), Revert: c("-revert"),
		})
	}
	return j.writeText(out)
}

// document is what -json prints.
type document struct {
	Schema  int           `json:"schema"`
	Applied bool          `json:"applied"`
	Before  *check.Report `json:"before,omitempty"`
	Plan    *plan.Plan    `json:"plan,omitempty"`
	Survey  *plan.Survey  `json:"survey,omitempty"`
	Result  *plan.Result  `json:"result,omitempty"`
	After   *check.Report `json:"after,omitempty"`
	Error   string        `json:"error,omitempty"`
}

func (j *job) writeJSON(out io.Writer) error {
	d := document{Schema: 1, Applied: j.result != nil && !j.o.prime, Before: j.before, Plan: j.plan, Survey: j.survey, Result: j.result, After: j.after}
	if j.err != nil {
		d.Error = j.err.Error()
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(d)
}

func (j *job) writeText(out io.Writer) error {
	p := &printer{w: out}
	if j.o.demo {
		p.printf("A demo: the server %s is in memory, and no file of this machine is touched. For a real one: -install and -appdata.\n", j.o.install)
	}
	text := check.TextOptions{Brief: !j.o.verbose}
	if j.before != nil {
		p.title("What is wrong now")
		now := text
		now.Next = next(j.before)
		if j.plan != nil && !j.plan.Refused() {
			now.Next = "see the plan below"
		}
		p.check(j.before.WriteText(p, now))
	}
	if j.plan != nil {
		p.title("The plan")
		if j.o.verbose || j.plan.Refused() {
			p.check(j.plan.WriteText(p))
		} else {
			outline(p, j.plan)
		}
	}
	j.amounts(p)
	if j.future != nil && len(j.plan.Steps) > 0 {
		tense := "What the files will look like"
		if j.result != nil {
			tense = "What the files look like now"
		}
		p.title(tense)
		j.files(p)
	}
	if j.result != nil {
		p.title("What was done")
		j.done(p)
	}
	if j.after != nil {
		head := "What will be left then (simulated, nothing was written)"
		if j.result != nil {
			head = "What is left now"
		}
		p.title(head)
		text.Next = next(j.after)
		p.check(j.after.WriteText(p, text))
	}
	j.last(p)
	return p.err
}

// next is what to do next where only open questions are left: no flag of this
// program answers one. Empty leaves it to the report.
func next(r *check.Report) string {
	later := func(f check.Finding) bool { return f.Stage == check.StageRetire }
	if !r.Complete() || r.Count(check.Error) > 0 || len(r.Unknown) == 0 || slices.ContainsFunc(r.Findings, later) {
		return ""
	}
	return "describe the cluster in a topology file, declare the facts that -v names, and run validate -topology FILE"
}

// amounts tells what there is to copy.
func (j *job) amounts(p *printer) {
	s := j.survey
	if s == nil || j.plan.AlreadyShared {
		return
	}
	p.printf("\nTo copy: %d files in %d folders, %d links, %s.\n", s.Files, s.Dirs, s.Links, size(s.Bytes))
	if s.FreeBytes != nil {
		p.printf("The target's storage has room for %s.\n", size(*s.FreeBytes))
	}
	if s.HardLinks > 0 {
		p.printf("%d of the files have another name somewhere; each name becomes a file.\n", s.HardLinks)
	}
	if s.Sparse > 0 {
		p.printf("%d of the files have holes; their copies take all of their size.\n", s.Sparse)
	}
}

// last says how it ended and what comes next.
func (j *job) last(p *printer) {
	if !j.o.verbose && j.plan != nil {
		p.printf("\n-v shows every step and every finding, with reason and source; -runbook prints the plan for people.\n")
	}
	switch {
	case j.err == nil && j.o.revert:
		p.printf("\nThe server is as it was before the plan was applied.\n")
	case j.err == nil && j.o.prime:
		p.printf("\nThe server is as it was. Repeat -prime, or stop the server and use -apply.\n")
	case j.err == nil && j.o.purge && len(j.result.Done) == 0:
		p.printf("\nNothing was left to purge.\n")
	case j.err == nil && j.o.retire && len(j.result.Done) == 0:
		p.printf("\nNothing was left to retire.\n")
	case j.err == nil && j.result == nil && j.plan.Empty():
		p.printf("\nNothing was changed, and nothing is to be done.\n")
	case j.err == nil && j.result == nil:
		p.printf("\nNothing was changed. With -apply the plan is carried out.\n")
	case errors.Is(j.err, errKept):
		for _, k := range j.result.Kept {
			p.printf("kept: %s: %s\n", k.Path, k.Reason)
		}
		p.printf("\npopulate: %v\n", j.err)
	case j.err != nil && !errors.Is(j.err, errRemain):
		p.printf("\npopulate: %v\n", j.err)
	case j.err != nil:
		p.printf("\npopulate: %v; see above\n", j.err)
	}
}

// files shows the edited files as diffs, and the new application data folder.
func (j *job) files(p *printer) {
	for _, s := range j.plan.Steps {
		if s.Action != plan.ActionEdit {
			continue
		}
		p.printf("%s\n", s.ServerFrom)
		for _, c := range s.Edit.Replace {
			p.printf("  - %s\n  + %s\n", c.Old, c.New)
		}
		for _, a := range s.Edit.Append {
			p.printf("  + %s\n", a)
		}
		for _, set := range s.Edit.Set {
			if set.Line > 0 {
				p.printf("  - %s=%s\n", set.Key, set.Old)
			}
			p.printf("  + %s=%s\n", set.Key, props.Redact(set.Key, set.Value))
		}
	}
	if j.o.verbose {
		p.printf("%s\n", j.o.appdata)
		j.tree(p, j.o.appdata, "  ", 0)
	}
}

// tree lists a folder three levels deep; what lies below is summed up.
func (j *job) tree(p *printer, dir, indent string, depth int) {
	list, err := afero.ReadDir(j.future, dir)
	if err != nil {
		p.printf("%s(cannot be read)\n", indent)
		return
	}
	for _, fi := range list {
		if !fi.IsDir() {
			p.printf("%s%s (%d bytes)\n", indent, fi.Name(), fi.Size())
			continue
		}
		p.printf("%s%s/\n", indent, fi.Name())
		if depth < 2 {
			j.tree(p, dir+"/"+fi.Name(), indent+"  ", depth+1)
		}
	}
}

func (j *job) done(p *printer) {
	r := j.result
	if j.o.revert {
		p.printf("%d steps taken back, %d were back already\n", len(r.Done), len(r.Skipped))
	} else {
		j.counts(p)
	}
	if !errors.Is(j.err, errKept) { // else it is said last
		for _, k := range r.Kept {
			p.printf("kept: %s: %s\n", k.Path, k.Reason)
		}
	}
	for _, n := range r.Notes {
		p.printf("note: %s\n", n)
	}
	if len(r.Manual) > 0 {
		p.printf("for a person: %s\n", strings.Join(r.Manual, ", "))
	}
}

func (j *job) counts(p *printer) {
	r := j.result
	p.printf("%d steps done, %d skipped; %d files with %d bytes copied, %d files with %d bytes read back and found equal\n",
		len(r.Done), len(r.Skipped), r.CopiedFiles, r.CopiedBytes, r.VerifiedFiles, r.VerifiedBytes)
}

// printer remembers the first error of its writer.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) Write(b []byte) (int, error) {
	if p.err != nil {
		return 0, p.err
	}
	n, err := p.w.Write(b)
	p.check(err)
	return n, err
}

func (p *printer) printf(format string, args ...any) { fmt.Fprintf(p, format, args...) }

func (p *printer) title(s string) { p.printf("\n== %s ==\n\n", s) }

func (p *printer) check(err error) {
	if p.err == nil {
		p.err = err
	}
}
