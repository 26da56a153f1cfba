package cluster

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sync/errgroup"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/internal/serverxml"
	"github.com/deploycluster/deploycluster/internal/words"
	"github.com/deploycluster/deploycluster/props"
)

// loadWorkers bounds how many members are read at the same time.
const loadWorkers = 16

// Load reads every member. The error is a *TopologyError or that of a done
// context; whatever else goes wrong leaves the member partly read, with the
// reason in its Gaps: a storage that World.FS does not hold among them.
//
// A done context ends Load at once. Calls of a file system that does not answer,
// and of World.Password, may go on for a while after that; their results are
// dropped.
//
// The number of file-system calls does not depend on how much the servers
// store: Load never descends into the repository, the plugins or the logs.
func Load(ctx context.Context, t Topology, w World) (*Cluster, error) {
	if err := t.Validate(); err != nil {
		return nil, err
	}
	t.Nodes = slices.Clone(t.Nodes)
	c := &Cluster{Topology: t, Members: make([]*Member, len(t.Nodes)), world: w}
	loaded := make(chan error, 1)
	go func() { loaded <- c.load(ctx, new(storeCache)) }()
	select {
	case err := <-loaded:
		if err != nil {
			return nil, err
		}
		return c, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// load fills in the members, in parallel.
func (c *Cluster) load(ctx context.Context, cache *storeCache) error {
	t := &c.Topology
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(loadWorkers)
	for i := range t.Nodes {
		if t.Nodes[i].Role == "" {
			t.Nodes[i].Role = RoleMember
		}
		g.Go(func() error {
			m, err := loadMember(gctx, t.Nodes[i], c.world, cache)
			c.Members[i] = m
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	shareOpened(c.Members)
	for _, m := range c.Members {
		m.TLS, m.Home = m.tlsKey(), m.home()
	}
	return nil
}

// loader collects one member's facts; its methods add gaps instead of
// failing.
type loader struct {
	*Member
	// tls are the passwords in server.xml, in the order of its connectors.
	tls *[]serverxml.Passwords
}

// loadMember's error is only ever that of the context.
func loadMember(ctx context.Context, n Node, w World, cache *storeCache) (*Member, error) {
	view := w.View(n)
	m := &Member{Node: n, view: view.remembering()}
	defer func() { m.view = view }()
	l := loader{m, new([]serverxml.Passwords)}
	var err error
	if m.Real, err = m.view.Resolve(n.Install); err != nil {
		l.gap(n.Install, err)
		return m, ctx.Err()
	}
	switch {
	case m.Real.Info == nil && m.Real.Place.Storage == "":
		l.gap(n.Install, ErrNotLocated) // a folder above the mounts: none shows its content
		return m, ctx.Err()
	case m.Real.Info != nil && !m.Real.Info.IsDir():
		l.gap(n.Install, &fs.PathError{Op: "open", Path: n.Install, Err: syscall.ENOTDIR})
		return m, ctx.Err()
	}
	for _, step := range []func(){
		l.version, l.properties, l.java, l.owned, l.classpath, l.serverXML, l.markers, l.drivers, l.folders, l.keystores,
	} {
		if err := ctx.Err(); err != nil {
			return m, err
		}
		step()
	}
	if err := l.appData(ctx); err != nil {
		return m, err
	}
	if err := l.stores(ctx, w, cache); err != nil {
		return m, err
	}
	slices.SortStableFunc(m.Gaps, func(a, b Gap) int { return strings.Compare(a.Path, b.Path) })
	return m, ctx.Err()
}

// gap records what could not be read, once for each path.
func (l loader) gap(path string, err error) {
	if _, known := l.Gap(path); known {
		return
	}
	g := newGap(path, err)
	l.Gaps = append(l.Gaps, g)
	if l.gapAt == nil {
		l.gapAt = map[string]Gap{}
	}
	l.gapAt[foldPath(path)] = g
}

// gapUnlessMissing is gap for what need not be there.
func (l loader) gapUnlessMissing(path string, err error) {
	if !errors.Is(err, fs.ErrNotExist) {
		l.gap(path, err)
	}
}

// exists reports whether something is at a path.
func (l loader) exists(path string) bool {
	_, err := l.view.Stat(path)
	if err != nil {
		l.gapUnlessMissing(path, err)
	}
	return err == nil
}

func (l loader) version() {
	path := l.VersionPath()
	v, pos, err := l.installedVersion(path)
	if err != nil {
		l.gap(path, err)
		return
	}
	l.Version, l.VersionPos = v, pos
}

// installedVersion reads a version file: a properties file with the key
// installed.version. (Installers 6.2.1.1 and 7.0.0.) The text is returned as it
// stands, with blanks; whether it can be read as a version is not asked.
func (l loader) installedVersion(path string) (version string, pos props.Position, err error) {
	data, err := readBounded(l.view, path)
	if err != nil {
		return "", pos, err
	}
	lacks := func(reason string, err error) error {
		if problem := textProblem(data); problem != "" {
			return damaged(path, problem)
		}
		return &FileError{Path: path, Kind: GapNoVersion, Reason: reason, Err: err}
	}
	f, err := props.Parse(path, data)
	if err != nil {
		return "", pos, lacks(reasonOf(err), err)
	}
	e, ok := f.Lookup("installed.version")
	switch {
	case !ok:
		return "", pos, lacks("has no key installed.version", nil)
	case strings.TrimSpace(e.Value) == "":
		return "", pos, lacks("has an empty installed.version", nil)
	}
	return e.Value, e.Pos, nil
}

func (l loader) properties() {
	l.Installed = l.parse(l.InstalledPath(), true)
	l.Secured = l.parse(l.SecuredPath(), product.In(l.Version, product.Since(product.Passwords, product.SecuredProperties), ""))
	l.Database = l.database()
}

func (l loader) parse(path string, required bool) *props.File {
	data, err := readBounded(l.view, path)
	if err == nil {
		var f *props.File
		if f, err = parseText(path, data); err == nil {
			return f
		}
	}
	if required {
		l.gap(path, err)
	} else {
		l.gapUnlessMissing(path, err)
	}
	return nil
}

func (l loader) classpath() {
	path := l.ClasspathPath()
	data, err := readUpTo(l.view, path, maxLines)
	if err != nil {
		l.gap(path, err)
		return
	}
	l.Classpath = parseClasspath(path, data)
	l.linePlaces()
}

func (l loader) markers() { l.ServerPID = l.exists(l.InInstall("var/server.pid")) }

// maxNames bounds the folder of database drivers, in entries. Real ones have a
// dozen.
const maxNames = 10_000

func (l loader) drivers() {
	path := l.InInstall("lib/ext")
	names, err := fsx.ReadNames(l.view, path, maxNames)
	if err != nil {
		l.gap(path, err)
		return
	}
	sizes := map[string]int64{}
	for _, n := range names {
		if !strings.HasSuffix(strings.ToLower(n), ".jar") {
			continue
		}
		l.Drivers = append(l.Drivers, n)
		jar := serverpath.Join(path, n)
		fi, err := l.view.Stat(jar)
		switch {
		case err != nil:
			l.gap(jar, err)
		case !fi.Mode().IsRegular():
			l.gap(jar, &fs.PathError{Op: "read", Path: jar, Err: fsx.ErrNotRegular})
		default:
			sizes[n] = fi.Size()
		}
	}
	slices.Sort(l.Drivers)
	l.DriverSizes = sizes
}

// tempDir finds the temporary folder, or where it would be made. On the way there
// ".." is taken by its text.
func (l loader) tempDir(path string) {
	r, err := l.view.Resolve(path)
	if err != nil {
		path = serverpath.Clean(path)
		r, err = l.nearest(path, func(err error) bool { return errors.Is(err, fs.ErrNotExist) })
	}
	if err != nil {
		l.gap(path, err)
	}
	l.TempDir = r
}

// folders finds what must not lie on the shared storage. A folder that is not
// there is no gap: the server makes it.
func (l loader) folders() {
	path := l.InInstall("conf/server")
	if r, err := l.view.Resolve(path); err == nil {
		l.ConfServer = r
	} else {
		l.gapUnlessMissing(path, err)
	}
	if v := l.Value(KeyTempDir); v != "" {
		l.tempDir(appdata.ResolvePath(l.Node.Install, words.Clip(v)))
	}
}
