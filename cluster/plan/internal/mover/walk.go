package mover

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/fileowner"
	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// item is one thing found by a walk.
type item struct {
	rel  string      // slash path below the root, empty for the root itself
	dir  *dir        // the folder that holds it
	name string      // in dir; empty for a root that has no folder above it
	self *dir        // of a folder: itself, open while its content is visited
	info fs.FileInfo // nil where a plain file is expected and was not looked at
	link string      // the text of a link that is not followed
}

// Path is the item's path in its storage.
func (it item) path() string { return fsx.Join(it.dir.Path(), it.name) }

// folder reports whether the item was seen to be one.
func (it item) folder() bool { return it.info != nil && it.info.IsDir() }

func (it item) open() (fsx.File, error) { return it.dir.openSeen(it.name, it.info) }

// maxDepth bounds how deep folders may nest. Paths of real servers have a dozen
// components.
const maxDepth = 200

// walker goes through a folder in a fixed order: folders before what they hold,
// names in byte order. It holds the names of one folder per level and nothing
// else in memory.
type walker struct {
	// exclude are slash paths that are passed over, with all that is below.
	exclude []string
	// aside, where set, is what names at the top end in: an original that could
	// not be renamed as a whole. Names without it are passed over.
	aside string
	// follow finds what a link leads to, and source opens folders there; nil
	// leaves links as they are.
	follow func(link cluster.Place) (cluster.Place, error)
	source func(at cluster.Place) (fsx.Folder, error)
	// avoid is the target: a source that holds it would be copied into itself.
	// target is what it is, nil while it does not exist.
	avoid  cluster.Place
	target fs.FileInfo
	// unreadable is asked about what cannot be read; nil makes the walk fail.
	unreadable func(rel string, err error) error
	// passing passes over names that are gone by the time they are looked at.
	passing bool
	visit   func(item) error
	// plain, where set, says where a plain file is expected, which visit looks at.
	plain func(rel string) bool
	// after is called when a folder's content has been visited.
	after func(item) error
	// mount is asked whether to enter a folder on which another storage, or
	// another part of this one, is mounted. probe is a name that exists nowhere;
	// without it mounts are not looked for.
	mount func(item) (enter bool, err error)
	probe string
	// part: the root is one entry of the application data, which is not to be a
	// mount point either.
	part bool
	// ahead is how many names are looked at side by side; on a network storage
	// every look is a round trip. Up to 1 looks at one after another.
	ahead int
}

// aheadNames is how many names of a folder are looked at before the first of
// them is visited, for each that is looked at at the same time.
const aheadNames = 16

// walk visits a name in a folder and all that is below it; without a name, the
// folder.
func (w *walker) walk(ctx context.Context, d *dir, name string) error {
	info, err := lstat(d, name)
	if err != nil {
		return err
	}
	return w.one(ctx, item{dir: d, name: name, info: info}, nil)
}

func (w *walker) one(ctx context.Context, it item, above []fs.FileInfo) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if it.info.Mode()&fs.ModeSymlink != 0 {
		return w.link(ctx, it, above)
	}
	if !it.info.IsDir() {
		return w.visit(it)
	}
	if fsx.Same(it.info, w.target) {
		return w.failed(it, &Error{Reason: SameStorage, Path: it.path(), Other: w.avoid.Path})
	}
	self := it.dir.hold()
	if it.name != "" {
		self.drop()
		var err error
		if self, err = it.dir.sub(it.name); err != nil {
			return w.failed(it, err)
		}
	}
	defer self.drop()
	it.self = self
	if (it.rel != "" || w.part && it.name != "") && w.probe != "" && w.mount != nil {
		inner, err := mounted(it.self, it.dir, w.probe)
		if err != nil {
			return w.failed(it, err)
		}
		if inner {
			if enter, err := w.mount(it); err != nil || !enter {
				return err
			}
		}
	}
	if err := w.visit(it); err != nil {
		return err
	}
	return w.inside(ctx, it, above)
}

// inside visits what a folder holds.
func (w *walker) inside(ctx context.Context, it item, above []fs.FileInfo) error {
	if len(above) >= maxDepth {
		return w.failed(it, &fs.PathError{Op: "walk", Path: it.path(), Err: errors.New("folders are nested too deeply")})
	}
	list, err := it.self.Names()
	if err != nil {
		return w.failed(it, err)
	}
	slices.Sort(list)
	if it.rel == "" && w.aside != "" {
		// In the order of the names that they had: a manifest has that.
		slices.SortStableFunc(list, func(a, b string) int { return strings.Compare(cutSuffix(a, w.aside), cutSuffix(b, w.aside)) })
	}
	look := w.lookAhead(it.self, list)
	for i, name := range list {
		rel := name
		if it.rel != "" {
			rel = it.rel + "/" + name
		} else if w.aside != "" {
			if rel = cutSuffix(name, w.aside); rel == "" {
				continue
			}
		}
		if slices.Contains(w.exclude, rel) {
			continue
		}
		if w.plain != nil && w.plain(rel) {
			if err := cmp.Or(ctx.Err(), w.visit(item{rel: rel, dir: it.self, name: name})); err != nil {
				return err
			}
			continue
		}
		info, err := look(i)
		if err != nil {
			if w.passing && missing(err) {
				continue
			}
			if err := w.failed(item{rel: rel, dir: it.self, name: name}, err); err != nil {
				return err
			}
			continue
		}
		if err := w.one(ctx, item{rel: rel, dir: it.self, name: name, info: info}, append(above, it.info)); err != nil {
			return err
		}
	}
	if w.after != nil {
		return w.after(it)
	}
	return nil
}

func mounted(self, above fsx.Folder, probe string) (bool, error) {
	is, _, err := Mounted(self, above, probe)
	return is, err
}

// Mounted reports whether a folder is a mount point: it has another device than
// the folder that holds it, above, or a name cannot be moved from one to the
// other. The move is of probe, a name that exists in neither, so nothing is ever
// moved; the system says first whether it could be. known is false where the
// storage does not tell; an error is that of a storage that could not be asked.
func Mounted(self, above fsx.Folder, probe string) (is, known bool, err error) {
	in, err1 := self.Stat()
	out, err2 := above.Stat()
	if err1 == nil && err2 == nil {
		x, ok1 := fileowner.Device(in)
		y, ok2 := fileowner.Device(out)
		if known = ok1 && ok2; known && x.Dev != y.Dev {
			return true, true, nil
		}
	}
	if d, ok := self.(*dir); ok {
		self = d.handle
	}
	if d, ok := above.(*dir); ok {
		above = d.handle
	}
	err = self.Rename(probe, above, probe)
	if errors.Is(err, syscall.EXDEV) {
		return true, true, nil
	}
	if missing(err) || errors.Is(err, syscall.EROFS) {
		return false, known, nil
	}
	var system syscall.Errno
	if errors.As(err, &system) && !cannot(err) {
		return false, false, err
	}
	return false, false, nil
}

// lookAhead returns a function that tells what the names of a folder are, asked
// for one after another.
func (w *walker) lookAhead(d *dir, list []string) func(i int) (fs.FileInfo, error) {
	look := func(i int) (fs.FileInfo, error) { return d.Lstat(list[i]) }
	if w.ahead <= 1 || len(list) == 1 {
		return look
	}
	type seen struct {
		info fs.FileInfo
		err  error
	}
	known, from := []seen(nil), 0
	return func(i int) (fs.FileInfo, error) {
		if i >= from+len(known) {
			from, known = i, make([]seen, min(len(list)-i, w.ahead*aheadNames))
			var wg sync.WaitGroup
			for k := range min(w.ahead, len(known)) {
				wg.Go(func() {
					for j := k; j < len(known); j += w.ahead {
						known[j].info, known[j].err = look(from + j)
					}
				})
			}
			wg.Wait()
		}
		s := &known[i-from]
		defer func() { *s = seen{} }() // what was visited needs no memory
		return s.info, s.err
	}
}

func (w *walker) failed(it item, err error) error {
	if w.unreadable != nil {
		return w.unreadable(it.rel, err)
	}
	return err
}

func (w *walker) link(ctx context.Context, it item, above []fs.FileInfo) error {
	var err error
	if w.follow == nil {
		if it.link, err = it.dir.Readlink(it.name); err != nil {
			return w.failed(it, err)
		}
		return w.visit(it)
	}
	place, err := w.follow(it.dir.place(it.name))
	if err != nil {
		return w.failed(it, err)
	}
	if w.avoid.Path != "" && (within(place, w.avoid) || within(w.avoid, place)) {
		return w.failed(it, errors.New("leads to the target, or to a folder that holds it"))
	}
	folder, name := serverpath.Split(place.Path)
	f, err := w.source(cluster.Place{Storage: place.Storage, Path: folder})
	if err != nil {
		return w.failed(it, err)
	}
	d := newDir(f, place.Storage)
	defer d.drop()
	info, err := lstat(d, name)
	if err != nil {
		return w.failed(it, err)
	}
	for _, up := range above {
		if fsx.Same(up, info) {
			return w.failed(it, errors.New("leads back to a folder above it"))
		}
	}
	it.dir, it.name, it.info = d, name, info
	return w.one(ctx, it, above)
}

// Entry is one thing that Walk met.
type Entry struct {
	Rel  string
	Info fs.FileInfo
	Link string // the text of a link that is not followed
	// Place is where it really is, once links were followed.
	Place cluster.Place
	// Open opens a plain file for reading.
	Open func() (fsx.File, error)
}

// Visitor is what Walk calls; every function may be nil.
type Visitor struct {
	Visit func(Entry) error
	// After is called when the content of a folder was visited.
	After func(rel string)
	// Unreadable is asked about what cannot be read; nil makes the walk fail.
	Unreadable func(rel string, err error) error
	// Mount is asked whether to enter a folder where another storage is mounted;
	// nil enters.
	Mount func(rel string) (enter bool)
}

// Walk goes through an original that is to be copied, and reads no content.
func (m *Mover) Walk(ctx context.Context, it Item, v Visitor) error {
	src, name, err := m.openSource(it)
	if err != nil {
		return err
	}
	defer src.drop()
	w, err := m.sourceWalker(it)
	if err != nil {
		return err
	}
	w.unreadable = v.Unreadable
	w.visit = func(x item) error {
		return v.Visit(Entry{Rel: x.rel, Info: x.info, Link: x.link, Place: x.dir.place(x.name), Open: x.open})
	}
	w.after = func(x item) error {
		if v.After != nil {
			v.After(x.rel)
		}
		return nil
	}
	w.mount = func(x item) (bool, error) { return v.Mount == nil || v.Mount(x.rel), nil }
	return w.walk(ctx, src, name)
}
