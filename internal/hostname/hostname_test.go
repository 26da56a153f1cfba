package hostname_test

import (
	"slices"
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
		{".example.com", "", false},
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

// TestIndex: the index answers as a comparison with each host does.
func TestIndex(t *testing.T) {
	hosts := []string{
		"n.example.com", "", "n", "m.example.com", "N.EXAMPLE.COM.", "n.example.org", "10.0.0.1", "::1", "10", "[0:0:0:0:0:0:0:1]", "m", "::ffff:10.0.0.1", ".x", "fe80::1%eth0.1", "n",
	}
	x := hostname.NewIndex(hosts)
	for _, text := range append(hosts, "other", "n.example.net", "m.", "10.0.0.2", "::2", "x") {
		type found struct{ first, count int }
		var got, want []found
		for _, l := range x.Same(text) {
			got = append(got, found{l.First, l.Count})
		}
		at := map[string]int{}
		for i, h := range hosts {
			if !hostname.Same(text, h) {
				continue
			}
			k, seen := at[hostname.Fold(h)]
			if !seen {
				k = len(want)
				at[hostname.Fold(h)] = k
				want = append(want, found{first: i})
			}
			want[k].count++
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, by comparing: %v", text, got, want)
		}
	}
}
