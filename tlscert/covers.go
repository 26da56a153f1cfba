package tlscert

import (
	"crypto/x509"
	"fmt"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Coverage says by which name of a certificate it covers a host. One of
// DNSName, IPAddress and CommonName is set.
type Coverage struct {
	DNSName    string // of the subject alternative names
	IPAddress  string // of the subject alternative names
	CommonName string // of the subject, where there is no DNS name

	// Browsers says why browsers refuse the certificate for this host, which
	// Java takes; "" where they take it too.
	Browsers string
}

// A CoverError says why Java does not take a certificate for a host.
type CoverError struct {
	Host   string
	Names  []string // the names of the certificate that were compared
	Reason string

	// Browsers: browsers take the certificate for this host all the same, such
	// as for a name with an underscore or a dot at its end.
	Browsers bool
}

func (e *CoverError) Error() string {
	s := fmt.Sprintf("certificate does not cover %q: %s", e.Host, e.Reason)
	if len(e.Names) > 0 {
		const show = 10
		s += fmt.Sprintf(" (it names %q", e.Names[:min(len(e.Names), show)])
		if n := len(e.Names) - show; n > 0 {
			s += fmt.Sprintf(" and %d more", n)
		}
		s += ")"
	}
	if e.Browsers {
		s += "; browsers take it, Java clients do not"
	}
	return s
}

// Covers says whether a certificate is good for a host name or IP address: nil
// if Java's HTTPS client takes it, else a *CoverError. CoveredBy tells where
// browsers differ. See there for the rules.
func Covers(cert *x509.Certificate, host string) error {
	_, err := CoveredBy(cert, host)
	return err
}

// CoveredBy says by which name a certificate covers a host, as Java 17's HTTPS
// client decides it, and whether browsers agree. [OpenJDK 17 HostnameChecker;
// RFC 6125, section 6.4; CA/Browser Forum Baseline Requirements, section 7.1]
//
//   - An IP address is covered by the same address among the subject
//     alternative names and by nothing else. IPv6 may stand in brackets and
//     have a zone (%eth0), which Java needs to know and does not compare. Java
//     reads 010.1.2.3 as 10.1.2.3 and 127.1 as 127.0.0.1; browsers read a
//     leading zero as octal and know no zone.
//   - A host name consists of labels of letters, digits and hyphens, 63 bytes
//     at most each, with no hyphen at either end. Java takes no other, neither
//     an underscore nor a dot at the end, in the host or in the certificate;
//     browsers do.
//   - A host name is covered by an equal DNS name, in any case; names outside
//     ASCII and their "xn--" forms are one.
//   - A star in a DNS name covers any part of one label, wherever it stands,
//     but there must be a dot after it. Browsers take it only as the whole
//     first label, with two labels after it at least.
//   - The common name (the last, if there are several) counts by the same
//     rules if there is no DNS name at all. Browsers do not look at it.
//
// Where the chain leads to a root that Java ships, Java also refuses a star
// under a public suffix, such as "*.co.uk"; that is not looked at here. Letters
// that IDNA 2003, which Java follows, and UTS 46 map differently may differ.
//
// The error is a *CoverError.
func CoveredBy(cert *x509.Certificate, host string) (Coverage, error) {
	if cert == nil {
		return Coverage{}, &CoverError{Host: host, Reason: "there is no certificate that could be parsed"}
	}
	c, e := javaCovers(cert, host)
	refusal := browsersRefuse(cert, host)
	if e != nil {
		e.Browsers = refusal == ""
		return Coverage{}, e
	}
	c.Browsers = refusal
	return c, nil
}

func javaCovers(cert *x509.Certificate, host string) (Coverage, *CoverError) {
	name := host
	if strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]") && len(name) > 2 {
		name = name[1 : len(name)-1]
	}
	dns, ips := alternativeNamesOf(cert)
	if ip, ok := javaIP(name); ok {
		var names []string
		for _, a := range ips {
			if a == ip {
				return Coverage{IPAddress: a.String()}, nil
			}
			names = append(names, a.String())
		}
		return Coverage{}, &CoverError{Host: host, Names: names, Reason: "no IP address among its subject alternative names matches"}
	}
	if reason := notJavaHost(name); reason != "" {
		return Coverage{}, &CoverError{Host: host, Names: dns, Reason: reason}
	}
	for _, pattern := range dns {
		if javaMatches(name, pattern) {
			return Coverage{DNSName: pattern}, nil
		}
	}
	cn := cert.Subject.CommonName
	switch {
	case len(dns) > 0:
		return Coverage{}, &CoverError{Host: host, Names: dns, Reason: "no DNS name matches"}
	case cn == "":
		return Coverage{}, &CoverError{Host: host, Reason: "it has neither a DNS name nor a common name"}
	case !norm.NFKC.IsNormalString(cn) || !javaMatches(name, cn):
		return Coverage{}, &CoverError{Host: host, Names: []string{cn}, Reason: "it has no DNS name, and its common name does not match"}
	}
	return Coverage{CommonName: cn}, nil
}

// javaMatches compares a valid host with a name of a certificate, both in
// Unicode. [OpenJDK 17 HostnameChecker.isMatched]
func javaMatches(host, pattern string) bool {
	host, pattern = unicodeName(host), unicodeName(pattern)
	star := strings.LastIndexByte(pattern, '*')
	if star >= 0 && (!strings.Contains(pattern[star:], ".") || pattern == "*.") {
		return false
	}
	if notJavaHost(strings.ReplaceAll(pattern, "*", "z")) != "" {
		return false
	}
	h, p := strings.Split(host, "."), strings.Split(pattern, ".")
	if len(h) != len(p) {
		return false
	}
	for i := range h {
		if !starMatches(h[i], p[i]) {
			return false
		}
	}
	return true
}

// starMatches compares one label with a pattern in which each star stands for
// any text.
func starMatches(label, pattern string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return label == pattern
	}
	label, ok := strings.CutPrefix(label, parts[0])
	if !ok {
		return false
	}
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		if _, label, ok = strings.Cut(label, part); !ok {
			return false
		}
	}
	return strings.HasSuffix(label, parts[last])
}

// notJavaHost says why Java takes no such host name. [OpenJDK 17 SNIHostName,
// IDN]
func notJavaHost(s string) string {
	if strings.HasSuffix(s, ".") {
		return "Java takes no host name with a dot at its end"
	}
	for label := range strings.SplitSeq(s, ".") {
		ascii, err := idnProfile().ToASCII(label)
		switch {
		case label == "" || ascii == "" || err != nil:
			return "that is no host name"
		case len(ascii) > 63:
			return "a label of the host name has more than 63 bytes"
		case label[0] == '-' || label[len(label)-1] == '-':
			return "Java takes no host name with a hyphen at either end of a label"
		case strings.ContainsFunc(ascii, notHostByte):
			return "Java takes no characters but letters, digits and hyphens in a host name"
		}
	}
	return ""
}

func notHostByte(c rune) bool {
	return c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
}

// idnProfile converts names as IDNA 2003 does, as far as UTS 46 can. The
// mapping is golang.org/x/net/idna, and the normal form of common names
// golang.org/x/text: tables of the Go project that follow Unicode, which the
// standard library has for its own use only.
func idnProfile() *idna.Profile {
	return idna.New(idna.MapForLookup(), idna.Transitional(true), idna.StrictDomainName(false),
		idna.CheckHyphens(false), idna.VerifyDNSLength(false), idna.ValidateLabels(false))
}

// unicodeName gives a name in lower case and without "xn--" labels.
func unicodeName(s string) string {
	s = strings.ToLower(s)
	if !strings.Contains(s, "xn--") && !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 }) {
		return s
	}
	labels := strings.Split(s, ".")
	for i, label := range labels {
		if u, err := idnProfile().ToUnicode(label); err == nil {
			labels[i] = u
		}
	}
	return strings.Join(labels, ".")
}
