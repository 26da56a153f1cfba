package hostname_test

import (
	"testing"

	"github.com/deploycluster/deploycluster/internal/hostname"
)

func TestSame(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"node1.example.com", "NODE1.example.com.", true},
		{"node1", "node1.example.com", true},
		{"node1.example.com", "node1.example.org", false},
		{"node1", "node10.example.com", false},
		{"[::1]", "0:0:0:0:0:0:0:1", true},
		{"10.0.0.1", "10.0.0.1", true},
		{"10", "10.0.0.1", false},
		{"10.0.0.1", "10.0.0.2", false},
		{"::ffff:10.0.0.1", "10.0.0.1", true},
		{"", "", false},
	} {
		if hostname.Same(c.a, c.b) != c.want || hostname.Same(c.b, c.a) != c.want {
			t.Errorf("Same(%q, %q) is not %v", c.a, c.b, c.want)
		}
	}
}

func TestLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST.": true, "127.0.0.1": true, "127.8": true, "::1": true, "[::1]": true, "0.0.0.0": true, "::": true,
		"::ffff:127.0.0.1": true, "db.localhost": true, "localhost.localdomain": true,
		"127.example.com": false, "localhost.example.com": false, "10.0.0.1": false, "": false, "db": false,
	} {
		if hostname.Loopback(host) != want {
			t.Errorf("Loopback(%q) is not %v", host, want)
		}
	}
}

func TestSplit(t *testing.T) {
	for in, want := range map[string][2]string{
		"db": {"db", ""}, "db:1": {"db", "1"}, "[::1]": {"::1", ""}, "[::1]:5": {"::1", "5"}, "fe80::1": {"fe80::1", ""}, " db:1 ": {"db", "1"}, "": {"", ""},
	} {
		host, port := hostname.Split(in)
		if host != want[0] || port != want[1] {
			t.Errorf("Split(%q) = %q, %q", in, host, port)
		}
	}
}
