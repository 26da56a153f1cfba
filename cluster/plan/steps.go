package plan

import (
	"io/fs"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/props"
)

// steps turns the analysis into steps, phase by phase.
func (b *builder) steps() {
	if !b.ready {
		return
	}
	if b.p.AlreadyShared {
		b.edits()
		return
	}
	b.people(PhasePrepare, "populate-before", nil)
	b.copies()
	b.write("rescan", Step{Phase: PhasePopulate, Action: ActionRescan}, nil)
	if b.m.Scheme == appdata.Linked {
		b.links()
	}
	b.edits()
	b.mentions()
	b.people(PhaseSwitch, "populate-after", nil)
	b.people(PhaseRetire, "wait", nil)
	b.retire()
}

// target spells a path below the new application data folder as the server
// writes it.
func (b *builder) inTarget(rel string) string {
	if rel == "" {
		return serverpath.Clean(b.t.AppData)
	}
	return serverpath.Join(b.t.AppData, rel)
}

// copies makes the folders and copies, conf/installed.version last.
func (b *builder) copies() {
	made := map[string]bool{}
	mkdir := func(rel string, like cluster.Resolved, source string) {
		if made[rel] {
			return
		}
		made[rel] = true
		mode := fs.FileMode(0o755)
		if like.Info != nil && like.Info.Mode().Perm() != 0 {
			mode = like.Info.Mode() & modeBits
		}
		b.add(Step{
			Phase: PhasePopulate, Action: ActionMakeDir, Kind: appdata.Dir, Mode: mode, Source: source,
			From: like.Place, ServerFrom: like.Path, To: child(b.to.place, rel), ServerTo: b.inTarget(rel),
		})
	}
	whole, root := len(b.moves) > 0 && b.moves[0].rel == "", b.m.Real
	if whole {
		root = b.m.AppDataReal
	}
	mkdir("", root, srcSeed)
	for i, mv := range b.moves {
		for _, up := range folders(mv.rel) {
			if whole && i > 0 && b.folderHas(up) {
				continue // the folder comes with the whole
			}
			mkdir(up, b.like(up), srcSeed+", the folder layout")
		}
		if mv.absent {
			first, _, _ := strings.Cut(mv.rel, "/")
			mkdir(mv.rel, b.like(first), srcHA)
			continue
		}
		b.add(Step{
			Phase: PhasePopulate, Action: ActionCopy, Kind: mv.kind, Copies: copyID(mv.rel), Exclude: mv.exclude,
			From: mv.from.place, To: child(b.to.place, mv.rel), ServerFrom: mv.from.server, ServerTo: b.inTarget(mv.rel),
			Why: mv.why, Source: mv.source,
		})
	}
}

// copyID names a copy until steps have numbers.
func copyID(rel string) string { return "copy:" + rel }

// folderHas reports whether the folder that moves as a whole has a folder of
// that name.
func (b *builder) folderHas(rel string) bool {
	fi, err := b.v.Stat(serverpath.Join(b.m.AppData, rel))
	return err == nil && fi.IsDir()
}

// like is the folder of the server whose mode and owner a new folder takes:
// the one of the same name, or the installation folder.
func (b *builder) like(rel string) cluster.Resolved {
	r, err := b.v.Resolve(b.m.InInstall(rel))
	if err != nil || r.Info == nil || !r.Info.IsDir() {
		return b.m.Real
	}
	return r
}

// folders are the folders above a slash path, outermost first.
func folders(rel string) []string {
	var out []string
	for i, c := range rel {
		if c == '/' {
			out = append(out, rel[:i])
		}
	}
	return out
}

// links puts links in the place of the originals, for servers that have no
// server.appdata.dir.
func (b *builder) links() {
	for _, mv := range b.moves {
		if mv.keep {
			continue
		}
		if mv.link.exists() {
			mv.from = mv.link
		}
		s := Step{
			Phase: PhaseSwitch, Action: ActionLink, Kind: mv.kind, Copies: copyID(mv.rel),
			From: mv.from.place, To: child(b.to.place, mv.rel), ServerFrom: mv.from.server, ServerTo: b.inTarget(mv.rel),
		}
		if mv.absent {
			s.Copies = ""
		}
		b.add(s)
	}
}

// edits are the changes of configuration files: secured file, classpath.conf,
// and installed.properties last, which is the commit point.
func (b *builder) edits() {
	set := b.settings()
	if f := b.m.Secured; f != nil {
		also := slices.DeleteFunc(slices.Clone(set), func(s setting) bool { _, has := f.Lookup(s.Key); return !has })
		b.edit(b.m.SecuredPath(), f.Bytes(), &FileChange{Set: different(f, also)},
			"this file sets the key as well, and both must say the same")
	}
	if c := b.m.Classpath; c != nil && b.m.Scheme != appdata.Linked {
		var text []byte
		for _, l := range c {
			text = append(text, l.Raw...)
		}
		moved, add := b.classpathChanges()
		b.edit(b.m.ClasspathPath(), text, classpathEdit(c, b.confKeyword(), moved, add),
			"the launcher uses these absolute paths as they are written; an upgrade of the same version would rewrite them, and this edit does so now")
	}
	f := b.m.Installed
	why, last := "the server reads it at its next start", different(f, set)
	if slices.ContainsFunc(last, func(s setting) bool { return s.Key != cluster.KeyMultiserver }) {
		why = "from its next start the server uses the new place; that is why this file is changed last"
	}
	b.edit(b.m.InstalledPath(), f.Bytes(), &FileChange{Set: last}, why)
}

// different are the settings that a file does not have yet, with what it has.
func different(f *props.File, set []setting) (out []setting) {
	for _, s := range set {
		e, has := f.Lookup(s.Key)
		if has && e.Value == s.Value {
			continue
		}
		if has {
			s.Old, s.Line = props.Redact(s.Key, e.Value), e.Pos.Line
		}
		out = append(out, s)
	}
	return out
}

func (b *builder) edit(path string, data []byte, e *FileChange, why string) {
	if e.empty() {
		return
	}
	s, err := followed(b.v, path)
	if err == nil {
		err = e.seal(path, data)
	}
	if err != nil || !s.exists() {
		b.refuse("PRP020", path, "give access to it", srcSafety, "has to be edited and cannot be: %v", plain(err))
		return
	}
	source := srcCode
	if len(e.Set) > 0 {
		source = e.Set[0].Source
	}
	b.add(Step{
		Phase: PhaseSwitch, Action: ActionEdit, Kind: appdata.File, Edit: e,
		From: s.place, ServerFrom: path, Why: why, Source: source, Inferred: len(e.Set) == 0,
	})
}

// settings are the properties that the server has to have.
func (b *builder) settings() []setting {
	var out []setting
	want := func(key, value, why, source string) {
		out = append(out, setting{Key: key, Value: value, Why: why, Source: source})
	}
	if b.m.Scheme != appdata.Linked {
		if !b.leads(cluster.KeyAppData, "", appdata.Resolve) {
			want(cluster.KeyAppData, b.inTarget(""), "tells the server where its application data is", srcSeed)
		}
		for _, key := range []string{cluster.KeyEncryptionStore, cluster.KeyServerStore} {
			if !b.leads(key, "conf/"+key, appdata.ResolvePath) {
				want(key, b.inTarget("conf/"+key),
					"this path is a separate property; left behind, it would let an upgrade make a new keystore at the old place", srcCode)
			}
		}
	}
	if v, _ := b.m.Property(cluster.KeyMultiserver); v.Value != "true" {
		want(cluster.KeyMultiserver, "true", "turns on what a cluster member does; every member needs it", srcConvert)
	}
	return out
}

// leads reports whether a property leads into the target already, by
// whatever spelling.
func (b *builder) leads(key, rel string, resolve func(install, value string) string) bool {
	v := b.m.Value(key)
	if v == "" {
		return false
	}
	path := resolve(b.m.Node.Install, v)
	if serverpath.Equal(path, b.inTarget(rel)) {
		return true
	}
	r, err := b.v.Resolve(path)
	return err == nil && r.Place == child(b.to.place, rel)
}

// classpathChanges are the folders of bin/classpath.conf that move, and the
// ones that the server needs in addition.
func (b *builder) classpathChanges() (moved []redirect, add []string) {
	to, old := b.inTarget(""), []string{b.m.AppData, b.m.AppDataReal.Path}
	switch {
	case b.m.Scheme != appdata.Folder:
		old, to = []string{b.m.InInstall("patches")}, b.inTarget("patches")
	case b.p.AlreadyShared:
		old = []string{b.m.InInstall("appdata")}
		if r, err := b.v.Resolve(old[0]); err == nil && r.Place == b.to.place {
			old = nil // it is the target itself
		}
	}
	for _, from := range old {
		if from != "" && !serverpath.Equal(from, to) {
			moved = append(moved, redirect{from, to})
		}
	}
	if b.m.Scheme == appdata.InInstall {
		add = []string{b.inTarget("conf"), b.inTarget("conf/server")}
	}
	return moved, add
}

// confKeyword is the keyword by which the file names its conf folder.
func (b *builder) confKeyword() string {
	for _, l := range b.m.Classpath {
		if l.Keyword != "" && serverpath.Equal(l.Value, b.m.InInstall("conf")) {
			return l.Keyword
		}
	}
	return "dir"
}

// retire renames the originals aside, and then deletes them.
func (b *builder) retire() {
	var list [2][]Step // first all that is renamed, then all that is deleted
	for _, mv := range b.moves {
		if mv.keep || mv.absent {
			continue
		}
		s := Step{
			Kind: mv.kind, Copies: copyID(mv.rel), From: mv.from.place, ServerFrom: mv.from.server,
			To: child(b.to.place, mv.rel), ServerTo: b.inTarget(mv.rel),
		}
		if mv.link.exists() {
			s.From, s.Copies = mv.link.place, ""
		}
		if b.m.Scheme != appdata.Linked {
			s.Phase, s.Action = PhaseRetire, ActionRetire
			list[0] = append(list[0], s)
		}
		s.Phase, s.Action = PhasePurge, ActionPurge
		list[1] = append(list[1], s)
	}
	for _, s := range slices.Concat(list[:]...) {
		b.add(s)
	}
}
