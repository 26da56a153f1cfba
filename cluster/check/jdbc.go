package check

import (
	"cmp"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/internal/hostname"
)

// jdbcURL is what a JDBC URL says about which database it means. Options,
// user names and passwords in the URL are not kept.
type jdbcURL struct {
	vendor string // as database.type names it; mysql for MariaDB too
	hosts  []string
	port   string // empty: the vendor's default
	name   string // database, SID or service
	sid    bool   // name is an Oracle SID, else a service
}

// defaultPort is the port that a driver takes where the URL has none, as far as
// it is the same for every server. (Documentation of the drivers.) A named
// instance of SQL Server has one of its own.
func (u jdbcURL) defaultPort() string {
	switch u.vendor {
	case "mysql":
		return "3306"
	case "oracle":
		return "1521"
	case "sqlserver":
		if !slices.ContainsFunc(u.hosts, func(h string) bool { return strings.Contains(h, `\`) }) {
			return "1433"
		}
	}
	return ""
}

// address is the hosts with their port, where that is known.
func (u jdbcURL) address() string {
	out := strings.Join(u.hosts, ",")
	if port := cmp.Or(u.port, u.defaultPort()); port != "" {
		out += ":" + port
	}
	return out
}

// parseJDBC reads the forms that the vendor's pages and the installer's
// prompts show, and Oracle's long form. ok is false for any other text.
func parseJDBC(text string) (u jdbcURL, ok bool) {
	rest, ok := cutPrefixFold(strings.TrimSpace(text), "jdbc:")
	if !ok {
		return u, false
	}
	sub, rest, ok := strings.Cut(rest, ":")
	if !ok {
		return u, false
	}
	switch u.vendor = strings.ToLower(sub); u.vendor {
	case "oracle":
		return u, u.oracle(rest)
	case "sqlserver":
		return u, u.sqlServer(rest)
	case "mysql", "mariadb":
		u.vendor = "mysql"
		return u, u.slashes(rest)
	case "db2":
		return u, u.slashes(rest)
	case "postgresql":
		u.vendor = "postgres"
		return u, u.slashes(rest)
	case "derby":
		if !strings.HasPrefix(rest, "//") { // the embedded form names a folder
			u.hosts, u.name = []string{"localhost"}, "embedded"
			return u, true
		}
		return u, u.slashes(rest)
	}
	return u, false
}

// slashes reads //host:port,host:port/name and drops the options.
func (u *jdbcURL) slashes(rest string) bool {
	rest, ok := strings.CutPrefix(rest, "//")
	if !ok {
		return false
	}
	rest, ok = dropCredentials(rest, "?;")
	if !ok {
		return false
	}
	authority, name, ok := strings.Cut(rest, "/")
	u.name = cutOptions(name)
	return u.authority(authority) && ok && u.name != ""
}

// dropCredentials cuts the options off, and what stands before an @. A text
// whose options hold the only @ may be a password with an option mark in it:
// ok is false, and nothing of it is shown.
func dropCredentials(s, marks string) (string, bool) {
	head, tail := s, ""
	if i := strings.IndexAny(s, marks); i >= 0 {
		head, tail = s[:i], s[i:]
	}
	if i := strings.LastIndexByte(head, '@'); i >= 0 {
		return head[i+1:], true
	}
	return head, !strings.Contains(tail, "@")
}

// cutOptions ends a name where no name goes on.
func cutOptions(name string) string {
	if i := strings.IndexAny(name, "?&;:,= \t"); i >= 0 {
		return name[:i]
	}
	return name
}

// authority reads host:port pairs between commas. A port that is no number is
// none, and the text is not what it seems.
func (u *jdbcURL) authority(s string) bool {
	for _, pair := range strings.Split(s, ",") {
		host, port := hostname.Split(pair)
		if strings.Trim(port, "0123456789") != "" {
			return false
		}
		if host == "" {
			continue
		}
		u.hosts = append(u.hosts, strings.ToLower(host))
		if u.port == "" {
			u.port = port
		}
	}
	return len(u.hosts) > 0
}

// sqlServer reads //host\instance:port;key=value;…
func (u *jdbcURL) sqlServer(rest string) bool {
	rest, ok := strings.CutPrefix(rest, "//")
	if !ok {
		return false
	}
	authority, options, _ := strings.Cut(rest, ";")
	if authority != "" && !u.authority(authority[strings.LastIndexByte(authority, '@')+1:]) {
		return false
	}
	instance := ""
	for _, o := range strings.Split(options, ";") {
		key, value, _ := strings.Cut(o, "=")
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "databasename", "database":
			u.name = strings.TrimSpace(value)
		case "servername", "server":
			u.hosts = []string{strings.ToLower(strings.TrimSpace(value))}
		case "portnumber", "port":
			u.port = strings.TrimSpace(value)
		case "instancename":
			instance = strings.ToLower(strings.TrimSpace(value))
		}
	}
	if instance != "" && len(u.hosts) == 1 && !strings.Contains(u.hosts[0], `\`) {
		u.hosts[0] += `\` + instance
	}
	return len(u.hosts) > 0 && u.name != ""
}

// oracle reads thin:user/password@host:port:SID, @//host:port/service,
// @host:port/service and the form with a DESCRIPTION list.
func (u *jdbcURL) oracle(rest string) bool {
	i := strings.LastIndexByte(rest, '@')
	if i < 0 {
		return false
	}
	target := rest[i+1:]
	if strings.HasPrefix(target, "(") {
		upper := strings.ToUpper(target)
		u.hosts = oracleFields(target, upper, "HOST")
		if ports := oracleFields(target, upper, "PORT"); len(ports) > 0 {
			u.port = ports[0]
		}
		for _, field := range []string{"SERVICE_NAME", "SID"} {
			if v := oracleFields(target, upper, field); len(v) > 0 && u.name == "" {
				u.name, u.sid = v[0], field == "SID"
			}
		}
		return len(u.hosts) > 0 && u.name != ""
	}
	target = strings.TrimPrefix(target, "//")
	if i := strings.IndexByte(target, '?'); i >= 0 {
		target = target[:i]
	}
	authority, name, ok := strings.Cut(target, "/")
	if !ok {
		i := strings.LastIndexByte(target, ':')
		if i < 0 {
			return false
		}
		authority, name, u.sid = target[:i], target[i+1:], true
	}
	u.name = strings.ToLower(cutOptions(name)) // SIDs and services have no letter case
	return u.authority(authority) && u.name != ""
}

// oracleFields returns the values of (FIELD=value) in lower case.
func oracleFields(text, upper, field string) []string {
	var out []string
	for at := 0; ; {
		i := strings.Index(upper[at:], "("+field)
		if i < 0 {
			return out
		}
		at += i + 1 + len(field)
		after := strings.TrimLeft(text[at:], " \t")
		value, ok := strings.CutPrefix(after, "=")
		if !ok {
			continue
		}
		if end := strings.IndexByte(value, ')'); end >= 0 {
			out = append(out, strings.ToLower(strings.TrimSpace(value[:end])))
		}
	}
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}
