package check

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/internal/words"
)

// appdataRules are about what is in the application data folder.
func appdataRules() []Rule {
	return []Rule{
		{
			ID: "APP001", Title: "Required items are in the application data", Severity: Error,
			Source:  srcCode70 + ", creation of keystores",
			What:    "The application data folder exists and holds conf/encryption.keystore and conf/server.keystore.",
			Avoid:   "Pointing a server at an empty folder, or at a mount point whose storage is not mounted.",
			Prefer:  "The keystores that this server has used so far, restored or copied to their place.",
			Why:     "The installer creates a missing keystore without asking; the new keys read none of the secrets in the database.",
			Assumes: []PremiseKind{PremisePath, PremiseAppData},
			Denies:  []PremiseKind{PremiseFolder},
			Member:  needs((*Pass).scheme, checkRequired),
		},
		{
			ID: "APP002", Title: "Optional items are in the application data", Severity: Info,
			Source:  srcCluster + ", step 5.3",
			What:    "The other entries of the vendor's list are there; some may not exist yet.",
			Avoid:   "Forgetting an entry while copying.",
			Prefer:  "A look at the list, once, after a move.",
			Why:     "An entry that was left behind is not missed: the server makes most of them anew, empty, when it first needs them.",
			Assumes: []PremiseKind{PremisePath, PremiseFolder, PremiseAppData},
			Member:  needs((*Pass).tree, checkOptional),
		},
		{
			ID: "APP003", Title: "Items are of the right kind", Severity: Error,
			Source: srcCluster + ", step 5.3",
			What:   "Folders are folders and files are files, also through links.",
			Avoid:  "A file with a folder's name, as an archive unpacked one level too high leaves.",
			Prefer: "The layout that the vendor's page asks to verify.",
			Why:    "The server and its installer cannot work with the one where they expect the other.",
			Member: needs((*Pass).tree, checkKinds),
		},
		{
			ID: "APP004", Title: "No originals are left beside their copies", Severity: Warning, Stage: StageRetire,
			Source: srcCluster + ", step 5.4",
			What:   "Once the server uses the application data folder, what was copied there no longer exists at its old place.",
			Avoid:  "Leaving the originals where they are. conf/installed.version is the exception: it stays.",
			Prefer: "Renaming them aside, and deleting them after one full business day without errors and one verified backup.",
			Why:    "Paths that were not redirected still lead to the old data; an upgrade copies old templates over the new ones, and a local log4j file is found before the shared one.",
			Member: needs((*Pass).scheme, checkOriginals),
		},
		{
			ID: "APP005", Title: "Copies are equal to their originals until the server uses them", Severity: Warning,
			Source: inferredFrom + srcCluster + ", step 5.3",
			Since:  product.Since(product.Layout, product.AppDataFolder),
			What:   "While a server still reads some originals, single files in the application data folder have the same bytes as those.",
			Avoid:  "Editing either of them in between.",
			Prefer: "Copying again, comparing, and then redirecting all paths at once.",
			Why:    "When the remaining paths are redirected, the server would change to other settings or keys unnoticed.",
			Member: needs((*Pass).scheme, checkTwins),
		},
		{
			ID: "APP006", Title: "No unfinished installation", Severity: Error, Stage: StageInstall,
			Source: srcCode70 + ", first installation",
			What:   "The application data folder holds no incomplete.tmp.",
			Avoid:  "Using a folder in which a first installation was started and broke off.",
			Prefer: "Finishing the installation, or starting it again with an empty folder.",
			Why:    "The installer treats such a folder as a new one and sets up database and keys as for a first member.",
			Member: needs((*Pass).scheme, checkUnfinished),
		},
		{
			ID: "APP007", Title: "The server keeps its own installed.version", Severity: Error, Stage: StageRead,
			Source: srcCluster + ", step 5.3; " + srcCode70,
			What:   "conf/installed.version exists in the installation folder.",
			Avoid:  "Moving it to the application data folder: it is to be copied.",
			Prefer: "The same file in both places.",
			Why:    "The installer tells by installed.version that a server is installed here; without the file the installer makes a new installation instead of an upgrade.",
			Member: checkLocalVersion,
		},
		{
			ID: "APP011", Title: "Log settings are in the file of this version", Severity: Info,
			Source: srcLog4j2,
			What:   "Until 7.2.3 the server reads log4j.properties, from then on log4j2.xml.",
			Avoid:  "Editing the file of the other generation.",
			Prefer: "Carrying over what was changed in it, then deleting it.",
			Why:    "Whatever is changed in it has no effect.",
			Member: needs((*Pass).tree, checkLogFile),
		},
	}
}

// leadsOutside reports that a property takes the server to a keystore outside
// the application data folder.
func leadsOutside(m *cluster.Member, property string) bool {
	k, ok := m.Store(property)
	return ok && !inAppData(m, k)
}

func checkRequired(p *Pass, m *cluster.Member) {
	if m.Tree == nil {
		p = p.Assume(PremisePath.Of(m))
		if g, ok := m.Gap(m.AppData); ok && noFolder(g) {
			p.Report(Finding{
				Path: m.AppData, Message: "the application data folder " + words.Plain(m.AppData) + " " + whyNoFolder(g) + "; a server or an upgrade would create a new one, with new keys",
				Fix:    "mount the storage that holds it, or correct " + cluster.KeyAppData,
				Denies: []Premise{PremiseFolder.Of(m)},
			})
			return
		}
		p.Blocked(m, m.AppData)
		return
	}
	p = p.Assume(PremiseAppData.Of(m))
	for _, key := range []string{cluster.KeyEncryptionStore, cluster.KeyServerStore} {
		k, _ := m.StandardStore(key)
		switch {
		case leadsOutside(m, key):
		case errors.Is(k.Err, fs.ErrNotExist):
			f := Finding{Path: k.Path, Fix: "restore it from a backup, or copy it from where this server has used it"}
			f = f.predicate("is missing, and the installer creates a new keystore, with other keys, where it finds none")
			if n, ok := m.Tree.Node("conf/" + key); ok && n.Kind == appdata.Link {
				f = f.predicate("is a link that leads nowhere (" + words.Quote(n.LinkTarget) + "), and the installer creates a new keystore, with other keys, where it finds none")
			}
			if named, ok := m.Store(key); ok {
				f.Subject = key
				f.Related = []Related{{Node: m.Node.Name, Path: named.Pos.Name, Pos: named.Pos, Message: key + " leads to " + words.Quote(named.Path)}}
			}
			p.Report(f)
		case k.Absent(): // something else is in its place
		case k.Err != nil:
			p.Blocked(m, k.Path)
		}
	}
}

func checkOptional(p *Pass, m *cluster.Member) {
	p = p.Assume(PremisePath.Of(m), PremiseFolder.Of(m), PremiseAppData.Of(m))
	var absent []string
	for _, it := range m.Layout {
		switch {
		case it.Presence != appdata.Optional || it.Transfer != appdata.Move:
		case unseen(m.Tree, it.Path):
			p.Blocked(m, serverpath.Join(m.AppData, it.Path))
		case slices.Contains(m.Checked.Absent, it.Path):
			absent = append(absent, it.Path)
		}
	}
	if len(absent) > 0 {
		f := Finding{Path: m.AppData, Fix: "if one of them existed before a move, copy it"}
		p.Report(f.predicate("lacks optional entries, which is normal as long as they were never needed: " + words.List(absent)))
	}
}

func checkKinds(p *Pass, m *cluster.Member) {
	for _, path := range m.Checked.Unknown {
		p.Blocked(m, serverpath.Join(m.AppData, path))
	}
	for _, path := range m.Checked.WrongKind {
		n, _ := m.Tree.Node(path)
		if n.Actual() == appdata.Missing {
			continue // a link that leads nowhere is of no kind
		}
		want := appdata.Dir
		for _, it := range m.Layout {
			if it.Path == path {
				want = it.Kind
			}
		}
		f := Finding{Path: serverpath.Join(m.AppData, path), Fix: "find out what it is, move it aside, and restore what belongs there"}
		p.Report(f.predicate(fmt.Sprintf("is %s where %s belongs", kindText(n.Actual()), kindText(want))))
	}
}

// kindText is what a person calls a kind of entry.
func kindText(k appdata.Kind) string {
	switch k {
	case appdata.Dir:
		return "a folder"
	case appdata.File:
		return "a file"
	}
	return "a device, socket or pipe"
}

func checkUnfinished(p *Pass, m *cluster.Member) {
	path := serverpath.Join(m.AppData, "incomplete.tmp")
	switch {
	case m.Incomplete:
		f := Finding{Path: path, Fix: "finish the installation that was started. If no server has ever used the folder, you may start again with an empty folder instead. Until then run no other installer with this folder"}
		p.Report(f.predicate("exists: a first installation was started with this folder and not finished"))
	case m.Tree == nil:
		p.Blocked(m, m.AppData)
	default:
		if g, ok := m.Gap(path); ok {
			p.Blocked(m, g.Path)
		}
	}
}

func checkLocalVersion(p *Pass, m *cluster.Member) {
	path := m.VersionPath()
	if g, ok := m.Gap(m.Node.Install); ok && noFolder(g) {
		f := Finding{Path: m.Node.Install, Fix: "name the installation folder of a server, the one that holds bin and conf"}
		p.Report(f.predicate("is not the installation folder of a server: it " + whyNoFolder(g)))
		return
	}
	switch versionStateOf(m) {
	case versionUnread:
		p.Blocked(m, path)
		return
	case versionRead, versionBad:
		return // it is there, whatever it says
	}
	f := Finding{Path: path, Fix: "restore the file from a backup of this server; if no server is installed here, name the installation folder of one, which holds bin and conf"}
	f = f.predicate("does not exist, so the installer sees no server here")
	if m.SharedVersion != "" {
		shared := serverpath.Join(m.AppData, "conf/installed.version")
		f = f.predicate("does not exist, while " + words.Quote(shared) + " does: it was moved instead of copied, and the installer no longer sees a server here")
		f.Fix = "copy " + shared + " back to " + path
	}
	p.Report(f)
}

func checkLogFile(p *Pass, m *cluster.Member) {
	if !versionKnown(m) {
		p.Blocked(m, m.VersionPath())
		return
	}
	current, other := product.Log4j2, product.Log4j1
	if product.Reads(product.Logging, product.Log4j1, m.Version) == product.Yes {
		current, other = other, current
	}
	if unlisted(m.Tree, other) {
		p.Blocked(m, serverpath.Join(m.AppData, other))
		return
	}
	n, ok := m.Tree.Node(other)
	if !ok {
		return
	}
	f := Finding{Path: serverpath.Join(m.AppData, n.Path), Fix: "carry over what was changed in it, then delete it"}
	f = f.predicate("is not read by this version, which reads " + current)
	if _, ok := m.Tree.Node(current); !ok && !unlisted(m.Tree, current) {
		f.Message += "; that file is not there"
	}
	p.Report(f)
}
