package jdbc

import (
	"strings"

	"github.com/deploycluster/deploycluster/internal/hostname"
)

// Kinds of Lookup.
const (
	LookupLDAP     = "ldap"
	LookupTNSNames = "tnsnames"
)

// oracle reads thin:user/password@ and one of
//
//	host:port:SID
//	host:port/service
//	[tcp:|tcps:]//host,host:port/service:mode/instance?options
//	ldap://directory:port/service,context
//	(DESCRIPTION=(ADDRESS=(HOST=…)(PORT=…))(CONNECT_DATA=(SERVICE_NAME=…)))
//	a name of tnsnames.ora
//
// SIDs and services have no letter case.
func (u *URL) oracle(rest string) bool {
	_, rest, ok := strings.Cut(rest, ":") // thin, oci, oci8
	if !ok {
		return false
	}
	target, ok := connectIdentifier(rest)
	if !ok {
		return false
	}
	if strings.HasPrefix(target, "(") {
		return u.description(target)
	}
	if i := strings.IndexByte(target, '?'); i >= 0 {
		target = target[:i]
	}
	protocol, after, found := strings.Cut(target, "//")
	switch protocol = strings.ToLower(strings.TrimSpace(protocol)); {
	case !found:
		return u.shortForm(target)
	case protocol == "ldap:" || protocol == "ldaps:":
		return u.directory(after)
	case protocol == "" || protocol == "tcp:" || protocol == "tcps:":
		return u.easyConnect(after)
	}
	return false
}

// connectIdentifier is what stands behind the @ that ends the credentials.
func connectIdentifier(rest string) (string, bool) {
	rest = strings.TrimSpace(rest)
	if target, ok := strings.CutPrefix(rest, "@"); ok {
		return strings.TrimSpace(target), true
	}
	head := rest
	if i := strings.IndexAny(rest, "(?"); i >= 0 {
		head = rest[:i] // an @ behind them is a value's
	}
	i := strings.LastIndexByte(head, '@')
	if i < 0 {
		return "", false
	}
	return strings.TrimSpace(rest[i+1:]), true
}

// shortForm reads what has no slashes in front.
func (u *URL) shortForm(target string) bool {
	if strings.Contains(target, "/") {
		return u.easyConnect(target)
	}
	if i := strings.LastIndexByte(target, ':'); i >= 0 {
		u.SID = true
		name, ok := plainName(target[i+1:])
		u.Name = strings.ToLower(name)
		return ok && u.hosts(target[:i])
	}
	name, ok := plainName(target)
	u.Name, u.Lookup = strings.ToLower(name), LookupTNSNames
	return ok
}

// easyConnect reads host,host:port;host:port/service:mode/instance.
func (u *URL) easyConnect(text string) bool {
	authority, service, ok := strings.Cut(text, "/")
	if !ok {
		return false
	}
	service, _, _ = strings.Cut(service, "/") // the instance
	service, _, _ = strings.Cut(service, ":") // the server mode
	name, ok := plainName(service)
	u.Name = strings.ToLower(name)
	return ok && u.hosts(strings.ReplaceAll(authority, ";", ","))
}

// directory reads host:port/name,context, and further directories behind blanks,
// which hold the same.
func (u *URL) directory(text string) bool {
	first, _, _ := strings.Cut(text, " ")
	authority, name, ok := strings.Cut(first, "/")
	if !ok || name == "" || strings.ContainsAny(name, "@?&;:\"'") {
		return false
	}
	u.Lookup, u.Name = LookupLDAP, strings.ToLower(name)
	return u.hosts(authority)
}

// description reads the form with nested lists.
func (u *URL) description(text string) bool {
	ok := descend(text, func(key, value string) bool {
		value = strings.Trim(value, `"`)
		switch key {
		case "address":
			u.Addresses = append(u.Addresses, Address{})
		case "host":
			a := u.lastAddress(func(a *Address) string { return a.Host })
			a.Host = hostname.Fold(value)
		case "port":
			if strings.Trim(value, "0123456789") != "" {
				return false
			}
			a := u.lastAddress(func(a *Address) string { return a.Port })
			a.Port = value
		case "service_name", "sid":
			if u.Name == "" {
				u.Name, u.SID = strings.ToLower(value), key == "sid"
			}
		}
		return true
	})
	list := u.Addresses
	u.Addresses = nil
	for _, a := range list {
		if a.Host != "" && !strings.ContainsAny(a.Host, "@/ ") {
			u.Addresses = append(u.Addresses, a)
		}
	}
	return ok && u.Name != "" && len(u.Addresses) > 0
}

// lastAddress is the address that is being read; a second value of one sort
// begins another.
func (u *URL) lastAddress(have func(*Address) string) *Address {
	if n := len(u.Addresses); n == 0 || have(&u.Addresses[n-1]) != "" {
		u.Addresses = append(u.Addresses, Address{})
	}
	return &u.Addresses[len(u.Addresses)-1]
}

// descend walks (KEY=(KEY=VALUE)…), telling keys in lower case, with an empty
// value for those that hold a list. It reports whether the brackets match.
func descend(text string, tell func(key, value string) bool) bool {
	depth := 0
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == ')':
			depth--
			i++
			if depth < 0 {
				return false
			}
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			i++
		case c != '(':
			return depth == 0 && c == '?' // options behind the whole
		default:
			depth++
			end := strings.IndexByte(text[i:], '=')
			if end < 0 {
				return false
			}
			key := strings.ToLower(strings.TrimSpace(text[i+1 : i+end]))
			i += end + 1
			rest := strings.TrimLeft(text[i:], " \t\r\n")
			i = len(text) - len(rest)
			if strings.HasPrefix(rest, "(") {
				if !tell(key, "") {
					return false
				}
				continue
			}
			stop := valueEnd(rest)
			if stop < 0 || !tell(key, strings.TrimSpace(rest[:stop])) {
				return false
			}
			i += stop
		}
	}
	return depth == 0
}

// valueEnd finds the bracket behind a value, which may stand in quotes.
func valueEnd(s string) int {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '(' && !quoted:
			return -1
		case s[i] == ')' && !quoted:
			return i
		}
	}
	return -1
}
