package installer

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/internal/jdbc"
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/props"
)

// meantYes reports what its author means as yes, whether the installer reads it
// as one or not.
func meantYes(text string) bool {
	return yes(text) || strings.EqualFold(text, "true") || text == "1"
}

// yes reports what the installer reads as yes in most places.
func yes(text string) bool { return strings.EqualFold(text, "Y") || strings.EqualFold(text, "YES") }

func no(text string) bool { return strings.EqualFold(text, "N") || strings.EqualFold(text, "NO") }

// shown is a value as a message may show it.
func shown(key, value string) string { return strconv.Quote(props.Redact(key, value)) }

// fromMedia reports whether a key comes with the media's own file.
func fromMedia(key string) bool {
	switch key {
	case "version", "vendor.name", "component.name", "component.directory":
		return true
	}
	return false
}

func checkRequired(p *pass, s *sheet) {
	for _, k := range Keys() {
		needed := k.Required == always || k.Required == ofCluster && s.ha || k.Required == ofMember && s.further && s.ha || k.Required == ofFirst && !s.further
		if !needed || s.get(k.Name) != "" || !k.known(s.version) || k.Name == "hibernate.connection.password" {
			continue
		}
		f := check.Finding{Message: k.Name + " is missing", Fix: "add it", Source: k.Source}
		switch {
		case fromMedia(k.Name):
			p.open(k.Name+" is not in the file; it comes with the installation media", "the file as it will stand in the media")
			continue
		case k.Since != "" && s.version == "":
			p.open(k.Name+" is missing, and whether it is required depends on the version", "version in the file, or Options.Version")
			continue
		case k.Name == "agentcomm.uri" && s.get("experimental.comm2017.server.agentcomm.host") != "" && s.get("experimental.comm2017.server.agentcomm.port") != "":
			continue // the installer of 7.0.0 makes one of the two
		case k.Name == "install.ha" && s.get(cluster.KeyMultiserver) != "":
			continue
		case k.Name == "hibernate.connection.url" && strings.EqualFold(s.get("database.type"), "derby"):
			continue // ANS014 judges it
		case k.Note != "":
			f.Message += ": " + k.Note
		}
		p.report(k.Name, f)
	}
	if ha := s.get("install.ha"); p.Cluster != nil && no(ha) && s.get(cluster.KeyMultiserver) == "" {
		p.report("install.ha", check.Finding{Message: "install.ha is not Y, and the server is to join a cluster", Fix: "set install.ha=Y"})
	}
	if s.get("nonInteractive") == "" {
		p.report("nonInteractive", check.Finding{Severity: check.Info, Message: "nonInteractive is missing: without it, or -silent on the command line, the installer asks its questions", Fix: "add nonInteractive=true"})
	}
}

func checkClear(p *pass, s *sheet) {
	for _, e := range s.entries {
		value := trim(e.Value)
		if value == "" || strings.Contains(value, "${") || !props.Sensitive(e.Key, value) {
			continue // a reference, or ANS007 and ANS013 judge it
		}
		f := check.Finding{Pos: e.Pos, Message: shownKey(e.Key) + " holds a password in clear text", Fix: "put a reference such as " + reference("NAME") + " in its place, and have it resolved when the file is used"}
		k, known := p.table[e.Key]
		switch {
		case strings.HasPrefix(value, "pbe{"):
			f.Severity, f.Source = check.Info, "operating experience"
			f.Message = shownKey(e.Key) + " holds the sealed text of an installed server; whether another installer opens it is not known"
		case known && !k.Secret:
			f.Message = shownKey(e.Key) + " holds a credential"
			f.Fix = "leave the credential out of it, or replace the whole value by a reference"
		}
		p.report(shownKey(e.Key), f)
	}
}

func checkEmptyPasswords(p *pass, s *sheet) {
	for k, value := range p.answers(s) {
		if !k.Secret || !k.Asked || value != "" || k.Name == "server.initial.password" {
			continue // the installer itself empties the administrator's password
		}
		f := check.Finding{Severity: check.Warning, Message: k.Name + " is empty, and the installer uses the product's default instead", Fix: "give it a reference, or delete the line if the default is wanted"}
		switch {
		case k.Name == "encryption.keystore.password":
			f.Message = k.Name + " is empty, and the installer takes server.keystore.password in its place"
		case k.Default != "":
			f.Severity = check.Error
			f.Message = k.Name + " is empty, and the installer takes the word " + k.Default + " in its place"
			f.Fix = "give it a reference"
		}
		p.report(k.Name, f)
	}
	if _, there := s.File.Get("hibernate.connection.password"); !there && s.ha && !yes(s.get("skip.db.config")) {
		p.report("hibernate.connection.password", check.Finding{Message: "hibernate.connection.password is missing, and the installer takes the word password in its place", Fix: "give it a reference"})
	}
}

func checkYesNo(p *pass, s *sheet) {
	for k, value := range p.answers(s) {
		if _, ref := referenced(value); value == "" || ref || !k.known(s.version) {
			continue
		}
		f := check.Finding{Source: k.Source, Fix: "write Y or N"}
		text := shown(k.Name, value)
		switch {
		case k.Name == cluster.KeyMultiserver && value != "true":
			f.Message, f.Fix = fmt.Sprintf("%s is %s, and the installer reads any text as yes", k.Name, text), "use install.ha with Y or N"
		case k.Name == "nonInteractive" && value != "true":
			f.Severity, f.Fix = check.Warning, "write true, or delete the line"
			f.Message = fmt.Sprintf("nonInteractive is %s, and any text makes the installation silent", text)
		case k.Kind != KindYesNo || !k.Asked:
			continue
		case k.Name == "install.server.web.always.secure" && yes(value) && !strings.EqualFold(value, "Y"):
			f.Message, f.Fix = fmt.Sprintf("%s is %s: the installer asks for an HTTPS port and then installs a server without HTTPS", k.Name, text), "write Y"
		case yes(value) || no(value):
			continue
		case k.Name == "server.jms.mutualAuth" && strings.EqualFold(value, "false"):
			continue // which is what becomes of it
		default:
			f.Message = fmt.Sprintf("%s is %s, which the installer reads as no", k.Name, text)
		}
		p.report(k.Name, f)
	}
}

func checkPaths(p *pass, s *sheet) {
	for _, e := range s.entries {
		k, ok := p.table[e.Key]
		value := trim(e.Value)
		if _, ref := referenced(value); !ok || k.Kind != KindPath || value == "" || ref || k.Name == "component.directory" {
			continue
		}
		f := check.Finding{Fix: "write the whole path, with slashes or doubled backslashes"}
		switch {
		case lostBackslash(e.Value):
			f.Message = fmt.Sprintf("Java reads %s as %s: backslashes were taken for escapes", k.Name, shown(k.Name, e.Value))
		case strings.HasPrefix(value, "~") || strings.HasPrefix(value, "$") && !strings.HasPrefix(value, "${"):
			f.Message = fmt.Sprintf("%s is %s, which nothing expands", k.Name, shown(k.Name, value))
		case strings.HasPrefix(value, "..") && k.Name != "install.server.dir":
			continue // relative to the installation folder
		case k.Asked && !serverpath.Abs(value) && !strings.Contains(value, "${"):
			f.Severity, f.Source = check.Warning, "inferred from "+srcCode70
			f.Message = fmt.Sprintf("%s is %s, which depends on the folder in which the installer runs", k.Name, shown(k.Name, value))
		default:
			continue
		}
		p.report(k.Name, f)
	}
	install, data := s.get("install.server.dir"), s.get("server.appdata.dir")
	switch {
	case s.ha && strings.TrimRight(data, `/\`) == "..":
		p.report("server.appdata.dir", check.Finding{Source: srcSilent + "; " + srcCluster + ", step 5.3", Message: "server.appdata.dir is the installation folder itself, which no other member shares", Fix: "name the folder on the network storage"})
	case install != "" && data != "" && appdata.HasTrapPrefix(install, data):
		p.report("server.appdata.dir", check.Finding{Severity: check.Warning, Source: "inferred from " + srcCode70 + ", installServer",
			Message: "server.appdata.dir begins with the text of install.server.dir: the installer stores it as .. and the rest, which the paths of the keystores do not survive", Fix: "use a folder whose path begins differently"})
	}
}

// lostBackslash reports whether a decoded value looks like a Windows path whose
// single backslashes Java took for escapes.
func lostBackslash(value string) bool {
	drive := len(value) > 2 && value[1] == ':' && (value[0]|0x20 >= 'a' && value[0]|0x20 <= 'z')
	return drive && value[2] != '\\' && value[2] != '/'
}

func checkReferences(p *pass, s *sheet) {
	for _, e := range s.entries {
		if _, ref := referenced(e.Value); ref || !strings.Contains(e.Value, "${") {
			continue
		}
		p.report(shownKey(e.Key), check.Finding{Pos: e.Pos, Message: shownKey(e.Key) + " holds a reference ${…} that is not replaced here", Fix: "replace it before the file is used"})
	}
}

func checkDatabase(p *pass, s *sheet) {
	kind := strings.ToLower(s.get("database.type"))
	switch {
	case kind == "" || yes(s.get("skip.db.config")):
		return
	case s.ha && kind == "derby":
		p.report("database.type", check.Finding{Message: "database.type is derby, which the members of a cluster cannot share", Fix: "use a database server"})
		return
	case s.version == "":
		p.open("whether the version supports the database type depends on the version, which is not known", "version in the file, or Options.Version")
		return
	}
	row, ok := product.Lookup(product.Database, kind, s.version)
	switch {
	case ok && row.Answer == product.No:
		p.report("database.type", check.Finding{Source: row.Source, Message: fmt.Sprintf("database.type is %s: %s", shown("database.type", kind), strings.TrimSuffix(row.Text, ".")), Fix: "use a supported database"})
	case !ok && !databaseKnown(kind):
		p.report("database.type", check.Finding{Message: shown("database.type", kind) + " is not a database type", Fix: "use mysql (for MariaDB too), oracle, sqlserver, db2 or db2zos"})
	case !ok:
		p.open("whether this version supports the database type "+shown("database.type", kind)+" is not known", "the vendor's system requirements for this version")
	}
	u, ok := jdbc.Parse(s.get("hibernate.connection.url"))
	if ok && databaseKnown(kind) && u.Vendor != kind && !(u.Vendor == "db2" && kind == "db2zos") {
		p.report("hibernate.connection.url", check.Finding{Severity: check.Warning, Source: "inferred from vendor pages dbinstall (7.0.2)",
			Message: fmt.Sprintf("hibernate.connection.url is one for %s, and database.type is %s", u.Vendor, shown("database.type", kind)), Fix: "make the two agree"})
	}
}

func databaseKnown(kind string) bool {
	for _, r := range product.Rows(product.Database) {
		if r.Name == kind {
			return true
		}
	}
	return false
}
