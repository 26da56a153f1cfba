package plan

import (
	"slices"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// backOut is the way back, for both sides of the first start.
func (b *runbook) backOut() {
	b.m.heading("Back out")
	b.m.line("### Before the first start\n")
	b.m.line("Every original is where it was, or renamed aside beside it. Nothing is lost, whatever step stopped. The program takes everything back when it is told to revert; the boxes after that check it, and are the way by hand.\n")
	b.m.box(box{who: "person", title: "See that the program which applies the plan has ended", source: srcSafety, expect: "it runs no more, and the server does not run either"})
	if b.o.Revert != "" {
		b.run(b.o.Revert, "revert", "each step taken back, and no error; where it refuses, it says why")
	}
	b.undoSwitch()
	if !b.p.AlreadyShared {
		b.setTargetAside("the copies there are proven or half made, and nobody needs them any more")
	}
	b.undoPrepare()

	b.m.line("### After the first start\n")
	b.m.line("What the server wrote since its first start is at the new place and in the database. Going back gives it up: both go back together to the moment of the backup of section 2, or their references to artifacts, keys and plugins break.\n")
	b.m.box(b.stopped("Stop the server and every member that joined since, and see that no process of them is left"))
	b.m.box(box{
		who: "person", title: "Restore the database, and the files of the same moment at the same paths", source: "vendor page arch_data_recovery (7.0.2)",
		why: "the configuration holds absolute paths, and database and files refer to each other", expect: "the restore ends without an error",
	})
	b.unretire()
	b.undoSwitch()
	if !b.p.AlreadyShared {
		b.setTargetAside("it holds what was written since the first start; keep it until it is sure that nobody misses it")
	}
	b.undoPrepare()
}

// undoSwitch takes the switch back, the last change first.
func (b *runbook) undoSwitch() {
	steps, _ := b.switchSteps()
	for _, s := range slices.Backward(steps) {
		switch s.Action {
		case ActionEdit:
			b.undoEdit(s)
		case ActionLink:
			b.undoLink(s)
		}
	}
}

func (b *runbook) undoEdit(s Step) {
	x := box{
		id: b.name(s), who: "person", source: srcSafety,
		title: "Put the old lines back in " + s.ServerFrom + ", unless it was not changed yet",
	}
	if e := s.Edit; e != nil {
		x.diff = reversed(e)
		if e.Before != "" {
			x.commands, x.prints = b.sum(s.ServerFrom, e.Before)
			x.expect = "the sum of the file before the change; after a change by hand the lines count, and the sum may differ by a blank"
		}
	}
	b.m.box(x)
}

// reversed is an edit backwards: what it put in goes, what it took out comes
// back.
func reversed(e *Edit) []string {
	var out []string
	swap := func(lines []string) {
		for _, l := range slices.Backward(lines) {
			mark := "- "
			if l[0] == '-' {
				mark = "+ "
			}
			out = append(out, mark+l[2:])
		}
	}
	for _, s := range e.Set {
		swap(settingLines(s))
	}
	for _, c := range e.Replace {
		swap([]string{"- " + c.Old, "+ " + c.New})
	}
	for _, a := range e.Append {
		swap([]string{"+ " + a})
	}
	return out
}

func (b *runbook) undoLink(s Step) {
	q := b.quote
	x := box{
		id: b.name(s), who: "person", source: srcSafety,
		title: "Remove the link " + s.ServerFrom + ", if it is there; this command changes files",
	}
	// Only the plan's own link goes: the original may have been a link too.
	unix := "test \"$(readlink " + q(s.ServerFrom) + ")\" != " + q(s.ServerTo) + " || rm " + q(s.ServerFrom)
	windows := "$i = Get-Item -LiteralPath " + q(s.ServerFrom) + " -Force -ErrorAction SilentlyContinue; if ($i.LinkType -and $i.Target -eq " + q(s.ServerTo) + ") { $i.Delete() }"
	if s.Copies != "" {
		x.title = "Remove the link " + s.ServerFrom + " and rename the original back, if they are there; these commands change files"
		x.commands = b.both([]string{unix, b.renameBack(s)}, []string{windows, b.renameBack(s)})
	} else {
		x.commands = b.pick(unix, windows)
	}
	x.expect = "no output"
	b.m.box(x)
}

// renameBack puts an original back, as long as it is aside and nothing stands
// in its place.
func (b *runbook) renameBack(s Step) string {
	from, aside := b.quote(s.ServerFrom), b.quote(s.ServerAside)
	if b.windows {
		_, name := serverpath.Split(s.ServerFrom)
		return "if ((Test-Path -LiteralPath " + aside + ") -and -not (Test-Path -LiteralPath " + from + ")) { Rename-Item -LiteralPath " + aside + " -NewName " + b.quote(name) + " }"
	}
	return "test ! -e " + aside + " || test -e " + from + " || mv " + aside + " " + from
}

// unretire brings retired originals back, where the backup did not.
func (b *runbook) unretire() {
	for _, s := range b.in(PhaseRetire) {
		if s.Action != ActionRetire {
			continue
		}
		b.m.box(box{
			id: b.name(s), who: "person", source: srcSafety, commands: []string{b.renameBack(s)}, expect: "no output",
			title: "If the originals were retired and not yet purged, and the restore did not bring it back, rename " + s.ServerFrom + " back; this command changes files",
		})
	}
}

// setTargetAside renames the target, so that no server finds it by mistake. A
// mount point cannot be renamed.
func (b *runbook) setTargetAside(why string) {
	t := b.p.Target
	x := box{who: "person", why: why, source: srcSafety}
	if t.MountPoint != "" && appdata.Equal(t.MountPoint, t.AppData) {
		x.title = "Unmount " + t.AppData + ", and empty that storage once nobody needs it"
		x.expect = "the folder is empty, and no server mounts the storage"
		b.m.box(x)
		return
	}
	aside := appdata.Clean(t.AppData) + ".backed-out-" + b.p.ID
	from, to := b.quote(t.AppData), b.quote(aside)
	_, name := serverpath.Split(aside)
	x.title = "Rename " + t.AppData + " aside, if it is there; this command changes files"
	x.commands = b.pick("test ! -e "+from+" || test -e "+to+" || mv "+from+" "+to, "if (Test-Path -LiteralPath "+from+") { Rename-Item -LiteralPath "+from+" -NewName "+b.quote(name)+" }")
	x.expect = "no output"
	b.m.box(x)
}

// undoPrepare takes back what was made ready, the last first.
func (b *runbook) undoPrepare() {
	started := false
	for _, s := range slices.Backward(b.in(PhasePrepare)) {
		if s.Action != ActionManual || s.Undo == "" {
			continue
		}
		started = true
		b.m.box(box{id: b.name(s), who: "person", title: "Take back \"" + s.Title + "\": " + s.Undo, source: s.Source, expect: "it is done"})
	}
	if !started {
		b.m.box(box{who: "person", title: "Start the server", source: srcSeed, expect: "it runs as it did before"})
	}
}
