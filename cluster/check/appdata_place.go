package check

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
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
			Member:  needs((*Pass).scheme, checkClasspath),
		},
		{
			ID: "APP010", Title: "Links in the application data lead somewhere all members see", Severity: Warning,
			Source: inferredFrom + srcRelocate,
			What:   "A link in the place of an entry leads to something, and to the same on every member.",
			Avoid:  "A link into a folder of one machine, or to a volume that is not mounted.",
			Prefer: "The entry itself on the network storage, or the same mount on every member.",
			Why:    "A member whose link leads nowhere misses what the others have stored.",
			Member: needs((*Pass).tree, checkLinks),
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
			p.Blocked(m, m.ServerXMLPath())
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

func checkLinks(p *Pass, m *cluster.Member) {
	for _, path := range m.Checked.Unknown {
		if n, _ := m.Tree.Node(path); n.Kind == "" {
			p.Blocked(m, serverpath.Join(m.AppData, path)) // it may be a link
		}
	}
	for _, n := range m.Tree.Nodes {
		if n.Kind != appdata.Link {
			continue
		}
		item, listed := itemAt(m, n.Path)
		path := serverpath.Join(m.AppData, n.Path)
		to := words.Quote(n.LinkTarget)
		switch {
		case n.Actual() == appdata.Missing && listed && item.Item.Presence == appdata.Required: // a keystore is looked at by itself
		case n.Actual() == appdata.Missing:
			f := Finding{Path: path, Fix: "mount what it leads to, or correct the link"}
			f = f.predicate("is a link that leads nowhere: " + to)
			if errors.Is(item.Err, syscall.ELOOP) {
				f = f.predicate("is a link that leads in a circle: " + to)
			}
			p.Report(f)
		case !listed:
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
