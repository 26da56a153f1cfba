package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/internal/words"
)

// runbookPage is what the template of the runbook is filled with.
type runbookPage struct {
	Headline, ID, Node, Version, Install md
	Scheme, From, To                     md
	User, Estimate, Bytes                md
	Windows, Align, Shared               bool

	Refused      bool
	RefusedWords md
	Refusals     []runbookReason
	More         int
	Warnings     []runbookReason

	Nothing md           // why there is nothing to do, where that is so
	People  []runbookBox // what is left for people then

	Moves  bool // it moves application data: sections 1 to 7 follow
	Marked bool // some step is inferred
	Src    runbookSources
	Cmd    runbookCommands

	Mount, Stop, Copies, Switch []runbookBox
	Start                       []runbookBox // the step that starts the server, if the plan has one
	Started                     []runbookBox
	Wait, Retired, Purged       []runbookBox
	Retire                      bool // something is retired or purged
	Undo                        []runbookBox
	Undone                      []runbookNote
	Stopped                     md   // what the command that looks for the server prints
	Unmount                     bool // the target is a mount point, which cannot be renamed

	Members []runbookMember // of an alignment

	Edited            md // the members whose settings change
	Changes, Restarts []runbookBox
	Joins             bool // a server joins a cluster
	Before            []runbookBox
}

// runbookReason is a refusal or a warning.
type runbookReason struct{ Rule, Path, Message, Fix, Source md }

// runbookNote is a remark with a source.
type runbookNote struct{ Text, Source md }

// runbookBox is something to do or to see, with what it should print.
type runbookBox struct {
	By         md // the plan's name of the step, and who does it
	Title, Why md
	Sources    []md
	Inferred   bool
	Notes      []runbookNote
	Head       []md // of a table, with a row for each step
	Rows       []runbookRow
	Reasons    bool // the rows have reasons, not the box
	Diff       md
	Command    md
	Expect     md
}

// runbookRow is one step in the table of a box.
type runbookRow struct {
	Cells       []md
	Mark        md // of a step that is inferred
	Why, Source md
}

// runbookMember is the section of one member of an alignment.
type runbookMember struct {
	Name  md
	Boxes []runbookBox
}

// runbookSources are the sources that the template cites.
type runbookSources struct{ Field, Safety, Seed, Code, Templates, Recovery, Tomcat md }

// runbookCommands are the commands of the boxes that are no step of the plan.
type runbookCommands struct {
	Owner, Room, Stopped, Planned, Stores, Log, Aside, Unretire md
	Plan, Prime, Apply, Retire, Purge, Revert                   md
}

// runbook fills one page.
type runbook struct {
	*runbookPage
	p *Plan
	o RunbookOptions
	c shell
}

// page is what the template of the runbook gets.
func (p *Plan) page(o RunbookOptions) *runbookPage {
	b := &runbook{runbookPage: &runbookPage{}, p: p, o: o, c: shell{p.windows()}}
	b.head()
	switch {
	case b.Refused:
	case p.Empty():
		b.Nothing = mdText(p.emptyWords())
		b.People = b.boxes(p.Steps)
	case p.Kind == KindAlign:
		b.alignment()
	case p.Kind == KindEdits, p.Kind == KindJoin:
		b.settings()
	default:
		b.Moves = true
		b.steps()
		b.commands()
		b.undo()
	}
	return b.runbookPage
}

// head says which plan this is, what it costs, and what speaks against it.
func (b *runbook) head() {
	p, o := b.p, b.o
	b.Headline, b.ID, b.Node = mdText(p.headline()), mdCode(p.ID), mdCode(p.Node)
	b.Version, b.Install = mdCode(orUnknown(p.Version)), mdCode(orUnknown(p.install()))
	b.Scheme, b.From, b.To = mdText(schemeWords(p.Scheme)), mdCode(orUnknown(p.AppData)), mdCode(p.Target.AppData)
	b.Windows, b.Align, b.Shared = b.c.windows, p.Kind == KindAlign || p.Kind == KindJoin, p.AlreadyShared && p.Kind == KindPopulate
	b.Joins = p.Kind == KindJoin
	if p.Kind == KindEdits {
		b.Edited = mdText(strings.Join(p.members(), ", "))
	}
	if o.User != "" {
		b.User = mdCode(o.User)
	}
	b.Estimate = mdText(b.estimate())
	refusals := slices.Clone(p.Refusals)
	if s := o.Survey; s != nil {
		refusals = append(refusals, s.Refusals...)
		b.More = s.More
		b.Bytes = mdText(byteWords(s.Bytes))
	}
	b.Refusals, b.Warnings = b.reasons(refusals), b.reasons(p.Warnings)
	b.Refused, b.RefusedWords = len(refusals)+b.More > 0, mdText(refusedWords)
	b.Src = runbookSources{
		Field: mdText(srcField), Safety: mdText(srcSafety), Seed: mdText(srcSeed), Code: mdText(srcCode), Tomcat: mdText(srcTomcat),
		Templates: "configuration templates 7.0.0", Recovery: mdText("vendor page arch_data_recovery (7.0.2)"),
	}
	for _, s := range p.Steps {
		b.Marked = b.Marked || s.Inferred
	}
}

func (b *runbook) reasons(list []Refusal) (out []runbookReason) {
	for _, r := range list {
		x := runbookReason{Rule: mdText(r.Rule), Message: mdSentence(r.Message), Fix: mdSentence(r.Fix), Source: mdText(r.Source)}
		if r.Path != "" {
			x.Path = mdCode(r.Path)
		}
		out = append(out, x)
	}
	return out
}

// estimate says how long the server will be down, as far as that is known.
func (b *runbook) estimate() string {
	s := b.o.Survey
	switch {
	case b.p.AlreadyShared:
		return "nothing is copied; one stop and one start of the server"
	case s == nil:
		return "unknown; run Survey for figures (bytes, files)"
	}
	text := fmt.Sprintf("%s in %s, %s", words.Count(s.Files, "file"), words.Count(s.Dirs, "folder"), byteWords(s.Bytes))
	if s.Links > 0 {
		text += ", and " + words.Count(s.Links, "link")
	}
	if s.HardLinks > 0 {
		text += fmt.Sprintf("; files with a second name, each of which becomes a file by itself: %d", s.HardLinks)
	}
	if b.o.BytesPerSecond <= 0 {
		return text + ". For the time, divide these bytes by those that the storage copies and proves in a second, and add the boxes done by hand"
	}
	return text + fmt.Sprintf("; %s to copy and prove at %s a second, and the boxes done by hand", timeWords(s.Bytes, b.o.BytesPerSecond), byteWords(b.o.BytesPerSecond))
}

// steps gives every step of the plan its section.
func (b *runbook) steps() {
	var mount, stop []Step
	for _, s := range b.in(PhasePrepare) {
		// Mounting can be done while the server still runs. Its command tells.
		if !b.p.AlreadyShared && slices.Contains(s.Commands, mountedCommand(b.c.windows, b.p.Target)) {
			mount = append(mount, s)
		} else {
			stop = append(stop, s)
		}
	}
	before, after := b.switchSteps()
	b.Mount, b.Stop = b.boxes(mount), b.boxes(stop)
	b.Copies, b.Switch = b.boxes(b.in(PhasePopulate)), b.boxes(before)
	b.Start, b.Started = b.boxes(after[:min(1, len(after))]), b.boxes(after[min(1, len(after)):])
	manual := func(s Step) bool { return s.Action == ActionManual }
	retire, purge := b.in(PhaseRetire), b.in(PhasePurge)
	b.Retired = b.boxes(slices.DeleteFunc(slices.Clone(retire), manual))
	b.Wait = b.boxes(slices.DeleteFunc(retire, func(s Step) bool { return !manual(s) }))
	b.Purged = b.boxes(purge)
	b.Retire = len(b.Wait)+len(b.Retired)+len(b.Purged) > 0
}

// in are the steps of a phase, in the order of the plan. A step of a phase that
// this library does not know is shown among the copies rather than nowhere.
func (b *runbook) in(ph Phase) []Step {
	var out []Step
	for _, s := range b.p.Steps {
		known := PhasePrepare <= s.Phase && s.Phase <= PhasePurge
		if s.Phase == ph || ph == PhasePopulate && !known {
			out = append(out, s)
		}
	}
	return out
}

// switchSteps cuts the phase before the step that starts the server, which is
// the first after the last change that is not about a file: what a person does
// from there on belongs to the first start.
func (b *runbook) switchSteps() (before, after []Step) {
	all := b.in(PhaseSwitch)
	last := 0
	for i, s := range all {
		if s.Action.Changes() {
			last = i + 1
		}
	}
	for last < len(all) && all[last].ServerFrom != "" {
		last++
	}
	return all[:last], all[last:]
}

// stopped is the command that looks for the server, and what it should print.
func (b *runbook) stopped() {
	if at := b.p.install(); at != "" {
		b.Cmd.Stopped, b.Stopped = mdFence(b.c.lang(), []string{stoppedCommand(b.c.windows, at)}), mdText(stoppedWords(b.c.windows))
	}
}

// commands fills the boxes that are no step.
func (b *runbook) commands() {
	p, c, o := b.p, b.c, b.o
	var sources []string
	var planned, originals [][]string
	for _, s := range p.Steps {
		switch {
		case s.Action == ActionCopy:
			sources = append(sources, s.ServerFrom)
		case s.Action == ActionEdit && s.Edit != nil && s.Edit.Before != "":
			planned = append(planned, []string{s.ServerFrom, s.Edit.Before})
		case s.Action == ActionRetire:
			originals = append(originals, []string{s.ServerFrom, s.ServerAside})
		}
	}
	fence := func(lines ...string) md { return mdFence(c.lang(), lines) }
	line := func(command string) md {
		if command == "" {
			return ""
		}
		return fence(command)
	}
	b.Cmd = runbookCommands{
		Owner: fence(c.owner(p.AppData)...), Room: fence(c.room(p.Target.mountFolder(), sources)...),
		Stores: fence(c.stores(p.Target.AppData)...), Log: fence(c.log(p.install())...),
		Plan: line(o.Plan), Prime: line(o.Prime), Apply: line(o.Apply), Retire: line(o.Retire), Purge: line(o.Purge), Revert: line(o.Revert),
	}
	b.stopped()
	if len(planned) > 0 {
		b.Cmd.Planned = fence(c.digests(planned)...)
	}
	if len(originals) > 0 {
		b.Cmd.Unretire = fence(c.back(originals)...)
	}
	b.Unmount = p.Target.MountPoint != "" && serverpath.Equal(p.Target.MountPoint, p.Target.AppData)
	if !b.Unmount {
		b.Cmd.Aside = fence(c.aside(p.Target.AppData, serverpath.Clean(p.Target.AppData)+".backed-out-"+p.ID)...)
	}
}
