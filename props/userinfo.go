package props

import "strings"

// userInfo finds what is before the "@" of a URL's host, and the text
// user:password@host without a scheme. All up to the last "@" is hidden: a
// password may hold one, and a list of hosts may name a user each.
func userInfo(low string) []spot {
	var spots []spot
	if !strings.Contains(low, "@") {
		return nil
	}
	wordEnd, wordAt := -1, -1 // where the word of a URL ends, and its last "@"
	nextURL, urlAt := -1, -1  // where the next URL begins, and the last "@" before that
	for at := 0; ; {
		i := strings.Index(low[at:], "//")
		if i < 0 {
			break
		}
		from := at + i + 2
		at = from
		if from > wordEnd {
			wordEnd = endOfWord(low, from)
			wordAt = from + strings.LastIndexByte(low[from:wordEnd], '@')
			if wordAt < from {
				wordAt = -1
			}
		}
		if from > nextURL {
			nextURL = len(low)
			if k := strings.Index(low[from:], "://"); k >= 0 {
				nextURL = from + k
			}
			if urlAt = from + strings.LastIndexByte(low[from:nextURL], '@'); urlAt < from {
				urlAt = -1
			}
		}
		last := -1
		if k := strings.IndexAny(low[from:], "/?#;\\@ \t\r\n\f\"'<>"); k >= 0 {
			switch authority := low[from : from+k]; {
			case low[from+k] == '@':
				last = wordAt
			case !badPort(authority, low[from+k:]):
			case wordAt > from:
				last = wordAt
			default: // the password holds what ends a word
				last = urlAt
			}
		}
		if last <= from {
			continue
		}
		if low[from] != '@' {
			spots = append(spots, spot{from, last})
		}
		at = last
	}
	if s, ok := bareUser(low); ok && spots == nil {
		spots = append(spots, s)
	}
	return spots
}

// badPort reports whether what follows the colon of an authority is not a port,
// so that the colon is between a user and a password with a slash, a
// question mark or the like in it. rest begins behind the authority.
func badPort(authority, rest string) bool {
	if strings.HasPrefix(authority, "[") { // an IPv6 address
		_, authority, _ = strings.Cut(authority, "]")
	}
	colon := false
	for host := range strings.SplitSeq(authority, ",") {
		_, port, ok := strings.Cut(host, ":")
		if !ok {
			continue
		}
		colon = true
		if strings.HasPrefix(port, "${") && strings.HasSuffix(port, "}") {
			continue
		}
		if port == "" || len(port) > 5 || strings.Trim(port, "0123456789") != "" {
			return true
		}
	}
	if !colon {
		return false
	}
	switch rest[0] {
	case '?', ';': // the parameters of a URL, or a password that goes on
		name := strings.TrimLeft(rest[1:], " ")
		for name != "" && nameByte(name[0]) {
			name = name[1:]
		}
		return !strings.HasPrefix(strings.TrimLeft(name, " "), "=")
	case '/': // a path; one with an "@" in it is rather the rest of a password
		for i := 1; i < len(rest) && strings.IndexByte("?# \t\r\n\f\"'<>", rest[i]) < 0; i++ {
			switch {
			case rest[i] == '@':
				return rest[i-1] != '/'
			case rest[i] == '/' && rest[i-1] == '/':
				return false
			}
		}
		return false
	case '#', '\\':
		return true
	}
	return false
}

// bareUser finds user:password@host without a scheme.
func bareUser(low string) (spot, bool) {
	user, rest, ok := strings.Cut(low, ":")
	last := strings.LastIndexByte(rest, '@')
	if !ok || last <= 0 || user == "" || strings.ContainsAny(user, "@/\\ \t{}") || scheme(user) {
		return spot{}, false
	}
	switch c := rest[0]; {
	case blank(c), strings.HasPrefix(rest, "//"), strings.Contains(rest[:last], "://"):
		return spot{}, false // prose, or a URL
	case len(user) == 1 && (c == '/' || c == '\\'):
		return spot{}, false // a drive
	}
	if strings.ContainsAny(rest[:last], " \t") { // then it must end like an address
		host := rest[last+1:]
		if k := strings.IndexAny(host, ":/"); k >= 0 {
			host = host[:k]
		}
		if host == "" || strings.ContainsFunc(host, func(r rune) bool { return !nameByte(byte(r)) || r > '~' }) {
			return spot{}, false
		}
	}
	return spot{0, len(user) + 1 + last}, true
}

// scheme reports whether a word before a colon is known not to be a user.
func scheme(word string) bool {
	switch word {
	case "jdbc", "oracle", "mailto", "sip", "sips", "file", "classpath", "jar", "urn", "failover", "vm", "data", "http", "https":
		return true
	}
	return false
}

// oracleUser finds user/password before the "@" of jdbc:oracle:thin: and its
// kin. A line that begins with the URL itself is read as key "jdbc" and value
// "oracle:…", so the first word is not asked for.
func oracleUser(low string) []spot {
	const vendor = "oracle:"
	i := strings.Index(low, vendor)
	if i < 0 || i > 0 && low[i-1] != ':' {
		return nil
	}
	i += len(vendor)
	driver := strings.IndexByte(low[i:], ':')
	if driver < 0 {
		return nil
	}
	from := i + driver + 1
	last := strings.LastIndexByte(low[from:], '@')
	switch {
	case from == len(low) || low[from] == '@':
		return nil
	case last > 0:
		return []spot{{from, from + last}}
	case strings.Contains(low[from:], "/"):
		return []spot{{from, len(low)}}
	}
	return nil
}

// endOfWord is where white space or a quotation mark ends the URL at i.
func endOfWord(s string, i int) int {
	if k := strings.IndexAny(s[i:], " \t\r\n\f\"'<>"); k >= 0 {
		return i + k
	}
	return len(s)
}
