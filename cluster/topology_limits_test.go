package cluster_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/deploycluster/deploycluster/cluster"
)

// TestReadTopologyMemory: reading allocates at most four times the document. The
// entries of short documents may take more.
func TestReadTopologyMemory(t *testing.T) {
	var nodes strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&nodes, `,{"name":"n%d","install":"/opt/ucd/server","host":"n%[1]d.example.com","mounts":[{"path":"/","storage":"s%[1]d","root":"/"}]}`, i)
	}
	list := func(before, entry, after string) string {
		return before + strings.Repeat(entry+",", 1<<20/len(entry)) + entry + after
	}
	for name, doc := range map[string]string{
		"many nodes":           `{"nodes":[` + nodes.String()[1:] + `]}`,
		"many nodes, a schema": `{"$schema":"x","nodes":[` + nodes.String()[1:] + `]}`,
		"many nodes, a null":   `{"facts":{"loadBalancer":null},"nodes":[` + nodes.String()[1:] + `]}`,
		"empty nodes":          list(`{"nodes":[`, `{}`, `]}`),
		"empty texts":          list(`{"nodes":[`, `{"name":"","install":"","host":""}`, `]}`),
		"names":                list(`{"nodes":[`, `{"name":"a","install":"/a"}`, `]}`),
		"null for a node":      list(`{"nodes":[`, `null`, `]}`),
		"null for a fact":      list(`{"nodes":[`, `{"name":"a","install":"/a","running":null,"autostart":null,"mounts":null}`, `]}`),
		"empty mounts":         list(`{"nodes":[{"name":"a","install":"/a","mounts":[`, `{}`, `]}]}`),
		"mounts":               list(`{"nodes":[{"name":"a","install":"/a","mounts":[`, `{"path":"/a","storage":"s","root":"/a"}`, `]}]}`),
		"lists of mounts":      list(`{"nodes":[`, `{"mounts":[{},{},{}]}`, `]}`),
		"storages":             list(`{"nodes":[{"name":"a","install":"/a"}],"storages":[`, `{}`, `]}`),
		"ports":                list(`{"nodes":[{"name":"a","install":"/a"}],"facts":{"loadBalancer":{"host":"x","ports":[`, `1`, `]}}}`),
		"names of nodes":       list(`{"nodes":[{"name":"a","install":"/a"}],"facts":{"network":{"clusterConnections":[`, `""`, `]}}}`),
		"links":                list(`{"nodes":[{"name":"a","install":"/a"}],"facts":{"network":{"unreachable":[`, `{}`, `]}}}`),
		"clocks":               list(`{"nodes":[{"name":"a","install":"/a"}],"facts":{"network":{"clocks":[`, `{"node":"a","ahead":"1s"}`, `]}}}`),

		"one word":     `{"nodes":[` + strings.Repeat(`"install",`, 50000) + `1]}`,
		"nesting":      strings.Repeat(`{"nodes":[`, 50000),
		"a long text":  `{"name":"` + strings.Repeat("x", 1<<20) + `"}`,
		"a long field": `{"` + strings.Repeat("x", 1<<20) + `":1}`,
		"escapes":      `{"name":"` + strings.Repeat(`\"`, 1<<19) + `"}`,
		"long texts":   `{"nodes":[` + strings.Repeat(`{"name":"`+strings.Repeat("x", 64<<10)+`"},`, 20) + `{"name":"a","install":"/a"}]}`,
	} {
		if _, err := cluster.ReadTopology("c.json", []byte(`{"nodes":[{"name":"a","install":"/a"}]}`)); err != nil {
			t.Fatal(err) // the reader prepares itself for the types once
		}
		data := []byte(doc)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := cluster.ReadTopology("c.json", data)
		runtime.ReadMemStats(&after)
		t.Logf("%s: %.1f times, %v", name, float64(after.TotalAlloc-before.TotalAlloc)/float64(len(doc)), err)
		if ratio := float64(after.TotalAlloc-before.TotalAlloc) / float64(len(doc)); ratio > 4 {
			t.Errorf("%s: %.1f times the document", name, ratio)
		}
		if long := strings.HasPrefix(name, "a long") || name == "escapes"; long && (err == nil || !strings.Contains(err.Error(), "more than 65536 bytes")) {
			t.Errorf("%s: %v", name, err)
		}
		if strings.HasPrefix(name, "many nodes") && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && len(err.Error()) > 500 {
			t.Errorf("%s: an error of %d bytes", name, len(err.Error()))
		}
	}
	few := `{"name":"a","install":"/a"}`
	for i := range 1000 { // short nodes, without anything that can be read
		few += fmt.Sprintf(`,{"name":"n%d","install":"/u"}`, i)
	}
	if topology, err := cluster.ReadTopology("c.json", []byte(`{"nodes":[`+few+`]}`)); err != nil || len(topology.Nodes) != 1001 {
		t.Errorf("%d nodes, %v", len(topology.Nodes), err)
	}
	if _, err := cluster.ReadTopology("c.json", make([]byte, 17<<20)); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("%v", err)
	}
}

func TestReadTopologyNamesYAML(t *testing.T) {
	for doc, yaml := range map[string]bool{
		"nodes:\n  - name: a\n": true, "---\nname: x\n": true, "# servers\nname: x\n": true, "- name: a\n": true,
		"{": false, "[nodes]\nname=x": false, "<nodes>": false, `{"nodes": [}`: false, "name": false,
	} {
		_, err := cluster.ReadTopology("c.json", []byte(doc))
		if err == nil || strings.Contains(err.Error(), "this looks like YAML; the topology is JSON") != yaml {
			t.Errorf("%q: %v", doc, err)
		}
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{"36h": 36 * time.Hour, "30d": 720 * time.Hour, "6w": 1008 * time.Hour, "1m30s": 90 * time.Second, "-2d": -48 * time.Hour} {
		var d cluster.Duration
		if err := d.UnmarshalText([]byte(text)); err != nil || time.Duration(d) != want {
			t.Errorf("%s: %v, %v", text, d, err)
		}
	}
	for _, text := range []string{"", "d", "soon", "1.5d", "99999999999999999999w", "9999999w"} {
		var d cluster.Duration
		if err := d.UnmarshalText([]byte(text)); err == nil || len(text) > 1 && strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
