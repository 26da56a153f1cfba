package tlscert

import (
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"testing"
)

func TestCovers(t *testing.T) {
	named := certificateOf(t, "cn.example.com", []string{"deploy.example.com", "*.apps.example.com", "*.corp", "w*.example.org", "*", "UPPER.example.com", "dot.example.com."},
		"192.0.2.7", "2001:db8::7")
	onlyCN := certificateOf(t, "cn.example.com", nil)
	starCN := certificateOf(t, "*.cn.example.com", nil)
	ipOnly := certificateOf(t, "cn.example.com", nil, "192.0.2.7")
	ipCN := certificateOf(t, "192.0.2.7", nil)
	empty := certificateOf(t, "", nil)
	for _, c := range []struct {
		cert *x509.Certificate
		host string
		want CoverBasis // zero: not covered
	}{
		{named, "deploy.example.com", ByDNSName},
		{named, "DEPLOY.example.COM", ByDNSName},
		{named, "deploy.example.com.", ByDNSName},
		{named, "upper.example.com", ByDNSName},
		{named, "dot.example.com", ByDNSName},
		{named, "x.apps.example.com", ByDNSName},
		{named, "apps.example.com", 0},
		{named, "x.y.apps.example.com", 0},
		{named, "cn.example.com", 0}, // there are DNS names: the common name is out
		{named, "host.corp", 0},      // a star over one label
		{named, "www.example.org", 0},
		{named, "localhost", 0},
		{named, "192.0.2.7", ByIPAddress},
		{named, "::ffff:192.0.2.7", ByIPAddress},
		{named, "192.0.2.8", 0},
		{named, "2001:DB8:0:0:0:0:0:7", ByIPAddress},
		{named, "[2001:db8::7]", ByIPAddress},
		{named, "2001:db8::7%eth0", 0},
		{onlyCN, "cn.example.com", ByCommonName},
		{onlyCN, "other.example.com", 0},
		{starCN, "x.cn.example.com", ByCommonName},
		{ipOnly, "cn.example.com", ByCommonName}, // an IP address is no DNS name
		{ipCN, "192.0.2.7", 0},                   // a common name is no IP address
		{empty, "cn.example.com", 0},
		{nil, "cn.example.com", 0},
		{onlyCN, "", 0},
		{onlyCN, "cn.example.com:8443", 0},
		{onlyCN, "https://cn.example.com", 0},
		{onlyCN, "bücher.example.com", 0},
		{named, "*.apps.example.com", 0},
	} {
		got, err := CoveredBy(c.cert, c.host)
		if got != c.want || (err == nil) != (c.want != 0) {
			t.Errorf("CoveredBy(%q) = %v, %v; want %v", c.host, got, err, c.want)
		}
		if again := Covers(c.cert, c.host); (again == nil) != (err == nil) {
			t.Errorf("Covers(%q) = %v, CoveredBy says %v", c.host, again, err)
		}
		var e *CoverError
		if err != nil && (!errors.As(err, &e) || e.Host != c.host || e.Reason == "") {
			t.Errorf("CoveredBy(%q): %#v", c.host, err)
		}
	}
}

// TestCommonNameIsTheLast: Java takes the most specific one, and a URI among
// the alternative names does not put it out.
func TestCommonNameIsTheLast(t *testing.T) {
	cn := func(name string) []byte { return set(seq(oid("\x55\x04\x03"), tlv(tagUTF8, []byte(name)))) }
	spec := certSpec{key: 1, signer: 1, template: x509.Certificate{
		RawSubject: seq(cn("first.example.com"), cn("last.example.com")),
		URIs:       []*url.URL{{Scheme: "https", Host: "other.example.com"}},
	}}
	c := mustParse(t, spec.der(t))
	if basis, err := CoveredBy(c, "last.example.com"); basis != ByCommonName {
		t.Errorf("%v, %v", basis, err)
	}
	if basis, err := CoveredBy(c, "first.example.com"); err == nil {
		t.Errorf("the first common name: %v", basis)
	}
	if err := Covers(c, "other.example.com"); err == nil {
		t.Error("the host of a URI is not covered")
	}
}

func certificateOf(t *testing.T, cn string, dns []string, ips ...string) *x509.Certificate {
	t.Helper()
	spec := certSpec{subject: cn, issuer: "CA", key: 1, signer: 1, template: x509.Certificate{DNSNames: dns}}
	for _, ip := range ips {
		spec.template.IPAddresses = append(spec.template.IPAddresses, net.ParseIP(ip))
	}
	return mustParse(t, spec.der(t))
}
