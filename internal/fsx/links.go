package fsx

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/spf13/afero"
)

// MaxHops is how many links one path may pass, as on Linux.
const MaxHops = 40

// ErrLink is wrapped by the errors of [Follow] about a link whose target cannot
// be determined.
var ErrLink = errors.New("the path is a link that cannot be followed safely")

// Follow returns the path of the file that path leads to and its description.
// The links above the last name are followed by the file system itself. fi is
// nil where nothing has the name path. A link that leads nowhere is an error.
func Follow(fsys afero.Fs, path string) (target string, fi fs.FileInfo, err error) {
	target = path
	for range MaxHops + 1 {
		fi, err = LstatListed(fsys, target)
		switch {
		case errors.Is(err, fs.ErrNotExist) && target == path:
			return target, nil, nil
		case errors.Is(err, fs.ErrNotExist):
			return "", nil, fmt.Errorf("%w: it leads to %s: %w", ErrLink, target, fs.ErrNotExist)
		case err != nil:
			return "", nil, err
		case fi.Mode()&fs.ModeSymlink == 0:
			return target, fi, nil
		}
		to, err := Readlink(fsys, target)
		switch {
		case err != nil:
			return "", nil, fmt.Errorf("%w: %w", ErrLink, err)
		case to == "":
			return "", nil, fmt.Errorf("%w: it is empty", ErrLink)
		}
		target = beside(target, to)
	}
	return "", nil, fmt.Errorf("%w: more than %d links follow each other", ErrLink, MaxHops)
}

// beside places a link's text beside the link. Nothing is shortened: what ".."
// means behind a linked folder, the file system knows.
func beside(link, to string) string {
	if to[0] == '/' || to[0] == '\\' || len(to) > 1 && to[1] == ':' {
		return to
	}
	dir, _ := Split(link)
	return dir + to
}

// Tree is what [Walk] goes through. P is a place in it.
type Tree[P any] interface {
	// Child looks at a name in a folder and returns its place. Where nothing has
	// the name, the place says where it would be and the error wraps
	// fs.ErrNotExist.
	Child(dir P, name string) (P, error)
	// Parent returns the folder that a place was reached through; a root is its
	// own parent.
	Parent(at P) P
	IsDir(at P) bool
	IsLink(at P) bool
	Readlink(at P) (string, error)
	// Begin returns where the text of a link in dir begins: in dir itself, or at
	// a root. parts are the components to go from there.
	Begin(dir P, text string) (at P, parts []string)
}

// Walk goes from a folder along the components in parts to what they name.
// Components that are empty or "." say that what was reached is a folder. A link
// at the end is followed if followLast is set, or if components follow it. When
// only the last component is missing, the error wraps fs.ErrNotExist and the
// place says where it would be. Other errors come with the zero P: those of the
// tree, syscall.ENOTDIR, ENOENT and, beyond [MaxHops] links, ELOOP.
func Walk[P any](t Tree[P], at P, parts []string, followLast bool) (P, error) {
	var none P
	for hops := 0; len(parts) > 0; {
		if !t.IsDir(at) {
			return none, syscall.ENOTDIR
		}
		name := parts[0]
		parts = parts[1:]
		switch name {
		case "", ".":
			continue
		case "..":
			at = t.Parent(at)
			continue
		}
		next, err := t.Child(at, name)
		switch {
		case err != nil && len(parts) == 0 && errors.Is(err, fs.ErrNotExist):
			return next, err
		case err != nil:
			return none, err
		case !t.IsLink(next) || len(parts) == 0 && !followLast:
			at = next
			continue
		}
		if hops++; hops > MaxHops {
			return none, syscall.ELOOP
		}
		text, err := t.Readlink(next)
		if err != nil {
			return none, err
		}
		begin, more := t.Begin(at, text)
		at, parts = begin, append(more, parts...)
	}
	return at, nil
}
