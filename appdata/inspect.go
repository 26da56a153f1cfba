package appdata

import (
	"errors"
	"io/fs"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

// inspect reads what stands at name, which goes into the tree as p. ok is false
// if nothing stands there.
func inspect(fsys afero.Fs, name, p string) (n Node, ok bool) {
	n.Path = p
	info, err := fsx.Lstat(fsys, name)
	switch {
	case fsx.Nowhere(err):
		return n, false
	case err != nil:
		n.Err = err
		return n, true
	}
	n.Kind = kindOf(info.Mode())
	n.describe(info)
	if n.Kind != Link {
		return n, true
	}
	target, err := fsx.Readlink(fsys, name)
	if err != nil && !errors.Is(err, afero.ErrNoReadlink) {
		n.Err = err
	}
	n.LinkTarget = target
	switch info, err := fsys.Stat(name); {
	case fsx.Nowhere(err):
		n.TargetKind = Missing
	case err != nil:
		n.Err = err
	default:
		n.TargetKind = kindOf(info.Mode())
		n.describe(info)
	}
	return n, true
}

func (n *Node) describe(info fs.FileInfo) {
	n.Size, n.Mode, n.ModTime = info.Size(), info.Mode(), info.ModTime()
}

func kindOf(m fs.FileMode) Kind {
	switch {
	case m.IsDir():
		return Dir
	case m.IsRegular():
		return File
	case m&fs.ModeSymlink != 0:
		return Link
	}
	return Special
}
