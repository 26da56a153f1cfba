package strictfs

import (
	"strings"
	"syscall"
)

// Limits of Linux, in bytes and links.
const (
	maxName = 255
	maxPath = 4096 // with the terminating zero byte
	maxHops = 40
)

// walkMode says what happens to the last component of a path.
type walkMode int

const (
	follow   walkMode = iota + 1 // stat, open, chmod: links are followed
	noFollow                     // lstat, readlink: a link is followed only if a slash stands behind it
	nameOnly                     // remove, rename, mkdir: the name itself, never followed
	creating                     // open with O_CREATE: as follow, but a slash behind the name is EISDIR
)

// lastKind says what the last component of a path is.
type lastKind int

const (
	lastName lastKind = iota + 1
	lastDot
	lastDotDot
	lastRoot
)

// place is a folder on the way, and the folder below the mount it belongs to
// (nil for the root volume).
type place struct {
	dir, mount *inode
}

// spot is where a path leads.
type spot struct {
	dirs  []place // the folders walked through, the root first; the last is dir
	dir   *inode
	name  string   // the last component
	last  lastKind // what kind that is
	slash bool     // the path has a slash behind the last component
	node  *inode   // nil where there is no such name
	under *inode   // the folder that node is mounted on
	long  bool     // with nameOnly: the name is longer than a name can be
}

// within says whether the spot's folder is n or lies below it.
func (s spot) within(n *inode) bool {
	for _, d := range s.dirs {
		if d.dir == n {
			return true
		}
	}
	return false
}

// mount tells which mount the spot's name is in: names cannot move between two,
// even if both show one volume.
func (s spot) mount() *inode { return s.dirs[len(s.dirs)-1].mount }

// unusable is the error of a path that no walk begins with.
func unusable(path string) error {
	switch {
	case path == "":
		return syscall.ENOENT
	case strings.IndexByte(path, 0) >= 0:
		return syscall.EINVAL
	case len(path) >= maxPath:
		return syscall.ENAMETOOLONG
	}
	return nil
}

// walk resolves a path component by component. A missing last component is no
// error: the spot then has a nil node. Errors are bare errnos.
func (f *FS) walk(path string, mode walkMode) (spot, error) {
	if err := unusable(path); err != nil {
		return spot{}, err
	}
	dirs := append(make([]place, 0, 16), place{dir: f.root})
	for rest, hops := path, 0; ; {
		dir := dirs[len(dirs)-1].dir
		rest = strings.TrimLeft(rest, "/")
		if rest == "" {
			return spot{dirs: dirs, dir: dir, last: lastRoot, node: dir}, nil
		}
		name, _, _ := strings.Cut(rest, "/")
		tail := rest[len(name):]
		last := strings.Trim(tail, "/") == ""
		if dir.denied {
			return spot{}, syscall.EACCES
		}
		if name == "." || name == ".." {
			kind := lastDot
			if name == ".." {
				kind = lastDotDot
				dirs = dirs[:max(1, len(dirs)-1)]
			}
			if last {
				dir = dirs[len(dirs)-1].dir
				return spot{dirs: dirs, dir: dir, last: kind, slash: tail != "", node: dir}, nil
			}
			rest = tail
			continue
		}
		if last && tail != "" && mode == creating {
			return spot{}, syscall.EISDIR
		}
		if len(name) > maxName {
			if last && mode == nameOnly {
				// The kernel looks a last name up after other checks.
				return spot{dirs: dirs, dir: dir, name: name, last: lastName, slash: tail != "", long: true}, nil
			}
			return spot{}, syscall.ENAMETOOLONG
		}
		node := dir.lookup(name).node
		var under *inode
		for node != nil && node.mounted != nil {
			under, node = node, node.mounted
		}
		if node != nil && node.isLink() && (!last || mode == follow || mode == creating || mode == noFollow && tail != "") {
			if hops++; hops > maxHops {
				return spot{}, syscall.ELOOP
			}
			if rest = node.target + tail; strings.HasPrefix(rest, "/") {
				dirs = dirs[:1]
			}
			continue
		}
		switch folder := node != nil && node.isDir(); {
		case node == nil && !last:
			return spot{}, syscall.ENOENT
		case node != nil && !folder && (!last || tail != "" && mode != nameOnly):
			return spot{}, syscall.ENOTDIR
		case last:
			return spot{dirs: dirs, dir: dir, name: name, last: lastName, slash: tail != "", node: node, under: under}, nil
		}
		mount := dirs[len(dirs)-1].mount
		if under != nil {
			mount = under
		}
		dirs = append(dirs, place{node, mount})
		rest = tail
	}
}

// find is walk for callers that need something to be there.
func (f *FS) find(path string, mode walkMode) (*inode, error) {
	sp, err := f.walk(path, mode)
	if err == nil && sp.node == nil {
		err = syscall.ENOENT
	}
	return sp.node, err
}

// newName is walk for callers that are about to make a name: what is there is
// EEXIST, and a slash behind a name is allowed for folders only.
func (f *FS) newName(path string, folder bool) (spot, error) {
	sp, err := f.walk(path, nameOnly)
	switch {
	case err != nil:
	case sp.long:
		err = syscall.ENAMETOOLONG
	case sp.last != lastName || sp.node != nil:
		err = syscall.EEXIST
	case sp.slash && !folder:
		err = syscall.ENOENT
	case sp.dir.vol.ReadOnly:
		err = syscall.EROFS
	default:
		if err = sp.dir.vol.may(sp.name); err == nil {
			err = sp.dir.vol.room()
		}
	}
	return sp, err
}
