package plan

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
)

// item is one thing found under a source, in the order of the walk.
type item struct {
	rel  string // slash path below the root, empty for the root itself
	path string // in the storage
	info fs.FileInfo
	link string // the text of a link that is kept
	in   string // the storage
	fsys afero.Fs
}

// maxDepth bounds how deep folders may nest. Paths of real servers have a
// dozen components.
const maxDepth = 200

// walker goes through a source in a fixed order: folders before what they
// hold, names in byte order. It holds the names of one folder per level and
// nothing else in memory.
type walker struct {
	fsys    afero.Fs
	exclude []string
	// follow makes links count as what they lead to.
	follow bool
	// resolve finds what a link leads to, as the server sees it; nil without
	// follow.
	resolve func(world map[string]afero.Fs, link cluster.Place) (cluster.Place, error)
	world   map[string]afero.Fs
	in      string // the storage that fsys is
	// avoid is the target: a source that holds it would be copied into
	// itself. target is what it is, nil while it does not exist.
	avoid  cluster.Place
	target fs.FileInfo
	// unreadable is asked about a folder or link that cannot be read; nil
	// makes the walk fail.
	unreadable func(rel string, err error) error
	visit      func(item) error
	// after is called when a folder's content has been visited.
	after func(item) error
	// ahead is how many names are looked at side by side; on a network
	// storage every look is a round trip. Up to 1 looks at one after another.
	ahead int
}

// aheadNames is how many names of a folder are looked at before the first of
// them is visited, for each that is looked at at the same time.
const aheadNames = 16

func (w *walker) walk(ctx context.Context, root string) error {
	info, err := lstat(w.fsys, root)
	if err != nil {
		return err
	}
	return w.one(ctx, item{path: root, info: info, in: w.in, fsys: w.fsys}, nil)
}

func (w *walker) one(ctx context.Context, it item, above []fs.FileInfo) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if it.info.Mode()&fs.ModeSymlink != 0 {
		return w.link(ctx, it, above)
	}
	if it.info.IsDir() && sameFile(it.info, w.target) {
		return w.failed(it, &SameStorageError{Source: cluster.Place{Storage: it.in, Path: it.path}, Target: w.avoid})
	}
	if err := w.visit(it); err != nil {
		return err
	}
	if !it.info.IsDir() {
		return nil
	}
	if len(above) >= maxDepth {
		return w.failed(it, &fs.PathError{Op: "walk", Path: it.path, Err: errors.New("folders are nested too deeply")})
	}
	list, err := names(it.fsys, it.path)
	if err != nil {
		return w.failed(it, err)
	}
	slices.Sort(list)
	look := w.lookAhead(it, list)
	for i, name := range list {
		rel := name
		if it.rel != "" {
			rel = it.rel + "/" + name
		}
		if slices.Contains(w.exclude, rel) {
			continue
		}
		path := child(cluster.Place{Path: it.path}, name).Path
		info, err := look(i)
		if err != nil {
			if err := w.failed(item{rel: rel, path: path}, err); err != nil {
				return err
			}
			continue
		}
		if err := w.one(ctx, item{rel: rel, path: path, info: info, in: it.in, fsys: it.fsys}, append(above, it.info)); err != nil {
			return err
		}
	}
	if w.after != nil {
		return w.after(it)
	}
	return nil
}

// lookAhead returns a function that tells what the names of a folder are, asked
// for one after another.
func (w *walker) lookAhead(it item, list []string) func(i int) (fs.FileInfo, error) {
	look := func(i int) (fs.FileInfo, error) {
		return lstat(it.fsys, child(cluster.Place{Path: it.path}, list[i]).Path)
	}
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
	if !w.follow {
		if it.link, err = readlink(it.fsys, it.path); err != nil {
			return w.failed(it, err)
		}
		return w.visit(it)
	}
	place, err := w.resolve(w.world, cluster.Place{Storage: it.in, Path: it.path})
	if err != nil {
		return w.failed(it, err)
	}
	if w.avoid.Path != "" && placesOverlap(place, w.avoid) {
		return w.failed(it, errors.New("leads to the target, or to a folder that holds it"))
	}
	to := w.world[place.Storage]
	if to == nil {
		return w.failed(it, cluster.ErrNotLocated)
	}
	info, err := to.Stat(place.Path)
	if err != nil {
		return w.failed(it, err)
	}
	for _, up := range above {
		if sameFile(up, info) {
			return w.failed(it, errors.New("leads back to a folder above it"))
		}
	}
	it.path, it.info, it.in, it.fsys = place.Path, info, place.Storage, to
	return w.one(ctx, it, above)
}

// leads finds where the link at a place leads as the server reads it: an
// absolute text is a path of the server, and its mounts count.
func leads(n cluster.Node) func(map[string]afero.Fs, cluster.Place) (cluster.Place, error) {
	return func(world map[string]afero.Fs, link cluster.Place) (cluster.Place, error) {
		path, ok := serverPath(n, link)
		if !ok {
			return cluster.Place{}, cluster.ErrNotLocated
		}
		r, err := cluster.NewView(n, cluster.World{FS: world}).Resolve(path)
		if err != nil {
			return cluster.Place{}, plain(err)
		}
		return r.Place, nil
	}
}

// serverPath is a path by which the server sees a place: Node.Locate read
// backwards.
func serverPath(n cluster.Node, p cluster.Place) (string, bool) {
	path, best := "", -1
	for _, m := range n.Mounts {
		root := strings.TrimRight(m.Root, `/\`)
		if len(root) > best && placeIn(cluster.Place{Storage: m.Storage, Path: root}, p) {
			path, best = appdata.Join(m.Path, strings.TrimLeft(p.Path[len(root):], `/\`)), len(root)
		}
	}
	return path, best >= 0
}
