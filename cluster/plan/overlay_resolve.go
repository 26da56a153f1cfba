package plan

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/afero"
)

// overlayHops is how many links one path may pass, as on Linux.
const overlayHops = 40

// futureTree is one storage at one moment of the plan. It never changes.
type futureTree struct {
	base  afero.Fs
	roots map[string]futureNode // by volume.key; a volume without steps has none
}

// futureSpot is where the way to a path has led: a chain up to the root that
// passes no link.
type futureSpot struct {
	vol  volume
	up   *futureSpot // nil at the root
	name string
	node futureNode  // nil when nothing is there
	fi   fs.FileInfo // of the node; nil where nothing is there and, until asked, at the root
}

func (s *futureSpot) exists() bool { return s.node != nil }
func (s *futureSpot) isLink() bool { return s.fi != nil && s.fi.Mode()&fs.ModeSymlink != 0 }

// isDir takes a root to be a folder until its storage says otherwise.
func (s *futureSpot) isDir() bool {
	return s.node != nil && (s.fi == nil && s.up == nil || s.fi != nil && s.fi.IsDir())
}

// parts is the canonical path below the root.
func (s *futureSpot) parts() []string {
	var p []string
	for ; s.up != nil; s = s.up {
		p = append(p, s.name)
	}
	slices.Reverse(p)
	return p
}

// path is the canonical path as text.
func (s *futureSpot) path() string { return s.vol.root + strings.Join(s.parts(), s.vol.sep) }

func (s *futureSpot) same(t *futureSpot) bool { return s.inside(t) && t.inside(s) }

// inside reports whether s is dir or lies below it.
func (s *futureSpot) inside(dir *futureSpot) bool {
	in, out := s.parts(), dir.parts()
	return s.vol.key == dir.vol.key && len(in) >= len(out) && slices.EqualFunc(in[:len(out)], out, func(a, b string) bool {
		return nameKey(a, s.vol.windows) == nameKey(b, s.vol.windows)
	})
}

func (t *futureTree) rootOf(v volume) *futureSpot {
	n := t.roots[v.key]
	if n == nil {
		n = &baseNode{fsys: t.base, path: v.root, sep: v.sep}
	}
	return &futureSpot{vol: v, node: n}
}

// put is the tree with n at s, or with nothing there if n is nil.
func (t *futureTree) put(s *futureSpot, n futureNode) *futureTree {
	for ; s.up != nil; s = s.up {
		n = withChild(s.up.node, s.name, n, s.vol.windows)
	}
	roots := make(map[string]futureNode, len(t.roots)+1)
	maps.Copy(roots, t.roots)
	roots[s.vol.key] = n
	return &futureTree{base: t.base, roots: roots}
}

// find resolves a path as a system call would: a closing separator asks for
// a folder and follows a link. When nothing but the last component is
// missing, the spot says where it would be and the error is nil.
func (t *futureTree) find(path string, followLast bool) (*futureSpot, error) {
	v, parts := splitVolume(path)
	return t.walk(t.rootOf(v), parts, followLast)
}

// place is find for the place of a step, where a closing separator says
// nothing.
func (t *futureTree) place(path string, followLast bool) (*futureSpot, error) {
	v, parts := splitVolume(path)
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "" || p == "." })
	return t.walk(t.rootOf(v), parts, followLast)
}

// follow is where the link at s leads.
func (t *futureTree) follow(s *futureSpot) (*futureSpot, error) {
	return t.walk(s.up, []string{s.name}, true)
}

// walk goes from cur, through links, to what todo names.
func (t *futureTree) walk(cur *futureSpot, todo []string, followLast bool) (*futureSpot, error) {
	for hops := 0; len(todo) > 0; {
		if !cur.isDir() {
			return nil, syscall.ENOTDIR
		}
		name := todo[0]
		todo = todo[1:]
		if name == ".." && cur.up != nil {
			cur = cur.up
		}
		if name == "" || name == "." || name == ".." {
			continue
		}
		next := &futureSpot{vol: cur.vol, up: cur, name: name}
		var err error
		next.node, next.fi, err = cur.node.child(name)
		if errors.Is(err, fs.ErrNotExist) {
			if len(todo) > 0 {
				return nil, syscall.ENOENT
			}
			_, err := cur.settled() // a root that is not there has no room for anything
			return next, err
		}
		if err != nil {
			return nil, err
		}
		if !next.isLink() || len(todo) == 0 && !followLast {
			cur = next
			continue
		}
		if hops++; hops > overlayHops {
			return nil, syscall.ELOOP
		}
		text, err := next.node.readlink()
		if err != nil {
			return nil, err
		}
		v, parts, abs := cur.vol.splitLink(text)
		if abs {
			cur = t.rootOf(v)
		}
		todo = append(parts, todo...)
	}
	return cur.settled()
}

// settled is s with its description, which the way down does without at the
// root. Other readers may be at s: it does not change.
func (s *futureSpot) settled() (*futureSpot, error) {
	if s.fi != nil {
		return s, nil
	}
	fi, err := s.node.lstat()
	if err != nil {
		return nil, err
	}
	return &futureSpot{vol: s.vol, node: s.node, fi: fi}, nil
}

// volume is what the absolute paths of one tree begin with: "/", a drive or
// a share.
type volume struct {
	root    string // as spelled, with its closing separator
	key     string // equal for equal volumes
	sep     string // between names when the storage is asked
	windows bool
}

// splitVolume cuts a path into its volume and its components, which may be
// empty, "." and "..".
func splitVolume(p string) (volume, []string) {
	drive := len(p) > 1 && p[1] == ':' && 'a' <= p[0]|0x20 && p[0]|0x20 <= 'z'
	if !drive && !strings.HasPrefix(p, `\\`) {
		return volume{root: "/", key: "/", sep: "/"}, strings.Split(p, "/")
	}
	v := volume{sep: `\`, windows: true}
	if strings.Contains(p, "/") && !strings.Contains(p, `\`) {
		v.sep = "/"
	}
	slashed := strings.ReplaceAll(p, `\`, "/")
	if drive {
		v.root, slashed = p[:2]+v.sep, slashed[2:]
		v.key = strings.ToLower(p[:2])
		return v, strings.Split(slashed, "/")
	}
	host, rest, _ := strings.Cut(strings.TrimLeft(slashed, "/"), "/")
	share, rest, _ := strings.Cut(rest, "/")
	v.root = `\\` + host + `\` + share + `\`
	v.key = strings.ToLower(v.root)
	return v, strings.Split(rest, "/")
}

// splitLink cuts a link text that stands in v. On Windows an absolute text
// may leave out the drive, or name another.
func (v volume) splitLink(text string) (to volume, parts []string, abs bool) {
	if v.windows {
		if to, parts = splitVolume(text); to.windows {
			return to, parts, true
		}
		text = strings.ReplaceAll(text, `\`, "/")
	}
	return v, strings.Split(text, "/"), strings.HasPrefix(text, "/")
}

// nameKey is equal for names that are one name to the storage.
func nameKey(name string, windows bool) string {
	if windows {
		return strings.ToLower(name)
	}
	return name
}
