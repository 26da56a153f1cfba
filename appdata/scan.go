package appdata

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// Tree is what Scan found: the items of a layout and what stands beside them.
type Tree struct {
	Root  string // as given to Scan
	Self  Node   // the root itself, Path "."
	Nodes []Node // everything found below, sorted by Path
}

// Node returns the entry at a path relative to the root.
func (t *Tree) Node(path string) (Node, bool) {
	if t != nil {
		for _, n := range t.Nodes {
			if n.Path == path {
				return n, true
			}
		}
	}
	return Node{}, false
}

// Node is one entry of a Tree.
type Node struct {
	Path string // relative to the root, with forward slashes
	// Kind is what stands at the path itself; unset if that could not be read.
	Kind Kind
	// LinkTarget is the text of a link, where the file system can read links.
	LinkTarget string
	// TargetKind is, for a link, the kind of what it leads to: Missing if it
	// leads nowhere, unset if that could not be read.
	TargetKind Kind
	// Size (bytes), Mode and ModTime describe the file that a program opening
	// the path gets: for a link what it leads to, as far as that could be read.
	Size    int64
	Mode    fs.FileMode
	ModTime time.Time
	// Err is why something about the entry could not be read: its kind, its
	// target, or, for a folder, the names in it.
	Err error
}

// Actual returns the kind that a program opening the path meets: TargetKind for
// a link, else Kind. It is unset where that could not be read.
func (n Node) Actual() Kind {
	if n.Kind == Link {
		return n.TargetKind
	}
	return n.Kind
}

// ScanError reports why Scan has no tree. It unwraps to the cause: fs.ErrNotExist
// if the root is missing, syscall.ENOTDIR if it is no folder, the context's
// error if it ended.
type ScanError struct {
	Root string
	Path string // what could not be used, relative to the root
	Err  error
}

func (e *ScanError) Error() string {
	if e.Path == "." {
		return fmt.Sprintf("appdata: scan %s: %v", e.Root, e.Err)
	}
	return fmt.Sprintf("appdata: scan %s: %q: %v", e.Root, e.Path, e.Err)
}

func (e *ScanError) Unwrap() error { return e.Err }

var errItemPath = errors.New("not a path that an item can have")

// Scan reads which of the layout's items stand below root, and what stands
// beside them. root is a path on fsys.
//
// It lists root and the folders above items (conf, conf/server and var), and
// nothing else: what lies below an item belongs to that item, and the number of
// calls to fsys does not depend on how much that is. A link is recorded with its
// text and the kind of what it leads to; a link at an item, such as var/repository
// on another volume, is as good as what it leads to.
//
// What cannot be read is recorded in the nodes' Err and does not end the scan. If
// a folder's names cannot be read, the items in it are looked up one by one.
//
// There is no tree if root is missing or is no folder, if an item's path is not
// a relative path with forward slashes, or if ctx ends. The error is a
// *ScanError.
func Scan(ctx context.Context, fsys afero.Fs, root string, layout []Item) (*Tree, error) {
	s := &scanner{ctx: ctx, fsys: fsys, root: root, nodes: make([]Node, 0, 24), at: make(map[string]int, 32)}
	items := map[string]bool{}
	for _, it := range layout {
		if !itemPath(it.Path) {
			return nil, &ScanError{Root: root, Path: it.Path, Err: errItemPath}
		}
		items[it.Path] = true
	}
	self, err := s.self()
	if err != nil {
		return nil, err
	}
	listed := parents(items)
	for _, dir := range slices.Sorted(maps.Keys(listed)) {
		if err := s.readDir(dir, &self, items, listed); err != nil {
			return nil, err
		}
	}
	// Items whose folder belongs to another item were not met in any listing.
	for p := range items {
		if _, ok := s.at[p]; !ok && !listed[path.Dir(p)] {
			if err := s.look(p); err != nil {
				return nil, err
			}
		}
	}
	t := &Tree{Root: root, Self: self, Nodes: s.nodes}
	slices.SortFunc(t.Nodes, func(a, b Node) int { return strings.Compare(a.Path, b.Path) })
	return t, nil
}

func itemPath(p string) bool { return fs.ValidPath(p) && p != "." }

// parents returns the folders above items that are neither items themselves nor
// inside one: the folders to list. The root is always among them.
func parents[V any](items map[string]V) map[string]bool {
	dirs := map[string]bool{".": true}
	for p := range items {
		var above []string // outermost first
		for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
			above = append(above, dir)
		}
		slices.Reverse(above)
		for _, dir := range above {
			if _, item := items[dir]; item {
				break
			}
			dirs[dir] = true
		}
	}
	return dirs
}

type scanner struct {
	ctx   context.Context
	fsys  afero.Fs
	root  string
	nodes []Node
	at    map[string]int // where a path's node is
}

// self looks at the root, through links.
func (s *scanner) self() (Node, error) {
	if err := s.done("."); err != nil {
		return Node{}, err
	}
	info, err := s.fsys.Stat(s.name("."))
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "scan", Path: s.root, Err: syscall.ENOTDIR}
	}
	if err != nil {
		return Node{}, &ScanError{Root: s.root, Path: ".", Err: err}
	}
	self, _ := inspect(s.fsys, s.name("."), ".")
	return self, nil
}

// readDir records everything in the folder dir, if it is one.
func (s *scanner) readDir(dir string, self *Node, items, listed map[string]bool) error {
	node := *self
	if dir != "." {
		i, ok := s.at[dir]
		if !ok {
			return nil
		}
		node = s.nodes[i]
	}
	if k := node.Actual(); k != Dir && !(k == "" && node.Err != nil) {
		return nil
	}
	names, err := s.names(dir)
	if err != nil {
		var ended *ScanError
		if errors.As(err, &ended) {
			return err
		}
		if node.Err == nil {
			node.Err = err
		}
		if dir == "." {
			*self = node
		} else {
			s.nodes[s.at[dir]] = node
		}
		for _, set := range []map[string]bool{items, listed} {
			for p := range set {
				if p != "." && path.Dir(p) == dir {
					names = append(names, path.Base(p))
				}
			}
		}
	}
	for _, name := range names {
		p := path.Join(dir, name)
		if _, seen := s.at[p]; seen || strings.Contains(name, "/") || !itemPath(p) {
			continue
		}
		if err := s.look(p); err != nil {
			return err
		}
	}
	return nil
}

// names lists a folder in portions, so that a context that ends is noticed in a
// very large one too. Names read before an error are returned with it.
func (s *scanner) names(dir string) ([]string, error) {
	if err := s.done(dir); err != nil {
		return nil, err
	}
	var names []string
	for name, err := range fsx.Names(s.fsys, s.name(dir)) {
		if err != nil {
			return names, err
		}
		if len(names)%1024 == 0 {
			if err := s.done(dir); err != nil {
				return nil, err
			}
		}
		names = append(names, name)
	}
	return names, nil
}

// look records the entry at p, if there is one.
func (s *scanner) look(p string) error {
	if err := s.done(p); err != nil {
		return err
	}
	if n, ok := inspect(s.fsys, s.name(p), p); ok {
		s.at[p] = len(s.nodes)
		s.nodes = append(s.nodes, n)
	}
	return nil
}

func (s *scanner) done(p string) error {
	if err := s.ctx.Err(); err != nil {
		return &ScanError{Root: s.root, Path: p, Err: err}
	}
	return nil
}

// name returns the path on the file system. ".." in the root is kept: taking it off
// by its text could lead elsewhere where links are involved.
func (s *scanner) name(p string) string { return serverpath.Join(s.root, p) }
