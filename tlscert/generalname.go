package tlscert

import (
	"net/netip"
	"strings"
)

// readNames reads general names up to the end, one at least.
func readNames(r berReader) {
	if len(r.buf) == 0 {
		r.fail(0, "a list of names that is empty")
	}
	for r.more() {
		readGeneralName(&r, false)
	}
}

// readGeneralName reads a name as Java does. It does not look inside DNS
// names; a URI must have a scheme, or, as a constraint, none. [OpenJDK 17
// GeneralName]
func readGeneralName(r *berReader, constraint bool) {
	e := r.next()
	in := r.within(e)
	ok := true
	switch e.tag {
	case 0xA0: // another kind of name: an identifier and a value
		in.oid("kind of a name")
		in.next()
	case 0x81: // mail address
		_, domain, at := strings.Cut(string(e.content), "@")
		if !at {
			domain = string(e.content)
		}
		ok = domain != "" && domain != "."
	case 0x82: // DNS name
	case 0xA3: // X.400 address
	case 0xA4: // distinguished name; Java takes its attributes without a SEQUENCE too
		if first := in.peek(); first.tag == tagSequence {
			in = in.within(first)
		}
		checkName(in)
	case 0xA5: // EDI party
		in.next()
	case 0x86:
		ok = javaURI(string(e.content), constraint)
	case 0x87:
		n := len(e.content)
		ok = n == 4 || n == 8 || n == 16 || n == 32
	case 0x88:
		e.tag = tagOID
		r.checkOID(e, "registered name")
	default:
		ok = false
	}
	if !ok {
		r.fail(e.off(), "a name that Java does not read")
	}
}

// javaURI: java.net.URI parses it, and a host in it is a DNS name; what is no
// host to java.net.URI, such as one with an underscore, it takes for the name
// of a registry and looks no further. A constraint is a host without a scheme.
func javaURI(s string, constraint bool) bool {
	if !uriBytes(s) {
		return false
	}
	scheme, rest, ok := strings.Cut(s, ":")
	if ok = ok && isScheme(scheme); constraint || !ok {
		return constraint && !ok && javaDNSName(strings.TrimPrefix(s, "."))
	}
	rest, _, _ = strings.Cut(rest, "#")
	authority, ok := strings.CutPrefix(rest, "//")
	if !ok {
		return rest != ""
	}
	if i := strings.IndexAny(authority, "/?"); i >= 0 {
		authority, rest = authority[:i], authority[i:]
	} else if rest = ""; authority == "" {
		return false
	}
	_, host, at := strings.Cut(authority, "@")
	if !at {
		host = authority
	}
	if literal, ok := strings.CutPrefix(host, "["); ok {
		literal, port, ok := strings.Cut(literal, "]")
		_, err := netip.ParseAddr(literal)
		return ok && err == nil && strings.Contains(literal, ":") && digits(strings.TrimPrefix(port, ":"))
	}
	if strings.ContainsAny(authority, "[]") || strings.Contains(strings.SplitN(rest, "?", 2)[0], "[") || strings.Contains(strings.SplitN(rest, "?", 2)[0], "]") {
		return false
	}
	host, _, _ = strings.Cut(host, ":")
	dotted := strings.HasSuffix(host, ".") && javaDNSName(host[:len(host)-1])
	return !dotted // a host with a dot at its end is one to java.net.URI and no DNS name
}

// uriBytes: the characters of RFC 2396, and whole escapes. Java reads bytes
// beyond ASCII as a character that may stand anywhere.
func uriBytes(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c <= ' ' || c == 0x7F || strings.IndexByte("\"<>\\^`{|}", c) >= 0:
			return false
		case c == '%' && (len(s) < i+3 || strings.Trim(s[i+1:i+3], "0123456789abcdefABCDEF") != ""):
			return false
		}
	}
	return strings.Count(s, "#") < 2
}

func isScheme(s string) bool {
	if s == "" || s[0]|0x20 < 'a' || s[0]|0x20 > 'z' {
		return false
	}
	return strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789+-.") == ""
}

// javaDNSName: labels of letters, digits and hyphens that do not begin with a
// hyphen.
func javaDNSName(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || label[0] == '-' || strings.ContainsFunc(label, notHostByte) {
			return false
		}
	}
	return true
}
