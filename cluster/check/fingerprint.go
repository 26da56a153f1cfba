package check

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
)

// fingerprints gives findings their marks. A mark is made of rule, member, path
// and subject alone: it survives edits elsewhere in the file, other words in the
// message, other member orders and other machines. Further findings of one rule
// at one place are told apart by their order there.
type fingerprints map[string]int

// of returns the mark of a place, such as
// "3f0c…:1". The first part is 16 bytes of SHA-256 in hexadecimal digits.
func (m fingerprints) of(rule, node, path, subject string) string {
	h := sha256.New()
	for _, p := range []string{rule, node, path, subject} {
		// The length keeps parts from running into each other.
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	mark := hex.EncodeToString(h.Sum(nil)[:16])
	m[mark]++
	return mark + ":" + strconv.Itoa(m[mark])
}

// mark gives every finding without a fingerprint one. The list is in the
// report's order.
func (r *Report) mark() {
	marks := fingerprints{}
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Fingerprint == "" {
			f.Fingerprint = marks.of(f.Rule, f.Node, f.Path, f.Subject)
		}
	}
}
