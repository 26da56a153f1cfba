package jdbc

import "strings"

// mysql reads [mode:]//host:port,host:port/name?options. MariaDB's and MySQL's
// modes say which host is tried, not which database is meant.
func (u *URL) mysql(rest string) bool {
	if i := strings.Index(rest, "//"); i > 0 && strings.Trim(rest[:i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-:") == "" {
		rest = rest[i:]
	}
	_, ok := u.slashes(rest, "?", func(name string) string { return name })
	return ok
}

// db2 reads //host:port/name:key=value;key=value; and the form of the driver that
// asks the client's catalogue, db2:name.
func (u *URL) db2(rest string) bool {
	// Names of databases are folded to capitals; the schema is not.
	options, ok := u.slashes(rest, ":;", strings.ToLower)
	u.Schema = parameter(options, ":;", "currentSchema")
	return ok
}

// postgres reads //host:port,host:port/name?options, and name alone, which is a
// database of the same machine.
func (u *URL) postgres(rest string) bool {
	same := func(name string) string { return name }
	if !strings.HasPrefix(rest, "//") {
		rest = "//localhost/" + strings.TrimPrefix(rest, "/")
	} else if strings.HasPrefix(rest, "///") {
		rest = "//localhost/" + rest[3:]
	}
	options, ok := u.slashes(rest, "?", same)
	u.Schema = parameter(options, "?&", "currentSchema")
	return ok
}

// derby reads //host:port/name;options, and the embedded form, which names a
// folder.
func (u *URL) derby(rest string) bool {
	if strings.HasPrefix(rest, "//") {
		_, ok := u.slashes(rest, ";", func(name string) string { return name })
		return ok
	}
	u.Embedded, u.Name = true, "embedded"
	return true
}

// slashes reads //authority/name followed by options, which begin at one of
// marks behind the name. It returns the options.
func (u *URL) slashes(rest, marks string, fold func(string) string) (options string, ok bool) {
	rest, ok = strings.CutPrefix(rest, "//")
	if !ok {
		return "", false
	}
	// The credentials' own text may hold a slash; the @ ends them.
	head, tail, ok := dropCredentials(rest, "?;")
	if !ok {
		return "", false
	}
	authority, name, ok := strings.Cut(head, "/")
	if !ok {
		return "", false
	}
	if i := strings.IndexAny(name, marks); i >= 0 {
		name, tail = name[:i], name[i:]+tail
	}
	name, ok = plainName(name)
	u.Name = fold(name)
	return tail, ok && u.hosts(authority)
}

// sqlServer reads //host\instance:port;key=value;… where values may stand in
// braces.
func (u *URL) sqlServer(rest string) bool {
	rest, ok := strings.CutPrefix(rest, "//")
	if !ok {
		return false
	}
	authority, options, _ := strings.Cut(rest, ";")
	host, port, instance := "", "", ""
	if authority != "" {
		if i := strings.LastIndexByte(authority, '@'); i >= 0 {
			return false // the driver knows no credentials here
		}
		named, p, _ := strings.Cut(authority, ":")
		if strings.HasPrefix(authority, "[") {
			end := strings.IndexByte(authority, ']')
			if end < 0 {
				return false
			}
			named, p = authority[:end+1], strings.TrimPrefix(authority[end+1:], ":")
		}
		host, instance, _ = strings.Cut(named, `\`)
		port = p
	}
	for _, o := range splitBraces(options) {
		key, value, _ := strings.Cut(o, "=")
		value = strings.TrimSpace(value)
		if inner, is := strings.CutPrefix(value, "{"); is {
			value = strings.TrimSuffix(inner, "}")
		}
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "databasename", "database":
			u.Name = value
		case "servername", "server":
			host = value
			if h, i, has := strings.Cut(value, `\`); has {
				host, instance = h, i
			}
		case "portnumber", "port":
			port = value
		case "instancename":
			instance = value
		}
	}
	if port != "" {
		instance = "" // the driver goes by the port then
	}
	a, ok := address(host, port, instance)
	if ok && host != "" {
		u.Addresses = []Address{a}
	}
	return ok && host != "" && u.Name != ""
}

// splitBraces cuts at semicolons outside braces.
func splitBraces(s string) []string {
	var out []string
	from, inside := 0, false
	for i := range len(s) {
		switch {
		case s[i] == '{' && i > 0 && s[i-1] == '=':
			inside = true
		case s[i] == '}':
			inside = false
		case s[i] == ';' && !inside:
			out, from = append(out, s[from:i]), i+1
		}
	}
	return append(out, s[from:])
}
