package cluster

import (
	"strings"

	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// mountTable is a node's mounts, prepared for paths that are absolute and
// clean, as a View walks them: one separator, no dots, none doubled.
type mountTable []mountEntry

type mountEntry struct {
	path    string // clean, with the separator of the node's paths
	sep     byte
	windows bool
	mount   Mount
}

func newMountTable(n Node) mountTable {
	t := make(mountTable, 0, len(n.Mounts))
	for _, m := range n.Mounts {
		e := mountEntry{sep: '/', windows: n.Windows(), mount: m}
		if e.windows {
			e.sep = '\\'
		}
		root, parts := serverpath.Root(serverpath.Clean(n.mountPath(m)))
		for _, part := range parts {
			if part != "" {
				root = serverpath.Child(root, part)
			}
		}
		e.path = root
		t = append(t, e)
	}
	return t
}

// below returns what follows folder in path, without a separator at its
// beginning; ok is false when path is neither folder nor in it.
func (e mountEntry) below(folder, path string) (rest string, ok bool) {
	if len(path) < len(folder) {
		return "", false
	}
	head := path[:len(folder)]
	if head != folder && !(e.windows && strings.EqualFold(head, folder)) {
		return "", false
	}
	rest = path[len(folder):]
	switch {
	case rest == "", folder != "" && folder[len(folder)-1] == e.sep:
		return rest, true
	case rest[0] == e.sep:
		return rest[1:], true
	}
	return "", false
}

// locate is Node.Locate for clean paths.
func (t mountTable) locate(path string) (Place, bool) {
	best := -1
	rel := ""
	for i, e := range t {
		rest, ok := e.below(e.path, path)
		if ok && (best < 0 || len(e.path) > len(t[best].path)) {
			best, rel = i, rest
		}
	}
	if best < 0 {
		return Place{}, false
	}
	m := t[best].mount
	return Place{Storage: m.Storage, Path: serverpath.JoinStorage(m.Root, rel)}, true
}

// point reports whether path is where a mount begins.
func (t mountTable) point(path string) bool {
	for _, e := range t {
		if rest, ok := e.below(e.path, path); ok && rest == "" {
			return true
		}
	}
	return false
}

// above reports whether path is a folder that holds a mount, or is one: the
// server sees it even when no storage shows it.
func (t mountTable) above(path string) bool {
	for _, e := range t {
		if _, ok := e.below(path, e.path); ok {
			return true
		}
	}
	return false
}
