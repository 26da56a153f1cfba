package props

import (
	"fmt"
	"io"
	"log/slog"
	"strconv"

	"github.com/deploycluster/deploycluster/internal/enum"
)

// ChangeKind says what happened to a key. The zero value is unset.
type ChangeKind string

const (
	Added   ChangeKind = "added"   // the key is only in the second file
	Removed ChangeKind = "removed" // the key is only in the first file
	Changed ChangeKind = "changed" // the key has another value in the second file
)

func changeKinds() []ChangeKind { return []ChangeKind{Added, Removed, Changed} }

// String is "added", "removed", "changed" or "unset".
func (k ChangeKind) String() string { return enum.Text(k) }

// MarshalText renders a valid kind.
func (k ChangeKind) MarshalText() ([]byte, error) {
	return enum.Marshal("kind of change", k, changeKinds()...)
}

// UnmarshalText reads what MarshalText renders.
func (k *ChangeKind) UnmarshalText(text []byte) error {
	return enum.Unmarshal("kind of change", k, text, changeKinds()...)
}

// Change is one difference between the pairs of two files. Old and New are
// renderings for people, as Redact makes them: they may be equal although the
// values are not.
type Change struct {
	Key  string     `json:"key"`
	Kind ChangeKind `json:"kind"`
	Old  string     `json:"old,omitempty"`
	New  string     `json:"new,omitempty"`
	// Redacted says that Old or New hides something.
	Redacted bool     `json:"redacted,omitempty"`
	OldPos   Position `json:"oldPos,omitzero"`
	NewPos   Position `json:"newPos,omitzero"`
}

// Diff lists what Java would see change from a to b: decoded keys, the value
// that wins for each. Escapes, separators, comments, order and duplicates that
// do not win are no difference; UnifiedDiff shows those. The changes are in
// the order in which keys first appear in a, then of those that are only in b.
// A nil File is an empty one.
func Diff(a, b *File) []Change { return Words(nil).Diff(a, b) }

// Diff is the function Diff with these words as secrets too.
func (w Words) Diff(a, b *File) []Change {
	var changes []Change
	ad, bd := a.read(), b.read()
	for e, i := range ad.winners {
		j := bd.find(e)
		if j < 0 {
			changes = append(changes, w.change(Removed, ad, i, bd, j))
		} else if ad.value(i) != bd.value(j) {
			changes = append(changes, w.change(Changed, ad, i, bd, j))
		}
	}
	for e, j := range bd.winners {
		if i := ad.find(e); i < 0 {
			changes = append(changes, w.change(Added, ad, i, bd, j))
		}
	}
	return changes
}

// winners yields each key once, where it first appears, with the entry that
// wins for it.
func (d *doc) winners(yield func(key string, i int) bool) {
	var seen map[int]bool // winners of keys that appear more than once
	for i := range d.spans {
		if d.edits.at(i).deleted {
			continue
		}
		key := d.key(i)
		last := d.find(key)
		if last != i || d.spans[i].keyEnd&flag != 0 {
			if seen[last] {
				continue
			}
			if seen == nil {
				seen = map[int]bool{}
			}
			seen[last] = true
		}
		if !yield(key, last) {
			return
		}
	}
}

// change describes the difference between entry i of a and entry j of b; one
// of them may be missing, as -1.
func (w Words) change(kind ChangeKind, a *doc, i int, b *doc, j int) Change {
	c := Change{Kind: kind}
	if i >= 0 {
		c.Key, c.OldPos = a.key(i), a.position(i)
		c.Old = w.Redact(c.Key, a.value(i))
		c.Redacted = c.Old != a.value(i)
	}
	if j >= 0 {
		c.Key, c.NewPos = b.key(j), b.position(j)
		c.New = w.Redact(c.Key, b.value(j))
		c.Redacted = c.Redacted || c.New != b.value(j)
	}
	return c
}

// String renders one line: what happened, the key, the values as shown.
func (c Change) String() string {
	old, new := strconv.Quote(c.Old), strconv.Quote(c.New)
	switch key := escapeKey(c.Key); {
	case c.Kind == Added:
		return fmt.Sprintf("added %s: %s", key, new)
	case c.Kind == Removed:
		return fmt.Sprintf("removed %s: was %s", key, old)
	case c.Old == c.New:
		return fmt.Sprintf("%s %s: another value, shown as %s", c.Kind, key, new)
	default:
		return fmt.Sprintf("%s %s: %s -> %s", c.Kind, key, old, new)
	}
}

// Format writes String for every verb; "%+v" puts the position before it.
func (c Change) Format(s fmt.State, verb rune) {
	text := c.String()
	if verb == 'v' && s.Flag('+') {
		pos := c.NewPos
		if !pos.IsValid() {
			pos = c.OldPos
		}
		text = pos.String() + ": " + text
	}
	if verb == 'q' {
		text = strconv.Quote(text)
	}
	io.WriteString(s, text)
}

// LogValue is String.
func (c Change) LogValue() slog.Value { return slog.StringValue(c.String()) }
