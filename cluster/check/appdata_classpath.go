package check

import (
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/internal/words"
)

func checkClasspath(p *Pass, m *cluster.Member) {
	path := m.InInstall("bin/classpath.conf")
	if m.Classpath == nil {
		p.Blocked(m, path)
		return
	}
	var stale []cluster.ClasspathLine
	named := map[string]bool{}
	any := false
	for _, l := range m.Classpath {
		if l.Keyword == "" || !serverpath.Abs(l.Value) {
			continue
		}
		any = true
		name := strings.ToLower(strings.TrimRight(l.Value, `/\`))
		switch _, former := formerEntry(m, l.Value); {
		case former && leadsElsewhere(m, l):
			stale = append(stale, l)
		case strings.HasSuffix(name, "conf"):
			named["conf"] = named["conf"] || namesEntry(m, l, "conf")
		case strings.HasSuffix(name, "server"):
			named["conf/server"] = named["conf/server"] || namesEntry(m, l, "conf/server")
		}
	}
	if !any {
		p.Unknown(path, "holds no line that this library knows", "the file as the installer writes it")
		return
	}
	f := Finding{Path: path, Fix: "replace the old folder by " + m.AppData + " in these lines, or let the installer write the file by an upgrade of the same version"}
	var lacks []string
	for _, entry := range []string{"conf", "conf/server"} {
		if m.Scheme == appdata.Folder && !named[entry] {
			lacks = append(lacks, serverpath.Join(m.AppData, entry))
		}
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
		rel, _ := formerEntry(m, l.Value)
		path := serverpath.Join(m.AppData, rel)
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

// rootsOf are the spellings of the application data folder: that of the
// property, and that of the folder which links lead to.
func rootsOf(m *cluster.Member) []string {
	if m.AppDataReal.Path == "" || m.AppDataReal.Path == m.AppData {
		return []string{m.AppData}
	}
	return []string{m.AppData, m.AppDataReal.Path}
}

// formerEntry is the slash path that a line of classpath.conf names in a former
// application data folder: patches outside the present one, a conf or conf/server
// that belongs neither to it nor to the installation, or anything in the default
// folder, <install>/appdata, when that is no longer the one. ok is false for other
// lines.
func formerEntry(m *cluster.Member, path string) (rel string, ok bool) {
	for _, root := range rootsOf(m) {
		if rel, in := serverpath.Within(root, path); in && (m.Scheme == appdata.Folder || !strings.EqualFold(firstPart(rel), "appdata")) {
			return "", false
		}
	}
	if rel, in := serverpath.Within(m.InInstall("appdata"), path); in {
		return rel, true
	}
	_, parts := serverpath.Root(serverpath.Clean(path))
	for i, part := range parts {
		rest := strings.Join(parts[i:], "/")
		if strings.EqualFold(part, "patches") {
			return rest, true
		}
		if rest = strings.ToLower(rest); rest == "conf" || rest == "conf/server" {
			_, own := serverpath.Within(m.Node.Install, path)
			return rest, !own
		}
	}
	return "", false
}

func firstPart(rel string) string {
	first, _, _ := strings.Cut(rel, "/")
	return first
}
