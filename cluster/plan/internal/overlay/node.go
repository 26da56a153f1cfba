package overlay

import (
	"bytes"
	"io"
	"io/fs"
	"maps"
	"syscall"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/fileowner"
	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// node is what is at a place in the future: a file, a folder with
// all that is below it, or a link. It never changes, does not know where it
// is, and may be at many places. Errors carry no path.
type node interface {
	// lstat describes the thing itself. Its place has the name, not it.
	lstat() (fs.FileInfo, error)
	// child is what a folder holds by that name; fs.ErrNotExist if nothing.
	child(name string) (node, fs.FileInfo, error)
	// names lists a folder, each name once, in no order.
	names() ([]string, error)
	readlink() (string, error)
	open() (fileContent, error)
}

// fileContent is an opened file.
type fileContent interface {
	io.Reader
	io.ReaderAt
	io.Seeker
	io.Closer
}

// baseNode is what the storage holds today at a path without links above it.
type baseNode struct {
	fsys      afero.Fs
	path, sep string
}

func (n *baseNode) lstat() (fs.FileInfo, error) {
	fi, err := fsx.Lstat(n.fsys, n.path)
	if err != nil {
		return nil, fsx.Cause(err)
	}
	return infoOf("", fi), nil
}

func (n *baseNode) child(name string) (node, fs.FileInfo, error) {
	c := &baseNode{fsys: n.fsys, path: n.path + n.sep + name, sep: n.sep}
	if len(n.path) > 0 && n.path[len(n.path)-1] == n.sep[0] {
		c.path = n.path + name // the root ends in a separator
	}
	fi, err := c.lstat()
	if err != nil {
		return nil, nil, err
	}
	return c, fi, nil
}

func (n *baseNode) names() ([]string, error) {
	f, err := n.fsys.Open(n.path)
	if err != nil {
		return nil, fsx.Cause(err)
	}
	defer f.Close()
	list, err := f.Readdirnames(-1)
	return list, fsx.Cause(err)
}

func (n *baseNode) readlink() (string, error) {
	text, err := fsx.Readlink(n.fsys, n.path)
	return text, fsx.Cause(err)
}

func (n *baseNode) open() (fileContent, error) {
	f, err := n.fsys.Open(n.path)
	if err != nil {
		return nil, fsx.Cause(err)
	}
	return f, nil
}

// plannedNode is a new file, link or empty folder.
type plannedNode struct {
	info fileInfo
	data []byte
	text string
}

func (n *plannedNode) lstat() (fs.FileInfo, error)             { return n.info, nil }
func (n *plannedNode) child(string) (node, fs.FileInfo, error) { return nil, nil, syscall.ENOENT }
func (n *plannedNode) names() ([]string, error)                { return nil, nil }
func (n *plannedNode) readlink() (string, error)               { return n.text, nil }
func (n *plannedNode) open() (fileContent, error)              { return memContent{bytes.NewReader(n.data)}, nil }

// layerNode is a folder in which some names hold something else than below.
type layerNode struct {
	node    // below
	windows bool
	over    map[string]layerEntry // by nameKey
}

// layerEntry is what is under a name; no node: nothing any more.
type layerEntry struct {
	name string
	node node
}

// withChild is dir with n under name, or with nothing there if n is nil.
func withChild(dir node, name string, n node, windows bool) node {
	l := &layerNode{node: dir, windows: windows, over: map[string]layerEntry{}}
	if below, ok := dir.(*layerNode); ok {
		l = &layerNode{node: below.node, windows: below.windows, over: maps.Clone(below.over)}
	}
	l.over[serverpath.FoldName(name, l.windows)] = layerEntry{name, n}
	return l
}

func (n *layerNode) child(name string) (node, fs.FileInfo, error) {
	e, ok := n.over[serverpath.FoldName(name, n.windows)]
	if !ok {
		return n.node.child(name)
	}
	if e.node == nil {
		return nil, nil, syscall.ENOENT
	}
	fi, err := e.node.lstat()
	return e.node, fi, err
}

func (n *layerNode) names() ([]string, error) {
	below, err := n.node.names()
	if err != nil {
		return nil, err
	}
	list := make([]string, 0, len(below)+len(n.over))
	for _, name := range below {
		if _, ok := n.over[serverpath.FoldName(name, n.windows)]; !ok {
			list = append(list, name)
		}
	}
	for _, e := range n.over {
		if e.node != nil {
			list = append(list, e.name)
		}
	}
	return list, nil
}

// fileInfo describes what is at a place. Sys is that of the storage's
// own FileInfo, nil for what is new.
type fileInfo struct {
	name string
	size int64
	mode fs.FileMode
	time time.Time
	sys  any
}

// newFile is the Sys of what is new: its device is known, its owner is not.
type newFile struct{ id fileowner.FileID }

func (n newFile) Identity() (fileowner.FileID, bool) { return n.id, true }

// newOn is the Sys of a new folder in another, nil where the storage does not
// tell devices. Its number is one that no storage gives. The caller holds o.mu.
func (o *World) newOn(folder *spot) any {
	fi := folder.fi
	if fi == nil {
		fi, _ = folder.node.lstat() // nil: then the device is not known either
	}
	id, ok := fileowner.Device(fi)
	if !ok {
		return nil
	}
	o.made++
	return newFile{fileowner.FileID{Dev: id.Dev, Ino: 1<<63 | o.made, Links: 1}}
}

// infoOf is fi under the name that the future gives it.
func infoOf(name string, fi fs.FileInfo) fileInfo {
	return fileInfo{name, fi.Size(), fi.Mode(), fi.ModTime(), fi.Sys()}
}

func (i fileInfo) Name() string       { return i.name }
func (i fileInfo) Size() int64        { return i.size }
func (i fileInfo) Mode() fs.FileMode  { return i.mode }
func (i fileInfo) ModTime() time.Time { return i.time }
func (i fileInfo) IsDir() bool        { return i.mode.IsDir() }
func (i fileInfo) Sys() any           { return i.sys }
