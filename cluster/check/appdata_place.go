package check

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/internal/words"
)

// appdataPlaceRules are about what leads to the application data, and what
// must not be in it.
func appdataPlaceRules() []Rule {
	return []Rule{
		{
			ID: "APP008", Title: "Keystores and properties files are not readable by everyone", Severity: Info,
			Source: srcField,
			What:   "A keystore, and a properties file that holds passwords, grants nothing to users outside its owner and group.",
			Avoid:  "Mode 0644, as a copy by hand leaves it.",
			Prefer: "Mode 0600, or 0640 where the group runs the server.",
			Why:    "The stores' passwords are often the well-known default, so reading the file is reading the keys; the passwords in the properties files can be decrypted by whoever has the server's files.",
			Member: checkModes,
		},
		{
			ID: "APP009", Title: "classpath.conf follows the application data", Severity: Warning, Stage: StageSettings,
			Source:  inferredFrom + srcCode70 + ", writing of classpath.conf",
			What:    "bin/classpath.conf takes patches from the application data folder and, unless that is the installation folder, names its conf and conf/server. Paths are compared by where they lead, not by their spelling.",
			Avoid:   "Changing server.appdata.dir alone: the file holds absolute paths.",
			Prefer:  "The lines that an installer writes for the new folder.",
			Why:     "The server still loads patches and settings from the old place, or none at all.",
			Edits:   "Replaces the former folder in these lines, removes one whose folder is named already, and appends the lines that are missing.",
			Assumes: []PremiseKind{PremisePath, PremiseFolder, PremiseAppData},
			Member:  checkClasspath,
		},
		{
			ID: "APP010", Title: "Links in the application data lead somewhere all members see", Severity: Warning,
			Source: inferredFrom + srcRelocate,
			What:   "A link in the place of an entry leads to something, and to the same on every member.",
			Avoid:  "A link into a folder of one machine, or to a volume that is not mounted.",
			Prefer: "The entry itself on the network storage, or the same mount on every member.",
			Why:    "A member whose link leads nowhere misses what the others have stored.",
			Member: checkLinks,
		},
		{
			ID: "APP012", Title: "What belongs to one server is not shared", Severity: Error, Stage: StageInstall,
			Source:  srcCluster + ", about this task",
			What:    "conf/server, the identity keystore, the temporary folder and the installation itself belong to one member.",
			Avoid:   "Linking conf/server between members, or installing on the shared storage.",
			Prefer:  "A separate installation on each machine, which shares the application data folder and nothing else.",
			Why:     "Each server has its own connection settings and identity; two servers that share them overwrite each other's.",
			Denies:  []PremiseKind{PremiseConfServer},
			Cluster: checkNotShared,
		},
	}
}

func checkModes(p *Pass, m *cluster.Member) {
	if m.Node.Windows() {
		if len(m.Keystores) > 0 {
			p.Unknown(m.Node.Install, "who may read the keystores and properties files is not told by this server's file modes", "a look at the files' permissions on the server")
		}
		return
	}
	looked := false
	seen := map[cluster.Place]bool{}
	for _, k := range append(slices.Clone(m.Keystores), m.Standard...) {
		if k.Guessed {
			p.Blocked(m, xmlPath(m))
		}
		if k.Info == nil || seen[k.Real.Place] {
			continue
		}
		seen[k.Real.Place], looked = true, true
		p.readable(k.Path, k.Info.Mode())
	}
	for _, o := range m.Owned {
		if (o.Path == m.InstalledPath() || o.Path == m.SecuredPath()) && holdsPasswords(m, o.Path) {
			looked = true
			p.readable(o.Path, o.Mode)
		}
	}
	switch {
	case looked:
	case m.Installed == nil:
		p.Blocked(m, m.InstalledPath())
	default:
		p.NotApplicable()
	}
}

// holdsPasswords reports that a properties file has a password with a value.
func holdsPasswords(m *cluster.Member, path string) bool {
	for _, f := range filesOf(m) {
		for e := range f.Entries() {
			if e.Pos.Name == path && passwordKey(e.Key) && e.Value != "" {
				return true
			}
		}
	}
	return false
}

// readable reports a file that every user of the machine can read.
func (p *Pass) readable(path string, mode fs.FileMode) {
	perm := mode.Perm()
	switch {
	case perm&0o111 != 0 && mode.IsRegular():
		p.Unknown(path, fmt.Sprintf("the mode %v is probably not the real one: SMB storages make modes up", perm), "a look at the permissions on the file server")
	case perm&0o004 != 0:
		f := Finding{Path: path, Fix: "chmod 600, as the user that the server runs as"}
		p.Report(f.predicate(fmt.Sprintf("has mode %v: every user of the machine can read it", perm)))
	}
}

func checkClasspath(p *Pass, m *cluster.Member) {
	if !p.scheme(m) {
		return
	}
	path := m.InInstall("bin/classpath.conf")
	if m.Classpath == nil {
		p.Blocked(m, path)
		return
	}
	var stale []cluster.ClasspathLine
	conf, confServer, any := false, false, false
	standard := m.InInstall("appdata")
	for _, l := range m.Classpath {
		if l.Keyword == "" || !serverpath.Abs(l.Value) {
			continue
		}
		any = true
		name := strings.ToLower(strings.TrimRight(l.Value, `/\`))
		switch {
		case staleLine(m, l.Value, standard) && leadsElsewhere(m, l):
			stale = append(stale, l)
		case strings.HasSuffix(name, "conf"):
			conf = conf || namesEntry(m, l, "conf")
		case strings.HasSuffix(name, "server"):
			confServer = confServer || namesEntry(m, l, "conf/server")
		}
	}
	if !any {
		p.Unknown(path, "holds no line that this library knows", "the file as the installer writes it")
		return
	}
	f := Finding{Path: path, Fix: "replace the old folder by " + m.AppData + " in these lines, or let the installer write the file by an upgrade of the same version"}
	var lacks []string
	if m.Scheme == appdata.Folder && !conf {
		lacks = append(lacks, serverpath.Join(m.AppData, "conf"))
	}
	if m.Scheme == appdata.Folder && !confServer {
		lacks = append(lacks, serverpath.Join(m.AppData, "conf/server"))
	}
	switch {
	case len(stale) > 0:
		f.Pos = stale[0].Pos
		f = f.predicate("names folders that are not in the application data folder " + words.Quote(m.AppData))
		for _, l := range stale {
			f.Related = append(f.Related, Related{Node: m.Node.Name, Path: path, Pos: l.Pos, Message: words.Quote(l.Value)})
		}
		if len(lacks) > 0 {
			f.Message += ", and lacks lines for " + words.List(lacks)
		}
	case len(lacks) > 0:
		f = f.predicate("lacks lines for " + words.List(lacks))
		f.Fix = "append them, with the keyword of the line for " + m.InInstall("conf")
	default:
		return
	}
	f.Edits = classpathEdits(m, stale)
	p.Assume(PremisePath.Of(m), PremiseFolder.Of(m), PremiseAppData.Of(m)).Report(f)
}

// classpathEdits are the edits after which the file follows the application data:
// stale lines lead to the same entry of the present folder, unless another line
// does, and the lines for conf and conf/server of a separate folder are there.
func classpathEdits(m *cluster.Member, stale []cluster.ClasspathLine) (out []cluster.Edit) {
	if len(stale) > maxEdits {
		return nil // each is compared with all others
	}
	edit := func(op, key, value string) {
		out = append(out, cluster.Edit{Node: m.Node.Name, File: "classpath", Op: op, Key: key, Value: value})
	}
	type entry struct{ keyword, path string }
	var here []entry
	keyword := "dir"
	for _, l := range m.Classpath {
		switch {
		case l.Keyword == "" || slices.ContainsFunc(stale, func(s cluster.ClasspathLine) bool { return s.Pos == l.Pos }):
			continue
		case serverpath.Equal(l.Value, m.InInstall("conf")):
			keyword = l.Keyword
		}
		for _, rel := range []string{"patches", "conf", "conf/server"} {
			if namesEntry(m, l, rel) {
				here = append(here, entry{l.Keyword, serverpath.Join(m.AppData, rel)})
			}
		}
		here = append(here, entry{l.Keyword, l.Value})
	}
	// A folder may stand in the file once for each of several keywords.
	has := func(keyword, path string) bool {
		return slices.ContainsFunc(here, func(h entry) bool {
			return (keyword == "" || h.keyword == keyword) && serverpath.Equal(h.path, path)
		})
	}
	for _, l := range stale {
		line := strings.TrimRight(l.Raw, "\r\n")
		path := serverpath.Join(m.AppData, formerEntry(m, l.Value))
		if has(l.Keyword, path) {
			edit("remove", line, "")
			continue
		}
		here = append(here, entry{l.Keyword, path})
		at := l.Pos.Column - 1
		edit("set", line, line[:at]+path+line[at+len(l.Value):])
	}
	for _, rel := range []string{"conf", "conf/server"} {
		if path := serverpath.Join(m.AppData, rel); m.Scheme == appdata.Folder && !has("", path) {
			edit("append", "", keyword+" "+path)
		}
	}
	return out
}

// formerEntry is the slash path that a line names in a former application data
// folder; see staleLine.
func formerEntry(m *cluster.Member, path string) string {
	if rel, in := serverpath.Within(m.InInstall("appdata"), path); in {
		return rel
	}
	_, parts := serverpath.Root(serverpath.Clean(path))
	for i, part := range parts {
		if strings.EqualFold(part, "patches") {
			return strings.Join(parts[i:], "/")
		}
	}
	if n := len(parts); n > 1 && strings.EqualFold(parts[n-1], "server") && strings.EqualFold(parts[n-2], "conf") {
		return "conf/server"
	}
	return "conf"
}

// rootsOf are the spellings of the application data folder: that of the
// property, and that of the folder which links lead to.
func rootsOf(m *cluster.Member) []string {
	if m.AppDataReal.Path == "" || m.AppDataReal.Path == m.AppData {
		return []string{m.AppData}
	}
	return []string{m.AppData, m.AppDataReal.Path}
}

// staleLine reports whether a line of classpath.conf names a former
// application data folder: patches outside the present one, a conf or
// conf/server that belongs neither to it nor to the installation, or anything
// in the default folder, <install>/appdata, when that is no longer the one.
func staleLine(m *cluster.Member, path, standard string) bool {
	for _, root := range rootsOf(m) {
		if rel, in := serverpath.Within(root, path); in && (m.Scheme == appdata.Folder || !strings.EqualFold(firstPart(rel), "appdata")) {
			return false
		}
	}
	if _, in := serverpath.Within(standard, path); in {
		return true
	}
	_, parts := serverpath.Root(serverpath.Clean(path))
	for i, part := range parts {
		if strings.EqualFold(part, "patches") {
			return true
		}
		rest := strings.ToLower(strings.Join(parts[i:], "/"))
		if rest == "conf" || rest == "conf/server" {
			_, own := serverpath.Within(m.Node.Install, path)
			return !own
		}
	}
	return false
}

func firstPart(rel string) string {
	first, _, _ := strings.Cut(rel, "/")
	return first
}

func checkLinks(p *Pass, m *cluster.Member) {
	if !p.tree(m) {
		return
	}
	for _, path := range m.Checked.Unknown {
		if n, _ := m.Tree.Node(path); n.Kind == "" {
			p.Blocked(m, serverpath.Join(m.AppData, path)) // it may be a link
		}
	}
	for _, n := range m.Tree.Nodes {
		if n.Kind != appdata.Link {
			continue
		}
		var item *cluster.ItemPlace
		for i := range m.Items {
			if m.Items[i].Item.Path == n.Path {
				item = &m.Items[i]
			}
		}
		path := serverpath.Join(m.AppData, n.Path)
		to := words.Quote(n.LinkTarget)
		switch {
		case n.Actual() == appdata.Missing:
			if item != nil && item.Item.Presence == appdata.Required {
				continue // the keystores are looked at by themselves
			}
			f := Finding{Path: path, Fix: "mount what it leads to, or correct the link"}
			f = f.predicate("is a link that leads nowhere: " + to)
			if item != nil && errors.Is(item.Err, syscall.ELOOP) {
				f = f.predicate("is a link that leads in a circle: " + to)
			}
			p.Report(f)
		case item == nil:
		case item.Err != nil && !errors.Is(item.Err, fs.ErrNotExist):
			p.Unknown(path, "where the link leads could not be seen: "+reason(item.Err), "a mount in the topology that holds "+n.LinkTarget)
		case m.Scheme == appdata.Folder && !item.Real.Place.In(m.AppDataReal.Place):
			f := Finding{Path: path, Severity: Info, Source: srcRelocate, Fix: "make sure that every member has the target of the link at the same path"}
			p.Report(f.predicate("is a link out of the application data folder: " + to))
		}
	}
}

func checkNotShared(p *Pass, c *cluster.Cluster) {
	type place struct {
		what   string
		at     cluster.Place
		source string
		key    string
	}
	owner := map[cluster.Place]*cluster.Member{}
	for _, m := range c.Members {
		if m.Real.Path == "" {
			p.Blocked(m, m.Node.Install)
			continue
		}
		if m.Scheme == "" && len(c.Members) == 1 {
			p.scheme(m)
			continue
		}
		agent, _ := m.Store(cluster.KeyAgentStore)
		for _, own := range []place{
			{"the installation folder", m.Real.Place, "", ""},
			{"conf/server", m.ConfServer.Place, "", ""},
			{"the identity keystore (" + cluster.KeyAgentStore + ")", agent.Real.Place, inferredFrom + srcWebAgents, cluster.KeyAgentStore},
			{"the temporary folder (" + cluster.KeyTempDir + ")", m.TempDir.Place, inferredFrom + srcTemplates, cluster.KeyTempDir},
		} {
			if own.at.Storage == "" {
				continue
			}
			f := Finding{Path: m.Node.Install}
			if own.key != "" {
				f = atProperty(m, own.key)
				f.Severity = Warning
			}
			f.Node, f.Source = m.Node.Name, own.source
			other := owner[own.at]
			if other != nil && own.key == cluster.KeyTempDir && oneDisk(m, other) {
				other = nil
			}
			if other != nil {
				f.Message = own.what + " is also that of " + words.Plain(other.Node.Name) + ": both lead to " + words.Plain(own.at.String())
				f.Fix = "stop one of the two members; once storage and database are right, install it with the installer on its own disk"
				f.Related = []Related{{Node: other.Node.Name, Path: other.Node.Install, Message: "the other member"}}
				if own.key == "" {
					f.Denies = []Premise{PremiseConfServer.Between(other, m)} // the others compare with the same first one
				}
				if own.key != "" {
					f.Fix = "give each member its own, on its own disk"
					f.Related[0] = relatedKey(other, own.key)
				}
				p.Report(f)
				break // what lies below is shared with it
			}
			owner[own.at] = m
			if m.Scheme == appdata.Folder && own.at.In(m.AppDataReal.Place) {
				f.Message = own.what + " lies in the application data folder: " + words.Plain(own.at.String())
				f.Fix = "stop the server, and move it to the server's own disk"
				if own.key != "" {
					f.Fix += ", where " + own.key + " has to lead then"
				}
				p.Report(f)
				break
			}
		}
	}
}

// oneDisk reports that two installations are on one storage as one machine
// sees it, where both may well have the machine's own temporary folder.
func oneDisk(a, b *cluster.Member) bool {
	mount := func(m *cluster.Member) cluster.Place {
		place, _ := m.Node.Locate(m.TempDir.Path)
		root, _ := serverpath.Root(m.TempDir.Path)
		if disk, ok := m.Node.Locate(root); ok && place.In(disk) && m.Real.Place.In(disk) {
			return disk
		}
		return cluster.Place{}
	}
	return mount(a).Storage != "" && mount(a) == mount(b)
}
