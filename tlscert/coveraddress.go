package tlscert

import (
	"crypto/x509"
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
)

// alternativeNamesOf gives the DNS names and addresses among the subject
// alternative names; none where Java cannot read the extension, which it then
// ignores.
func alternativeNamesOf(cert *x509.Certificate) (dns []string, ips []netip.Addr) {
	for _, x := range cert.Extensions {
		if x.Id.String() == "2.5.29.17" && checkExtension(extension{oid: oidAltNames, value: x.Value}) != nil {
			return nil, nil
		}
	}
	for _, raw := range cert.IPAddresses {
		if a, ok := netip.AddrFromSlice(raw); ok {
			ips = append(ips, a.Unmap())
		}
	}
	return cert.DNSNames, ips
}

// javaIP reads an address as Java does: IPv4 of one to four decimal numbers,
// the last of which fills the rest; IPv6 with groups of any number of zeros
// and a zone, which is dropped. [OpenJDK 17 IPAddressUtil]
func javaIP(s string) (netip.Addr, bool) {
	if v, ok := javaIPv4(s); ok {
		return v, true
	}
	s, zone, zoned := strings.Cut(s, "%")
	if !strings.Contains(s, ":") || zoned && (zone == "" || strings.HasPrefix(zone, "25")) {
		return netip.Addr{}, false // "%25" is the zone of a URL, not decoded
	}
	groups := strings.Split(s, ":")
	for i, g := range groups {
		if strings.Contains(g, ".") {
			v, ok := javaIPv4(g)
			if !ok || strings.Count(g, ".") != 3 {
				return netip.Addr{}, false
			}
			groups[i] = v.String()
		} else if len(g) > 1 {
			groups[i] = g[:1] + strings.TrimLeft(g[1:], "0")
			if t := strings.TrimLeft(g, "0"); t != "" {
				groups[i] = t
			}
		}
	}
	a, err := netip.ParseAddr(strings.Join(groups, ":"))
	return a.Unmap(), err == nil
}

func javaIPv4(s string) (netip.Addr, bool) {
	if len(s) > 15 {
		return netip.Addr{}, false
	}
	return ipv4Of(s, func(part string) (uint64, error) { return strconv.ParseUint(part, 10, 64) })
}

// ipv4Of reads an address of one to four numbers, the last of which fills the
// rest.
func ipv4Of(s string, number func(part string) (uint64, error)) (netip.Addr, bool) {
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	v := uint64(0)
	for i, p := range parts {
		n, err := number(p)
		rest := 8
		if i == len(parts)-1 {
			rest = 8 * (5 - len(parts))
		}
		if err != nil || n >= 1<<rest {
			return netip.Addr{}, false
		}
		v = v<<rest | n
	}
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, uint32(v)))), true
}

// browsersRefuse says why browsers do not take a certificate for the host of a
// URL; "" if they do.
func browsersRefuse(cert *x509.Certificate, host string) string {
	name, bracketed := host, false
	if strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]") {
		name, bracketed = name[1:len(name)-1], true
	}
	if ip, ok := browserIP(name); ok && (bracketed || ip.Is4() || strings.Contains(name, ":")) {
		for _, raw := range cert.IPAddresses {
			if a, ok := netip.AddrFromSlice(raw); ok && a.Unmap() == ip.Unmap() {
				return ""
			}
		}
		if java, ok := javaIP(name); ok && java != ip.Unmap() {
			return "browsers read the host as " + ip.String()
		}
		return "no IP address among the subject alternative names matches"
	}
	if strings.Contains(name, "%") {
		return "browsers know no address with a zone"
	}
	ascii, err := idnProfile().ToASCII(strings.TrimSuffix(strings.ToLower(name), "."))
	if err != nil || !browserHost(ascii) {
		return "that is no host name to browsers"
	}
	refusal := "browsers do not look at the common name"
	for _, pattern := range cert.DNSNames {
		refusal = "browsers take a star only as the whole first label, with two labels after it"
		if browserMatches(strings.ToLower(pattern), ascii) {
			return ""
		}
	}
	return refusal
}

// browserIP reads an address as the WHATWG URL standard does: IPv4 numbers may
// be octal or hexadecimal.
func browserIP(s string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		return a, true
	}
	return ipv4Of(strings.TrimSuffix(s, "."), func(part string) (uint64, error) {
		switch {
		case strings.HasPrefix(part, "0x") || strings.HasPrefix(part, "0X"):
			return strconv.ParseUint("0"+part[2:], 16, 64)
		case len(part) > 1 && part[0] == '0':
			return strconv.ParseUint(part, 8, 64)
		}
		return strconv.ParseUint(part, 10, 64)
	})
}

// browserHost: labels of letters, digits, hyphens and underscores, which
// browsers take though no registry gives them out.
func browserHost(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.ContainsFunc(label, func(c rune) bool { return c != '_' && notHostByte(c) }) {
			return false
		}
	}
	return true
}

func browserMatches(pattern, host string) bool {
	if rest, ok := strings.CutPrefix(pattern, "*."); ok {
		_, tail, ok := strings.Cut(host, ".")
		return ok && strings.Contains(rest, ".") && browserHost(rest) && rest == tail
	}
	return browserHost(pattern) && pattern == host
}
