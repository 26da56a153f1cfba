package check_test

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// pageVersion is one of the versions that the vendor's page is written for.
const pageVersion = "8.0.1.3.1500000"

// sentenceProof is a row of the first table of docs/requirements.md, each a sentence of
// the vendor's page, with what shows that a cluster that violates it is not found
// sound. A row has at least one kind of proof.
type sentenceProof struct {
	row string
	// breaks are clusters that violate the sentence, and the rule that says so.
	breaks []violation
	// undeclared is a fact that no file holds: without it the rule is not judged,
	// and says that it needs field.
	undeclared func(f *cluster.Facts)
	rule       string
	field      string
	// step begins the title of a step of the plan that moves a server's application
	// data, for what a person has to do.
	step string
	// refusal is the id with which that plan refuses a storage that another server
	// has filled.
	refusal string
	// explains: the sentence asks for nothing, and why.
	explains string
}

type violation struct {
	name string
	rule string
	seed func(s *site)
}

func ownDatabase(s *site) { s.set("node3", dbURL, "jdbc:mysql://db.example.com:3306/trial") }

func ownFolder(s *site) {
	s.copyTree("/share/appdata", "/node3/srv/appdata")
	s.write("node3", "/srv/appdata/conf/encryption.keystore", reseal(jks(key("mine", pki().leaf)), ownPassword))
	s.follow("node3", "/srv/appdata")
}

func notMounted(s *site) {
	s.topo.Nodes[2].Mounts = s.topo.Nodes[2].Mounts[:1]
	s.must(s.fs.MkdirAll("/node3"+shared, 0o750))
}

func copiedInstallation(s *site) {
	s.remove("node3", install)
	s.copyTree("/node2"+install, "/node3"+install)
}

func ownCertificate(s *site) {
	s.serve(reseal(jks(key("server", signed(pki().other)...)), ownPassword), "node3")
}

func forwards(p ...int) func(s *site) {
	return func(s *site) { s.topo.Facts.LoadBalancer.Ports = p }
}

func noAffinity(s *site) { s.topo.Facts.LoadBalancer.Affinity = declare(false) }

func memberURL(s *site) { s.topo.Facts.Settings.ExternalUserURL = "https://node1.example.com:8443" }

func sentences8() []sentenceProof {
	one := func(rule string, seed func(s *site)) []violation { return []violation{{rule: rule, seed: seed}} }
	return []sentenceProof{
		{row: "Intro", breaks: []violation{
			{"a database for one member", "DBS002", ownDatabase}, {"a folder for one member", "PRP002", ownFolder}, {"a storage for one member", "STO002", notMounted},
		}},
		{row: "Before 1", breaks: one("VER001", func(s *site) { s.edit("node3", versionFile, pageVersion, "7.3.2.8.1400000") })},
		{row: "About 1", breaks: []violation{
			{"two members on one machine", "NET004", func(s *site) { s.topo.Nodes[2].Host = s.topo.Nodes[1].Host }},
			{"two members run one installation", "APP012", func(s *site) { s.topo.Nodes[2].Mounts = s.topo.Nodes[1].Mounts }},
		}},
		{row: "About 2", breaks: []violation{{"another database", "DBS002", ownDatabase}, {"another storage", "STO002", notMounted}}},
		{row: "About 3", breaks: one("APP001", func(s *site) { s.remove("node1", encFile) })},
		{row: "About 4", breaks: one("APP012", func(s *site) {
			s.move("/node2"+install+"/conf/server", "/share/confserver")
			s.remove("node3", install+"/conf/server")
			s.link("node2", "/media/share/confserver", install+"/conf/server")
			s.link("node3", "/media/share/confserver", install+"/conf/server")
		})},
		{row: "About 5", explains: "what is in the database is not in any file, and the database is never opened"},
		{row: "About 6", breaks: one("DBS002", ownDatabase)},
		{row: "About 7", breaks: one("OPS004", copiedInstallation)},
		{row: "About 8", breaks: one("LBR002", forwards(80, 443, 9000)), undeclared: func(f *cluster.Facts) { f.LoadBalancer = nil }, rule: "LBR001", field: "facts.loadBalancer"},
		{row: "About 9", breaks: []violation{
			{"mails lead to one member", "LBR006", memberURL},
			{"a member is installed under its own name", "LBR004", func(s *site) { s.set("node2", "install.server.web.host", "node2.example.com") }},
		}, undeclared: func(f *cluster.Facts) { f.Settings = nil }, rule: "LBR006", field: "facts.settings.externalUserURL"},
		{row: "About 10", breaks: one("KEY004", ownCertificate)},
		{row: "Note 1", breaks: []violation{
			{"not WebSocket", "NET001", func(s *site) { s.set("node2", cluster.KeyAgentURI, "https://node2.example.com:7919") }},
			{"one address for two", "NET002", func(s *site) { s.set("node2", cluster.KeyAgentURI, "wss://node1.example.com:7919") }},
			{"one port for two listeners", "NET003", func(s *site) { s.set("node2", cluster.KeyAgentURI, "wss://node2.example.com:8443") }},
			{"a firewall between members", "NET005", func(s *site) { s.topo.Facts.Network.MembersReachable = declare(false) }},
			{"other web ports", "PRP011", func(s *site) { s.set("node2", cluster.KeyWebPort, "9080") }},
		}, undeclared: func(f *cluster.Facts) { f.Network.MembersReachable = nil }, rule: "NET005", field: "facts.network.membersReachable"},
		{row: "Note 2", breaks: one("LBR002", forwards(8080)), undeclared: func(f *cluster.Facts) { f.LoadBalancer.Ports = nil }, rule: "LBR002", field: "facts.loadBalancer.ports"},
		{row: "Note 3", breaks: one("LBR001", noAffinity)},
		{row: "Step 1", breaks: []violation{
			{"Derby", "DBS001", func(s *site) { s.set("node3", "database.type", "derby") }},
			{"each its own machine", "DBS003", func(s *site) {
				for _, n := range []string{"node1", "node2", "node3"} {
					s.set(n, dbURL, "jdbc:mysql://localhost:3306/ibm_ucd")
				}
			}},
		}},
		{row: "Step 2", breaks: []violation{
			{"not mounted", "STO002", notMounted},
			{"on the machine's own disk", "STO001", func(s *site) {
				s.move("/share/appdata", "/node1/export/appdata")
				for i := range s.topo.Nodes {
					s.topo.Nodes[i].Mounts[1].Root = "/node1/export"
				}
			}},
		}, step: "Mount the network storage on this server"},
		{row: "Step 3", breaks: []violation{
			{"no online backup", "OPS003", func(s *site) { s.topo.Facts.Backups.Online = declare(false) }},
			{"no offline backup", "OPS007", func(s *site) { s.topo.Facts.Backups.Offline = declare(false) }},
		}, undeclared: func(f *cluster.Facts) { f.Backups = cluster.Backups{} }, rule: "OPS007", field: "facts.backups.offline", step: "Back up"},
		{row: "Step 4", breaks: one("LBR002", forwards(8080)), undeclared: func(f *cluster.Facts) { f.LoadBalancer.Ports = nil }, rule: "LBR002", field: "facts.loadBalancer.ports"},
		{row: "Step 4, important", breaks: one("LBR001", noAffinity), undeclared: func(f *cluster.Facts) { f.LoadBalancer.Affinity = nil }, rule: "LBR001", field: "facts.loadBalancer.affinity"},
		{row: "Step 5", breaks: one("PRP003", func(s *site) { s.set("node1", "server.appdata.dir", "..") }), refusal: "TGT003"},
		{row: "Step 5.1", breaks: one("OPS001", func(s *site) { s.topo.Nodes[0].Running = declare(true) }), step: "Stop the server and make sure that none of its processes is left"},
		{row: "Step 5.2", breaks: one("STO002", notMounted), step: "Mount the network storage on this server"},
		{row: "Step 5.3", breaks: []violation{
			{"the property alone was changed", "PRP013", func(s *site) { s.set("node2", "encryption.keystore", "../appdata/conf/encryption.keystore") }},
			{"a move begun and not finished", "APP005", func(s *site) {
				s.write("node1", install+"/conf/encryption.keystore", s.read("node1", encFile))
				s.set("node1", "encryption.keystore", "../conf/encryption.keystore")
				s.write("node1", install+"/conf/collectors/environment.patterns", "x")
				s.write("node1", install+"/conf/server/log4j2.xml", "<Other/>")
			}},
		}},
		{row: "Step 5.3, which files", breaks: one("PRP001", func(s *site) { s.unset("node2", "server.appdata.dir") })},
		{row: "Step 5.3, with a folder, 1", breaks: one("APP001", func(s *site) { s.follow("node1", "/media/share/empty") })},
		{row: "Step 5.3, with a folder, 2", breaks: one("PRP002", ownFolder)},
		{row: "Step 5.3, upgraded", breaks: one("PRP003", func(s *site) { s.set("node1", "server.appdata.dir", "..") })},
		{row: "Step 5.3, upgraded, 1", breaks: one("APP001", func(s *site) { s.remove("node1", shared) })},
		{row: "Step 5.3, upgraded, 2", breaks: tenEntries()},
		{row: "Step 5.3, upgraded, 3", breaks: []violation{
			{"moved instead of copied", "APP007", func(s *site) { s.remove("node1", versionFile) }},
			{"not copied", "VER003", func(s *site) { s.remove("node1", sharedVersion) }},
		}},
		{row: "Step 5.3, upgraded, 4", breaks: one("APP003", func(s *site) {
			s.remove("node1", shared+"/var/plugins")
			s.write("node1", shared+"/var/plugins", "x")
		})},
		{row: "Step 5.3, upgraded, 5", breaks: one("PRP001", func(s *site) { s.set("node2", "server.appdata.dir", "") })},
		{row: "Step 5.4", breaks: one("APP004", func(s *site) {
			s.write("node2", install+"/appdata/conf/encryption.keystore", s.read("node2", encFile))
		}), step: "Wait for one full business day without errors and one verified backup"},
		{row: "Step 6", breaks: []violation{
			{"another certificate", "KEY004", ownCertificate},
			{"no TLS connector", "KEY017", func(s *site) { s.write("node2", xmlFile, faultFile(s.t, "v3-no-tls-connector.xml")) }},
		}, undeclared: func(f *cluster.Facts) { f.LoadBalancer.TLSEnds = "" }, rule: "KEY004", field: "facts.loadBalancer.tlsEnds"},
		{row: "Step 6, example", breaks: one("KEY004", ownCertificate)},
		{row: "Step 6, alias", breaks: one("KEY001", func(s *site) { s.set("node2", tlsAlias, "nope") })},
		{row: "Step 7", breaks: one("OPS005", func(s *site) { s.topo.Facts.LicenseHA = declare(false) }),
			undeclared: func(f *cluster.Facts) { f.LicenseHA, f.LicenseServers = nil, nil }, rule: "OPS005", field: "facts.licenseHA"},
		{row: "Result 1", breaks: one("LBR006", memberURL)},
		{row: "Result 2", breaks: one("DBS002", ownDatabase)},
		{row: "Result 3", breaks: one("PRP005", func(s *site) { s.unset("node3", multiserver) })},
	}
}

// tenEntries are the entries that the page lists, each forgotten.
func tenEntries() (out []violation) {
	for _, entry := range []string{
		"var/plugins", "var/repository", "var/sa", "logs", "conf/server/notification-templates", "conf/collectors", "patches", "conf/server/log4j2.xml",
	} {
		out = append(out, violation{entry, "APP002", func(s *site) { s.remove("node1", shared+"/"+entry) }})
	}
	for _, entry := range []string{"conf/encryption.keystore", "conf/server.keystore"} {
		out = append(out, violation{entry, "APP001", func(s *site) { s.remove("node1", shared+"/"+entry) }})
	}
	return out
}

// pageRows are the rows of the first table with the rules that each names.
func pageRows(t *testing.T) map[string][]string {
	t.Helper()
	data, err := os.ReadFile("../../docs/requirements.md")
	if err != nil {
		t.Fatal(err)
	}
	page, _, _ := strings.Cut(string(data), "\n## What the page leaves out\n")
	rows := map[string][]string{}
	for line := range strings.Lines(page) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 5 || strings.TrimSpace(cells[0]) == "No." || strings.HasPrefix(cells[0], "---") {
			continue
		}
		rows[strings.TrimSpace(cells[0])] = regexp.MustCompile(`\b[A-Z]{3}[0-9]{3}\b`).FindAllString(cells[2], -1)
	}
	return rows
}

// TestEverySentenceOfThePage breaks each sentence of the vendor's page in a sound
// cluster of 8.x, and looks for the rule that docs/requirements.md names for it.
func TestEverySentenceOfThePage(t *testing.T) {
	base := three(t, pageVersion).check(check.Options{})
	if len(base.Findings)+len(base.Unknown)+len(base.Unread) > 0 {
		t.Fatal(texts(base, &check.Report{}))
	}
	rows := pageRows(t)
	steps := populateSteps(t)
	done := map[string]bool{}
	for _, p := range sentences8() {
		rules, ok := rows[p.row]
		if !ok || done[p.row] {
			t.Errorf("%s is not a row of the page, or one twice", p.row)
		}
		done[p.row] = true
		if len(p.breaks) == 0 && p.undeclared == nil && p.step == "" && p.explains == "" {
			t.Errorf("%s has no proof", p.row)
		}
		for _, v := range p.breaks {
			t.Run(p.row+"/"+v.rule+" "+v.name, func(t *testing.T) {
				t.Parallel()
				if !slices.Contains(rules, v.rule) {
					t.Errorf("the row names %v, and not %s", rules, v.rule)
				}
				s := three(t, pageVersion)
				v.seed(s)
				r := s.check(check.Options{})
				if !slices.ContainsFunc(r.Findings, func(f check.Finding) bool { return f.Rule == v.rule }) {
					t.Errorf("%s found nothing: %v\n%s", v.rule, verdicts(r), texts(r, &check.Report{}))
				}
			})
		}
		if p.undeclared != nil {
			t.Run(p.row+"/"+p.rule+" without "+p.field, func(t *testing.T) {
				t.Parallel()
				s := three(t, pageVersion)
				if p.rule == "KEY004" {
					ownCertificate(s) // it matters only then
				}
				p.undeclared(&s.topo.Facts)
				r := s.check(check.Options{Only: []string{p.rule}})
				if !slices.ContainsFunc(r.Unknown, func(u check.Unknown) bool { return strings.Contains(u.Needs, p.field) }) {
					t.Errorf("nothing needs %s: %v", p.field, r.Unknown)
				}
			})
		}
		if p.refusal != "" {
			s := lone(t)
			s.write("node1", shared+"/conf/encryption.keystore", jks(key("other", pki().leaf)))
			s.write("node1", shared+"/conf/server.keystore", jks(key("other", pki().leaf)))
			moved, err := plan.Populate(context.Background(), s.load(), "node1", plan.Target{AppData: shared})
			if err != nil || !slices.ContainsFunc(moved.Refusals, func(r plan.Refusal) bool { return r.Rule == p.refusal }) {
				t.Errorf("%s: not refused with %s: %v", p.row, p.refusal, err)
			}
		}
		if p.step != "" && !slices.ContainsFunc(steps, func(title string) bool { return strings.HasPrefix(title, p.step) }) {
			t.Errorf("%s: no step begins %q: %q", p.row, p.step, steps)
		}
	}
	for row := range rows {
		if !done[row] {
			t.Errorf("the row %q has no proof", row)
		}
	}
	if len(rows) < 40 {
		t.Errorf("only %d rows", len(rows))
	}
}

// populateSteps are the titles of what a person has to do when a server's
// application data is moved.
func populateSteps(t *testing.T) (titles []string) {
	t.Helper()
	p, err := plan.Populate(context.Background(), lone(t).load(), "node1", plan.Target{AppData: shared})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.Steps {
		if s.Action == plan.ActionManual {
			titles = append(titles, s.Title)
		}
	}
	return titles
}
