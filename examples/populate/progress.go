package main

import (
	"fmt"
	"io"
	"time"

	"github.com/deploycluster/deploycluster/cluster/plan"
)

// progressTo returns a receiver of events that keeps one line up to date on a
// terminal and writes a line every few seconds elsewhere.
func progressTo(w io.Writer, terminal bool, now func() time.Time) func(plan.Event) {
	// The rate is that of the copying: the survey before it does not count.
	var start, last time.Time
	begun := int64(0)
	every := 5 * time.Second
	if terminal {
		every = 100 * time.Millisecond
	}
	return func(e plan.Event) {
		switch e.Kind {
		case plan.EventKept:
			fmt.Fprintf(w, "kept: %s\n", e.Message)
			return
		case plan.EventProgress:
		default:
			return
		}
		finished, t := e.Files == e.TotalFiles, now()
		if start.IsZero() {
			start, begun = t, halfway(e)
		}
		if t.Sub(last) >= every || finished {
			last = t
			line := bar(e, begun, t.Sub(start))
			if terminal {
				fmt.Fprintf(w, "\r\x1b[K%s", line)
				if finished {
					fmt.Fprintln(w)
				}
				return
			}
			fmt.Fprintln(w, line)
		}
	}
}

// halfway is what is done, in bytes. A byte that was written is half done: it
// will be read back.
func halfway(e plan.Event) int64 { return min(e.TotalBytes, e.Bytes+e.Working/2) }

// bar renders done of total, and rate and time left by what was done since begun.
func bar(e plan.Event, begun int64, since time.Duration) string {
	done := halfway(e)
	percent := 100.0
	if e.TotalBytes > 0 {
		percent = 100 * float64(done) / float64(e.TotalBytes)
	}
	line := fmt.Sprintf("%5.1f %%  %d of %d files, %s of %s", percent, e.Files, e.TotalFiles, size(e.Bytes), size(e.TotalBytes))
	if since <= 0 || done <= begun {
		return line
	}
	rate := float64(done-begun) / since.Seconds()
	left := time.Duration(float64(e.TotalBytes-done) / rate * float64(time.Second))
	return line + fmt.Sprintf(", %s/s, %s left", size(int64(rate)), left.Round(time.Second))
}

func size(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	v, i := float64(n), 0
	for v >= 1024 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", v, units[i])
}
