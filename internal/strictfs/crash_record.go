package strictfs

import (
	"math"
	"slices"
	"strings"
)

// change is a name change that a crash may undo.
type change struct {
	seq   uint64
	kind  ChangeKind
	edits []edit
	needs *change // this change survives only where that one does
	done  bool    // durable
}

// edit is what a change does to one name of one folder.
type edit struct {
	dir      *inode
	key      string
	old, new entry
}

func (e edit) path() string {
	name := e.new.name
	if e.new.node == nil {
		name = e.old.name
	}
	return strings.TrimSuffix(e.dir.path(), "/") + "/" + name
}

// saved is the durable state of an inode whose current state differs.
type saved struct {
	meta
	data   []byte
	shared bool // the inode's bytes are still these; they must not be overwritten
	kept   int  // the file was never shorter than this since
	lo, hi int  // the bytes changed since lie in [lo, hi)
}

// touch remembers the durable state of an inode before its first change.
func (f *FS) touch(n *inode) {
	if n.saved == nil {
		n.saved = &saved{meta: n.meta, data: n.data, shared: true, kept: len(n.data), lo: math.MaxInt}
		f.dirty[n] = struct{}{}
	}
}

// own prepares a file for new bytes at off and later: the durable bytes, which
// copies of the file system share, are left alone.
func (f *FS) own(n *inode, off int64) {
	f.touch(n)
	if n.saved.shared && off < int64(len(n.saved.data)) {
		n.data = slices.Clone(n.data)
		n.saved.shared = false
	}
}

func (s *saved) changed(lo, hi int64) { s.lo, s.hi = min(s.lo, int(lo)), max(s.hi, int(hi)) }

func (s *saved) cut(size int64) { s.kept, s.lo = min(s.kept, int(size)), min(s.lo, int(size)) }

// after is the content that a file has after a crash.
func (s *saved) after(now []byte, state DataState) []byte {
	switch state {
	case DataNew:
		return slices.Clone(now)
	case DataEmpty:
		return slices.Clip(s.data[:s.kept])
	case DataCut:
		hi := min(s.hi, len(now))
		lo := min(s.lo, hi)
		mid := lo + (hi-lo)/2
		cut := slices.Clone(now[:mid])
		if mid < s.kept {
			cut = append(cut, s.data[mid:s.kept]...)
		}
		return cut
	case DataZero:
		zero := make([]byte, len(now))
		copy(zero, s.data[:s.kept])
		return zero
	}
	return slices.Clip(s.data)
}

// settleData makes content and attributes durable.
func (f *FS) settleData(n *inode) {
	n.saved = nil
	delete(f.dirty, n)
}

// record notes a name change.
func (f *FS) record(kind ChangeKind, edits ...edit) *change {
	if f.settled > 64 && f.settled > len(f.pending)/2 {
		f.pending = slices.DeleteFunc(f.pending, func(c *change) bool { return c.done })
		f.settled = 0
	}
	f.seq++
	c := &change{seq: f.seq, kind: kind, edits: edits}
	f.pending = append(f.pending, c)
	for i, e := range edits {
		if i == 0 || e.dir != edits[0].dir {
			e.dir.changes = append(e.dir.changes, c)
		}
	}
	return c
}

// recordRename notes a rename; gone and made are its edits, in that order.
func (f *FS) recordRename(n *inode, gone, made edit) {
	sameName := gone.dir == made.dir && gone.key == made.key
	switch {
	case sameName, !f.opt.SplitRenames && (n.isDir() || gone.dir == made.dir):
		f.record(NameMoved, gone, made)
	default:
		added := f.record(NameAdded, made)
		removed := f.record(NameRemoved, gone)
		if !f.opt.SplitRenames {
			removed.needs = added
		}
	}
}

// settleFolder makes the names of a folder durable.
func (f *FS) settleFolder(dir *inode) {
	for _, c := range dir.changes {
		f.settle(c, dir)
	}
	dir.changes = nil
}

// settle makes one change durable, with what it needs and with what came
// before it under the same names; synced is a folder of which all changes are
// being made durable anyway.
func (f *FS) settle(c *change, synced *inode) {
	if c.done {
		return
	}
	c.done = true
	f.settled++
	if c.needs != nil {
		f.settle(c.needs, synced)
	}
	for _, e := range c.edits {
		if e.dir != synced {
			for _, before := range e.dir.changes {
				if before.seq >= c.seq {
					break
				}
				if before.touches(e.dir, e.key) {
					f.settle(before, synced)
				}
			}
		}
		if n := e.old.node; n != nil && n.isDir() && n.nlink == 0 {
			f.settleFolder(n) // the folder is gone for good, and its names with it
		}
	}
}

func (c *change) touches(dir *inode, key string) bool {
	for _, e := range c.edits {
		if e.dir == dir && e.key == key {
			return true
		}
	}
	return false
}

// SyncAll makes everything durable, as sync(1) does: the scene is set, and only
// what happens from here on is at risk.
func (f *FS) SyncAll() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.pending {
		c.done = true
		for _, e := range c.edits {
			e.dir.changes = nil
		}
	}
	f.pending, f.settled = nil, 0
	for n := range f.dirty {
		n.saved = nil
	}
	clear(f.dirty)
}
