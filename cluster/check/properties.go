package check

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/internal/words"
)

// propertyRules are about what installed.properties must say on a member of a
// cluster. A topology is judged as the cluster that it is to become, so they
// hold for a lone server too.
func propertyRules() []Rule {
	return []Rule{
		{
			ID: "PRP001", Title: "server.appdata.dir is set", Severity: Error, Stage: StageStorage,
			Source: srcCluster + ", step 5.3",
			Since:  product.Since(product.Layout, product.AppDataFolder),
			What:   "installed.properties of every member names the application data folder.",
			Avoid:  "Leaving the key out, empty, or with the word null.",
			Prefer: "The absolute path of the folder on the network storage.",
			Why:    "Without the key an upgrade takes the installation folder, which no other member shares; what the running server does is not known.",
			Denies: []PremiseKind{PremiseFolder},
			Member: checkAppDataSet,
		},
		{
			ID: "PRP002", Title: "All members use one application data folder", Severity: Error, Stage: StageStop,
			Source:  srcCluster + ", step 2",
			What:    "server.appdata.dir leads every member to the same storage.",
			Avoid:   "A separate folder for a member, or copies of one folder.",
			Prefer:  "One mount point with the same path on every member.",
			Why:     "Members with different keystores cannot read each other's secrets, and artifacts written by one are missing on the other.",
			Denies:  []PremiseKind{PremiseAppData},
			Cluster: checkOneAppData,
		},
		{
			ID: "PRP003", Title: "The application data is not the installation folder", Severity: Error, Stage: StageStorage,
			Source: srcCluster + ", step 5.3",
			Since:  product.Since(product.Layout, product.AppDataFolder),
			What:   "server.appdata.dir does not lead to the installation folder, as two dots do.",
			Avoid:  "Sharing a server that was upgraded from before 6.1.1.5 as it is.",
			Prefer: "A folder on the network storage with the entries that the vendor lists, and server.appdata.dir set to it.",
			Why:    "Every member would use its own keystores, repository and plugins.",
			Denies: []PremiseKind{PremiseFolder},
			Member: needs((*Pass).settings, checkAppDataApart),
		},
		{
			ID: "PRP005", Title: "multiserver is true", Severity: Error,
			Source: srcConvert + "; " + srcAdd,
			What:   "installed.properties of every member, cold standby included, has com.urbancode.ds.UDeployServer.multiserver=true.",
			Avoid:  "Leaving it out, or another spelling than true: how the running server reads one is not known.",
			Prefer: cluster.KeyMultiserver + "=true",
			Why:    "The property turns on what a server does as a member of a cluster; the installer writes it when a cluster is chosen.",
			Edits:  "Sets the property to true.",
			Member: needs((*Pass).properties, checkMultiserver),
		},
		{
			ID: "PRP006", Title: "All members use one active encryption alias", Severity: Error, Stage: StageStorage,
			Source:  srcAdd,
			What:    "encryption.keystore.alias names the same key on every member.",
			Avoid:   "Rotating the key on one member only, or letting the installer of a new member choose among several keys.",
			Prefer:  "The new alias on every member, then a restart of those that run, then retiring the old key.",
			Why:     "Each member encrypts with its own active key; what was encrypted with a key that is deleted later is lost.",
			Denies:  []PremiseKind{PremiseEncryptionAlias},
			Cluster: needs((*Pass).several, checkOneAlias),
		},
		{
			ID: "PRP011", Title: "Members listen on the same web ports", Severity: Warning,
			Source:  inferredFrom + srcTemplates + ", server.xml",
			What:    "install.server.web.port and install.server.web.https.port are alike on all members.",
			Avoid:   "Another port on one member.",
			Prefer:  "One pair of ports for all members.",
			Why:     "The session cookie's name contains the HTTP port, so affinity by that cookie breaks, and the balancer needs a different health check for each member.",
			Cluster: needs((*Pass).several, checkPorts),
		},
		{
			ID: "PRP013", Title: "Keystore paths lead into the application data", Severity: Error, Stage: StageStorage,
			Source:  srcCode70 + ", keystore handling",
			What:    "encryption.keystore and server.keystore lead to the files in <appdata>/conf.",
			Avoid:   "Changing server.appdata.dir alone: the two paths stay behind.",
			Prefer:  "Both paths set to <appdata>/conf/encryption.keystore and <appdata>/conf/server.keystore.",
			Why:     "A missing encryption keystore is created again at the next upgrade, with a key that reads none of the stored secrets; a different one gives this member other keys than its peers.",
			Edits:   "Sets the path to the keystore in the application data folder, where that one is there and has the same bytes, or the path leads to nothing.",
			Assumes: []PremiseKind{PremisePath, PremiseFolder, PremiseAppData},
			Denies:  []PremiseKind{PremiseEncryptionStore},
			Member:  needs((*Pass).settings, checkKeystorePaths),
		},
		{
			ID: "PRP014", Title: "The application data path does not begin with the installation's text", Severity: Warning,
			Source: inferredFrom + srcCode70 + ", installServer",
			Since:  product.Since(product.Layout, product.AppDataFolder),
			What:   "server.appdata.dir is not a folder beside the installation whose path merely begins with the same text.",
			Avoid:  "/opt/ucd/server-appdata for the installation /opt/ucd/server.",
			Prefer: "A path that begins differently, such as /media/share/appdata.",
			Why:    "An upgrade stores it as ..-appdata, and the keystores in it as ..-appdata/conf/…, which nothing resolves.",
			Member: needs((*Pass).settings, checkPrefixTrap),
		},
		{
			ID: "PRP021", Title: "The application data path names the installation once at most", Severity: Warning,
			Source: inferredFrom + srcCode70 + ", installServer",
			Since:  product.Since(product.Layout, product.AppDataFolder),
			What:   "server.appdata.dir, where it lies in the installation folder, does not contain that folder's text a second time.",
			Avoid:  "/srv/data/srv/appdata for the installation /srv.",
			Prefer: "A path outside the installation, such as /media/share/appdata.",
			Why:    "An upgrade puts two dots in the place of every occurrence, not only of the first, and what it stores leads to another folder; so do the keystore paths that it writes.",
			Member: needs((*Pass).settings, checkTwiceInstall),
		},
	}
}

func checkAppDataSet(p *Pass, m *cluster.Member) {
	if !p.properties(m) || m.Value(cluster.KeyAppData) != "" {
		return
	}
	f := atProperty(m, cluster.KeyAppData)
	f.Denies = notApart(m)
	f.Message = cluster.KeyAppData + " is not set, so an upgrade takes the installation folder as application data"
	f.Fix = "stop the server, move the application data to network storage, and set " + cluster.KeyAppData + " to the folder there"
	p.Report(f)
}

func checkAppDataApart(p *Pass, m *cluster.Member) {
	if m.Scheme != appdata.InInstall || m.Value(cluster.KeyAppData) == "" {
		return // the folder is elsewhere, or not named at all
	}
	f := atProperty(m, cluster.KeyAppData)
	f.Message = fmt.Sprintf("%s is %s, which makes the installation folder the application data folder", cluster.KeyAppData, show(cluster.KeyAppData, m.Value(cluster.KeyAppData)))
	f.Fix = "stop the server, copy the entries that the vendor lists to a folder on network storage, and set " + cluster.KeyAppData + " to it"
	f.Denies = notApart(m)
	if storage := m.Home.LinkedTo; storage != "" {
		f.Severity = Warning
		f.Source = srcRelocate
		f.Message += "; every entry in it is a link into storage " + words.Quote(storage) + ", so members can share it as long as they have the same links"
	}
	p.Report(f)
}

// notApart denies that the application data is apart from the installation folder,
// unless all of it is linked to another storage.
func notApart(m *cluster.Member) []Premise {
	if m.Scheme != appdata.InInstall || m.Home.Shared {
		return nil
	}
	return []Premise{PremiseFolder.Of(m)}
}

func checkMultiserver(p *Pass, m *cluster.Member) {
	e, set := m.Property(cluster.KeyMultiserver)
	if e.Value == "true" {
		return
	}
	if m.Node.Role == cluster.RoleFrontEnd {
		p.Unknown(m.InstalledPath(), "whether a front end needs "+cluster.KeyMultiserver+"=true is not documented", "the vendor's word for this version")
		return
	}
	f := atProperty(m, cluster.KeyMultiserver)
	f.Fix = "set " + cluster.KeyMultiserver + "=true"
	switch {
	case !set || e.Value == "":
		f.Message = cluster.KeyMultiserver + " is not set"
	case strings.EqualFold(strings.TrimSpace(e.Value), "true"):
		f.Severity, f.Source = Warning, inferredFrom+srcCode70
		f.Message = fmt.Sprintf("%s is %s; true is the only spelling that the installer writes", cluster.KeyMultiserver, show(cluster.KeyMultiserver, e.Value))
	default:
		f.Message = fmt.Sprintf("%s is %s, not true; the installer reads any text as yes, which hides the mistake", cluster.KeyMultiserver, show(cluster.KeyMultiserver, e.Value))
	}
	p.Report(f.set(m, cluster.KeyMultiserver, "true"))
}

// have names a group's members with the verb that fits their number.
func (g group) have() string {
	if len(g.members) == 1 {
		return g.names() + " has"
	}
	return g.names() + " have"
}

func checkOneAlias(p *Pass, c *cluster.Cluster) {
	// Java folds aliases of all the store types in question to lower case.
	alias := func(m *cluster.Member) string { return strings.ToLower(m.Value(cluster.KeyEncryptionAlias)) }
	p.drift(p.read(c), cluster.KeyEncryptionAlias, alias, func(f *Finding, odd, main group) {
		f.Message = fmt.Sprintf("%s %s, while %s %s", cluster.KeyEncryptionAlias, isText(words.Quote(odd.value)), main.have(), orUnset(words.Quote(main.value)))
		f.Fix = "find out which key is the active one, write its alias on every member, and restart the members that run; a cold standby stays stopped"
		f.Denies = PremiseEncryptionAlias.ofAll(odd.members)
	})
}

func checkPorts(p *Pass, c *cluster.Cluster) {
	members := p.read(c)
	for _, key := range []string{cluster.KeyWebPort, cluster.KeyWebSecurePort} {
		port := func(m *cluster.Member) string {
			v := strings.TrimSpace(m.Value(key))
			if v == "" && key == cluster.KeyWebPort {
				v = "8080"
			}
			return v
		}
		p.drift(members, key, port, func(f *Finding, odd, main group) {
			f.Message = fmt.Sprintf("%s %s, while %s %s", key, isText(words.Quote(odd.value)), main.have(), orUnset(words.Quote(main.value)))
			f.Fix = "use the same port on all members"
		})
	}
}

func checkKeystorePaths(p *Pass, m *cluster.Member) {
	p = p.Assume(PremisePath.Of(m))
	if m.AppDataReal.Path == "" {
		p.Blocked(m, m.AppData)
		return
	}
	named := false
	for _, key := range []string{cluster.KeyEncryptionStore, cluster.KeyServerStore} {
		k, ok := m.Store(key)
		named = named || ok
		switch {
		case !ok, inAppData(m, k):
		case k.Err == nil: // the folder may be the mistake, and not the path
			checkOutside(p.Assume(PremiseFolder.Of(m), PremiseAppData.Of(m)), m, k)
		default:
			checkOutside(p, m, k)
		}
	}
	if !named {
		p.NotApplicable()
	}
}

// inAppData reports whether a keystore lies in the application data folder,
// by its own spelling or once links and mounts are followed.
func inAppData(m *cluster.Member, k cluster.Keystore) bool {
	if _, in := serverpath.Within(m.AppData, k.Path); in {
		return true
	}
	return k.Real.Place.In(m.AppDataReal.Place)
}

func checkOutside(p *Pass, m *cluster.Member, k cluster.Keystore) {
	std, _ := m.StandardStore(k.Property)
	f := Finding{Path: m.InstalledPath(), Pos: k.Pos, Subject: k.Property}
	f.Path = k.Pos.Name
	f.Fix = "set " + k.Property + " to " + std.Path
	where := k.Property + " leads to " + words.Quote(k.Path)
	if v := m.Value(k.Property); strings.HasPrefix(v, "..") && len(v) > 2 && v[2] != '/' && v[2] != '\\' {
		where += " (the value begins with two dots that no separator follows, as an upgrade writes it where the application data path begins with the text of the installation folder)"
	}
	missing := std.Err != nil && errors.Is(std.Err, fs.ErrNotExist)
	switch {
	case errors.Is(k.Err, fs.ErrNotExist):
		f.Message = where + ", where no file exists"
		if missing {
			f.Message += "; " + words.Quote(std.Path) + " does not exist either"
			f.Fix = "restore the keystore from a backup to " + std.Path + " and set " + k.Property + " to it"
		} else {
			f = f.set(m, k.Property, std.Path)
		}
	case k.Err != nil:
		p.Blocked(m, k.Path)
		return
	case missing:
		f.Message = where + ", outside the application data folder, which has no such file"
		f.Fix = "copy the keystore to " + std.Path + " and set " + k.Property + " to it"
		if k.Property == cluster.KeyEncryptionStore {
			f.Severity, f.Source = Warning, inferredFrom+srcConfig
		} else {
			f.Message += "; every upgrade sets the property back and makes a new keystore there"
		}
	case std.Err != nil:
		p.Blocked(m, std.Path)
		return
	case std.Data != k.Data:
		f.Message = where + ", whose bytes differ from those of " + words.Quote(std.Path)
		f.Fix = "find out which of the two holds the keys in use, keep the other as a backup, and set " + k.Property + " to " + std.Path
		f.Related = append(f.Related, Related{Node: m.Node.Name, Path: std.Path, Message: "has other bytes"})
		if k.Property == cluster.KeyEncryptionStore {
			f.Denies = []Premise{PremiseEncryptionStore.Of(m)}
		}
	default:
		f.Severity, f.Source = Warning, inferredFrom+srcCode70
		f.Message = where + ", outside the application data folder; " + words.Quote(std.Path) + " has the same bytes"
		f = f.set(m, k.Property, std.Path)
	}
	p.Report(f)
}
