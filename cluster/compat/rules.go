package compat

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/internal/words"
)

// Rules are the conditions of the path as rules for check.Options.Extra, one a
// condition, with the ids UPG001 to UPG016: UPG001 judges the path itself, the
// others look whether the members meet a condition now. What no file shows is
// Unknown, with what to look at. Each member is judged by the path from its own
// version to To; members of several versions are for VER001.
func (p Path) Rules() []check.Rule {
	rules := []check.Rule{{
		ID: "UPG001", Title: "There is a way to version " + p.To, Severity: check.Error,
		Source: "installer 7.0.0 ContainerInstaller, comparison of versions",
		What:   "The upgrade is documented, in one step or several.",
		Avoid:  "A downgrade, or an upgrade past a version at which it has to stop.",
		Prefer: "The legs in their order, each with all members.",
		Why:    "The installer refuses or damages what no vendor page covers.",
		Member: p.checkPath,
	}}
	for _, j := range judges() {
		if c, ok := p.condition(j.id); ok {
			rules = append(rules, p.rule(j, c))
		}
	}
	return rules
}

// judge looks whether a member meets a condition before one leg.
type judge struct {
	id, rule, title string
	severity        check.Severity
	member          func(p *check.Pass, m *cluster.Member, l Leg, c Condition)
	// hidden says of a condition without member why no file shows it, and look
	// what would.
	hidden, look string
}

func judges() []judge {
	agents := "a look at Resources in the user interface: "
	return []judge{
		{id: "java", rule: "UPG002", title: "Java fits the new version", severity: check.Error, member: judgeJava},
		{id: "database", rule: "UPG003", title: "The new version supports the database", severity: check.Error, member: judgeDatabase},
		{id: "aes-keys", rule: "UPG004", title: "No triple-DES key is left", severity: check.Error, member: judgeKeys},
		{id: "web-agents", rule: "UPG005", title: "No agent uses JMS", severity: check.Error, hidden: "which agents and relays use JMS is not in the servers' files", look: agents + "the type of every agent and relay"},
		{id: "web-socket", rule: "UPG006", title: "agentcomm.uri is decided on", severity: check.Warning, member: judgeAgentURI},
		{id: "driver", rule: "UPG007", title: "The database driver is of JDBC 4.2 or later", severity: check.Warning, member: judgeDriver},
		{id: "layout", rule: "UPG008", title: "The storage has the layout of an application data folder", severity: check.Warning, member: judgeLayout},
		{id: "key-path", rule: "UPG009", title: "encryption.keystore is there", severity: check.Error, member: judgeKeyPath},
		{id: "saved-files", rule: "UPG010", title: "What an upgrade overwrites is saved", severity: check.Info, member: judgeSavedFiles},
		{id: "log-settings", rule: "UPG011", title: "Settings of log4j 1 are carried over", severity: check.Info, member: judgeLogSettings},
		{id: "stopped", rule: "UPG012", title: "Every member is stopped", severity: check.Info, member: judgeStopped},
		{id: "backup", rule: "UPG013", title: "There is an offline backup", severity: check.Error},
		{id: "same-user", rule: "UPG014", title: "The installer runs as the server's user", severity: check.Error, hidden: "who will run the installer is not declared", look: "the user that owns the installation folder"},
		{id: "relays", rule: "UPG015", title: "Relays are upgraded with the servers", severity: check.Error, hidden: "which version the relays have is not in the servers' files", look: agents + "the version of every relay"},
		{id: "hcl-license", rule: "UPG016", title: "There is an HCL license server", severity: check.Error, hidden: "whose media are used is not declared", look: "an HCL license server, if they are HCL's"},
	}
}

// condition is the first of an id among the legs.
func (p Path) condition(id string) (Condition, bool) {
	for _, l := range p.Legs {
		if c, ok := l.condition(id); ok {
			return c, true
		}
	}
	return Condition{}, false
}

func (l Leg) condition(id string) (Condition, bool) {
	for _, c := range l.Conditions {
		if c.ID == id {
			return c, true
		}
	}
	return Condition{}, false
}

// target is a version that the table can be asked for.
func (l Leg) target() string {
	if l.To == through {
		return throughNewest
	}
	return l.To
}

func (p Path) rule(j judge, c Condition) check.Rule {
	r := check.Rule{
		ID: j.rule, Title: j.title, Severity: j.severity, Source: c.Source,
		What: c.Requirement, Avoid: "Beginning the upgrade before.", Prefer: "Every condition of a leg met before its first installer runs.", Why: c.Why,
	}
	switch {
	case j.id == "backup":
		r.Cluster = judgeBackup
	case j.member == nil:
		r.Cluster = func(pass *check.Pass, _ *cluster.Cluster) { pass.Unknown("", j.hidden, j.look) }
	default:
		r.Member = func(pass *check.Pass, m *cluster.Member) {
			open := false
			for _, l := range p.legs(m) {
				if c, ok := l.condition(j.id); ok {
					open = true
					j.member(pass, m, l, c)
				}
			}
			if !open {
				pass.NotApplicable()
			}
		}
	}
	return r
}

// legs are those of the member's own version.
func (p Path) legs(m *cluster.Member) []Leg {
	if m.Version == p.From {
		return p.Legs
	}
	return Upgrade(m.Version, p.To).Legs
}

func (p Path) checkPath(pass *check.Pass, m *cluster.Member) {
	path := m.InInstall("conf/installed.version")
	if m.Version == "" {
		pass.Blocked(m, path)
		return
	}
	way := Upgrade(m.Version, p.To)
	switch {
	case way.Answer == Unknown:
		pass.Unknown(path, way.Why, "the vendor's pages on upgrades of both versions")
	case way.Answer == No:
		pass.Report(check.Finding{Path: path, Pos: m.VersionPos, Source: way.Source, Message: fmt.Sprintf("the version of %s is %q: %s", m.Node.Name, m.Version, way.Why), Fix: "choose a later version, or restore backups of the older one"})
	case len(way.Legs) > 1:
		pass.Report(check.Finding{
			Path: path, Pos: m.VersionPos, Severity: check.Info, Source: way.Source,
			Message: fmt.Sprintf("the version of %s is %q: %s", m.Node.Name, m.Version, way.Why),
			Fix:     "upgrade all members to " + way.Legs[0].To + ", let the agents follow, and only then upgrade to " + p.To,
		})
	}
}

// about is a sentence about a file or folder; the text begins with a verb.
func about(path, text string) string { return words.Plain(words.Clip(path)) + " " + text }

func judgeJava(pass *check.Pass, m *cluster.Member, l Leg, c Condition) {
	if m.Installed == nil {
		pass.Blocked(m, m.InstalledPath())
		return
	}
	var f check.Finding
	judged := false
	for _, h := range m.Java {
		switch fits(For(l.target()).Java, h.Release) {
		case Yes:
			judged = true
		case No:
			if judged = true; f.Message != "" {
				f.Related = append(f.Related, check.Related{Node: m.Node.Name, Path: h.Pos.Name, Pos: h.Pos, Message: "names Java " + h.Release})
				continue
			}
			f = check.Finding{
				Path: h.Pos.Name, Pos: h.Pos, Subject: h.Source,
				Message: about(h.Pos.Name, fmt.Sprintf("names Java %s, which %s does not support", h.Release, l.To)),
				Fix:     "install one of " + strings.Join(c.Values, ", ") + " and name it in JAVA_HOME, bin/set_env and " + cluster.KeyJavaHome + " when the installer runs",
			}
		}
	}
	switch {
	case f.Message != "":
		pass.Report(f)
	case !judged:
		pass.Unknown(m.InstalledPath(), "which release of Java the server runs on, or whether "+l.To+" supports it, is not known", "java -version of the Java home, and the vendor's system requirements; "+known(c.Values))
	}
}

// known are the values of which it is known that they fit.
func known(values []string) string {
	if len(values) == 0 {
		return "nothing is known here to fit"
	}
	return "known to fit: " + strings.Join(values, ", ")
}

// fits is the answer about one name.
func fits(facts []Fact, name string) Answer {
	for _, f := range facts {
		if f.Name == name {
			return f.Answer
		}
	}
	return Unknown
}

func judgeDatabase(pass *check.Pass, m *cluster.Member, l Leg, c Condition) {
	if m.Installed == nil {
		pass.Blocked(m, m.InstalledPath())
		return
	}
	kind := strings.ToLower(strings.TrimSpace(m.Value(cluster.KeyDatabaseType)))
	if strings.HasPrefix(kind, "postgres") {
		kind = "postgres"
	}
	switch fits(For(l.target()).Databases, kind) {
	case No:
		e, _ := m.Property(cluster.KeyDatabaseType)
		pass.Report(check.Finding{
			Path: e.Pos.Name, Pos: e.Pos, Subject: cluster.KeyDatabaseType,
			Message: l.To + " does not support the database type " + kind,
			Fix:     "migrate to one of " + strings.Join(c.Values, ", ") + " before the upgrade",
		})
	case Unknown:
		pass.Unknown(m.InstalledPath(), "whether "+l.To+" supports the database type is not known", "the vendor's system requirements for this version; "+known(c.Values))
	}
}

func judgeKeys(pass *check.Pass, m *cluster.Member, l Leg, _ Condition) {
	k, ok := m.Store(cluster.KeyEncryptionStore)
	switch {
	case !ok:
		pass.Blocked(m, m.InstalledPath())
		return
	case k.Store == nil || k.Store.Sealed > 0:
		pass.Unknown(k.Path, "whether the keystore holds triple-DES keys cannot be told", "the keystore and its password")
		return
	}
	var old []string
	for _, e := range k.Store.Entries {
		if strings.HasPrefix(strings.ToLower(e.Alias), "desedekey") {
			old = append(old, words.Quote(e.Alias))
		}
	}
	if len(old) > 0 {
		pass.Report(check.Finding{
			Path: k.Path, Message: about(k.Path, "holds keys that are triple DES by their alias, which "+l.To+" no longer reads: "+words.List(old)),
			Fix: "rotate to an AES key, write its alias on every member and restart those that run, encrypt all secrets anew on one member, and delete the old keys after a backup",
		})
	}
}

func judgeAgentURI(pass *check.Pass, m *cluster.Member, l Leg, _ Condition) {
	switch {
	case m.Installed == nil:
		pass.Blocked(m, m.InstalledPath())
	case m.Value(cluster.KeyAgentURI) == "":
		pass.Report(check.Finding{
			Path: m.InstalledPath(), Subject: cluster.KeyAgentURI,
			Message: cluster.KeyAgentURI + " is not set, and the installer of " + l.To + " asks for it",
			Fix:     "decide on wss://HOST:7919 with this machine's own name, and open the port between the members and to the agents; a silent upgrade needs it in install.properties",
		})
	}
}

func judgeDriver(pass *check.Pass, m *cluster.Member, l Leg, _ Condition) {
	if e, ok := m.Property("hibernate.dialect"); ok && e.Value != "" {
		pass.Report(check.Finding{
			Path: e.Pos.Name, Pos: e.Pos, Subject: "hibernate.dialect", Severity: check.Info,
			Message: "hibernate.dialect is set; the upgrade to " + l.To + " removes it", Fix: "nothing, unless somebody set it on purpose: then ask the vendor what takes its place",
		})
	}
	pass.Unknown(m.InInstall("lib/ext"), "which version of JDBC the driver has is not in its name", "the driver's release notes; it must be JDBC 4.2 or later, for the Java of the new version")
}

func judgeLayout(pass *check.Pass, m *cluster.Member, l Leg, _ Condition) {
	pass.Report(check.Finding{
		Path: m.Node.Install, Message: about(m.Node.Install, "shares single entries by links, and "+l.To+" wants one application data folder"),
		Fix: "arrange the storage as an application data folder, and give the installer its path",
	})
}

func judgeKeyPath(pass *check.Pass, m *cluster.Member, _ Leg, _ Condition) {
	k, ok := m.Store(cluster.KeyEncryptionStore)
	switch {
	case !ok:
		pass.Blocked(m, m.InstalledPath())
	case errors.Is(k.Err, fs.ErrNotExist):
		pass.Report(check.Finding{
			Path: k.Path, Pos: k.Pos, Subject: cluster.KeyEncryptionStore,
			Message: cluster.KeyEncryptionStore + " names a file that is not there; the upgrade would make one with another key",
			Fix:     "set it to conf/encryption.keystore of the application data folder, where the cluster's keystore is",
		})
	case k.Err != nil:
		pass.Blocked(m, k.Path)
	}
}

func judgeSavedFiles(pass *check.Pass, m *cluster.Member, l Leg, c Condition) {
	var there []string
	for _, f := range c.Files {
		rel, shared := strings.CutPrefix(f, "appdata/")
		switch {
		case !shared:
			there = append(there, m.InInstall(f))
		case m.Tree != nil:
			if _, ok := m.Tree.Node(rel); ok {
				there = append(there, serverpath.Join(m.AppData, rel))
			}
		}
	}
	pass.Report(check.Finding{
		Path: m.Node.Install, Message: "the upgrade to " + l.To + " overwrites, renames or removes what is in " + strings.Join(there, ", ") + "; installed.properties, server.xml, tomcat.keystore and lib/ext stay",
		Fix: "save what was changed or added there, and put it back after the last member",
	})
}

func judgeLogSettings(pass *check.Pass, m *cluster.Member, l Leg, _ Condition) {
	if m.Tree == nil {
		pass.Blocked(m, m.AppData)
		return
	}
	if n, ok := m.Tree.Node("conf/server/log4j.properties"); ok {
		path := serverpath.Join(m.AppData, n.Path)
		pass.Report(check.Finding{
			Path: path, Message: about(path, "is not read by "+l.To+", which reads conf/server/log4j2.xml"),
			Fix: "write down what was changed in it, and set it in log4j2.xml after the upgrade",
		})
	}
}

func judgeStopped(pass *check.Pass, m *cluster.Member, _ Leg, _ Condition) {
	switch running := m.Node.Running; {
	case running != nil && *running, m.ServerPID:
		pass.Report(check.Finding{Path: m.InInstall("var/server.pid"), Message: "the server runs, as far as is seen", Fix: "stop all members before the first installer runs"})
	case running == nil:
		pass.Unknown(m.Node.Install, "whether the server is stopped is not declared", "nodes[].running")
	}
}

func judgeBackup(pass *check.Pass, c *cluster.Cluster) {
	switch b := c.Topology.Facts.Backups.Offline; {
	case b == nil:
		pass.Unknown("", "whether there is an offline backup is not declared", "facts.backups.offline")
	case !*b:
		pass.Report(check.Finding{Message: "there is no offline backup, and no other way back", Fix: "back up database, application data and every member's conf, opt/tomcat and lib/ext, at the same moment"})
	}
}
