package strictfs

import (
	"io/fs"
	"os"
	"syscall"
)

func linkError(op, oldname, newname string, err error) error {
	return &os.LinkError{Op: op, Old: oldname, New: newname, Err: err}
}

// Rename is rename(2), or os.Rename where Options.RenameAsOS says so: the new
// name is replaced in one step, links are moved and not followed, a name
// cannot move to another volume (EXDEV) or a folder below itself (EINVAL).
func (f *FS) Rename(oldname, newname string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.rename(oldname, newname); err != nil {
		return linkError("rename", oldname, newname, err)
	}
	return nil
}

// Place is Rename that replaces nothing, as renameat2 with RENAME_NOREPLACE.
func (f *FS) Place(oldname, newname string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, err := f.find(oldname, noFollow)
	if err == nil {
		if _, there := f.find(newname, noFollow); there == nil {
			err = syscall.EEXIST
		}
	}
	if err == nil {
		err = f.rename(oldname, newname)
	}
	if err != nil {
		return linkError("rename", oldname, newname, err)
	}
	return nil
}

func (f *FS) rename(oldname, newname string) error {
	if f.opt.RenameAsOS {
		if n, err := f.find(newname, noFollow); err == nil && n.isDir() {
			switch o, err := f.find(oldname, noFollow); {
			case err != nil:
				return err
			case oldname == newname || o != n: // else the spelling of one name changes
				return syscall.EEXIST
			}
		}
	}
	from, err := f.walk(oldname, nameOnly)
	if err != nil {
		return err
	}
	to, err := f.walk(newname, nameOnly)
	if err != nil {
		return err
	}
	n, over := from.node, to.node
	switch {
	case from.mount() != to.mount():
		return syscall.EXDEV
	case from.last != lastName || to.last != lastName:
		return syscall.EBUSY
	case from.dir.vol.ReadOnly:
		return syscall.EROFS
	case from.long:
		return syscall.ENAMETOOLONG
	case n == nil:
		return syscall.ENOENT
	case n.fixed:
		return syscall.EXDEV
	case to.long:
		return syscall.ENAMETOOLONG
	case !n.isDir() && (from.slash || to.slash):
		return syscall.ENOTDIR
	case to.within(n):
		return syscall.EINVAL
	case over != nil && from.within(over):
		return syscall.ENOTEMPTY
	case n == over && (from.dir != to.dir || from.name == to.name || to.dir.vol.key(from.name) != to.dir.vol.key(to.name)):
		return nil // two names of one file: POSIX leaves both
	case over != nil && n.isDir() && !over.isDir():
		return syscall.ENOTDIR
	case over != nil && !n.isDir() && over.isDir():
		return syscall.EISDIR
	case from.under != nil || to.under != nil:
		return syscall.EBUSY
	case over != nil && over != n && len(over.entries) > 0:
		return syscall.ENOTEMPTY
	}
	if err := to.dir.vol.may(to.name); err != nil {
		return err
	}
	f.move(n, from, to)
	return nil
}

// move gives a node another name, in the place of what has that name.
func (f *FS) move(n *inode, from, to spot) {
	over := to.node
	f.touch(n)
	n.ctime = n.vol.cut(f.now())
	gone := f.put(from.dir, from.name, nil)
	made := f.put(to.dir, to.name, n)
	if n.isDir() {
		from.dir.nlink--
		to.dir.nlink++
	}
	if over != nil && over != n {
		if over.isDir() {
			to.dir.nlink--
		}
		f.unlink(over)
	}
	f.recordRename(n, gone, made)
}

// Link makes newname a second name of the file oldname. A symbolic link gets
// the second name itself, as link(2) does; a folder cannot have two (EPERM).
func (f *FS) Link(oldname, newname string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.hardLink(oldname, newname); err != nil {
		return linkError("link", oldname, newname, err)
	}
	return nil
}

func (f *FS) hardLink(oldname, newname string) error {
	from, err := f.walk(oldname, noFollow)
	if err == nil && from.node == nil {
		err = syscall.ENOENT
	}
	if err != nil {
		return err
	}
	n := from.node
	to, err := f.walk(newname, nameOnly)
	switch {
	case err != nil:
		return err
	case to.long:
		return syscall.ENAMETOOLONG
	case to.last != lastName || to.node != nil:
		return syscall.EEXIST
	case to.slash:
		return syscall.ENOENT
	case to.dir.vol.ReadOnly:
		return syscall.EROFS
	case from.mount() != to.mount():
		return syscall.EXDEV
	case n.isDir():
		return syscall.EPERM
	}
	if err := to.dir.vol.may(to.name); err != nil {
		return err
	}
	f.touch(n)
	n.nlink++
	n.ctime = n.vol.cut(f.now())
	f.record(NameAdded, f.put(to.dir, to.name, n))
	return nil
}

// SymlinkIfPossible makes newname a symbolic link to oldname, which need not
// exist and is kept as it is written.
func (f *FS) SymlinkIfPossible(oldname, newname string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.symlink(oldname, newname); err != nil {
		return linkError("symlink", oldname, newname, err)
	}
	return nil
}

func (f *FS) symlink(oldname, newname string) error {
	switch {
	case oldname == "":
		return syscall.ENOENT
	case len(oldname) >= maxPath:
		return syscall.ENAMETOOLONG
	}
	for i := 0; i < len(oldname); i++ {
		if oldname[i] == 0 {
			return syscall.EINVAL
		}
	}
	sp, err := f.newName(newname, false)
	if err != nil {
		return err
	}
	if sp.dir.vol.NoSymlinks {
		return syscall.EPERM
	}
	n := f.newInode(sp.dir.vol, modeLink|0o777)
	n.nlink, n.target = 1, oldname
	f.record(NameAdded, f.put(sp.dir, sp.name, n))
	return nil
}

// ReadlinkIfPossible gives the text of a symbolic link; EINVAL for anything
// else.
func (f *FS) ReadlinkIfPossible(name string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.find(name, noFollow)
	if err == nil && !n.isLink() {
		err = syscall.EINVAL
	}
	if err != nil {
		return "", pathError("readlink", name, err)
	}
	return n.target, nil
}

// Mknod makes a special file: the type bits of mode are ModeNamedPipe,
// ModeSocket or ModeDevice with or without ModeCharDevice, else EINVAL.
func (f *FS) Mknod(path string, mode fs.FileMode) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch mode.Type() {
	case fs.ModeNamedPipe, fs.ModeSocket, fs.ModeDevice, fs.ModeDevice | fs.ModeCharDevice:
	default:
		return pathError("mknod", path, syscall.EINVAL)
	}
	sp, err := f.newName(path, false)
	if err != nil {
		return pathError("mknod", path, err)
	}
	n := f.newInode(sp.dir.vol, mode.Type()|mode&modeBits)
	n.nlink = 1
	f.record(NameAdded, f.put(sp.dir, sp.name, n))
	return nil
}
