package tlscert

import (
	"net/netip"
	"net/url"
	"strings"
)

// readGeneralNames reads the value of an extension that is a list of names,
// which may not be empty.
func readGeneralNames(b []byte) error {
	r, e, err := whole(b)
	if err != nil {
		return err
	}
	if e.tag != tagSequence {
		return r.at(0, "tag %#x in place of the names", e.tag)
	}
	in := r.within(e)
	return readNames(&in)
}

// readNames reads general names up to the end, one at least.
func readNames(r *berReader) error {
	if !r.more() {
		return r.at(0, "a list of names that is empty")
	}
	for r.more() {
		if err := readGeneralName(r, false); err != nil {
			return err
		}
	}
	return nil
}

// readGeneralName reads a name as Java does. It does not look inside DNS
// names; a URI must have a scheme, or, as a constraint, none. [OpenJDK 17
// GeneralName]
func readGeneralName(r *berReader, constraint bool) error {
	e, err := r.next()
	if err != nil {
		return err
	}
	in := r.within(e)
	ok := true
	switch e.tag {
	case 0xA0: // another kind of name: an identifier and a value
		if _, err = in.oid("kind of a name"); err == nil {
			_, err = in.next()
		}
	case 0x81: // mail address
		_, domain, at := strings.Cut(string(e.content), "@")
		if !at {
			domain = string(e.content)
		}
		ok = domain != "" && domain != "."
	case 0x82: // DNS name
	case 0xA4: // distinguished name
		var name element
		if name, err = in.expect(tagSequence, "name"); err == nil {
			_, err = canonicalName(name.content)
		}
	case 0xA5: // EDI party
		_, err = in.next()
	case 0x86:
		ok = javaURI(string(e.content), constraint)
	case 0x87:
		n := len(e.content)
		ok = n == 4 || n == 8 || n == 16 || n == 32
	case 0x88:
		e.tag = tagOID
		_, err = r.oidOf(e, "registered name")
	default:
		ok = false
	}
	if err == nil && !ok {
		err = r.at(e.off, "a name that Java does not read")
	}
	return err
}

// javaURI: java.net.URI parses it, and if it names a host, that is a DNS name
// or an address. Go's parser is more patient, so what RFC 2396 forbids is
// looked for by hand.
func javaURI(s string, constraint bool) bool {
	if strings.ContainsAny(s, " \"<>\\^`{|}") || strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7F }) {
		return false
	}
	u, err := url.Parse(s)
	if err != nil {
		return false
	}
	if constraint {
		return u.Scheme == "" && javaDNSName(strings.TrimPrefix(s, "."))
	}
	if u.Scheme == "" || u.Opaque == "" && u.Host == "" && u.Path == "" {
		return false
	}
	host := u.Hostname()
	if host == "" || javaDNSName(host) {
		return true
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return strings.ContainsAny(host, "_") // to java.net.URI no host but a registry name
}

// javaDNSName: labels of letters, digits and hyphens that do not begin with a
// hyphen.
func javaDNSName(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || label[0] == '-' {
			return false
		}
		for _, c := range []byte(label) {
			if c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
				return false
			}
		}
	}
	return true
}
