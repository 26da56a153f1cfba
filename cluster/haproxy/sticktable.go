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
	scale := int64(1)
	if n := len(text); n > 0 {
		switch text[n-1] | 0x20 {
		case 'k':
			scale = 1 << 10
		case 'm':
			scale = 1 << 20
		case 'g':
			scale = 1 << 30
		}
	}
	if scale > 1 {
		text = text[:len(text)-1]
	}
	n, err := strconv.ParseInt(text, 10, 32)
	return n * scale, err == nil && n >= 0
}

// readTime reads a time as HAProxy writes it; without a unit it is in
// milliseconds.
func readTime(text string) (time.Duration, bool) {
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyz")
	unit := time.Millisecond
	switch text[len(digits):] {
	case "us":
		unit = time.Microsecond
	case "", "ms":
	case "s":
		unit = time.Second
	case "m":
		unit = time.Minute
	case "h":
		unit = time.Hour
	case "d":
		unit = 24 * time.Hour
	default:
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 32)
	if err != nil || n < 0 {
		return 0, false
	}
	if n > int64(1<<62/unit) {
		n = int64(1 << 62 / unit)
	}
	return time.Duration(n) * unit, true
}
