package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/hostname"
	"github.com/deploycluster/deploycluster/internal/version"
	"github.com/deploycluster/deploycluster/internal/words"
)

// databaseRules are about the one database that all members share.
func databaseRules() []Rule {
	return []Rule{
		{
			ID: "DBS001", Title: "The database is not Derby", Severity: Error,
			Source: srcCode70 + ", database prompts; " + srcCluster + ", step 1",
			What:   "A member of a cluster uses a database server, not the Derby database that comes with the product.",
			Avoid:  "Setting multiserver on a server with Derby: nothing stops it.",
			Prefer: "A migration to MySQL, Oracle, SQL Server or Db2 before anything else.",
			Why:    "Derby belongs to one server; the installer refuses it for clusters.",
			Member: checkDerby,
		},
		{
			ID: "DBS002", Title: "All members use one database", Severity: Error,
			Source:  srcCluster + ", step 1; " + srcAdd,
			What:    "Type, database or SID, and schema are the same on every member.",
			Avoid:   "A member that still has the database it was installed with.",
			Prefer:  "The same connection properties on every member.",
			Why:     "A member with another database is another server that writes to the cluster's storage.",
			Cluster: checkOneDatabase,
		},
		{
			ID: "DBS003", Title: "The database host is not the member itself", Severity: Warning,
			Source: inferredFrom + srcCluster + ", step 1",
			What:   "The host in hibernate.connection.url is not localhost or another loopback address.",
			Avoid:  "jdbc:mysql://localhost:3306/… on a member.",
			Prefer: "The name under which all members reach the database.",
			Why:    "On each member the same text means another machine; only a local proxy makes it right.",
			Member: checkDatabaseHost,
		},
		{
			ID: "DBS004", Title: "The database type is supported by the version", Severity: Error,
			Source: srcCode70 + ", database prompts",
			What:   "database.type is one that this version of the server works with.",
			Avoid:  "PostgreSQL from 7.0 on.",
			Prefer: "mysql, oracle, sqlserver, db2 or db2zos.",
			Why:    "The installer of 7.0 refuses other types, so the server cannot be upgraded or joined.",
			Member: checkDatabaseType,
		},
		{
			ID: "DBS005", Title: "Type, driver and URL belong together", Severity: Warning,
			Source: inferredFrom + srcDBInstall,
			What:   "database.type, hibernate.connection.driver_class and hibernate.connection.url are about the same product.",
			Avoid:  "Changing one of the three.",
			Prefer: "The three as the vendor's page for the database lists them.",
			Why:    "A driver refuses the URL of another product, and the server has no connection.",
			Member: checkDriver,
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

func isDerby(m *cluster.Member) bool {
	if strings.EqualFold(strings.TrimSpace(m.Value(cluster.KeyDatabaseType)), "derby") {
		return true
	}
	u, ok := parseJDBC(m.Value(cluster.KeyDatabaseURL))
	return ok && u.vendor == "derby"
}

func checkDerby(p *Pass, m *cluster.Member) {
	if !p.properties(m) || !isDerby(m) {
		return
	}
	key := cluster.KeyDatabaseType
	if !strings.EqualFold(strings.TrimSpace(m.Value(key)), "derby") {
		key = cluster.KeyDatabaseURL
	}
	f := atProperty(m, key)
	f.Message = "the server uses Derby, which members cannot share"
	f.Fix = "migrate to a shared database first"
	p.Report(f)
}

// database is what decides whether two members use the same one.
type database struct {
	url    jdbcURL
	kind   string
	schema string
	// catalog is database.databasename, which only Db2 for z/OS has.
	catalog string
}

func databaseOf(m *cluster.Member) (d database, ok bool) {
	d.url, ok = parseJDBC(m.Value(cluster.KeyDatabaseURL))
	d.kind = strings.ToLower(strings.TrimSpace(m.Value(cluster.KeyDatabaseType)))
	if d.kind == "" {
		d.kind = d.url.vendor
	}
	d.schema = m.Value("hibernate.default_schema")
	switch {
	case d.kind == "oracle" && d.schema == "":
		d.schema = m.Value("hibernate.connection.username") // one schema a user
	case d.kind == "db2zos":
		d.catalog = strings.ToUpper(m.Value("database.databasename"))
	}
	d.schema = strings.ToUpper(d.schema)
	return d, ok
}

func checkOneDatabase(p *Pass, c *cluster.Cluster) {
	facts := map[*cluster.Member]database{}
	var members []*cluster.Member
	for _, m := range p.withProperties(c) {
		d, ok := databaseOf(m)
		if isDerby(m) {
			continue // every member has its own
		}
		if !ok {
			p.unknownAt(m, m.InstalledPath(), cluster.KeyDatabaseURL+" is not set or has a form that this library does not read", "a URL as the vendor's page for the database shows it")
			continue
		}
		facts[m] = d
		members = append(members, m)
	}
	key := databaseText
	// Members that mean one database may still spell its host differently.
	for _, g := range groups(members, key) {
		named := slices.DeleteFunc(g.members, func(m *cluster.Member) bool {
			return slices.ContainsFunc(facts[m].url.hosts, hostname.Loopback)
		})
		p.drift(named, cluster.KeyDatabaseURL, func(m *cluster.Member) string {
			return facts[m].url.address()
		}, func(odd, main group) Finding {
			f := atProperty(odd.members[0], cluster.KeyDatabaseURL)
			f.Severity, f.Source = Warning, inferredFrom+srcCluster+", step 1"
			f.Message = fmt.Sprintf("names the database host as %s, while %s %s %s", words.Quote(odd.value), main.names(), main.verb("names it", "name it"), words.Quote(main.value))
			f.Fix = "make sure that both are one database server, and use one name for it"
			return f
		})
	}
	all := groups(members, key)
	for _, odd := range all[min(1, len(all)):] {
		a, b := facts[odd.members[0]], facts[all[0].members[0]]
		f := atProperty(odd.members[0], cluster.KeyDatabaseURL)
		f.Node = odd.members[0].Node.Name
		if why := a.maybe(b); why != "" {
			f.Severity, f.Source = Warning, inferredFrom+srcCluster+", step 1"
			f.Message = fmt.Sprintf("may use another database than %s: %s; %s", all[0].names(), databaseDifference(a, b), why)
			f.Fix = "make sure that both mean one database, and write its name alike"
		} else {
			f.Message = fmt.Sprintf("uses another database than %s: %s", all[0].names(), databaseDifference(a, b))
			f.Fix = "stop this member before it writes to the storage, and give it the cluster's connection properties"
		}
		for _, m := range append(odd.members[1:len(odd.members):len(odd.members)], all[0].members[0]) {
			at := atProperty(m, cluster.KeyDatabaseURL)
			f.Related = append(f.Related, Related{Node: m.Node.Name, Path: at.Path, Pos: at.Pos, Message: facts[m].String()})
		}
		p.Report(f)
	}
}

// databaseText is the same text for members that use one database, as far as
// their properties tell.
func databaseText(m *cluster.Member) string {
	d, _ := databaseOf(m)
	return strings.Join([]string{d.kind, d.url.name, d.schema, d.catalog}, "\x00")
}

// maybe says why two databases that are named differently can be one, "" where
// they cannot.
func (d database) maybe(o database) string {
	a, b := d.url, o.url
	if d.kind != o.kind || d.schema != o.schema || d.catalog != o.catalog || a.vendor != b.vendor || a.name == b.name {
		return ""
	}
	oracle := a.vendor == "oracle"
	switch {
	case strings.EqualFold(a.name, b.name):
		return "whether the letter case matters is for the database server to say"
	case oracle && a.sid != b.sid:
		return "one is a SID and the other a service, and a service can have any name"
	case oracle && !a.sid:
		// One database offers several services, with and without its domain.
		x, _, _ := strings.Cut(a.name, ".")
		y, _, _ := strings.Cut(b.name, ".")
		if x == y {
			return "one service may be named with its domain and without"
		}
	}
	return ""
}

// String renders what was compared; the URL itself may hold credentials.
func (d database) String() string {
	s := "uses " + words.Plain(d.kind) + " database " + words.Quote(d.url.name)
	if d.schema != "" {
		s += ", schema " + words.Quote(d.schema)
	}
	if d.catalog != "" {
		s += ", database name " + words.Quote(d.catalog)
	}
	return s
}

func databaseDifference(a, b database) string {
	var out []string
	diff := func(what, x, y string) {
		if x != y {
			out = append(out, fmt.Sprintf("%s %s, not %s", what, orUnset(words.Quote(x)), orUnset(words.Quote(y))))
		}
	}
	diff("type", a.kind, b.kind)
	diff("database", a.url.name, b.url.name)
	diff("schema", a.schema, b.schema)
	diff("database.databasename", a.catalog, b.catalog)
	return strings.Join(out, "; ")
}

func checkDatabaseHost(p *Pass, m *cluster.Member) {
	if !p.properties(m) {
		return
	}
	u, ok := parseJDBC(m.Value(cluster.KeyDatabaseURL))
	if isDerby(m) {
		p.NotApplicable()
		return
	}
	if !ok {
		p.Unknown(m.InstalledPath(), cluster.KeyDatabaseURL+" is not set or has a form that this library does not read", "a URL as the vendor's page for the database shows it")
		return
	}
	for _, host := range u.hosts {
		name, _, _ := strings.Cut(host, `\`)
		if hostname.Loopback(name) {
			f := atProperty(m, cluster.KeyDatabaseURL)
			f.Message = "the database host is " + words.Quote(host) + ", which is another machine on every member"
			f.Fix = "use the name under which all members reach the database, unless a local proxy forwards to it"
			p.Report(f)
			return
		}
	}
}

func checkDatabaseType(p *Pass, m *cluster.Member) {
	if !p.properties(m) {
		return
	}
	kind := strings.ToLower(strings.TrimSpace(m.Value(cluster.KeyDatabaseType)))
	switch {
	case slices.Contains([]string{"derby", "mysql", "oracle", "sqlserver", "db2", "db2zos"}, kind):
		return // Derby is supported, though not in a cluster
	case kind == "":
		p.Unknown(m.InstalledPath(), cluster.KeyDatabaseType+" is not set", "the property")
		return
	case !versionKnown(m):
		p.Blocked(m, m.VersionPath())
		return
	case strings.HasPrefix(kind, "postgres") && version.In(m.Version, "", "7.0.0"):
		return // worked until 6.2
	case !version.In(m.Version, "7.0.0", "8.0.0"):
		p.Unknown(m.InstalledPath(), "whether this version supports the database type "+show(cluster.KeyDatabaseType, kind)+" is not known", "the vendor's system requirements for this version")
		return
	}
	f := atProperty(m, cluster.KeyDatabaseType)
	f.Message = show(cluster.KeyDatabaseType, kind) + " is no database type that the installer of 7.0 accepts"
	f.Fix = "migrate to a supported database"
	p.Report(f)
}
