package mover

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/deploycluster/deploycluster/internal/fileowner"
)

// TestProvenIsOlderThanTheReading: a file that changed within the tick of its
// storage's clock in which the reading began may change again unnoticed, so it is
// not remembered.
func TestProvenIsOlderThanTheReading(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(name)
	if err != nil {
		t.Fatal(err)
	}
	at, ok := fileowner.Changed(info)
	if !ok {
		t.Skip("this system does not tell when a file changed")
	}
	for _, c := range []struct {
		since time.Time
		want  bool
	}{{at.Add(1), true}, {at, false}, {at.Add(-1), false}, {time.Time{}, false}} {
		p := newProven()
		p.add("sum", info, c.since)
		if got := p.has("sum", info); got != c.want {
			t.Errorf("changed at %v, read since %v: remembered %t", at, c.since, got)
		}
		if p.has("other", info) {
			t.Error("another SHA-256 is taken for the one that was read")
		}
	}
}
