package overlay

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// tree is one storage at one moment of the plan. It never changes.
type tree struct {
	base  afero.Fs
	roots map[string]node // by Volume.Key; a volume without steps has none
}

// spot is where the way to a path has led: a chain up to the root that
// passes no link.
type spot struct {
	vol  serverpath.Volume
	up   *spot // nil at the root
	name string
	node node        // nil when nothing is there
	fi   fs.FileInfo // of the node; nil where nothing is there and, until asked, at the root
}

func (s *spot) exists() bool { return s.node != nil }
func (s *spot) isLink() bool { return s.fi != nil && s.fi.Mode()&fs.ModeSymlink != 0 }

// isDir takes a root to be a folder until its storage says otherwise.
func (s *spot) isDir() bool {
	return s.node != nil && (s.fi == nil && s.up == nil || s.fi != nil && s.fi.IsDir())
}

// parts is the canonical path below the root.
func (s *spot) parts() []string {
	var p []string
	for ; s.up != nil; s = s.up {
		p = append(p, s.name)
	}
	slices.Reverse(p)
	return p
}

// path is the canonical path as text.
func (s *spot) path() string { return s.vol.Root + strings.Join(s.parts(), s.vol.Sep) }

func (s *spot) same(t *spot) bool { return s.inside(t) && t.inside(s) }

// inside reports whether s is dir or lies below it.
func (s *spot) inside(dir *spot) bool {
	in, out := s.parts(), dir.parts()
	return s.vol.Key == dir.vol.Key && len(in) >= len(out) && slices.EqualFunc(in[:len(out)], out, func(a, b string) bool {
		return serverpath.FoldName(a, s.vol.Windows) == serverpath.FoldName(b, s.vol.Windows)
	})
}

func (t *tree) rootOf(v serverpath.Volume) *spot {
	n := t.roots[v.Key]
	if n == nil {
		n = &baseNode{fsys: t.base, path: v.Root, sep: v.Sep}
	}
	return &spot{vol: v, node: n}
}

// put is the tree with n at s, or with nothing there if n is nil.
func (t *tree) put(s *spot, n node) *tree {
	for ; s.up != nil; s = s.up {
		n = withChild(s.up.node, s.name, n, s.vol.Windows)
	}
	roots := make(map[string]node, len(t.roots)+1)
	maps.Copy(roots, t.roots)
	roots[s.vol.Key] = n
	return &tree{base: t.base, roots: roots}
}

// find resolves a path as a system call would: a closing separator asks for
// a folder and follows a link. When nothing but the last component is
// missing, the spot says where it would be and the error is nil.
func (t *tree) find(path string, followLast bool) (*spot, error) {
	v, parts := serverpath.SplitVolume(path)
	return t.walk(t.rootOf(v), parts, followLast)
}

// place is find for the place of a step, where a closing separator says
// nothing.
func (t *tree) place(path string, followLast bool) (*spot, error) {
	v, parts := serverpath.SplitVolume(path)
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "" || p == "." })
	return t.walk(t.rootOf(v), parts, followLast)
}

// follow is where the link at s leads.
func (t *tree) follow(s *spot) (*spot, error) {
	return t.walk(s.up, []string{s.name}, true)
}

// walk goes from cur, through links, to what todo names.
func (t *tree) walk(cur *spot, todo []string, followLast bool) (*spot, error) {
	to, err := fsx.Walk(t, cur, todo, followLast)
	switch {
	case to != nil && errors.Is(err, fs.ErrNotExist):
		_, err := to.up.settled() // a root that is not there has no room for anything
		return to, err
	case err != nil:
		return nil, err
	}
	return to.settled()
}

// What fsx.Walk asks of a tree.

func (t *tree) IsDir(s *spot) bool               { return s.isDir() }
func (t *tree) IsLink(s *spot) bool              { return s.isLink() }
func (t *tree) Readlink(s *spot) (string, error) { return s.node.readlink() }

func (t *tree) Child(dir *spot, name string) (*spot, error) {
	s := &spot{vol: dir.vol, up: dir, name: name}
	var err error
	if s.node, s.fi, err = dir.node.child(name); err != nil {
		s.node, s.fi = nil, nil // what was renamed has gone from the storage since
	}
	return s, err
}

func (t *tree) Parent(s *spot) *spot {
	if s.up == nil {
		return s
	}
	return s.up
}

func (t *tree) Begin(dir *spot, text string) (*spot, []string) {
	v, parts, abs := dir.vol.SplitLink(text)
	if abs {
		dir = t.rootOf(v)
	}
	return dir, parts
}

// settled is s with its description, which the way down does without at the
// root. Other readers may be at s: it does not change.
func (s *spot) settled() (*spot, error) {
	if s.fi != nil {
		return s, nil
	}
	fi, err := s.node.lstat()
	if err != nil {
		return nil, err
	}
	return &spot{vol: s.vol, node: s.node, fi: fi}, nil
}
