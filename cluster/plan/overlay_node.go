package plan

import (
	"io"
	"io/fs"
	"maps"
	"syscall"
	"time"

	"github.com/spf13/afero"
)

// futureNode is what stands at a place in the future: a file, a folder with
// all that is below it, or a link. It never changes, does not know where it
// stands, and may stand at many places. Errors carry no path.
type futureNode interface {
	// lstat describes the thing itself. Its place has the name, not it.
	lstat() (fs.FileInfo, error)
	// child is what a folder holds by that name; fs.ErrNotExist if nothing.
	child(name string) (futureNode, fs.FileInfo, error)
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
	fi, err := lstat(n.fsys, n.path)
	if err != nil {
		return nil, plain(err)
	}
	return infoOf("", fi), nil
}

func (n *baseNode) child(name string) (futureNode, fs.FileInfo, error) {
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
		return nil, plain(err)
	}
	defer f.Close()
	list, err := f.Readdirnames(-1)
	return list, plain(err)
}

func (n *baseNode) readlink() (string, error) {
	r, ok := n.fsys.(afero.LinkReader)
	if !ok {
		return "", afero.ErrNoReadlink
	}
	text, err := r.ReadlinkIfPossible(n.path)
	return text, plain(err)
}

func (n *baseNode) open() (fileContent, error) {
	f, err := n.fsys.Open(n.path)
	if err != nil {
		return nil, plain(err)
	}
	return f, nil
}

// plannedNode is a new file, link or empty folder.
type plannedNode struct {
	info futureInfo
	data []byte
	text string
}

func (n *plannedNode) lstat() (fs.FileInfo, error)                   { return n.info, nil }
func (n *plannedNode) child(string) (futureNode, fs.FileInfo, error) { return nil, nil, syscall.ENOENT }
func (n *plannedNode) names() ([]string, error)                      { return nil, nil }
func (n *plannedNode) readlink() (string, error)                     { return n.text, nil }
func (n *plannedNode) open() (fileContent, error)                    { return newMemContent(n.data), nil }

// layerNode is a folder in which some names hold something else than below.
type layerNode struct {
	futureNode // below
	windows    bool
	over       map[string]layerEntry // by nameKey
}

// layerEntry is what stands under a name; no node: nothing any more.
type layerEntry struct {
	name string
	node futureNode
}

// withChild is dir with n under name, or with nothing there if n is nil.
func withChild(dir futureNode, name string, n futureNode, windows bool) futureNode {
	l := &layerNode{futureNode: dir, windows: windows, over: map[string]layerEntry{}}
	if below, ok := dir.(*layerNode); ok {
		l = &layerNode{futureNode: below.futureNode, windows: below.windows, over: maps.Clone(below.over)}
	}
	l.over[nameKey(name, l.windows)] = layerEntry{name, n}
	return l
}

func (n *layerNode) child(name string) (futureNode, fs.FileInfo, error) {
	e, ok := n.over[nameKey(name, n.windows)]
	if !ok {
		return n.futureNode.child(name)
	}
	if e.node == nil {
		return nil, nil, syscall.ENOENT
	}
	fi, err := e.node.lstat()
	return e.node, fi, err
}

func (n *layerNode) names() ([]string, error) {
	below, err := n.futureNode.names()
	if err != nil {
		return nil, err
	}
	list := make([]string, 0, len(below)+len(n.over))
	for _, name := range below {
		if _, ok := n.over[nameKey(name, n.windows)]; !ok {
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

// futureInfo describes what stands at a place. Sys is that of the storage's
// own FileInfo, nil for what is new.
type futureInfo struct {
	name string
	size int64
	mode fs.FileMode
	time time.Time
	sys  any
}

// infoOf is fi under the name that the future gives it.
func infoOf(name string, fi fs.FileInfo) futureInfo {
	return futureInfo{name, fi.Size(), fi.Mode(), fi.ModTime(), fi.Sys()}
}

func (i futureInfo) Name() string       { return i.name }
func (i futureInfo) Size() int64        { return i.size }
func (i futureInfo) Mode() fs.FileMode  { return i.mode }
func (i futureInfo) ModTime() time.Time { return i.time }
func (i futureInfo) IsDir() bool        { return i.mode.IsDir() }
func (i futureInfo) Sys() any           { return i.sys }
