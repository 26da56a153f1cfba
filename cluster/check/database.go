package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/hostname"
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/internal/words"
)

// databaseRules are about the one database that all members share.
func databaseRules() []Rule {
	return []Rule{
		{
			ID: "DBS001", Title: "The database is not Derby", Severity: Error,
			Source:  srcCode70 + ", database prompts; " + srcCluster + ", step 1",
			What:    "A member of a cluster uses a database server, not the Derby database that comes with the product.",
			Avoid:   "Setting multiserver on a server with Derby: nothing stops it.",
			Prefer:  "The first server's database migrated to MySQL, Oracle, SQL Server or Db2 before a second one is installed. On a server that joins: the cluster's connection properties.",
			Why:     "Derby belongs to one server; the installer refuses it for clusters.",
			Cluster: checkDerby,
		},
		{
			ID: "DBS002", Title: "All members use one database", Severity: Error, Stage: StageStop,
			Source:  srcCluster + ", step 1; " + srcAdd,
			What:    "Type, database or SID, and schema are the same on every member.",
			Avoid:   "A member that still has the database it was installed with.",
			Prefer:  "The same connection properties on every member.",
			Why:     "A member with another database is a separate server that writes to the cluster's storage.",
			Cluster: needs((*Pass).several, checkOneDatabase),
		},
		{
			ID: "DBS003", Title: "The database host is not the member itself", Severity: Warning, Stage: StageStop,
			Source:  inferredFrom + srcCluster + ", step 1",
			What:    "The host in hibernate.connection.url is not a loopback address and, where members name different hosts, not the member's own machine. Two members that each name their own machine are an error.",
			Avoid:   "jdbc:mysql://localhost:3306/… on a member.",
			Prefer:  "The name under which all members reach the database.",
			Why:     "On each member the same text means a different machine, so each has a database for itself; it is right only where a local proxy forwards to the shared one.",
			Cluster: checkDatabaseHosts,
		},
		{
			ID: "DBS004", Title: "The database type is supported by the version", Severity: Error,
			Source: srcCode70 + ", database prompts; " + srcDatabases,
			What:   "database.type is one that this version of the server works with. PostgreSQL worked until 6.2, is refused by the installer of 7.x, and is on no list from 8.1.2 on; of 8.0 to 8.1.1 nothing is known.",
			Avoid:  "PostgreSQL from 7.0 on.",
			Prefer: "mysql (MariaDB, too), oracle, sqlserver or db2.",
			Why:    "A server on another type cannot be upgraded or joined, and is not supported.",
			Member: needs((*Pass).properties, checkDatabaseType),
		},
		{
			ID: "DBS005", Title: "Type, driver and URL belong together", Severity: Warning,
			Source: inferredFrom + srcDBInstall,
			What:   "database.type, hibernate.connection.driver_class and hibernate.connection.url are of one product.",
			Avoid:  "Changing one of the three.",
			Prefer: "The three as the vendor's page for the database lists them.",
			Why:    "A driver refuses the URL of another product, and the server has no connection.",
			Member: needs((*Pass).properties, checkDriver),
		},
		{
			ID: "DBS006", Title: "The JDBC driver is in lib/ext of every member", Severity: Error,
			Source:  srcCode70 + ", check of lib/ext",
			What:    "lib/ext holds the driver's jar, and jars of the same names and sizes on every member.",
			Avoid:   "Putting it into lib, which an upgrade empties.",
			Prefer:  "The same file on every member.",
			Why:     "Without a driver the server has no connection; with different ones members behave differently.",
			Cluster: checkDriverJars,
		},
	}
}

// needsURL is what helps where a URL could not be read.
const needsURL = "a URL as the vendor's page for the database shows it"

func checkDerby(p *Pass, c *cluster.Cluster) {
	members := p.read(c)
	fix := "stop the server, back it up, and migrate its database to MySQL, Oracle, SQL Server or Db2 before a second server is installed"
	if len(members) > 1 {
		// Each has its own: migrating both would give two databases, or overwrite one.
		fix = "stop all members, back them up, and decide whose data the cluster keeps: migrate that database to MySQL, Oracle, SQL Server or Db2; export from the others what must survive, and give them its connection properties"
	}
	for _, m := range members {
		if d := m.Database; d.Type != "" && !d.Derby() {
			fix = "export what must survive, stop the server before it writes to the storage, and give it the connection properties of " + words.Plain(m.Node.Name)
			break
		}
	}
	for _, m := range members {
		d := m.Database
		if !d.Derby() {
			continue
		}
		key := cluster.KeyDatabaseType
		if d.Type != "derby" {
			key = cluster.KeyDatabaseURL
		}
		f := atProperty(m, key)
		f.Fix = fix
		f.Message = "the member uses Derby, which members cannot share"
		p.Report(f)
	}
}

// databases are the databases of the members whose URL was read; the others are
// Unknown. Members with Derby are left out: each has its own.
func (p *Pass) databases(read []*cluster.Member) (members []*cluster.Member, of map[*cluster.Member]cluster.Database) {
	of = map[*cluster.Member]cluster.Database{}
	for _, m := range read {
		d := m.Database
		switch {
		case d.Derby():
		case !d.Read:
			p.unknownAt(m, m.InstalledPath(), cluster.KeyDatabaseURL+" is not set or has a form that this library does not read", needsURL)
		default:
			of[m] = d
			members = append(members, m)
		}
	}
	return members, of
}

func checkOneDatabase(p *Pass, c *cluster.Cluster) {
	members, facts := p.databases(p.read(c))
	all := groups(members, databaseKey)
	// Members that mean one database may still spell its host differently.
	for _, g := range all {
		named := slices.DeleteFunc(slices.Clone(g.members), func(m *cluster.Member) bool {
			return ownDatabase(m, facts[m])
		})
		p.drift(named, cluster.KeyDatabaseURL, func(m *cluster.Member) string { return facts[m].Address }, func(f *Finding, odd, main group) {
			f.Severity, f.Source = Warning, inferredFrom+srcCluster+", step 1"
			f.Message = fmt.Sprintf("the member names the database host as %s, while %s %s %s", words.Quote(odd.value), main.names(), main.verb("names it", "name it"), words.Quote(main.value))
			f.Fix = "make sure that both are one database server, and use one name for it"
		})
	}
	for odd, main := range oddOnes(all) {
		p.otherDatabase(odd, main, facts)
	}
}

// databaseKey is the same text for members that use one database, as far as
// their properties tell.
func databaseKey(m *cluster.Member) string {
	d := m.Database
	return strings.Join([]string{d.Type, d.Name, d.Schema, d.Catalog, d.Lookup}, "\x00")
}

// otherDatabase reports members whose database differs, or may differ, from
// that of the main ones.
func (p *Pass) otherDatabase(odd, main group, facts map[*cluster.Member]cluster.Database) {
	m, ref := odd.members[0], main.members[0]
	a, b := facts[m], facts[ref]
	f := atProperty(m, cluster.KeyDatabaseURL)
	if a.Type == b.Type && (a.Lookup != "" || b.Lookup != "") {
		p.unknownAt(m, f.Path, fmt.Sprintf("whether it uses the database of %s cannot be told: %s; what resolves the name knows", main.names(), databaseDifference(a, b)), "one name for it on all members")
		return
	}
	if why := maybeOne(a, b); why != "" {
		f.Severity, f.Source = Warning, inferredFrom+srcCluster+", step 1"
		f.Message = fmt.Sprintf("the member may use another database than %s: %s; %s", main.names(), databaseDifference(a, b), why)
		f.Fix = "make sure that both mean one database, and write its name alike"
	} else {
		f.Message = fmt.Sprintf("the member uses another database than %s: %s", main.names(), databaseDifference(a, b))
		f.Fix = "stop this member before it writes to the storage, make sure which of the databases is the cluster's, and give all members its connection properties"
	}
	f.Related = odd.beside(main, func(o *cluster.Member) Related {
		return relatedAt(o, cluster.KeyDatabaseURL, databaseText(facts[o]))
	})
	p.Report(f)
}

// maybeOne says why two databases that are named differently can be one, "" where
// they cannot.
func maybeOne(a, b cluster.Database) string {
	if a.Type != b.Type || a.Schema != b.Schema || a.Catalog != b.Catalog || a.Vendor != b.Vendor || a.Name == b.Name {
		return ""
	}
	oracle := a.Vendor == "oracle"
	switch {
	case strings.EqualFold(a.Name, b.Name):
		return "whether the letter case matters is for the database server to say"
	case oracle && a.SID != b.SID:
		return "one is a SID and the other a service, and a service can have any name"
	case oracle && !a.SID:
		// One database offers several services, with and without its domain.
		x, _, _ := strings.Cut(a.Name, ".")
		y, _, _ := strings.Cut(b.Name, ".")
		if x == y {
			return "one service may be named with its domain and without"
		}
	}
	return ""
}

// databaseText renders what was compared; the URL itself may hold credentials.
func databaseText(d cluster.Database) string {
	s := "uses " + words.Plain(d.Type) + " database " + words.Quote(d.Name)
	if d.Schema != "" {
		s += ", schema " + words.Quote(d.Schema)
	}
	if d.Catalog != "" {
		s += ", database name " + words.Quote(d.Catalog)
	}
	return s
}

func databaseDifference(a, b cluster.Database) string {
	var out []string
	diff := func(what, x, y string) {
		if x != y {
			out = append(out, fmt.Sprintf("%s %s, not %s", what, orUnset(words.Quote(x)), orUnset(words.Quote(y))))
		}
	}
	diff("type", a.Type, b.Type)
	diff("database", a.Name, b.Name)
	diff("schema", a.Schema, b.Schema)
	diff("database.databasename", a.Catalog, b.Catalog)
	diff("resolved by", a.Lookup, b.Lookup)
	return strings.Join(out, "; ")
}

// ownDatabase reports that a member names its own machine as the database's.
func ownDatabase(m *cluster.Member, d cluster.Database) bool {
	if d.Loopback() {
		return true
	}
	own := m.Host()
	return own != "" && len(d.Hosts) > 0 && !slices.ContainsFunc(d.Hosts, func(h string) bool { return !hostname.Same(h, own) && !hostname.Loopback(h) })
}

func checkDatabaseHosts(p *Pass, c *cluster.Cluster) {
	var own []*cluster.Member
	read := p.read(c)
	if !slices.ContainsFunc(read, func(m *cluster.Member) bool { return !m.Database.Derby() }) {
		p.NotApplicable()
		return
	}
	members, facts := p.databases(read)
	for _, m := range members {
		if ownDatabase(m, facts[m]) {
			own = append(own, m)
		}
	}
	for _, m := range own {
		host := facts[m].Hosts[0]
		f := atProperty(m, cluster.KeyDatabaseURL)
		switch {
		case len(own) > 1:
			f.Severity, f.Source = Error, srcCluster+", step 1"
			f.Message = fmt.Sprintf("the database host is %s, this member's own machine, and %s %s own, so each of them uses a different database", words.Quote(host), others(own, m).names(), others(own, m).verb("names its", "name their"))
			f.Fix = "stop the members before they write to the storage, and give all of them the name of one database server; suppress this only where a local proxy on each machine forwards to one"
		case facts[m].Loopback():
			f.Message = "the database host is " + words.Quote(host) + ", which is a different machine on every member"
			f.Fix = "use the name under which all members reach the database, unless a local proxy forwards to it"
		default:
			continue // the others name this machine, or another host
		}
		p.Report(f)
	}
}

// others are all members of a list but one.
func others(list []*cluster.Member, m *cluster.Member) group {
	return group{members: slices.DeleteFunc(slices.Clone(list), func(o *cluster.Member) bool { return o == m })}
}

func checkDatabaseType(p *Pass, m *cluster.Member) {
	kind := m.Database.Type
	if strings.TrimSpace(m.Value(cluster.KeyDatabaseType)) == "" {
		p.Unknown(m.InstalledPath(), cluster.KeyDatabaseType+" is not set", "the property")
		return
	}
	if kind == "derby" {
		return // supported, though not in a cluster
	}
	if !versionKnown(m) {
		if slices.ContainsFunc(product.Rows(product.Database), func(r product.Row) bool { return r.Name == kind && r.Since == "" && r.Until == "" }) {
			return // supported by every version
		}
		p.Blocked(m, m.VersionPath())
		return
	}
	row, known := product.Lookup(product.Database, kind, m.Version)
	switch {
	case known && row.Answer == product.Yes:
	case known:
		f := atProperty(m, cluster.KeyDatabaseType)
		f.Source = row.Source
		f.Message = fmt.Sprintf("the database type %s is not supported by version %s: %s", show(cluster.KeyDatabaseType, kind), words.Plain(m.Version), strings.ToLower(row.Text[:1])+row.Text[1:len(row.Text)-1])
		f.Fix = "back up the database and migrate it to a supported type, with all members stopped"
		p.Report(f)
	case product.Reads(product.Layout, product.ListedDatabases, m.Version) == product.Yes && !slices.ContainsFunc(product.Rows(product.Database), func(r product.Row) bool { return r.Name == kind }):
		f := atProperty(m, cluster.KeyDatabaseType)
		f.Message = cluster.KeyDatabaseType + " is " + show(cluster.KeyDatabaseType, kind) + ", which the installer of 7.0 does not accept"
		f.Fix = "correct the type, or migrate to a supported database"
		p.Report(f)
	default:
		p.Unknown(m.InstalledPath(), "whether this version supports the database type "+show(cluster.KeyDatabaseType, kind)+" is not known", "the vendor's system requirements for this version")
	}
}
