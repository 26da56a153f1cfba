package check

import (
	"errors"
	"fmt"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/words"
	"github.com/deploycluster/deploycluster/props"
)

// The checks of this file are about a properties file as a whole, or about
// two files that have to agree; their rules are in propertyTextRules.

func checkAlwaysSecure(p *Pass, m *cluster.Member) {
	v := strings.TrimSpace(m.Value(cluster.KeyAlwaysSecure))
	if !strings.EqualFold(v, "yes") {
		return
	}
	if len(m.Connectors) > 0 {
		return
	}
	if !m.ServerXMLRead {
		p.Blocked(m, m.ServerXMLPath()) // or read in part: the connector may be in the rest
		return
	}
	f := atProperty(m, cluster.KeyAlwaysSecure)
	f.Message = fmt.Sprintf("%s is %s, which the installer read as no when it chose server.xml: there is no TLS connector", cluster.KeyAlwaysSecure, show(cluster.KeyAlwaysSecure, v))
	f.Fix = "set it to Y and add the TLS connector to opt/tomcat/conf/server.xml, or set it to N"
	f.Related = []Related{{Node: m.Node.Name, Path: m.ServerXMLPath(), Message: "has no TLS connector"}}
	p.Report(f)
}

func checkBothFiles(p *Pass, m *cluster.Member) {
	p.properties(m)
	if g, gap := m.Gap(m.SecuredPath()); gap && g.Kind != cluster.GapMissing {
		p.Blocked(m, g.Path)
	}
	if m.Installed == nil {
		return
	}
	if m.Secured == nil {
		if g, gap := m.Gap(m.SecuredPath()); !gap || g.Kind == cluster.GapMissing {
			p.NotApplicable()
		}
		return
	}
	seen := map[string]bool{}
	for e := range m.Secured.Entries() {
		a, both := m.Installed.Lookup(e.Key)
		if seen[e.Key] || !both || e.Key == "" {
			continue
		}
		seen[e.Key] = true
		b, _ := m.Secured.Lookup(e.Key)
		switch {
		case a.Value == b.Value:
		case a.Value == "" && passwordKey(e.Key):
			p.Report(Finding{
				Severity: Error, Source: srcCode70 + ", reading of both files",
				Path: a.Pos.Name, Pos: a.Pos, Subject: e.Key,
				Message: words.Plain(e.Key) + " is empty in installed.properties, which is read first, so the password in secured-installed.properties is never used",
				Fix:     "delete this line",
				Related: []Related{{Node: m.Node.Name, Path: b.Pos.Name, Pos: b.Pos, Message: "the password"}},
				Edits:   []cluster.Edit{{Node: m.Node.Name, File: "installed", Op: "remove", Key: e.Key}},
			})
		case words.Encrypted(a.Value) || words.Encrypted(b.Value):
			p.Unknown(b.Pos.Name, words.Plain(e.Key)+" is set in both properties files; whether the encrypted values are the same cannot be told", "one of the two lines deleted")
		default:
			p.Report(Finding{
				Path: b.Pos.Name, Pos: b.Pos, Subject: e.Key,
				Message: fmt.Sprintf("%s has another value in secured-installed.properties than in installed.properties, which is read first and wins", words.Plain(e.Key)),
				Fix:     "delete the line that is not meant",
				Related: []Related{{Node: m.Node.Name, Path: a.Pos.Name, Pos: a.Pos, Message: "the value that wins: " + show(e.Key, a.Value)}},
			})
		}
	}
}

func checkExperimental(p *Pass, m *cluster.Member) {
	p.bothFiles(m)
	found := map[*props.File][]props.Entry{}
	for f, e := range keys(m) {
		if strings.HasPrefix(e.Key, "experimental.comm2017.") {
			found[f] = append(found[f], e)
		}
	}
	for _, f := range filesOf(m) {
		if len(found[f]) == 0 {
			continue
		}
		first := found[f][0]
		finding := Finding{Pos: first.Pos, Subject: first.Key, Fix: "delete them; agentcomm.* took their place"}
		var names []string
		for _, e := range found[f] {
			names = append(names, e.Key)
			finding = finding.remove(m, f, e.Key)
		}
		finding.Message = "keys of older versions are left: " + words.List(names)
		p.Report(finding)
	}
}

func checkWellFormed(p *Pass, m *cluster.Member) {
	for _, path := range []string{m.InstalledPath(), m.SecuredPath()} {
		g, ok := m.Gap(path)
		var syntax *props.SyntaxError
		var text *cluster.FileError
		switch {
		case !ok:
			if path == m.InstalledPath() && m.Installed == nil {
				p.Blocked(m, path) // the installation folder itself was not read
			}
		case errors.As(g.Err, &syntax):
			f := Finding{Path: path, Pos: syntax.Position(), Fix: "correct the escape: a backslash that is meant is written twice"}
			p.Report(f.predicate(fmt.Sprintf("is malformed in line %d, column %d: %s; Java cannot load it, so the server does not start", syntax.Line, syntax.Column, syntax.Reason)))
		case errors.As(g.Err, &text) && text.Kind == cluster.GapMalformed:
			p.Report(Finding{Path: path, Fix: text.Fix}.predicate(text.Reason + "; Java loads it without an error, and the server misses its settings"))
		case g.Kind == cluster.GapMissing && path == m.SecuredPath():
			p.Blocked(m, path) // nobody has seen a server of this version without it
		case g.Kind == cluster.GapMissing:
			f := Finding{Path: path, Fix: "name the installation folder of a server, the one that holds bin and conf, or restore the file from a backup", Source: srcPropsPage}
			p.Report(f.predicate("does not exist, so no server is installed here, or one that cannot start"))
		case g.Kind == cluster.GapNotRegular:
			p.Report(Finding{Path: path, Fix: "restore the file from a backup of this server"}.predicate("is not a regular file, so the server cannot load it"))
		default:
			p.Blocked(m, path)
		}
	}
}
