package words

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
)

// Marks tells things apart by what they are about, and those that are about the
// same by their order.
type Marks map[string]int

// Of returns the mark of the next thing that is about the parts, such as
// "3f0c…:1". What stands before the colon is 16 bytes of SHA-256 in hexadecimal
// digits.
func (m Marks) Of(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p) // the length keeps parts from running into each other
	}
	mark := hex.EncodeToString(h.Sum(nil)[:16])
	m[mark]++
	return mark + ":" + strconv.Itoa(m[mark])
}
