package overlay

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// Shape says what of a tree is copied, and how.
type Shape struct {
	// Exclude are slash paths relative to the source that are not copied,
	// each with all that is below it. One that does not exist excludes
	// nothing.
	Exclude []string
	// Follow copies what links lead to, at the source itself and below. A
	// link below that leads nowhere (dangling, a loop), or to a folder that
	// is being copied around the link, so that the copy would never end, is
	// copied as a link. Without Follow all links are copied as links, with
	// their texts.
	Follow bool
	// Leads tells, for Follow, where the link at a place leads in the world
	// of the moment of the copy, all links followed. Nil: its text is a path
	// of its own storage. A server that mounts several storages reads the text
	// otherwise.
	Leads func(world map[string]afero.Fs, link cluster.Place) (cluster.Place, error)
	// KeepMode leaves a folder at the destination its own mode
	// and time.
	KeepMode bool
	// Only, unless nil, are the slash paths below the destination that stay
	// there beside the copy; anything else that was there is gone.
	Only []string
}

// Copy plans that the file, link or folder at from, of this or another
// storage, also appears at at, as it is at this moment of the plan: with its
// edits, without what was removed from it. Modes, times and Sys are the
// source's; so Sys tells the owner, but the source's device.
//
// A copied file or link replaces a file or link. A copied folder is merged
// into a folder, or link to a folder, that is at at: folders of the same
// path become one, with the mode and time of the copied one (but see KeepMode),
// and everything else that is copied replaces what was there. So lost+found
// of a target stays (but see Only). Copying a folder onto a file gives ENOTDIR, onto a link
// that leads nowhere EEXIST, and a file onto a folder EISDIR.
func (o *World) Copy(at, from cluster.Place, opt Shape) error {
	return o.step("copy", at, func(t *tree) (*tree, error) {
		node, isDir, err := o.source(from, opt)
		if err != nil {
			return nil, pathError("copy", from.Path, err)
		}
		dst, err := t.place(at.Path, false)
		if err != nil {
			return nil, err
		}
		if isDir && dst.isLink() {
			if dst, err = t.follow(dst); err != nil || !dst.exists() {
				return nil, syscall.EEXIST
			}
		}
		switch {
		case isDir && dst.isDir():
			below := dst.node
			if opt.Only != nil {
				below = &filterNode{node: below, rels: opt.Only, only: true, windows: dst.vol.Windows}
			}
			node = &mergedNode{node: node, below: below, keep: opt.KeepMode, windows: dst.vol.Windows}
		case isDir && dst.exists():
			return nil, syscall.ENOTDIR
		case dst.isDir():
			return nil, syscall.EISDIR
		}
		return t.put(dst, node), nil
	})
}

// source is what copyTree copies.
func (o *World) source(from cluster.Place, opt Shape) (n node, isDir bool, err error) {
	f := o.storages[from.Storage]
	if f == nil {
		return nil, false, storageError(from.Storage)
	}
	s, err := f.now.Load().place(from.Path, false)
	if err == nil && !s.exists() {
		err = syscall.ENOENT
	}
	if err != nil {
		return nil, false, err
	}
	storage := from.Storage
	var m *moment
	if opt.Follow {
		m = o.moment(opt.Leads)
		if s.isLink() {
			if storage, s, err = m.follow(storage, s); err != nil {
				return nil, false, err
			}
		}
	}
	n = s.node
	if !s.isDir() {
		return n, false, nil
	}
	if opt.Follow {
		n = &followedNode{node: n, moment: m, storage: storage, spot: s}
	}
	except := &filterNode{node: n, windows: s.vol.Windows}
	for _, rel := range opt.Exclude {
		rel = path.Clean(rel)
		if path.IsAbs(rel) || rel == "." || rel == ".." || strings.HasPrefix(rel, "../") {
			return nil, false, fmt.Errorf("exclude %q: %w", rel, fs.ErrInvalid)
		}
		except.rels = append(except.rels, rel)
	}
	return except, true, nil
}

// mergedNode is a folder that was copied into another: what is below keeps
// showing where the copy has nothing, and folders of one path merge again.
type mergedNode struct {
	node    // what was copied
	below   node
	keep    bool // the mode and time of below
	windows bool
}

func (n *mergedNode) lstat() (fs.FileInfo, error) {
	if n.keep {
		return n.below.lstat()
	}
	return n.node.lstat()
}

func (n *mergedNode) child(name string) (node, fs.FileInfo, error) {
	c, fi, err := n.node.child(name)
	if errors.Is(err, fs.ErrNotExist) {
		return n.below.child(name)
	}
	if err != nil || !fi.IsDir() {
		return c, fi, err
	}
	old, oldInfo, err := n.below.child(name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !oldInfo.IsDir() {
		return c, fi, nil
	}
	return &mergedNode{node: c, below: old, windows: n.windows}, fi, err
}

func (n *mergedNode) names() ([]string, error) {
	list, err := n.node.names()
	if err != nil {
		return nil, err
	}
	have := make(map[string]bool, len(list))
	for _, name := range list {
		have[serverpath.FoldName(name, n.windows)] = true
	}
	old, err := n.below.names()
	for _, name := range old {
		if !have[serverpath.FoldName(name, n.windows)] {
			list = append(list, name)
		}
	}
	return list, err
}

// filterNode is a folder without some paths, or with nothing but some paths and the
// folders that lead there. A path that leads nowhere, or through a link, is none.
type filterNode struct {
	node
	rels    []string
	only    bool // the paths are what shows
	windows bool
}

// about tells whether a name is one of the paths, and what of them is below it.
func (n *filterNode) about(name string) (whole bool, below []string) {
	key := serverpath.FoldName(name, n.windows)
	for _, rel := range n.rels {
		first, rest, more := strings.Cut(rel, "/")
		switch {
		case serverpath.FoldName(first, n.windows) != key:
		case more:
			below = append(below, rest)
		default:
			whole = true
		}
	}
	return whole, below
}

func (n *filterNode) shows(name string) bool {
	whole, below := n.about(name)
	return n.only && below != nil || whole == n.only
}

func (n *filterNode) child(name string) (node, fs.FileInfo, error) {
	if !n.shows(name) {
		return nil, nil, syscall.ENOENT
	}
	c, fi, err := n.node.child(name)
	if whole, below := n.about(name); err == nil && fi.IsDir() && !whole && below != nil {
		c = &filterNode{node: c, rels: below, only: n.only, windows: n.windows}
	}
	return c, fi, err
}

func (n *filterNode) names() ([]string, error) {
	all, err := n.node.names()
	return slices.DeleteFunc(all, func(name string) bool { return !n.shows(name) }), err
}

// moment is the world in which a copy follows links: that of its step.
type moment struct {
	storages map[string]*future  // frozen
	world    map[string]afero.Fs // the same
	leads    func(map[string]afero.Fs, cluster.Place) (cluster.Place, error)
}

// moment freezes the world. The caller holds o.mu.
func (o *World) moment(leads func(map[string]afero.Fs, cluster.Place) (cluster.Place, error)) *moment {
	m := &moment{storages: make(map[string]*future, len(o.storages)), leads: leads}
	for name, f := range o.storages {
		frozen := &future{name: f.name}
		frozen.now.Store(f.now.Load())
		m.storages[name] = frozen
	}
	m.world = (&World{storages: m.storages}).Storages()
	return m
}

// follow is where a link leads; fs.ErrNotExist if nowhere.
func (m *moment) follow(storage string, link *spot) (string, *spot, error) {
	var to *spot
	var err error
	if m.leads == nil {
		to, err = m.storages[storage].now.Load().follow(link)
	} else {
		var p cluster.Place
		if p, err = m.leads(m.world, cluster.Place{Storage: storage, Path: link.path()}); err != nil {
			return "", nil, fsx.Cause(err)
		}
		storage = p.Storage
		if m.storages[storage] == nil {
			return "", nil, storageError(storage)
		}
		to, err = m.storages[storage].now.Load().place(p.Path, true)
	}
	if err == nil && !to.exists() {
		err = syscall.ENOENT
	}
	return storage, to, err
}

// followedNode is a folder in which links stand for what they lead to.
type followedNode struct {
	node
	moment  *moment
	storage string
	spot    *spot         // of the folder at that moment
	by      *followedNode // the folder that led here; nil at the top
}

func (n *followedNode) child(name string) (node, fs.FileInfo, error) {
	c, fi, err := n.node.child(name)
	if err != nil {
		return nil, nil, err
	}
	storage, s := n.storage, &spot{vol: n.spot.vol, up: n.spot, name: name, node: c, fi: fi}
	if s.isLink() {
		storage, s, err = n.moment.follow(storage, s)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ELOOP):
			return c, fi, nil
		case err != nil:
			return nil, nil, err
		case n.within(storage, s):
			return c, fi, nil
		}
	}
	if s.isDir() {
		return &followedNode{node: s.node, moment: n.moment, storage: storage, spot: s, by: n}, s.fi, nil
	}
	return s.node, s.fi, nil
}

// within reports whether what is being copied lies inside of s.
func (n *followedNode) within(storage string, s *spot) bool {
	for ; n != nil; n = n.by {
		if n.storage == storage && n.spot.inside(s) {
			return true
		}
	}
	return false
}
