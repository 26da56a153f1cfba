package strictfs

import (
	"hash/fnv"
	"io/fs"
	"sort"
	"strings"
	"syscall"
	"time"
)

const (
	modeDir  = fs.ModeDir
	modeLink = fs.ModeSymlink
	// modeBits are the bits that Chmod can change.
	modeBits = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky
)

// inode is a file, folder, link or special file; names live in folders.
type inode struct {
	meta
	ino     uint64
	vol     *volume
	nlink   int
	opens   int // open handles; the space of a removed file is freed at the last close
	denied  bool
	fixed   bool   // its rename is EXDEV
	target  string // of a symbolic link
	data    []byte // of a file
	entries map[string]entry
	mounted *inode // what is mounted on this folder

	// A name this inode has or had, for messages only: hard links have more.
	parent *inode
	name   string

	saved   *saved    // what is on disk, while that differs from the fields above
	changes []*change // name changes of this folder that are not durable yet
}

// meta is what Chmod, Chown and Chtimes change.
type meta struct {
	mode                fs.FileMode
	uid, gid            int
	atime, mtime, ctime time.Time
}

// entry is a name in a folder. The map key is the name as the volume compares
// names; here is its spelling. A nil node means that there is no such name.
type entry struct {
	name string
	node *inode
}

func (n *inode) isDir() bool  { return n.mode&modeDir != 0 }
func (n *inode) isLink() bool { return n.mode&modeLink != 0 }
func (n *inode) isFile() bool { return n.mode.IsRegular() }

// size is what FileInfo.Size reports; folders have the fixed size of one block.
func (n *inode) size() int64 {
	switch {
	case n.isDir():
		return 4096
	case n.isLink():
		return int64(len(n.target))
	}
	return int64(len(n.data))
}

// newInode makes an inode that no folder names yet, and counts it.
func (f *FS) newInode(vol *volume, mode fs.FileMode) *inode {
	f.nextIno++
	n := &inode{ino: f.nextIno, vol: vol}
	if vol.FixedModes && mode&(modeLink|fs.ModeDevice) == 0 {
		mode = mode&^modeBits | 0o644
		if mode&modeDir != 0 {
			mode |= 0o111
		}
	}
	t := vol.cut(f.now())
	n.meta = meta{mode: mode, uid: vol.UID, gid: vol.GID, atime: t, mtime: t, ctime: t}
	if n.isDir() {
		n.entries = map[string]entry{}
	}
	vol.files++
	return n
}

// cut rounds a time down to what the volume can store.
func (v *volume) cut(t time.Time) time.Time {
	t = t.Round(0)
	if v.TimeStep > 0 {
		t = t.Truncate(v.TimeStep)
	}
	return t
}

// room says whether one more inode may be made.
func (v *volume) room() error {
	if v.MaxFiles > 0 && v.files >= v.MaxFiles {
		return syscall.ENOSPC
	}
	return nil
}

// fits cuts a wished growth in bytes to what the quota leaves.
func (v *volume) fits(grow int64) int64 {
	if v.MaxBytes <= 0 || grow <= 0 {
		return grow
	}
	return min(grow, max(v.MaxBytes-v.bytes, 0))
}

func (v *volume) maxFileSize() int64 {
	if v.MaxFileSize > 0 {
		return v.MaxFileSize
	}
	return defaultMaxFileSize
}

// key is a name as this volume compares names.
func (v *volume) key(name string) string {
	if !v.CaseInsensitive {
		return name
	}
	return strings.ToLower(strings.ToUpper(name))
}

// may says whether a new name may be made on this volume.
func (v *volume) may(name string) error {
	if v.SMBNames && !smbName(name) {
		return syscall.EINVAL
	}
	return nil
}

// smbName says whether Windows accepts a file name: no control characters, none
// of "*/:<>?\|, no blank or dot at the end, and no device name such as NUL or
// com1.txt.
func smbName(name string) bool {
	for i := 0; i < len(name); i++ {
		if c := name[i]; c < 0x20 || strings.IndexByte(`"*/:<>?\|`, c) >= 0 {
			return false
		}
	}
	if name == "" || strings.HasSuffix(name, ".") || strings.HasSuffix(name, " ") {
		return false
	}
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	switch stem = strings.TrimRight(stem, " "); stem {
	case "CON", "PRN", "AUX", "NUL":
		return false
	}
	if len(stem) == 4 && (strings.HasPrefix(stem, "COM") || strings.HasPrefix(stem, "LPT")) {
		return stem[3] < '1' || stem[3] > '9'
	}
	return true
}

// lookup finds a name in a folder; a nil node means that there is none.
func (n *inode) lookup(name string) entry { return n.entries[n.vol.key(name)] }

// names lists a folder in an order that is stable but not sorted, as hashed
// folders on a disk are: code that needs an order must sort.
func (n *inode) names() []string {
	type hashed struct {
		hash uint64
		name string
	}
	all := make([]hashed, 0, len(n.entries))
	for _, e := range n.entries {
		h := fnv.New64a()
		_, _ = h.Write([]byte(e.name)) // a hash does not fail
		all = append(all, hashed{h.Sum64(), e.name})
	}
	sort.Slice(all, func(i, j int) bool {
		if all[i].hash != all[j].hash {
			return all[i].hash < all[j].hash
		}
		return all[i].name < all[j].name
	})
	list := make([]string, len(all))
	for i, h := range all {
		list[i] = h.name
	}
	return list
}

// put makes name point at node in dir, or takes the name away where node is
// nil, and returns the edit for the record of name changes.
func (f *FS) put(dir *inode, name string, node *inode) edit {
	key := dir.vol.key(name)
	e := edit{dir: dir, key: key, old: dir.entries[key]}
	if node == nil {
		delete(dir.entries, key)
	} else {
		e.new = entry{name, node}
		dir.entries[key] = e.new
		node.parent, node.name = dir, name
	}
	f.touch(dir)
	t := dir.vol.cut(f.now())
	dir.mtime, dir.ctime = t, t
	return e
}

// unlink counts one name of node less. The space of a file without names is
// freed when its last handle closes.
func (f *FS) unlink(node *inode) {
	f.touch(node)
	node.ctime = node.vol.cut(f.now())
	node.nlink--
	if node.isDir() {
		node.nlink = 0
	}
	f.release(node)
}

// release gives back the space of an inode that has neither names nor handles.
func (f *FS) release(node *inode) {
	if node.nlink > 0 || node.opens > 0 {
		return
	}
	delete(f.dirty, node)
	node.vol.files--
	node.vol.bytes -= int64(len(node.data))
}

// path is a path of the inode, for messages.
func (n *inode) path() string {
	if n.parent == nil {
		return "/"
	}
	var parts []string
	for c := n; c.parent != nil; c = c.parent {
		if parts = append(parts, c.name); len(parts) > 4096 {
			break // a folder below itself cannot be, but messages must end
		}
	}
	var b strings.Builder
	for i := len(parts) - 1; i >= 0; i-- {
		b.WriteByte('/')
		b.WriteString(parts[i])
	}
	return b.String()
}

func pathError(op, path string, err error) error {
	return &fs.PathError{Op: op, Path: path, Err: err}
}
