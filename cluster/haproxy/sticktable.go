package haproxy

import (
	"strconv"
	"strings"
	"time"
)

// stickTable is a stick-table statement.
type stickTable struct {
	line int
	// why the table may forget clients while they are still working, empty where
	// it does not.
	why string
}

const (
	// leastEntries is how many clients a table has to hold before it is believed
	// to hold all of them.
	leastEntries = 1000
	// leastExpiry is how long a client may pause before the table forgets it. It
	// is what web sessions usually last.
	leastExpiry = 30 * time.Minute
)

// readStickTable reads the statement; only size and expire are looked at.
func readStickTable(line int, args []word) *stickTable {
	t := &stickTable{line: line}
	for i, w := range args {
		if w.why != "" {
			t.why = "the table has " + w.why
			return t
		}
		if i == 0 {
			continue
		}
		switch args[i-1].text {
		case "size":
			if n, ok := readSize(w.text); !ok || n < leastEntries {
				t.why = "the table may be too small for all clients"
			}
		case "expire":
			if d, ok := readTime(w.text); !ok || d < leastExpiry {
				t.why = "the table may forget clients before their sessions end"
			}
		}
	}
	return t
}

// readSize reads a number of entries: k, m and g are powers of 1024.
func readSize(text string) (int64, bool) {
	digits := strings.TrimRight(text, "kKmMgG")
	scale, ok := map[string]int64{"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}[strings.ToLower(text[len(digits):])]
	n, err := strconv.ParseInt(digits, 10, 32)
	return n * scale, ok && err == nil && n >= 0
}

// readTime reads a time as HAProxy writes it; without a unit it is in
// milliseconds.
func readTime(text string) (time.Duration, bool) {
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyz")
	unit, ok := map[string]time.Duration{
		"us": time.Microsecond, "": time.Millisecond, "ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour,
	}[text[len(digits):]]
	n, err := strconv.ParseInt(digits, 10, 32)
	if !ok || err != nil || n < 0 {
		return 0, false
	}
	return time.Duration(min(n, int64(1<<62/unit))) * unit, true
}
