package haproxy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/haproxy"
	"github.com/deploycluster/deploycluster/internal/long"
)

type mistake struct {
	config string
	want   string // line:column: part of the reason
}

func mistakes() []mistake {
	return []mistake{
		{"backend b\n server s \"127.0.0.1:80\n", "2:11: a double quote"},
		{"backend b\n server s '127.0.0.1:80\n", "2:11: a single quote"},
		{"backend b\n server s \"${X:80\"\n", "2:12: the brace"},
		{"backend b\n server s a\\xg0:80\n", "2:12: hexadecimal"},
		{"backend b\n server s 127.0.0.1:80", "2:23: the last line has no end"},
		{" server s 127.0.0.1:80\n", "1:2: before the first section"},
		{"backend\n", "1:1: backend without a name"},
		{"backend b from nowhere\n", "1:16: does not name one defaults section"},
		{"defaults d\ndefaults d\nbackend b from d\n", "3:16: does not name one"},
		{"frontend f 127.0.0.1:80\n", "1:12: may follow the name"},
		{"frontend f\n bind\n", "2:2: bind lacks"},
		{"frontend f\n bind 8080\n", "2:7: no port"},
		{"frontend f\n bind :99999\n", "2:7: no port"},
		{"frontend f\n bind :90-80\n", "2:7: no port"},
		{"backend b\n server s\n", "2:2: server lacks"},
		{"backend b\n server s 127.0.0.1:99999\n", "2:11: does not exist"},
		{"backend b\n cookie\n", "2:2: cookie lacks"},
		{"backend b\n mode\n", "2:2: mode lacks"},
		{"frontend f\n default_backend\n", "2:2: default_backend lacks"},
		{"frontend f\n use_backend\n", "2:2: use_backend lacks"},
		{".if 1\nbackend b\n", "1:1: .if without .endif"},
		{"backend b\n.endif\n", "2:1: .endif without .if"},
		{"backend b\n.else\n", "2:1: .else without .if"},
		{"backend b\n.nothing\n", "2:1: a directive"},
	}
}

func TestSyntaxErrors(t *testing.T) {
	for _, m := range mistakes() {
		_, err := haproxy.Parse("haproxy.cfg", []byte(m.config))
		var syntax *haproxy.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%q: %v", m.config, err)
			continue
		}
		place, reason, _ := strings.Cut(m.want, ": ")
		if got := fmt.Sprintf("%d:%d", syntax.Line, syntax.Column); got != place || !strings.Contains(syntax.Reason, reason) || syntax.Name != "haproxy.cfg" {
			t.Errorf("%q: %v, want %s", m.config, err, m.want)
		}
	}
	_, err := haproxy.Parse("x", make([]byte, 17<<20))
	var size *cluster.FileError
	if !errors.As(err, &size) || size.Kind != cluster.GapTooLarge {
		t.Errorf("17 MiB: %v", err)
	}
	if _, err := haproxy.Parse("x", []byte("global\x00\n")); err == nil {
		t.Error("a NUL byte is accepted")
	}
}

// TestLargeConfigurations bounds the time for configurations whose naive
// reading takes the product of their parts.
func TestLargeConfigurations(t *testing.T) {
	n := 5000
	if !long.Tests() {
		n = 500
	}
	var many, levels, ranges strings.Builder
	for i := range n {
		fmt.Fprintf(&many, "frontend f%d\n mode http\n bind :443 ssl\n default_backend b\n use_backend b if { path_beg /%d }\n", i, i)
		fmt.Fprintf(&levels, "defaults d%d from d%d\n surprise %d\nbackend b%d from d%d\n server s node1.example.com:8080\nfrontend f%d\n bind :80\n default_backend b%d\n", i+1, i, i, i, i+1, i, i)
		fmt.Fprintf(&ranges, "listen l%d\n bind :1-65535\n server s node1.example.com\n", i)
	}
	many.WriteString("backend b\n")
	for i := range n {
		fmt.Fprintf(&many, " server s%d other%d.example.com:8080\n server m%d node1.example.com:8080\n", i, i, i)
	}
	for name, text := range map[string]string{"frontends times servers": many.String(), "levels of defaults": "defaults d0\n" + levels.String(), "ranges of ports": ranges.String()} {
		start := time.Now()
		c, err := haproxy.Parse(name, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		lb, open := c.Facts(options(false))
		if len(lb.Ports) > 4 || len(open) > n+10 {
			t.Errorf("%s: %d ports, %d unclear", name, len(lb.Ports), len(open))
		}
		t.Logf("%s: %d bytes in %s", name, len(text), time.Since(start))
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%s took %s", name, d)
		}
	}
}
