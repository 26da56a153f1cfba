package tlscert

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"os"
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
	const dns, ip, cn = "dns", "ip", "cn"
	for _, c := range []struct {
		cert     *x509.Certificate
		host     string
		want     string // "" where Java does not take it
		browsers bool   // take it
	}{
		{named, "deploy.example.com", dns, true},
		{named, "DEPLOY.example.COM", dns, true},
		{named, "deploy.example.com.", "", true},
		{named, "upper.example.com", dns, true},
		{named, "dot.example.com", "", false},
		{named, "x.apps.example.com", dns, true},
		{named, "x_y.apps.example.com", "", true},
		{named, "apps.example.com", "", false},
		{named, "x.y.apps.example.com", "", false},
		{named, "cn.example.com", "", false}, // there are DNS names: the common name is out
		{named, "host.corp", dns, false},     // a star over one label
		{named, "www.example.org", dns, false},
		{named, "localhost", "", false},
		{named, "192.0.2.7", ip, true},
		{named, "::ffff:192.0.2.7", ip, true},
		{named, "192.0.2.8", "", false},
		{named, "192.0.2.07", ip, true}, // 7 is 7 in octal too
		{named, "192.0.519", ip, true},
		{named, "2001:DB8:0:0:0:0:0:7", ip, true},
		{named, "2001:db8::00007", ip, false},
		{named, "[2001:db8::7]", ip, true},
		{named, "2001:db8::7%eth0", ip, false},
		{named, "2001:db8::7%", "", false},
		{named, "[]", "", false},
		{onlyCN, "cn.example.com", cn, false},
		{onlyCN, "other.example.com", "", false},
		{starCN, "x.cn.example.com", cn, false},
		{ipOnly, "cn.example.com", cn, false}, // an IP address is no DNS name
		{ipCN, "192.0.2.7", "", false},        // a common name is no IP address
		{empty, "cn.example.com", "", false},
		{nil, "cn.example.com", "", false},
		{onlyCN, "", "", false},
		{onlyCN, "cn.example.com:8443", "", false},
		{onlyCN, "https://cn.example.com", "", false},
		{onlyCN, "bücher.example.com", "", false},
		{named, "*.apps.example.com", "", false},
	} {
		got, err := CoveredBy(c.cert, c.host)
		by := map[bool]string{got.DNSName != "": dns, got.IPAddress != "": ip, got.CommonName != "": cn}[true]
		if by != c.want || (err == nil) != (c.want != "") {
			t.Errorf("CoveredBy(%q) = %+v, %v; want %q", c.host, got, err, c.want)
		}
		if again := Covers(c.cert, c.host); (again == nil) != (err == nil) {
			t.Errorf("Covers(%q) = %v, CoveredBy says %v", c.host, again, err)
		}
		var e *CoverError
		if err != nil && (!errors.As(err, &e) || e.Host != c.host || e.Reason == "") {
			t.Fatalf("CoveredBy(%q): %#v", c.host, err)
		}
		if browsers := err == nil && got.Browsers == "" || e != nil && e.Browsers; browsers != c.browsers {
			t.Errorf("CoveredBy(%q): browsers %v, %+v, %v", c.host, browsers, got, err)
		}
	}
}

// TestCoversAsJava compares with what Java's trust manager answers.
func TestCoversAsJava(t *testing.T) {
	data, err := os.ReadFile("testdata/hostnames/hostnames.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []struct {
		CN, SANs []string
		DER      []byte
		Hosts    []struct {
			Host string
			Java bool
		}
	}
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	hosts, covered := 0, 0
	for _, c := range all {
		cert, err := x509.ParseCertificate(c.DER)
		if err != nil {
			t.Errorf("%v %v: %v", c.CN, c.SANs, err)
			continue
		}
		for _, h := range c.Hosts {
			hosts++
			err := Covers(cert, h.Host)
			if err == nil {
				covered++
			}
			if (err == nil) != h.Java {
				t.Errorf("%v %v for %q: %v; Java takes it: %v", c.CN, c.SANs, h.Host, err, h.Java)
			}
		}
	}
	if len(all) != 66 || hosts != 123 || covered != 59 {
		t.Errorf("%d certificates, %d hosts, %d covered", len(all), hosts, covered)
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
	if by, err := CoveredBy(c, "last.example.com"); by.CommonName != "last.example.com" {
		t.Errorf("%v, %v", by, err)
	}
	if by, err := CoveredBy(c, "first.example.com"); err == nil {
		t.Errorf("the first common name: %v", by)
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
