package mover

import (
	"hash/maphash"
	"io/fs"
	"time"

	"github.com/deploycluster/deploycluster/internal/fileowner"
	"github.com/deploycluster/deploycluster/internal/fsx"
)

// proven remembers which originals Retire has read, so that Purge, in the same
// run, reads again only what has changed since. It trusts the time of change,
// which no program can set, and only on a storage that belongs to this machine:
// what another one writes to a network storage may show late. A file that was
// open for writing when it was read is not remembered: what is written to memory
// that is mapped already leaves no time of change.
type proven struct {
	seed  maphash.Seed
	files map[uint64]bool
}

// mostProven bounds the memory: files beyond it are read twice.
const mostProven = 1 << 20

func newProven() proven { return proven{seed: maphash.MakeSeed(), files: map[uint64]bool{}} }

// mark stands for a file that was not touched since it was read, and for the
// SHA-256 that it had.
func (p proven) mark(sum string, info fs.FileInfo) (mark uint64, ok bool) {
	s := stampOf(info)
	if s == nil {
		return 0, false
	}
	return maphash.Comparable(p.seed, struct {
		sum           string
		file          uint64
		size, changed int64
	}{sum, s.File, info.Size(), s.Changed.UnixNano()}), true
}

// add remembers a file that was read. since is when the reading began, by the
// clock of its storage: what changed later may change again and keep its time of
// change, for clocks tick.
func (p proven) add(sum string, info fs.FileInfo, since time.Time) {
	at, _ := fileowner.Changed(info)
	if mark, ok := p.mark(sum, info); ok && at.Before(since) && len(p.files) < mostProven {
		p.files[mark] = true
	}
}

// has reports whether a file has a SHA-256 without reading it.
func (p proven) has(sum string, info fs.FileInfo) bool {
	if len(p.files) == 0 {
		return false
	}
	mark, ok := p.mark(sum, info)
	return ok && p.files[mark]
}

// clock is the time of the storage that a folder lies on, as it stamps changes;
// zero where it cannot be relied on. A probe is written, for a storage tells its
// time in no other way.
func (m *Mover) clock(o *original) (time.Time, error) {
	if !o.info.IsDir() {
		return time.Time{}, nil
	}
	d, err := o.open()
	if err != nil {
		return time.Time{}, err
	}
	defer d.drop()
	if !fsx.Local(d.handle) { // which it may be where another one is mounted
		return time.Time{}, nil
	}
	name := m.probe()
	f, err := d.Create(name, 0o600)
	if err != nil {
		return time.Time{}, nil // a full disk stops no retire
	}
	info, err := f.Stat()
	if err := join(err, f.Close(), removed(d.Remove(name))); err != nil {
		return time.Time{}, err
	}
	at, _ := fileowner.Changed(info)
	return at, nil
}
