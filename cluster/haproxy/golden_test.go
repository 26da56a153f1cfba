package haproxy_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/cluster/haproxy"
)

var update = flag.Bool("update", false, "write the wanted texts anew")

// members are the servers that the files in testdata are about.
func members() []haproxy.Member {
	member := func(name string, hosts ...string) haproxy.Member {
		return haproxy.Member{Name: name, Hosts: hosts, HTTP: 8080, HTTPS: 8443, JMS: 7918, WebSocket: 7919}
	}
	return []haproxy.Member{
		member("node1", "node1.example.com", "10.0.0.11", "2001:db8:0::11"),
		member("node2", "Node2.example.com", "10.0.0.12"),
	}
}

func options(conditions bool) haproxy.Options {
	return haproxy.Options{Host: "ucd.example.com", Members: members(), Conditions: conditions}
}

// told renders what a configuration says.
func told(c *haproxy.Config, conditions bool) string {
	lb, open := c.Facts(options(conditions))
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	if err := enc.Encode(lb); err != nil {
		fmt.Fprintln(&b, err)
	}
	for _, u := range open {
		fmt.Fprintln(&b, u)
	}
	return b.String()
}

func fixtures(t testing.TB) []string {
	t.Helper()
	list, err := filepath.Glob("testdata/*.cfg")
	if err != nil || len(list) < 14 {
		t.Fatalf("%d fixtures, %v", len(list), err)
	}
	return list
}

// TestFixtures compares what each file in testdata says with the text beside
// it; -update writes the texts.
func TestFixtures(t *testing.T) {
	for _, path := range fixtures(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			c, err := haproxy.Parse(filepath.Base(path), data)
			if err != nil {
				t.Fatal(err)
			}
			got := told(c, false)
			if met := told(c, true); met != got {
				got += "\nwith every condition taken as met:\n" + met
			}
			beside := strings.TrimSuffix(path, ".cfg") + ".want"
			if *update {
				if err := os.WriteFile(beside, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(beside)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Error(d)
			}
		})
	}
}
