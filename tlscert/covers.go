package tlscert

import (
	"crypto/x509"
	"fmt"
	"net/netip"
	"strings"
)

// CoverBasis says by which name a certificate covers a host. The zero value
// is invalid.
type CoverBasis uint8

// The names of a certificate that can cover a host.
const (
	ByDNSName    CoverBasis = iota + 1 // a DNS name of the subject alternative names
	ByIPAddress                        // an IP address of the subject alternative names
	ByCommonName                       // the common name: Java clients still accept it, browsers do not
)

var coverNames = [...]string{ByDNSName: "ByDNSName", ByIPAddress: "ByIPAddress", ByCommonName: "ByCommonName"}

// String gives the name of the constant.
func (b CoverBasis) String() string { return enumName(coverNames[:], int(b), "CoverBasis") }

// MarshalText gives the text of String; the zero CoverBasis is an error.
func (b CoverBasis) MarshalText() ([]byte, error) {
	return enumText(coverNames[:], int(b), "CoverBasis")
}

// UnmarshalText reads the text of String.
func (b *CoverBasis) UnmarshalText(text []byte) error {
	return enumParse(coverNames[:], b, text, "CoverBasis")
}

// A CoverError says why a certificate does not cover a host.
type CoverError struct {
	Host   string
	Names  []string // the names of the certificate that were compared
	Reason string
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
	return s
}

// Covers says whether a certificate is good for a host name or IP address: nil
// if it is, else a *CoverError. A host that only the common name covers passes
// here, as with Java clients; CoveredBy tells it apart. See there for the
// rules.
func Covers(cert *x509.Certificate, host string) error {
	_, err := CoveredBy(cert, host)
	return err
}

// CoveredBy says by which name a certificate covers a host.
//
//   - An IP address (IPv6 with or without brackets) is covered by the same
//     address among the subject alternative names and by nothing else.
//   - A host name is covered by an equal DNS name, in any case, a dot at the
//     end not counted.
//   - A DNS name "*.b.c" covers one label in place of the star. The star must
//     be the whole first label and at least two labels must follow: browsers
//     ask for that. Java also takes "w*.b.c" and "*.c"; those do not count.
//   - The common name (the last, if there are several) counts by the same
//     rules if there is no DNS name at all (RFC 2818; Java's HostnameChecker).
//     Browsers do not look at it any more, hence ByCommonName.
//
// A host with characters outside ASCII must be given in its "xn--" form. The
// error is a *CoverError.
func CoveredBy(cert *x509.Certificate, host string) (CoverBasis, error) {
	if cert == nil {
		return 0, &CoverError{Host: host, Reason: "there is no certificate that could be parsed"}
	}
	name := strings.TrimSuffix(host, ".")
	if inner, ok := strings.CutPrefix(name, "["); ok {
		name = strings.TrimSuffix(inner, "]")
	}
	if ip, err := netip.ParseAddr(name); err == nil {
		return coversIP(cert, host, ip)
	}
	if !validHost(name) {
		return 0, &CoverError{Host: host, Reason: "that is no host name"}
	}
	if len(cert.DNSNames) > 0 {
		for _, pattern := range cert.DNSNames {
			if matchHost(pattern, name) {
				return ByDNSName, nil
			}
		}
		return 0, &CoverError{Host: host, Names: cert.DNSNames, Reason: "no DNS name matches"}
	}
	cn := cert.Subject.CommonName
	if cn == "" {
		return 0, &CoverError{Host: host, Reason: "it has neither a DNS name nor a common name"}
	}
	if matchHost(cn, name) {
		return ByCommonName, nil
	}
	return 0, &CoverError{Host: host, Names: []string{cn}, Reason: "it has no DNS name, and its common name does not match"}
}

func coversIP(cert *x509.Certificate, host string, ip netip.Addr) (CoverBasis, error) {
	var names []string
	for _, raw := range cert.IPAddresses {
		if a, ok := netip.AddrFromSlice(raw); ok {
			if a.Unmap() == ip.Unmap() {
				return ByIPAddress, nil
			}
			names = append(names, a.String())
		}
	}
	return 0, &CoverError{Host: host, Names: names, Reason: "no IP address among its subject alternative names matches"}
}

// validHost: labels of letters, digits, hyphens and underscores, which
// internal names do use.
func validHost(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		for _, c := range []byte(label) {
			if c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
				return false
			}
		}
	}
	return true
}

func matchHost(pattern, host string) bool {
	pattern = strings.TrimSuffix(pattern, ".")
	if rest, ok := strings.CutPrefix(pattern, "*."); ok {
		_, tail, ok := strings.Cut(host, ".")
		return ok && strings.Contains(rest, ".") && validHost(rest) && strings.EqualFold(rest, tail)
	}
	return validHost(pattern) && strings.EqualFold(pattern, host)
}
