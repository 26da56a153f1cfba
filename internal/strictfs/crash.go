package strictfs

import (
	"maps"
	"slices"
)

// ChangeKind is the kind of a name change.
type ChangeKind string

const (
	NameAdded   ChangeKind = "added"   // a file, folder or link was made, linked, or moved here from another folder
	NameRemoved ChangeKind = "removed" // a name was removed, or moved away to another folder
	NameMoved   ChangeKind = "moved"   // a name became another in one step
)

// Change is a name change that a crash may undo. A rename replaces what had its
// new name, so undoing one brings that back.
type Change struct {
	Kind ChangeKind
	Path string // the name that was added or removed, or the new name
	From string // of NameMoved: the old name
}

// DataState says what a crash leaves of a file with content that was not
// synced.
type DataState string

const (
	// DataNew: everything reached the disk.
	DataNew DataState = "new"
	// DataOld: nothing did; the file is as it was when it was last synced,
	// attributes included. A file never synced is empty.
	DataOld DataState = "old"
	// DataEmpty: the file has lost everything it has gained: it is empty if it
	// was made or emptied since, else as long as it was at its shortest.
	DataEmpty DataState = "empty"
	// DataCut: the first half of the changed bytes is new; what was beyond is
	// old, or missing where the file was shorter.
	DataCut DataState = "cut"
	// DataZero: the length is new, but the bytes it gained are zeros, as delayed
	// allocation leaves them.
	DataZero DataState = "zero"
)

// Choice decides what survives a crash. The functions must not call the file
// system. A nil Keep keeps no change; a nil Data gives DataOld.
type Choice struct {
	Name string // for messages
	// Keep says whether change i of [FS.Pending] survives.
	Keep func(i int, c Change) bool
	// Data says what is left of a file that [FS.Unsynced] lists; any other
	// answer than a DataState counts as DataOld. It is asked for folders with
	// unsynced attributes too, of which only those can be old.
	Data func(path string) DataState
}

// Pending lists the name changes that are not durable, oldest first: those
// after which their folder was not synced.
func (f *FS) Pending() []Change {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, list := f.atRisk()
	return list
}

func (f *FS) atRisk() ([]*change, []Change) {
	var changes []*change
	var list []Change
	for _, c := range f.pending {
		if c.done {
			continue
		}
		last := c.edits[len(c.edits)-1]
		out := Change{Kind: c.kind, Path: last.path()}
		if c.kind == NameMoved {
			out.From = c.edits[0].path()
		}
		changes, list = append(changes, c), append(list, out)
	}
	return changes, list
}

// Unsynced lists, sorted, one path of every file whose content or attributes
// are not durable.
func (f *FS) Unsynced() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := []string{}
	for n := range f.dirty {
		if n.isFile() && n.nlink > 0 {
			list = append(list, n.path())
		}
	}
	slices.Sort(list)
	return list
}

// Crash gives the file system as it may be after a loss of power at this
// moment, without changing this one: many outcomes of one moment can be tried.
// The model:
//
//   - Content and attributes of a file are durable after File.Sync of any
//     handle of it, or a write with O_SYNC. Other content is as Choice.Data
//     says; what a file held at its last Sync is never lost except under bytes
//     written or cut off since.
//   - File.Sync of a file does not make its name durable.
//   - A name is made, linked or removed durably when its folder is synced.
//     Until then each such change survives or not, independently of every other
//     and of their order. Changes to one name that survive act in their order.
//   - A rename within one folder is one change: after the crash the old name is
//     there or the new one, and what it replaced only in the first case.
//   - A rename of a file into another folder is two changes, the new name and
//     the removal of the old, and the removal survives only with the new name:
//     the file may have both names but never none. Syncing the old folder
//     therefore makes the new name durable too; syncing the new folder leaves
//     the removal at risk.
//   - A rename of a folder into another is one change, durable when either
//     folder is synced.
//   - With Options.SplitRenames both halves of every rename are changes of
//     their own and independent, so a name can be lost. No program is safe
//     against that by renames alone; it shows which files have only one copy.
//   - What hangs below a folder whose name did not survive is lost. Open files
//     are closed. Mounts stay.
//
// The result has nothing at risk.
func (f *FS) Crash(c Choice) *FS {
	f.mu.Lock()
	defer f.mu.Unlock()
	changes, list := f.atRisk()
	kept := map[*change]bool{}
	for i, ch := range changes {
		keep := c.Keep != nil && c.Keep(i, list[i])
		if ch.needs != nil && !ch.needs.done && !kept[ch.needs] {
			keep = false
		}
		kept[ch] = keep
	}
	// First every change is taken back, newest first; then those kept are made
	// again in their order.
	names := map[*inode]map[string]entry{}
	set := func(e edit, to entry) {
		m := names[e.dir]
		if m == nil {
			m = maps.Clone(e.dir.entries)
			names[e.dir] = m
		}
		if to.node == nil {
			delete(m, e.key)
		} else {
			m[e.key] = to
		}
	}
	for _, ch := range slices.Backward(changes) {
		for _, e := range slices.Backward(ch.edits) {
			set(e, e.old)
		}
	}
	for _, ch := range changes {
		if kept[ch] {
			for _, e := range ch.edits {
				set(e, e.new)
			}
		}
	}
	return f.copy(names, func(n *inode) DataState {
		if c.Data == nil {
			return DataOld
		}
		return c.Data(n.path())
	})
}

// CrashWith is [FS.Crash] with one state for all files.
func (f *FS) CrashWith(keep func(i int, c Change) bool, data DataState) *FS {
	return f.Crash(Choice{Keep: keep, Data: func(string) DataState { return data }})
}

// Clone gives an independent copy in which everything is durable. Unchanged
// content is shared, so a clone of a large tree costs its number of files.
func (f *FS) Clone() *FS {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.copy(nil, func(*inode) DataState { return DataNew })
}

// copier copies an inode graph.
type copier struct {
	names map[*inode]map[string]entry // folders whose names differ from the current ones
	data  func(*inode) DataState
	nodes map[*inode]*inode
	vols  map[*volume]*volume
	named map[*inode]bool // folders that have a name in the copy
}

func (f *FS) copy(names map[*inode]map[string]entry, data func(*inode) DataState) *FS {
	c := copier{names, data, map[*inode]*inode{}, map[*volume]*volume{}, map[*inode]bool{}}
	return &FS{
		opt:     f.opt,
		last:    f.last,
		nextIno: f.nextIno,
		nextDev: f.nextDev,
		root:    c.node(f.root, nil, ""),
		dirty:   map[*inode]struct{}{},
	}
}

func (c *copier) volume(v *volume) *volume {
	if c.vols[v] == nil {
		c.vols[v] = &volume{Volume: v.Volume, dev: v.dev, files: -1} // the root is not counted
	}
	return c.vols[v]
}

func (c *copier) node(n, parent *inode, name string) *inode {
	if m := c.nodes[n]; m != nil {
		return m
	}
	m := &inode{
		meta: n.meta, ino: n.ino, vol: c.volume(n.vol), denied: n.denied, fixed: n.fixed,
		target: n.target, data: slices.Clip(n.data), parent: parent, name: name,
	}
	c.nodes[n] = m
	if n.saved != nil {
		state := c.data(n)
		m.data = n.saved.after(n.data, state)
		if !slices.Contains([]DataState{DataNew, DataEmpty, DataCut, DataZero}, state) {
			m.meta = n.saved.meta
		}
	}
	m.vol.files++
	m.vol.bytes += int64(len(m.data))
	if n.isDir() {
		m.nlink = 2
		m.entries = map[string]entry{}
		from, ok := c.names[n]
		if !ok {
			from = n.entries
		}
		for _, key := range slices.Sorted(maps.Keys(from)) {
			e := from[key]
			if e.node.isDir() {
				if c.named[e.node] {
					continue // a folder cannot have two names: the check of the disk drops one
				}
				c.named[e.node] = true
			}
			child := c.node(e.node, m, e.name)
			m.entries[key] = entry{e.name, child}
			if child.isDir() {
				m.nlink++
			} else {
				child.nlink++
			}
		}
	}
	if n.mounted != nil {
		m.mounted = c.node(n.mounted, parent, name)
	}
	return m
}
