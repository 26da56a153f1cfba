package plan

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"text/template"

	"github.com/deploycluster/deploycluster/internal/words"
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
	// carries the plan out is told to go so far, and Revert is the one by which
	// it goes back. They are printed as they are, with control characters
	// escaped: quote paths for the server's shell, and repeat every option that
	// the plan was made with. Empty ones are described in words.
	Apply, Retire, Purge, Revert string
	// Prime is the command line that copies while the server still runs.
	// Without it the runbook does not mention that.
	Prime string
	// Plan is the command line that makes the plan and prints this runbook
	// again, without changing anything.
	Plan string
}

// WriteMarkdown writes the runbook with default options: the plan as an
// administrator works through it on the day, without figures. See
// WriteRunbook.
func (p *Plan) WriteMarkdown(w io.Writer) error { return p.WriteRunbook(w, RunbookOptions{}) }

// WriteRunbook writes the plan as a Markdown runbook: an outage estimate, a
// stop rule, the user to work as, an overview, and seven numbered sections of
// check boxes from the days before the outage to the way back. A box has the
// reason, a command for the server's operating system, and what it should
// print. Steps of the same kind, such as copies, are one box with a table and a
// command that loops over it. The sources are listed at the end. A refused plan gives the reasons and no box, so
// that nobody can carry it out.
//
// The output depends on the plan and the options alone and is the same byte
// for byte each time. Names cannot break it: Markdown in them is escaped,
// control characters are written as \xNN, and commands are quoted for a POSIX
// shell or for PowerShell, whichever the installation folder's spelling calls
// for. The error is the writer's.
func (p *Plan) WriteRunbook(w io.Writer, o RunbookOptions) error {
	p = p.numbered()
	b, err := p.page(o)
	if err != nil {
		return err
	}
	n := &numbering{}
	out, err := render("runbook.tmpl", "", func(s string) string { return string(mdText(s)) }, b, p.words(), b.words(), template.FuncMap{
		"section": n.section, "n": n.box, "next": n.next, "cite": n.cite, "sources": n.list,
	})
	if err != nil {
		return err
	}
	// The template may leave as many blank lines as make it readable.
	text := append(bytes.TrimSpace(blankLines.ReplaceAll(out, []byte("\n\n"))), '\n')
	_, err = bytes.NewReader(text).WriteTo(w) // which notices a short write
	return err
}

var blankLines = regexp.MustCompile(`\n{3,}`)

// numbering numbers the sections, boxes and sources of one runbook.
type numbering struct {
	sections, boxes int
	sources         []string
}

func (n *numbering) section() int {
	n.sections, n.boxes = n.sections+1, 0
	return n.sections
}

func (n *numbering) box() string {
	at := n.next()
	n.boxes++
	return at
}

func (n *numbering) next() string { return fmt.Sprintf("%d.%d", n.sections, n.boxes+1) }

// cite numbers a source, which the template gives by its text or by its name.
func (n *numbering) cite(source string) safe {
	if source == "" {
		return ""
	}
	source = cmp.Or(sources()[source], source)
	i := slices.Index(n.sources, source)
	if i < 0 {
		i = len(n.sources)
		n.sources = append(n.sources, source)
	}
	return safe(fmt.Sprintf(" [%d]", i+1))
}

// list returns the sources in the order of their numbers.
func (n *numbering) list() []string { return n.sources }

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
		return words.Count(n, "byte")
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
