package plan

import (
	"fmt"
	"io"

	"github.com/deploycluster/deploycluster/appdata"
)

// RunbookOptions are what a plan does not know and a runbook should say.
// The zero value is good: the runbook then tells where figures are missing.
type RunbookOptions struct {
	// Survey is the plan's own survey. It gives the outage estimate, and its
	// refusals make the runbook a refused one.
	Survey *Survey
	// BytesPerSecond is how fast the storage copies and proves, as an earlier
	// run showed it: Result.CopiedBytes by its seconds. With it and Survey
	// the estimate has a time. Zero or less is unknown.
	BytesPerSecond int64
	// User is the operating system user that the server runs as.
	User string
	// Apply, Retire and Purge are the command lines by which the program that
	// carries the plan out is told to go so far, and Revert the one by which
	// it goes back. They are printed as they are, control characters escaped.
	// Empty ones are described in words.
	Apply, Retire, Purge, Revert string
	// Prime is the command line that copies while the server still runs.
	// Without it the runbook does not speak of that.
	Prime string
}

// WriteMarkdown writes the runbook with default options: the plan as an
// administrator works through it on the day, without figures. See
// WriteRunbook.
func (p *Plan) WriteMarkdown(w io.Writer) error { return p.WriteRunbook(w, RunbookOptions{}) }

// WriteRunbook writes the plan as a Markdown runbook: an outage estimate, a
// stop rule, the user to work as, and seven numbered sections of check boxes
// from the days before the outage to the way back. A box has the reason, a
// command for the server's operating system, and what it should print; the
// sources stand at the end. A refused plan gives the reasons and no box, so
// that nobody can carry it out.
//
// The output depends on the plan and the options alone and is the same byte
// for byte each time. Names cannot break it: Markdown in them is escaped,
// control characters are written as \xNN, and commands are quoted for a POSIX
// shell or for PowerShell, whichever the installation folder's spelling calls
// for. The error is the writer's.
func (p *Plan) WriteRunbook(w io.Writer, o RunbookOptions) error {
	b := &runbook{p: p, o: o, windows: p.windows()}
	b.m.windows = b.windows
	b.m.line("# Runbook: %s", mdText(p.headline()))
	b.facts()
	switch refused := b.refusals(); {
	case refused > 0:
		b.refused()
	case p.Empty():
		b.warnings()
		b.m.line("\n**Nothing to do:** %s", mdText(p.emptyWords()))
		b.leftForPeople()
	case p.Kind == KindAlign:
		b.warnings()
		b.alignment()
	default:
		b.rules()
		b.before()
		b.quiesce()
		b.copies()
		b.switched()
		b.firstStart()
		b.retire()
		b.backOut()
	}
	b.m.references()
	_, err := b.m.buf.WriteTo(w)
	return err
}

// runbook is one runbook being written.
type runbook struct {
	p       *Plan
	o       RunbookOptions
	m       markdown
	windows bool
}

func (b *runbook) quote(s string) string { return quoteFor(b.windows, s) }

// pick returns the command for the server's operating system.
func (b *runbook) pick(unix, windows string) []string {
	if b.windows {
		return []string{windows}
	}
	return []string{unix}
}

func (b *runbook) refusals() int {
	n := len(b.p.Refusals)
	if s := b.o.Survey; s != nil {
		n += len(s.Refusals) + s.More
	}
	return n
}

// facts is the head: which plan this is, and what it costs.
func (b *runbook) facts() {
	p := b.p
	b.m.line("")
	b.m.line("- Plan: %s", mdCode(p.ID))
	b.m.line("- Server: %s, version %s, installed in %s", mdCode(p.Node), mdCode(orUnknown(p.Version)), mdCode(orUnknown(p.install())))
	if p.Kind == KindAlign {
		return
	}
	b.m.line("- How it keeps its data: %s", mdText(schemeWords(p.Scheme)))
	b.m.line("- From: %s", mdCode(orUnknown(p.AppData)))
	b.m.line("- To: %s", mdCode(p.Target.AppData))
	if b.refusals() > 0 || p.Empty() {
		return
	}
	b.m.line("- Work as: %s", b.user())
	b.m.line("- Outage estimate: %s", mdText(b.estimate()))
}

func (b *runbook) user() string {
	if b.o.User == "" {
		return "the operating system user that the server runs as; box 1.1 finds it"
	}
	return mdCode(b.o.User) + ", the operating system user that the server runs as"
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
	text := fmt.Sprintf("%s in %s, %s", count(s.Files, "file"), count(s.Dirs, "folder"), byteWords(s.Bytes))
	if s.Links > 0 {
		text += ", and " + count(s.Links, "link")
	}
	if s.HardLinks > 0 {
		text += fmt.Sprintf("; files with a second name, each of which becomes a file of its own: %d", s.HardLinks)
	}
	if b.o.BytesPerSecond <= 0 {
		return text + "; the time is these bytes by what the storage copies and proves in a second, and the boxes done by hand"
	}
	return text + fmt.Sprintf("; %s to copy and prove at %s a second, and the boxes done by hand", timeWords(s.Bytes, b.o.BytesPerSecond), byteWords(b.o.BytesPerSecond))
}

// byteWords renders a number of bytes, with a unit for people to compare.
func byteWords(n int64) string {
	units := []string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	v, unit := float64(n), ""
	for _, u := range units {
		if v < 1024 {
			break
		}
		v, unit = v/1024, u
	}
	if unit == "" {
		return count(n, "byte")
	}
	return fmt.Sprintf("%.1f %s (%d bytes)", v, unit, n)
}

// timeWords renders bytes by rate, rounded up to minutes.
func timeWords(n, rate int64) string {
	minutes := n/rate/60 + 1
	if minutes < 60 {
		return fmt.Sprintf("about %d min", minutes)
	}
	return fmt.Sprintf("about %d h %02d min", minutes/60, minutes%60)
}

// refused lists the reasons, and nothing that could be carried out.
func (b *runbook) refused() {
	b.m.line("\n**%s.** The plan has no steps to carry out until each reason below is gone. Put it right, and plan again.\n", refusedWords)
	list := append([]Refusal{}, b.p.Refusals...)
	if s := b.o.Survey; s != nil {
		list = append(list, s.Refusals...)
	}
	b.list(list)
	if s := b.o.Survey; s != nil && s.More > 0 {
		b.m.line("- and %d more that the survey found", s.More)
	}
	b.warnings()
}

func (b *runbook) warnings() {
	if len(b.p.Warnings) == 0 {
		return
	}
	b.m.line("\n**Warnings**\n")
	b.list(b.p.Warnings)
}

func (b *runbook) list(list []Refusal) {
	for _, r := range list {
		text := "- **" + mdText(r.Rule) + "**"
		if r.Path != "" {
			text += " " + mdCode(r.Path)
		}
		text += " " + mdText(sentence(r.Message))
		if r.Fix != "" {
			text += " Fix: " + mdText(sentence(r.Fix))
		}
		b.m.line("%s%s", text, b.m.cite(r.Source))
	}
}

// leftForPeople lists what a plan that changes no file still asks of people.
func (b *runbook) leftForPeople() {
	if len(b.p.Steps) == 0 {
		return
	}
	b.m.heading("For a person")
	for _, s := range b.p.Steps {
		b.step(s)
	}
}

// rules is how to read what follows, and when to stop.
func (b *runbook) rules() {
	b.m.line("\n**Stop rule.** Work from top to bottom. A box that cannot be ticked means Back out: stop, go to section 7, leave no box for later. Section 6 has its own day and its own rule: there it means that the original stays where it is.\n")
	shell := "a POSIX shell"
	if b.windows {
		shell = "PowerShell"
	}
	b.m.line("Commands are for %s on the server, as the user above; they read, unless the box says otherwise. A box marked \"program\" is carried out by the program that applies this plan; its command shows that it was done. A box marked \"person\" is yours. s01 and the like are the plan's own names of its steps. Numbers in brackets are the sources at the end.", shell)
	for _, s := range b.p.Steps {
		if s.Inferred {
			b.m.line("\n%s marks a step that rests on an inferred fact: a conclusion from documents or code, not their word. Judge it before you follow it.", inferredMark)
			break
		}
	}
}

// keystores are the two files without which a server makes new keys.
func (b *runbook) keystores() []string {
	var out []string
	for _, rel := range []string{"conf/encryption.keystore", "conf/server.keystore"} {
		out = append(out, appdata.Join(b.p.Target.AppData, rel))
	}
	return out
}
