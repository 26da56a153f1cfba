package check

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/internal/product"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/words"
)

// operationRules are about running the servers: what files show of it and
// what the caller has declared.
func operationRules() []Rule {
	return []Rule{
		{
			ID: "OPS001", Title: "The server is stopped before its files are changed", Severity: Info,
			Source:  srcCluster + ", step 5.1",
			What:    "The report says which servers run, because a plan that changes files does not start while they do. A running cluster is healthy.",
			Avoid:   "Moving files under a running server.",
			Prefer:  "A stopped server, and a look for its process: var/server.pid can outlive a server that was killed.",
			Why:     "A running server keeps writing, so a copy made meanwhile is not complete.",
			Cluster: checkRunning,
		},
		{
			ID: "OPS002", Title: "A cold standby does not run", Severity: Error, Stage: StageStop,
			Source: srcOverview + "; " + srcCold,
			What:   "A server declared as standby is stopped.",
			Avoid:  "Starting it for a check, even without traffic.",
			Prefer: "Keeping it stopped until the active server has failed and is fenced off.",
			Why:    "A server that runs without being a member of the running cluster can damage the database.",
			Member: checkStandbyRunning,
		},
		{
			ID: "OPS003", Title: "There is an online backup", Severity: Warning,
			Source:  srcCluster + ", step 3",
			What:    "The database is backed up, often, while the servers run.",
			Avoid:   "Relying on the storage's redundancy.",
			Prefer:  "The database's own online backup.",
			Why:     "With frequent online backups little is lost after a failure.",
			Cluster: func(p *Pass, c *cluster.Cluster) { checkBackup(p, "online", c.Topology.Facts.Backups.Online) },
		},
		{
			ID: "OPS004", Title: "No member is a copied installation", Severity: Error, Stage: StageInstall,
			Source:  srcCluster + ", note on copied installations",
			What:    "server.unique.id, server.brokerId and the identity keystore are different on every member.",
			Avoid:   "Copying an installation folder to make a second server.",
			Prefer:  "The installer, run on each machine.",
			Why:     "Servers with one identity take each other's connections; the vendor does not support copies.",
			Assumes: []PremiseKind{PremiseConfServer},
			Denies:  []PremiseKind{PremiseIdentity},
			Cluster: needs((*Pass).several, checkCopied),
		},
		{
			ID: "OPS005", Title: "The license server is highly available", Severity: Info,
			Source:  srcCluster + ", step 7",
			What:    "More than one license server, or one that fails over, is declared.",
			Avoid:   "One license server for a cluster that is meant to survive failures.",
			Prefer:  "The license servers' own high availability.",
			Why:     "A cluster survives the failure of a member; a single license server may still stop it. The vendor calls the step optional.",
			Cluster: checkLicense,
		},
		{
			ID: "OPS006", Title: "A cold standby does not start automatically", Severity: Warning,
			Source: inferredFrom + srcCold,
			What:   "The service of a server declared as standby does not start with its machine.",
			Avoid:  "The autostart that a service installation sets.",
			Prefer: "A service that is started by hand, as a step of the failover.",
			Why:    "A restart of the machine would run the standby beside the cluster.",
			Member: checkAutostart,
		},
		{
			ID: "OPS007", Title: "There is an offline backup", Severity: Warning,
			Source:  srcCluster + ", step 3",
			What:    "Database, application data and the conf folder of each member are backed up at one moment, with all members stopped.",
			Avoid:   "Backing up the database and the files at different times.",
			Prefer:  "One stop, one backup of all; opt/tomcat/conf and lib/ext with it.",
			Why:     "Files and database of different moments have broken references to artifacts, keys and plugins.",
			Cluster: func(p *Pass, c *cluster.Cluster) { checkBackup(p, "offline", c.Topology.Facts.Backups.Offline) },
		},
		{
			ID: "OPS008", Title: "Servers behind a distributed front end accept its users", Severity: Error, Stage: StageSettings,
			Source:  srcFrontEnd,
			Since:   product.Since(product.Connection, product.FrontEnds),
			What:    "Where there is a front end, " + keyUserIDAuth + " is true on every other server.",
			Avoid:   "Setting it on the front end alone.",
			Prefer:  keyUserIDAuth + "=true in installed.properties of every server behind the front ends, before they are started.",
			Why:     "The servers would not accept the users that a front end has logged in.",
			Edits:   "Sets the property to true.",
			Cluster: checkFrontEndAuth,
		},
		{
			ID: "OPS009", Title: "What is copied to another site is copied synchronously", Severity: Error,
			Source:  srcOverview,
			What:    "Database and network storage are either not replicated or replicated synchronously.",
			Avoid:   "A copy of the storage that lags behind that of the database.",
			Prefer:  "Synchronous replication of both.",
			Why:     "The servers do not keep the two in step; after a failover the database would refer to files that the storage does not have, or the reverse.",
			Cluster: checkReplication,
		},
	}
}

// checkRunning says once which members run: a running cluster is healthy, and only
// a change of its files asks for more.
func checkRunning(p *Pass, c *cluster.Cluster) {
	var running []Related
	judged := false
	for _, m := range c.Members {
		if m.Node.Role == cluster.RoleStandby {
			continue // a standby has its own rule
		}
		judged = true
		path := m.InInstall("var/server.pid")
		declared := m.Node.Running
		switch {
		case declared != nil && *declared:
			running = append(running, Related{Node: m.Node.Name, Path: m.Node.Install, Message: "is declared as running"})
		case m.ServerPID && declared != nil:
			f := Finding{Node: m.Node.Name, Path: path, Fix: "look for a process of the server, and delete the file if there is none; the installer refuses to work while it exists"}
			p.Report(f.predicate("exists although the server is declared as stopped: the server was killed, or it runs"))
		case m.ServerPID:
			running = append(running, Related{Node: m.Node.Name, Path: path, Message: "exists: the server runs, or was killed"})
		default:
			p.markerKnown(m, path)
		}
	}
	switch {
	case !judged:
		p.NotApplicable()
	case len(running) == 1:
		r := running[0]
		f := Finding{Node: r.Node, Path: r.Path, Fix: "nothing, unless its files are to be changed: stop it before that, and look for its process"}
		if m := c.Member(r.Node); r.Path == m.Node.Install {
			f.Message = "the server " + r.Message
		} else {
			f = f.predicate(r.Message)
		}
		p.Report(f)
	case len(running) > 1:
		p.Report(Finding{
			Message: fmt.Sprintf("%d servers run", len(running)), Related: running,
			Fix: "nothing, unless their files are to be changed: stop them before that, and look for their processes",
		})
	}
}

// markerKnown reports whether the marker file was looked up, and blocks the rule
// where it was not.
func (p *Pass) markerKnown(m *cluster.Member, path string) {
	if m.Real.Path == "" {
		p.Blocked(m, path)
	} else if g, ok := m.Gap(path); ok {
		p.Blocked(m, g.Path)
	}
}

func checkStandbyRunning(p *Pass, m *cluster.Member) {
	if m.Node.Role != cluster.RoleStandby {
		p.NotApplicable()
		return
	}
	path := m.InInstall("var/server.pid")
	f := Finding{Path: path, Fix: "if it has taken over from a failed server, declare it as a member; otherwise stop it at once, and check the database if the cluster ran at the same time"}
	switch {
	case m.Node.Running != nil && *m.Node.Running:
		f.Path, f.Message = m.Node.Install, "the cold standby is declared as running"
	case m.ServerPID && m.Node.Running == nil:
		f = f.predicate("exists: the cold standby runs, or was killed")
	case m.ServerPID:
		f.Severity, f.Source = Warning, inferredFrom+srcCode70+", check for a running server"
		f = f.predicate("exists although the cold standby is declared as stopped: the server was killed, or it runs")
		f.Fix = "look for a process of the server: if there is one, stop it at once; if there is none, delete the file"
	default:
		p.markerKnown(m, path)
		return
	}
	p.Report(f)
}

func checkAutostart(p *Pass, m *cluster.Member) {
	switch {
	case m.Node.Role != cluster.RoleStandby:
		p.NotApplicable()
	case m.Node.Autostart == nil:
		p.Unknown(m.Node.Install, "whether the standby starts with its machine is not declared", "nodes[].autostart")
	case *m.Node.Autostart:
		p.Report(Finding{Path: m.Node.Install, Message: "the cold standby starts with its machine", Fix: "switch the service to manual start"})
	}
}

func checkBackup(p *Pass, kind string, declared *bool) {
	switch {
	case declared == nil:
		p.Unknown("", "whether there is an "+kind+" backup is not declared", "facts.backups."+kind)
	case !*declared:
		p.Report(Finding{Message: "there is no " + kind + " backup", Fix: "configure it before the cluster goes into use, and before any change of its files"})
	}
}

// identityMark is what tells one installation from another.
type identityMark struct {
	what string
	of   func(*cluster.Member) string // empty: not known
}

func identityMarks() []identityMark {
	return []identityMark{
		{cluster.KeyUniqueID, func(m *cluster.Member) string { return strings.ToLower(m.Value(cluster.KeyUniqueID)) }},
		{cluster.KeyBrokerID, func(m *cluster.Member) string { return m.Value(cluster.KeyBrokerID) }},
		{"the identity keystore", func(m *cluster.Member) string {
			k, _ := m.Store(cluster.KeyAgentStore)
			return k.Data.Reveal()
		}},
	}
}

// checkCopied looks for marks of identity that two members have alike. One may
// be a coincidence of editing; two are a copied installation.
func checkCopied(p *Pass, c *cluster.Cluster) {
	type pair struct{ first, second *cluster.Member }
	same := map[pair][]string{}
	var order []pair
	for _, mk := range identityMarks() {
		for m, first := range twins(c.Members, mk.of) {
			pr := pair{first, m}
			if len(same[pr]) == 0 {
				order = append(order, pr)
			}
			same[pr] = append(same[pr], mk.what)
		}
	}
	for _, m := range c.Members {
		if m.Installed != nil && !slices.ContainsFunc(identityMarks(), func(mk identityMark) bool { return mk.of(m) != "" }) {
			p.unknownAt(m, m.InstalledPath(), "nothing is known by which this installation is told from another", cluster.KeyUniqueID+" or "+cluster.KeyBrokerID)
		}
		if p.properties(m) {
			if k, ok := m.Store(cluster.KeyAgentStore); ok && k.Err != nil && !errors.Is(k.Err, fs.ErrNotExist) {
				p.Blocked(m, k.Path)
			}
		}
	}
	for _, pr := range order {
		f := atProperty(pr.second, cluster.KeyUniqueID)
		f.Message = fmt.Sprintf("the member and %s have in common: %s", words.Plain(pr.first.Node.Name), strings.Join(same[pr], ", "))
		f.Fix = "stop this member; once storage and database are right, install it again with the installer"
		f.Related = []Related{{Node: pr.first.Node.Name, Path: pr.first.InstalledPath(), Message: "the other member"}}
		if len(same[pr]) == 1 {
			f.Severity, f.Source = Warning, inferredFrom+srcCluster+", note on copied installations"
			f.Message += "; it looks like a copied installation"
			f.Fix = "find out whether this installation was copied; if it was, stop this member and install it again with the installer"
		} else {
			f.Message += "; it is a copied installation, which is not supported"
			f.Denies = []Premise{PremiseIdentity.Between(pr.first, pr.second)}
		}
		p.Assume(PremiseConfServer.Between(pr.first, pr.second)).Report(f)
	}
}
