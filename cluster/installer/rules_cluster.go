package installer

import (
	"fmt"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/internal/hostname"
)

// agreement is one answer that the servers of a cluster must or should give
// alike.
type agreement struct {
	key      string
	severity check.Severity
	source   string
	shown    bool // the value may be in a message
}

func agreements() []agreement {
	inferred := func(source string) string { return "inferred from " + source }
	return []agreement{
		{"version", check.Error, srcCluster + ", before you begin; " + srcCode + ", getInput", true},
		{"server.appdata.dir", check.Warning, inferred(srcCode70 + ", prompt for the folder"), true},
		{"hibernate.connection.url", check.Error, srcCluster + ", step 1", false},
		{"hibernate.default_schema", check.Warning, inferred(srcCluster + ", step 1"), true},
		{"install.server.web.host", check.Error, srcSilent, true},
		{"install.server.web.port", check.Warning, inferred(srcTemplates + ", server.xml"), true},
		{"install.server.web.https.port", check.Warning, inferred(srcTemplates + ", server.xml"), true},
		{"server.jms.mutualAuth", check.Warning, inferred(srcCode70 + ", getInput"), true},
	}
}

// checkAgreement compares every file with the cluster that its server is to
// join, or with the first file.
func checkAgreement(p *pass) {
	schema := (*sheet)(nil)
	for _, s := range p.sheets {
		if !s.ha {
			continue
		}
		p.at = s
		for _, a := range agreements() {
			p.compare(s, a)
		}
		if meantYes(s.get("skip.db.install")) || yes(s.get("skip.db.config")) {
			continue
		}
		f := check.Finding{Source: srcSilent + "; " + srcCode70 + ", getDbInput", Fix: "set skip.db.install=Y"}
		switch {
		case p.Cluster != nil:
			f.Message = "skip.db.install is not Y: the installation would create the schema in the database that the cluster uses"
		case schema != nil:
			f.Message = "skip.db.install is not Y, and another file creates the schema already"
			f.Related = []check.Related{related(schema, "skip.db.install", "this one creates it")}
		default:
			schema = s
			continue
		}
		p.report("skip.db.install", f)
	}
}

// compare holds one answer of a file against the members of the cluster, or
// against the first file that answers.
func (p *pass) compare(s *sheet, a agreement) {
	value := meant(a.key, s.get(a.key))
	if _, ref := referenced(value); value == "" || ref {
		return
	}
	if p.Cluster == nil {
		for _, other := range p.sheets {
			v := meant(a.key, other.get(a.key))
			if _, ref := referenced(v); other.ha && v != "" && !ref {
				a.hold(p, value, v, " in another file", related(other, a.key, "the other answer"))
				return
			}
		}
		return
	}
	for _, m := range p.Cluster.Members {
		v := meant(a.key, memberValue(m, a.key))
		if v != "" && m.Node.Name != s.Node && a.hold(p, value, v, " on the member "+m.Node.Name, relatedMember(m, a.key, "the member's")) {
			return
		}
	}
}

// hold reports an answer that differs from another one.
func (a agreement) hold(p *pass, value, other, where string, at check.Related) (differ bool) {
	f, differ := a.differ(value, other)
	if differ {
		f.Message += where
		f.Related = []check.Related{at}
		p.report(a.key, f)
	}
	return differ
}

// differ compares two answers.
func (a agreement) differ(value, other string) (f check.Finding, differ bool) {
	f = check.Finding{Severity: a.severity, Source: a.source, Message: a.key + " has another value here than", Fix: "give the same answer, or change it everywhere"}
	if a.shown {
		f.Message = fmt.Sprintf("%s is %s here and %s", a.key, shown(a.key, value), shown(a.key, other))
	}
	if a.key != "hibernate.connection.url" {
		return f, value != other
	}
	database, hosts, ok := sameDatabase(value, other)
	switch {
	case !ok && value == other, database && hosts, namesItself(value), namesItself(other):
		return f, false // where one names its own machine ANS004 judges it
	case !ok, database:
		f.Severity, f.Source = check.Warning, "inferred from "+a.source
		f.Message = a.key + " is written differently here than"
		f.Fix = "make sure that both mean one database, and write it alike"
	default:
		f.Message = a.key + " means another database here than"
	}
	return f, true
}

// meant is an answer as the installer would record it, as far as two spellings
// of it can be the same.
func meant(key, value string) string {
	switch key {
	case "server.jms.mutualAuth":
		switch {
		case value == "":
			return ""
		case yes(value) || value == "true":
			return "true"
		}
		return "false"
	case "install.server.web.host":
		return hostname.Bare(value)
	}
	return value
}

// memberValue is what an installed member has for a key of the file.
func memberValue(m *cluster.Member, key string) string {
	switch key {
	case "version":
		return m.Version
	case "server.appdata.dir":
		return m.AppData
	}
	return m.Value(key)
}
