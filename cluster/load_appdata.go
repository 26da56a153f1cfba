package cluster

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/internal/reserved"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/internal/words"
)

// appData finds the application data folder and what stands in it.
func (l loader) appData(ctx context.Context) error {
	ver := l.Version
	if !product.Valid(ver) {
		ver = l.borrowedVersion()
	}
	scheme, err := appdata.Detect(ver, l.Node.Install, l.Installed)
	if err != nil {
		return ctx.Err() // the file behind it has its gap, or holds another text
	}
	l.Scheme, l.AppData = scheme, serverpath.Clean(l.Node.Install)
	if scheme == appdata.Folder {
		l.AppData = appdata.Resolve(l.Node.Install, words.Clip(l.Value(KeyAppData)))
	}
	if l.Layout, err = appdata.Layout(ver, scheme); err != nil {
		return ctx.Err()
	}
	if l.AppDataReal, err = l.view.Resolve(l.AppData); err != nil {
		l.gap(l.AppData, err)
	} else if l.Tree, err = appdata.Scan(ctx, l.view, l.AppData, l.Layout); err != nil {
		l.gap(l.AppData, err)
	} else {
		l.Checked = appdata.Check(l.Tree, l.Layout)
		l.nodeGaps(l.Tree, l.AppData)
		l.items()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	l.Local = l.Tree
	if scheme == appdata.Folder {
		l.originals(ctx, ver)
	}
	l.setAside()
	l.standardStores()
	l.twins()
	l.sharedMarkers()
	return ctx.Err()
}

// borrowedVersion is the shared version file's text, for a server whose own
// file was moved away: its application data can still be judged.
func (l loader) borrowedVersion() string {
	if v := l.Value(KeyAppData); v != "" {
		path := serverpath.Join(appdata.Resolve(l.Node.Install, words.Clip(v)), "conf/installed.version")
		if ver, _, err := l.installedVersion(path); err == nil {
			return ver
		}
	}
	return ""
}

// nodeGaps records what a scan met and could not read.
func (l loader) nodeGaps(t *appdata.Tree, root string) {
	if t.Self.Err != nil {
		l.gap(root, t.Self.Err)
	}
	for _, n := range t.Nodes {
		if n.Err != nil {
			l.gap(serverpath.Join(root, n.Path), n.Err)
		}
	}
}

func (l loader) items() {
	l.Items = make([]ItemPlace, 0, len(l.Layout))
	for _, it := range l.Layout {
		if _, ok := l.Tree.Node(it.Path); !ok {
			continue
		}
		p := ItemPlace{Item: it, Path: serverpath.Join(l.AppData, it.Path)}
		p.Real, p.Err = l.view.Resolve(p.Path)
		l.Items = append(l.Items, p)
	}
}

// originals scans the places that application data may have come from.
func (l loader) originals(ctx context.Context, ver string) {
	local, err := appdata.Layout(ver, appdata.InInstall)
	if err != nil {
		return
	}
	if l.Local, err = appdata.Scan(ctx, l.view, l.Node.Install, local); err != nil {
		l.gap(l.Node.Install, err)
	} else {
		l.nodeGaps(l.Local, l.Node.Install)
	}
	path := l.InInstall("appdata")
	r, err := l.view.Resolve(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && r.Place == l.AppDataReal.Place, serverpath.Equal(path, l.AppData):
		return
	case err != nil:
		l.gap(path, err)
		return
	case r.Info != nil && !r.Info.IsDir():
		return
	}
	if l.Default, err = appdata.Scan(ctx, l.view, path, l.Layout); err != nil {
		l.gap(path, err)
		return
	}
	l.nodeGaps(l.Default, path)
}

// setAside collects what a move has set aside, and follows the links that
// stand where originals would.
func (l loader) setAside() {
	l.Links = map[string]Resolved{}
	for _, t := range []*appdata.Tree{l.Local, l.Default} {
		if t == nil {
			continue
		}
		for _, n := range t.Nodes {
			if n.Kind == appdata.Link && l.Scheme == appdata.Folder {
				if r, err := l.view.Resolve(serverpath.Join(t.Root, n.Path)); err == nil {
					l.Links[serverpath.Join(t.Root, n.Path)] = r
				}
			}
			if strings.Contains(n.Path, reserved.RetiredMark) {
				l.Retired = append(l.Retired, serverpath.Join(t.Root, n.Path))
			}
		}
	}
	slices.Sort(l.Retired)
}

// twins compares single files with their originals, as long as both stand.
// Folders are not compared: that would read all of them.
func (l loader) twins() {
	if l.Scheme != appdata.Folder || l.Tree == nil {
		return
	}
	for _, it := range l.Layout {
		shared, ok := l.Tree.Node(it.Path)
		if it.Kind != appdata.File || it.Transfer != appdata.Move || !ok || shared.Actual() != appdata.File {
			continue
		}
		for _, t := range []*appdata.Tree{l.Local, l.Default} {
			original, ok := t.Node(it.Path)
			if !ok || original.Actual() != appdata.File {
				continue
			}
			o := ItemPlace{Item: it, Path: serverpath.Join(t.Root, it.Path)}
			copied := serverpath.Join(l.AppData, it.Path)
			a, errA := l.view.Resolve(o.Path)
			b, errB := l.view.Resolve(copied)
			if errA == nil && errB == nil && a.Place == b.Place {
				continue // a link to the copy
			}
			o.Real = a
			o.Same, o.Err = sameFile(l.view, o.Path, copied)
			l.Originals = append(l.Originals, o)
		}
	}
}

func (l loader) sharedMarkers() {
	shared := serverpath.Join(l.AppData, "conf/installed.version")
	v, pos, err := l.installedVersion(shared)
	switch {
	case err == nil:
		l.SharedVersion, l.SharedVersionPos = v, pos
	case errors.Is(err, fs.ErrNotExist):
		l.SharedVersionMissing = true
	case l.Scheme == appdata.Folder || l.AppDataReal.Place != l.Real.Place:
		l.gap(shared, err)
	}
	l.Incomplete = l.exists(serverpath.Join(l.AppData, "incomplete.tmp"))
}
