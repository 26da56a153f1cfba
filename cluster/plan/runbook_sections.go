package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
)

func decimal(n int) string { return strconv.Itoa(n) }

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

// mounting reports whether a step is the one about mounting the storage,
// which can be done while the server still runs. Its command tells.
func (b *runbook) mounting(s Step) bool {
	return slices.Contains(s.Commands, mountedCommand(b.windows, b.p.Target))
}

// before is what can be done while users still work.
func (b *runbook) before() {
	b.m.heading("Before the outage")
	p, q := b.p, b.quote
	data := q(p.AppData)
	expect := "the owner of the folder and the user of this window are the same"
	if b.o.User != "" {
		expect = b.o.User + ", both times"
	}
	b.m.box(box{
		title: "Work as the operating system user that the server runs as", why: "files that another user makes may be unreadable for the server",
		source: srcField, expect: expect,
		commands: b.both([]string{"ls -ld " + data, "id -un"}, []string{"(Get-Acl -LiteralPath " + data + ").Owner", "whoami"}),
	})
	for _, r := range p.Warnings {
		x := box{id: r.Rule, title: warned(r), source: r.Source, expect: "the warning is settled"}
		if r.Fix != "" {
			x.notes = []note{{text: "What to do: " + sentence(r.Fix)}}
		}
		b.m.box(x)
	}
	b.m.box(box{
		title: "Plan again on the day", why: "a plan is good for the files that it was made for",
		source: srcSafety, prints: p.ID, expect: "the plan's id as before; else use the new runbook",
	})
	if p.AlreadyShared {
		return
	}
	for _, s := range b.in(PhasePrepare) {
		if b.mounting(s) {
			b.step(s)
		}
	}
	b.room()
	if b.o.Prime != "" {
		b.m.box(box{
			who: "person", title: "Tell the program to copy while the server still runs; repeat it shortly before the outage",
			why:    "after the stop it copies only what has changed since",
			source: srcSafety, commands: []string{b.o.Prime}, expect: "no error; the server is as it was",
		})
	}
}

func warned(r Refusal) string {
	text := "Warning: "
	if r.Path != "" {
		text += r.Path + ": "
	}
	return text + r.Message
}

func (b *runbook) both(unix, windows []string) []string {
	if b.windows {
		return windows
	}
	return unix
}

// room asks whether the storage takes what comes.
func (b *runbook) room() {
	q, mount := b.quote, b.quote(b.p.Target.mountFolder())
	b.m.box(box{
		title: "See that this user can write to the storage", why: "root squash and mount options refuse some users",
		source: srcField, prints: "writable",
		commands: b.pick("test -w "+mount+" && echo writable",
			"$f = Join-Path "+mount+" ([IO.Path]::GetRandomFileName()); [IO.File]::WriteAllText($f, ''); Remove-Item -LiteralPath $f; 'writable'"),
	})
	var sources, sizes []string
	for _, s := range b.in(PhasePopulate) {
		if s.Action == ActionCopy {
			sources = append(sources, q(s.ServerFrom))
			sizes = append(sizes, "(Get-ChildItem -LiteralPath "+q(s.ServerFrom)+" -Recurse -Force -File | Measure-Object -Property Length -Sum).Sum")
		}
	}
	expect := "the storage has more room than all these together"
	if s := b.o.Survey; s != nil {
		expect = "the storage has room for " + byteWords(s.Bytes)
	}
	unix := []string{"du -sk"}
	for _, s := range sources {
		unix[0] += " " + s
	}
	b.m.box(box{
		title: "See that the storage has room", source: srcSafety, expect: expect,
		commands: b.both(append(unix, "df -k "+mount), append(sizes, "$o = New-Object -ComObject Scripting.FileSystemObject; $o.GetDrive($o.GetDriveName("+mount+")).AvailableSpace")),
	})
}

// quiesce stops all that writes.
func (b *runbook) quiesce() {
	b.m.heading("Quiesce")
	n := 0
	for _, s := range b.in(PhasePrepare) {
		if !b.mounting(s) || b.p.AlreadyShared {
			b.step(s)
			n++
		}
	}
	if n == 0 {
		b.m.box(b.stopped("Stop the server and see that no process of it is left"))
	}
	for _, s := range b.p.Steps {
		if s.Action != ActionEdit || s.Edit == nil || s.Edit.Before == "" {
			continue
		}
		commands, prints := b.sum(s.ServerFrom, s.Edit.Before)
		b.m.box(box{
			title: "See that " + s.ServerFrom + " is the file that was planned for", why: "the server may write to it until it stops; the program refuses another file",
			source: srcSafety, commands: commands, prints: prints,
		})
	}
}

func (b *runbook) stopped(title string) box {
	x := box{who: "person", title: title, source: srcSeed, expect: "none is left", why: "a running server writes to its files"}
	if b.p.install() != "" {
		x.commands, x.expect = []string{stoppedCommand(b.windows, b.p.install())}, "no output"
	}
	return x
}

// run is the box that starts the program, if the caller said how.
func (b *runbook) run(command, title, expect string) {
	if command == "" {
		b.m.line("The boxes marked \"program\" follow when the program is told to %s.\n", title)
		return
	}
	b.m.box(box{who: "person", title: "Tell the program to " + title, source: srcSafety, commands: []string{command}, expect: expect})
}

// copies is everything that is written to the target.
func (b *runbook) copies() {
	b.m.heading("Copy and prove")
	steps := b.in(PhasePopulate)
	if len(steps) == 0 {
		why := "."
		if b.p.AlreadyShared {
			why = ": the application data is at the target already."
		}
		b.m.line("Nothing to copy%s", why)
		return
	}
	b.run(b.o.Apply, "apply this plan; it goes on to section 4 by itself", "the steps below, done one after the other, and no error")
	if b.windows && slices.ContainsFunc(steps, func(s Step) bool { return s.Action == ActionCopy && s.Kind == appdata.Dir }) {
		b.m.line("The commands below compare folders by this function; paste it first.\n")
		b.m.fence("powershell", sumsFunction())
	}
	for _, s := range steps {
		b.step(s)
	}
	b.m.line("What one machine reads back from network storage may come from its own memory. Where a second machine mounts the storage, repeat the comparison of the keystores there.")
}

// switched is the diff of the configuration.
func (b *runbook) switched() {
	b.m.heading("What was switched")
	steps, _ := b.switchSteps()
	if len(b.in(PhasePopulate)) == 0 {
		b.run(b.o.Apply, "apply this plan", "the steps below, done one after the other, and no error")
	}
	for _, s := range steps {
		b.step(s)
	}
}

// switchSteps cuts the phase at its last change: what a person does after it
// belongs to the first start.
func (b *runbook) switchSteps() (before, after []Step) {
	all := b.in(PhaseSwitch)
	last := 0
	for i, s := range all {
		if s.Action.Changes() {
			last = i + 1
		}
	}
	return all[:last], all[last:]
}

// firstStart is where the server begins to write to the new place.
func (b *runbook) firstStart() {
	b.m.heading("First start, the point of no easy return")
	b.m.line("Up to here the way back costs a few minutes. From the start on the server writes to the new place and to the database, and the way back is a restore. Start only when every box above is ticked.\n")
	stores, expect := b.keystores(), "two files, neither of them empty"
	if b.o.User != "" {
		expect += ", both of them " + b.o.User + "'s"
	}
	for i := range stores {
		stores[i] = b.quote(stores[i])
	}
	b.m.box(box{
		title: "See that both keystores are at the new place", source: srcCode, inferred: true,
		why:      "a server that finds no keystore makes new keys, and every secure value becomes unreadable",
		commands: b.pick("ls -l "+strings.Join(stores, " "), "Get-Item -LiteralPath "+strings.Join(stores, ", ")+" -Force"), expect: expect,
	})
	_, steps := b.switchSteps()
	log := b.quote(appdata.Join(b.p.install(), "var/log/deployserver.out"))
	logs := box{
		title: "Read the end of the server's log", source: "configuration templates 7.0.0", expect: "no error about a keystore, the repository or the database",
		why:      "the server log is local, in var/log, wherever the application data is",
		commands: b.pick("tail -n 200 "+log, "Get-Content -LiteralPath "+log+" -Tail 200"),
	}
	for i, s := range steps {
		b.step(s)
		if i == 0 {
			b.m.box(logs)
		}
	}
	if len(steps) == 0 {
		b.m.box(box{who: "person", title: "Start the server, log in, and open an artifact", source: srcSeed, expect: "all three work"})
		b.m.box(logs)
	}
}

// retire lets the originals go.
func (b *runbook) retire() {
	b.m.heading("Retire, a good day and a good backup later")
	retire, purge := b.in(PhaseRetire), b.in(PhasePurge)
	if len(retire)+len(purge) == 0 {
		b.m.line("Nothing to retire.")
		return
	}
	manual := func(s Step) bool { return s.Action == ActionManual }
	for _, s := range retire {
		if manual(s) {
			b.step(s)
		}
	}
	if work := slices.DeleteFunc(slices.Clone(retire), manual); len(work) > 0 {
		b.run(b.o.Retire, "retire the originals", "the steps below, done, and no original kept")
		for _, s := range work {
			b.step(s)
		}
	}
	if len(purge) == 0 {
		return
	}
	b.m.line("From here on nothing brings an original back but a backup.\n")
	b.run(b.o.Purge, "purge what was retired", "the steps below, done, and no original kept")
	for _, s := range purge {
		b.step(s)
	}
}
