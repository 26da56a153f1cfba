package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/internal/words"
)

// platformRules are about what a server runs on: its Java, the user that it
// runs as, and how Windows reaches the storage.
func platformRules() []Rule {
	return []Rule{
		{
			ID: "APP013", Title: "The installation belongs to the user that the server runs as", Severity: Warning,
			Source: inferredFrom + srcUpgradeUser,
			What:   "opt/tomcat, the properties files and the log belong to the owner of what the running server made, its identity keystore, else to the owner of the installation folder.",
			Avoid:  "Running the installer, or the server once, as root.",
			Prefer: "One user for the installer and the server; chown -R of the tree where that was not so.",
			Why:    "An upgrade gives the tree to whoever runs it, and the server's own user then cannot start it.",
			Member: checkFileOwners,
		},
		{
			ID: "PRP023", Title: "Java fits the version, and both places name the same one", Severity: Error,
			Source:  srcJava + "; " + srcRequire71 + "; " + srcRequire72,
			Since:   product.Since(product.Java, "8"),
			What:    "The Java home of bin/set_env is that of install.java.home, and its release is one that the version supports: Java 8 from 6.2.2 until 7.0.2, Java 11 from 7.0.2 until 8.2, Java 17 and 21 from 8.1, Java 25 from 8.2. Whether 7.0.2 and later, before 7.1.0, run on Java 8, and versions before 8.1 on Java 17, is not known.",
			Avoid:   "A Java that was updated in bin/set_env alone.",
			Prefer:  "One Java home in both places, as the vendor's page on changing it asks.",
			Why:     "The server starts with the Java that bin/set_env names, and the installer uses that of the property; the vendor supports a server on the listed releases only.",
			Assumes: []PremiseKind{PremiseVersion},
			Member:  needs((*Pass).properties, checkJava),
		},
		{
			ID: "STO004", Title: "A Windows service reaches the storage by its UNC name", Severity: Warning,
			Source: inferredFrom + srcCluster + ", step 2",
			What:   "server.appdata.dir of a Windows server does not use a drive letter for the network storage.",
			Avoid:  "A mapped drive: it belongs to a person's session, and a service sees none.",
			Prefer: `\\server\share\appdata, four backslashes at its beginning in the file.`,
			Why:    "Started as a service, the server would not find its application data.",
			Member: checkMappedDrives,
		},
	}
}

// checkFileOwners compares with the files that only the running server makes.
func checkFileOwners(p *Pass, m *cluster.Member) {
	i := slices.IndexFunc(m.Owned, func(o cluster.OwnedFile) bool { return o.Known && o.Runtime && strings.HasSuffix(o.Path, "keystore") })
	if i < 0 {
		i = slices.IndexFunc(m.Owned, func(o cluster.OwnedFile) bool { return o.Known && o.Path == m.Node.Install })
	}
	switch {
	case i < 0 && len(m.Owned) == 0:
		p.Blocked(m, m.Node.Install)
		return
	case i < 0 && m.Node.Windows():
		p.NotApplicable()
		return
	case i < 0:
		p.Unknown(m.Node.Install, "the storage does not tell who owns the installation", "a look with ls -ln")
		return
	}
	ref := m.Owned[i]
	if ref.User == 0 {
		return // a server that runs as root can use every file
	}
	var odd []cluster.OwnedFile
	for _, o := range m.Owned {
		if o.Known && o.User != ref.User {
			odd = append(odd, o)
		}
	}
	if len(odd) == 0 {
		return
	}
	f := Finding{
		Path:    odd[0].Path,
		Fix:     fmt.Sprintf("stop the server and give the installation to its user: chown -R %d:%d %s", ref.User, ref.Group, words.Plain(m.Node.Install)),
		Related: []Related{{Node: m.Node.Name, Path: ref.Path, Message: fmt.Sprintf("belongs to user %d", ref.User)}},
	}
	f = f.predicate(fmt.Sprintf("belongs to user %d, and the server's own files belong to user %d", odd[0].User, ref.User))
	for _, o := range odd[1:] {
		f.Related = append(f.Related, Related{Node: m.Node.Name, Path: o.Path, Message: fmt.Sprintf("belongs to user %d", o.User)})
	}
	p.Report(f)
}

func checkJava(p *Pass, m *cluster.Member) {
	if len(m.Java) == 0 {
		p.Unknown(m.InstalledPath(), "no file names the Java home", cluster.KeyJavaHome+", or JAVA_HOME in bin/set_env")
		return
	}
	p.javaHomes(m)
	p.Assume(PremiseVersion.Of(m)).javaRelease(m)
}

// javaRelease judges the Java that the server starts with: bin/set_env comes last.
func (p *Pass) javaRelease(m *cluster.Member) {
	h := m.Java[len(m.Java)-1]
	row, known := product.Lookup(product.Java, h.Release, m.Version)
	switch {
	case h.Release == "":
		p.Unknown(h.Pos.Name, "which release of Java is in the Java home is not told by its files or its name", "java -version of it")
	case !known:
		p.Unknown(h.Pos.Name, fmt.Sprintf("whether version %s supports Java %s is not known", words.Plain(m.Version), h.Release), "the vendor's system requirements for this version")
	case row.Answer == product.No:
		f := Finding{
			Path: h.Pos.Name, Pos: h.Pos, Subject: h.Source,
			Message: fmt.Sprintf("%s is Java %s, which version %s does not support", words.Quote(h.Path), h.Release, words.Plain(m.Version)),
			Fix:     "install a supported release (" + strings.Join(product.Holding(product.Java, m.Version), ", ") + "), and name it in bin/set_env and " + cluster.KeyJavaHome,
		}
		f.Source = row.Source
		if h.Named || row.Inferred {
			f.Severity, f.Source = Warning, inferredFrom+strings.ReplaceAll(row.Source, "; ", "; "+inferredFrom)
		}
		if h.Named {
			f.Message += ", by the folder's name"
		}
		p.Report(f)
	}
}

// javaHomes compares the two places that name a Java home.
func (p *Pass) javaHomes(m *cluster.Member) {
	if len(m.Java) < 2 || m.Java[0].Path == "" || m.Java[1].Path == "" || serverpath.Equal(m.Java[0].Path, m.Java[1].Path) {
		return
	}
	a, b := m.Java[0], m.Java[1]
	if a.Place.Storage != "" && a.Place == b.Place {
		return // two spellings of one folder
	}
	p.Report(Finding{
		Severity: Warning, Source: srcJavaChange,
		Path: a.Pos.Name, Pos: a.Pos, Subject: a.Source,
		Message: fmt.Sprintf("%s is %s, and JAVA_HOME in bin/set_env is %s", cluster.KeyJavaHome, words.Quote(a.Path), words.Quote(b.Path)),
		Fix:     "write the Java home that the server should use into both",
		Related: []Related{{Node: m.Node.Name, Path: b.Pos.Name, Pos: b.Pos, Message: "names the other"}},
	})
}

// checkMappedDrives assumes a mapped drive where the topology has
// behind it what other members share.
func checkMappedDrives(p *Pass, m *cluster.Member) {
	if !m.Node.Windows() {
		p.NotApplicable()
		return
	}
	if !p.scheme(m) || m.Scheme != appdata.Folder {
		return
	}
	path := serverpath.Clean(m.AppData)
	if len(path) < 2 || path[1] != ':' || strings.EqualFold(path[:2], serverpath.Clean(m.Node.Install)[:2]) {
		return
	}
	at := m.AppDataReal.Place
	if at.Storage == "" {
		p.Blocked(m, m.AppData)
		return
	}
	if !slices.ContainsFunc(p.cluster.Members, func(o *cluster.Member) bool { return o != m && o.AppDataReal.Place == at }) {
		return // a disk of this machine
	}
	f := atProperty(m, cluster.KeyAppData)
	f.Message = fmt.Sprintf("%s is on drive %s, behind which is the storage that other members share; a Windows service does not see a drive that a person has mapped", cluster.KeyAppData, words.Plain(path[:2]))
	f.Fix = `use the UNC name of the share, \\server\share\…, in every path property and in bin/classpath.conf`
	p.Report(f)
}
