// Package jdbc reads what a JDBC URL says about which database it means.
//
//   - The forms are those of the vendors' drivers: MySQL and MariaDB, Db2, SQL
//     Server, PostgreSQL, Derby, and Oracle's thin and OCI drivers with host:port:SID,
//     //host:port/service, the same with a protocol (tcp, tcps), ldap and ldaps, and
//     (DESCRIPTION=…). [documentation of the drivers]
//   - Hosts and names are folded as the database folds them: Db2 and Oracle do not
//     tell letter case apart; the others may.
//   - User names, passwords and all other options are not kept. A text that may
//     hide one in a name is refused.
//   - What a driver looks up elsewhere, a name of tnsnames.ora or of a directory, is
//     kept as such: Lookup says where.
package jdbc

import (
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/internal/hostname"
)

// URL is what a JDBC URL says.
type URL struct {
	// Vendor is as database.type names it: mysql for MariaDB too, postgres for
	// PostgreSQL.
	Vendor string
	// Addresses are the hosts in the order of the URL.
	Addresses []Address
	// Name is the database, SID or service, folded.
	Name string
	// SID: Name is an Oracle SID, not a service.
	SID bool
	// Schema is the schema that a parameter of the URL names.
	Schema string
	// Lookup says what resolves Name: "ldap", "tnsnames", or empty for the
	// database server itself. Addresses are then those of the directory, or none.
	Lookup string
	// Embedded: a Derby database inside the server, without a host.
	Embedded bool
}

// Address is one host of a URL.
type Address struct {
	Host string // folded; empty only in a URL without one
	Port string // a number, empty for the driver's default
	// Instance is a named instance of SQL Server, folded.
	Instance string
}

// Parse reads a URL. ok is false for any other text, and for one that does not
// name a database.
func Parse(text string) (u URL, ok bool) {
	text = strings.TrimSpace(text)
	if len(text) > maxURL {
		return URL{}, false
	}
	rest, ok := cutPrefixFold(text, "jdbc:")
	if !ok {
		return URL{}, false
	}
	sub, rest, ok := strings.Cut(rest, ":")
	if !ok {
		return URL{}, false
	}
	read := map[string]struct {
		vendor string
		rest   func(*URL, string) bool
	}{
		"oracle":     {"oracle", (*URL).oracle},
		"sqlserver":  {"sqlserver", (*URL).sqlServer},
		"mysql":      {"mysql", (*URL).mysql},
		"mariadb":    {"mysql", (*URL).mysql},
		"db2":        {"db2", (*URL).db2},
		"postgresql": {"postgres", (*URL).postgres},
		"derby":      {"derby", (*URL).derby},
	}[strings.ToLower(sub)]
	u.Vendor = read.vendor
	if read.rest == nil || !read.rest(&u, rest) {
		return URL{}, false
	}
	return u, true
}

// maxURL bounds the work; no driver is configured by more.
const maxURL = 64 << 10

// DefaultPort is the port that the driver takes where the URL has none, as far as
// it is the same for every server. A named instance of SQL Server has another.
func (u URL) DefaultPort() string {
	return map[string]string{"mysql": "3306", "oracle": "1521", "postgres": "5432", "sqlserver": "1433"}[u.Vendor]
}

// Address renders the hosts with their ports, sorted: the order of a list says
// which is tried first, not which database is meant.
func (u URL) Address() string {
	var out []string
	for _, a := range u.Addresses {
		text := a.Host
		port := a.Port
		if port == "" && a.Instance == "" {
			port = u.DefaultPort()
		}
		if a.Instance != "" {
			text += `\` + a.Instance
		}
		if port != "" {
			text += ":" + port
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), ",")
}

// Loopback reports whether every host is the machine that uses the URL.
func (u URL) Loopback() bool {
	if u.Embedded {
		return true
	}
	return len(u.Addresses) > 0 && !slices.ContainsFunc(u.Addresses, func(a Address) bool { return !hostname.Loopback(a.Host) })
}

// hosts reads host:port pairs between commas.
func (u *URL) hosts(s string) bool {
	if s == "" {
		return false
	}
	for _, pair := range splitOutside(s, ',') {
		a, ok := pairAddress(strings.TrimSpace(pair))
		if !ok {
			return false
		}
		if a.Host != "" {
			u.Addresses = append(u.Addresses, a)
		}
	}
	return len(u.Addresses) > 0
}

// pairAddress reads host:port, or (host=…)(port=…) as MySQL and MariaDB write it.
func pairAddress(pair string) (a Address, ok bool) {
	if rest, is := cutPrefixFold(pair, "address="); is {
		pair = rest
	}
	if !strings.HasPrefix(pair, "(") {
		host, port := hostname.Split(pair)
		return address(host, port, "")
	}
	host, port := "", ""
	for field := range strings.FieldsFuncSeq(pair, func(r rune) bool { return r == '(' || r == ')' || r == ',' }) {
		key, value, _ := strings.Cut(field, "=")
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "host":
			host = strings.TrimSpace(value)
		case "port":
			port = strings.TrimSpace(value)
		}
	}
	return address(host, port, "")
}

// address folds a host. Text that no host or port has may be part of a password.
func address(host, port, instance string) (a Address, ok bool) {
	if strings.Trim(port, "0123456789") != "" || strings.ContainsAny(host, "@/\\()= \t;?&\"'") {
		return a, false
	}
	return Address{Host: hostname.Fold(host), Port: strings.TrimLeft(port, "0"), Instance: strings.ToLower(instance)}, true
}

// dropCredentials cuts the options off, and what stands before an @. A text whose
// options hold the last @ of what looks like a host and a database may be a
// password with an option mark in it: ok is false.
func dropCredentials(s, marks string) (head, tail string, ok bool) {
	head = s
	if i := strings.IndexAny(s, marks); i >= 0 {
		head, tail = s[:i], s[i:]
	}
	if i := strings.LastIndexByte(tail, '@'); i >= 0 && strings.Contains(tail[i:], "/") {
		return "", "", false
	}
	return head[strings.LastIndexByte(head, '@')+1:], tail, true
}

// parameter finds a parameter of an option list, whatever its letter case.
func parameter(options, separators string, names ...string) string {
	for option := range strings.FieldsFuncSeq(options, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
		key, value, ok := strings.Cut(option, "=")
		if ok && slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, strings.TrimSpace(key)) }) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// splitOutside cuts s at sep outside round brackets.
func splitOutside(s string, sep byte) []string {
	var out []string
	depth, from := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
		case sep:
			if depth <= 0 {
				out, from = append(out, s[from:i]), i+1
			}
		}
	}
	return append(out, s[from:])
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// plainName refuses a name with marks that only options or credentials have.
func plainName(name string) (string, bool) {
	name = strings.TrimSpace(name)
	return name, name != "" && !strings.ContainsAny(name, "?&;:,=@/ \t\"'")
}
