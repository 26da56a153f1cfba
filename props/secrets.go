package props

import (
	"slices"
	"strings"
)

// spot is a part of a value that holds a credential.
type spot struct{ from, to int }

// secrets finds the credentials in a value whose key does not give it away:
// the spots to hide, in order and apart from each other, or that the whole
// value is one. Where a text can be read in two ways, more is hidden rather
// than less.
func secrets(value string) (spots []spot, whole bool) {
	if len(value) < 4 || !strings.ContainsAny(value, "{@=<\"-: ") {
		return nil, false
	}
	low := lowerASCII(value)
	if encrypted(low) || strings.Contains(low, "private key-----") || strings.Contains(low, "bearer ") {
		return nil, true
	}
	spots = append(spots, userInfo(low)...)
	spots = append(spots, oracleUser(low)...)
	found, whole := parameters(value)
	if whole {
		return nil, true
	}
	spots = append(spots, found...)

	slices.SortFunc(spots, func(a, b spot) int { return a.from - b.from })
	kept := spots[:0]
	for _, s := range spots {
		if n := len(kept); n > 0 && s.from <= kept[n-1].to {
			kept[n-1].to = max(kept[n-1].to, s.to)
		} else {
			kept = append(kept, s)
		}
	}
	return kept, false
}

// encrypted finds pbe{ and crypt_v followed by digits and {.
func encrypted(low string) bool {
	if strings.Contains(low, "pbe{") {
		return true
	}
	for rest := low; ; {
		_, after, ok := strings.Cut(rest, "crypt_v")
		if !ok {
			return false
		}
		if strings.HasPrefix(strings.TrimLeft(after, "0123456789"), "{") {
			return true
		}
		rest = after
	}
}

// userInfo finds what stands before the "@" of a URL's host, and the text
// user:password@host without a scheme.
func userInfo(low string) []spot {
	var spots []spot
	for at := 0; ; {
		i := strings.Index(low[at:], "//")
		if i < 0 {
			break
		}
		from := at + i + 2
		at = from
		word := low[from:endOfWord(low, from)]
		last := strings.LastIndexByte(word, '@')
		if last <= 0 {
			continue
		}
		authority := word
		if k := strings.IndexAny(word, `/?#;\`); k >= 0 {
			authority = word[:k]
		}
		if !strings.Contains(authority, "@") {
			// A password with a slash or a question mark in it looks like a
			// port that is none.
			_, port, ok := strings.Cut(authority, ":")
			if !ok || strings.Trim(port, "0123456789") == "" {
				continue
			}
		}
		if word[0] != '@' {
			// All up to the last "@": the password may hold one, and the list
			// of hosts may name a user each.
			spots = append(spots, spot{from, from + last})
		}
		at = from + last
	}
	if spots == nil {
		user, rest, ok := strings.Cut(low, ":")
		last := strings.LastIndexByte(rest, '@')
		if ok && last > 0 && user != "" && !strings.ContainsAny(user, "@/\\ \t{}") &&
			!strings.ContainsAny(rest[:last], " \t/\\") && !scheme(user) {
			spots = append(spots, spot{0, len(user) + 1 + last})
		}
	}
	return spots
}

// scheme reports whether a word before a colon is known to be no user.
func scheme(word string) bool {
	switch word {
	case "jdbc", "oracle", "mailto", "sip":
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

// nameByte reports whether c may be part of a parameter's name.
func nameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("_.-$%+", c) >= 0
}

// parameters finds name=value and "name: value" with a sensitive name. The
// notations "name": …, <name>… and --name … hide the whole value.
func parameters(value string) (spots []spot, whole bool) {
	for i := 0; i < len(value); i++ {
		sign := value[i]
		if sign != '=' && sign != ':' && sign != '>' && !blank(sign) {
			continue
		}
		stop, quoted := i, false // stop is behind the name
		if sign == '=' || sign == ':' {
			for stop > 0 && blank(value[stop-1]) {
				stop--
			}
			if stop > 0 && (value[stop-1] == '"' || value[stop-1] == '\'') {
				stop, quoted = stop-1, true
			}
		}
		start := stop
		for start > 0 && nameByte(value[start-1]) {
			start--
		}
		query := sign == '=' && start > 0 && (value[start-1] == '?' || value[start-1] == '&')
		if start == stop || !sensitiveName(value[start:stop]) && !(query && sensitiveQuery(value[start:stop])) {
			continue
		}
		from, to := i+1, len(value)
		switch {
		case quoted || sign == '>':
			return nil, true
		case blank(sign):
			if value[start] == '-' {
				return nil, true
			}
			continue // a word of prose
		case sign == '=':
			to = endOfParameter(value, start, from)
		case strings.HasPrefix(value[from:], "//"):
			continue // a scheme
		}
		if strings.HasPrefix(value[from:], Hidden) {
			to = from + len(Hidden)
		}
		if to > from {
			spots = append(spots, spot{from, to})
			i = to - 1
		}
	}
	return spots, false
}

// endOfParameter returns where the value at from ends whose name begins at
// start. What introduced the name says what ends the value, so that a
// password keeps the punctuation of other notations to itself.
func endOfParameter(s string, start, from int) int {
	before := start
	for before > 0 && blank(s[before-1]) {
		before--
	}
	intro := byte(' ')
	if before == 0 && start == 0 {
		return len(s) // the whole value is this parameter
	}
	if before > 0 {
		intro = s[before-1]
	}
	search := from
	if search < len(s) {
		closer := s[search : search+1]
		if closer == "{" {
			closer = "}"
		}
		if strings.Contains("}\"'", closer) { // skip what braces or quotation marks protect
			for {
				k := strings.Index(s[search+1:], closer)
				if k < 0 {
					return len(s)
				}
				search += 1 + k
				if !strings.HasPrefix(s[search+1:], closer) {
					break
				}
				search++ // doubled: one that is meant
			}
		}
	}
	var ends string
	switch intro {
	case '?', '&':
		ends = "&"
	case ';', ':':
		ends = ";"
	case '(':
		ends = ")"
	case ',', '{', '[':
		ends = ")}]"
	default:
		ends = " \t\r\n\f"
	}
	if k := strings.IndexAny(s[search:], ends); k >= 0 {
		return search + k
	}
	return len(s)
}
