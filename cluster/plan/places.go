package plan

import (
	"strings"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan/internal/mover"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// below is the slash path of a place below the target.
func (p *Plan) below(at cluster.Place) string {
	return strings.ReplaceAll(strings.Trim(strings.TrimPrefix(at.Path, p.To.Path), `/\`), `\`, "/")
}

// item is what a Copy step moves.
func (p *Plan) item(s Step) mover.Item {
	it := mover.Item{
		ID: s.ID, From: s.From, To: p.below(s.To), Exclude: s.Exclude, Others: p.notOfCopy(s),
		Original: s.ServerFrom, Copy: s.ServerTo, Follow: p.Target.links() == LinksFollow,
		Writer: func(rel string) string { return writer(s, rel) },
	}
	for _, o := range p.Steps {
		if o.Copies == s.ID && o.From == s.From && o.Aside.Path != "" {
			it.Aside, it.Purging = o.Aside.Path, purgingName(s.From.Path, p.ID)
		}
	}
	return it
}

// original is what a Retire or Purge step puts aside or deletes.
func (p *Plan) movedItem(s Step) mover.Item {
	it := mover.Item{From: s.From, To: p.below(s.To), Original: s.ServerFrom, Copy: s.ServerTo}
	for c := range p.of(ActionCopy) {
		if c.ID == s.Copies {
			it = p.item(c)
			it.From, it.Original = s.From, s.ServerFrom
		}
	}
	it.Aside, it.Purging = s.Aside.Path, purgingName(s.From.Path, p.ID)
	return it
}

// entries are those of the server's layout.
func (p *Plan) entries() []appdata.Item {
	items, _ := appdata.Layout(p.Version, p.Scheme) // a plan was made for a version and scheme that have one
	return items
}

// layout are the slash paths of the layout's folders inside an item.
func (p *Plan) layout(it mover.Item) (list []string) {
	seen := map[string]bool{"": true}
	for _, l := range p.entries() {
		rel, ok := strings.CutPrefix("/"+l.Path, strings.TrimSuffix("/"+it.To, "/")+"/")
		if !ok {
			continue
		}
		if l.Kind != appdata.Dir {
			rel = rel[:strings.LastIndexByte("/"+rel, '/')]
		}
		if rel = strings.Trim(rel, "/"); !seen[rel] {
			seen[rel] = true
			list = append(list, rel)
		}
	}
	return list
}

// writer names what usually writes at a path, so that a person knows what to
// stop.
func writer(s Step, rel string) string {
	path := strings.ReplaceAll(s.ServerFrom, `\`, "/") + "/" + rel
	for _, w := range []struct{ part, who string }{
		{"/logs/", "the server's processes"},
		{"/var/repository/", "CodeStation imports or uploads"},
		{"/var/plugins/", "the installation of a plugin"},
		{"encryption.keystore", "a key tool"},
		{"server.keystore", "the server, when an agent's certificate is added"},
		{"/var/sa/", "the server"},
	} {
		if strings.Contains(path, w.part) {
			return w.who
		}
	}
	return ""
}

// leads finds where the link at a place leads as the server reads it: an
// absolute text is a path of the server, and its mounts count.
func leads(n cluster.Node) func(map[string]afero.Fs, cluster.Place) (cluster.Place, error) {
	return func(world map[string]afero.Fs, link cluster.Place) (cluster.Place, error) {
		path, ok := serverPath(n, link)
		if !ok {
			return cluster.Place{}, cluster.ErrNotLocated
		}
		r, err := cluster.World{FS: world}.View(n).Resolve(path)
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
			path, best = serverpath.Join(m.Path, strings.TrimLeft(p.Path[len(root):], `/\`)), len(root)
		}
	}
	return path, best >= 0
}
