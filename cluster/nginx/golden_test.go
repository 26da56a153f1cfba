package nginx_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/haproxy"
	"github.com/deploycluster/deploycluster/cluster/nginx"
	"github.com/deploycluster/deploycluster/internal/balancer/balancertest"
)

func options() haproxy.Options {
	return haproxy.Options{Host: "ucd.example.com", Members: []haproxy.Member{
		{Name: "node1", Hosts: []string{"node1.example.com", "10.0.0.11"}, HTTP: 8080, HTTPS: 8443, JMS: 7918, WebSocket: 7919},
		{Name: "node2", Hosts: []string{"node2.example.com", "10.0.0.12"}, HTTP: 8080, HTTPS: 8443, JMS: 7918, WebSocket: 7919},
	}}
}

func fixtures(t testing.TB) []balancertest.Fixture { return balancertest.Fixtures(t, 60) }

func told(t testing.TB, c *nginx.Config) string {
	lb, unclear := c.Facts(options())
	var facts []string
	var lines strings.Builder
	for _, u := range unclear {
		facts = append(facts, u.Facts...)
		fmt.Fprintln(&lines, u)
	}
	return balancertest.Told(t, lb, facts) + lines.String()
}

// TestConfigurations compares what each configuration in testdata says with the
// text that follows it; -update writes the texts.
func TestConfigurations(t *testing.T) {
	balancertest.Compare(t, fixtures(t), func(t *testing.T, f balancertest.Fixture) string {
		c, err := nginx.Parse("nginx.conf", []byte(f.Config))
		if err != nil {
			t.Fatal(err)
		}
		return told(t, c)
	})
}

func TestSyntaxErrors(t *testing.T) {
	for text, want := range map[string]string{
		"http {\n  server {\n":       "nginx.conf: a directive",
		"events {}\n}\nhttp {}\n":    "nginx.conf: the last directive",
		"a \"b;\n":                   "nginx.conf:1: a directive",
		"a b\n":                      "the last directive",
		"http {\n a `b`;\n}\n":       "nginx.conf:2: a character",
		"a \\;b;\n":                  "nginx.conf:1: a character",
		"a 'b\\\\';\n":               "nginx.conf:1: a character",
		"a\x00b;\n":                  "nginx.conf:1: a character",
		"upstream {}\n":              "a directive",
		strings.Repeat("a {", 30000): "too many blocks",
		strings.Repeat("a {", 15000): "a directive",
		"# configuration file /a/m:\nevents {}\ninclude l;\n# configuration file /a/l:\ninclude l;\n": "too much is included",
	} {
		_, err := nginx.Parse("nginx.conf", []byte(text))
		var syntax *nginx.SyntaxError
		if !errors.As(err, &syntax) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, want %s", text, err, want)
		}
	}
	_, err := nginx.Parse("x", make([]byte, 2<<20))
	var size *cluster.FileError
	if !errors.As(err, &size) || size.Kind != cluster.GapTooLarge {
		t.Errorf("2 MiB: %v", err)
	}
}

// TestLargeConfigurations bounds the time for configurations whose naive reading
// takes the product of their parts.
func TestLargeConfigurations(t *testing.T) {
	servers := strings.Repeat("server node1.example.com:8080; server other.example.com:80;\n", 5000)
	locations := strings.Repeat("location / { proxy_pass http://u; }\n", 5000)
	listens := strings.Repeat("listen 80;\n", 5000)
	files := strings.Repeat("include l;\n", 1000)
	for name, text := range map[string]string{
		"locations times servers": "upstream u {\n" + servers + "}\nserver {\n" + locations + "}\n",
		"listens times locations": "upstream u {\nserver node1.example.com:8080;\n}\nserver {\n" + listens + locations + "}\n",
		"a large file many times": "# configuration file /m:\n" + files + "# configuration file /l:\n" + strings.Repeat("a b;\n", 100_000),
		"blocks in blocks":        strings.Repeat("a {\n", 19_000) + strings.Repeat("}\n", 19_000),
	} {
		start := time.Now()
		c, err := nginx.Parse("nginx.conf", []byte(text))
		if err == nil {
			c.Facts(options())
		}
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%s took %s", name, d)
		}
		t.Logf("%s: %d bytes in %s, %v", name, len(text), time.Since(start), err)
	}
}

// FuzzParse looks for panics, and for answers that comments change.
func FuzzParse(f *testing.F) {
	for _, each := range fixtures(f) {
		f.Add(each.Config)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := nginx.Parse("nginx.conf", []byte(text))
		if err != nil {
			return
		}
		got := told(t, c)
		if again, err := nginx.Parse("nginx.conf", []byte(text)); err != nil || told(t, again) != got {
			t.Errorf("two answers for one text, %v", err)
		}
	})
}
