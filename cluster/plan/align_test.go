package plan_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/reserved"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

const (
	webKeys  = "/opt/ucd/server/opt/tomcat/conf/tomcat.keystore"
	webAlias = "tomcat" // in web.jks
)

// three makes members n1, n2 and n3 on storages of their own, all of one
// version. n1 serves another certificate than the others.
func three(t *testing.T, version string) (cluster.Topology, cluster.World, map[string]*strictfs.FS) {
	t.Helper()
	topology := cluster.Topology{Schema: 1, Name: "three"}
	w := cluster.World{FS: map[string]afero.Fs{}}
	stores := map[string]*strictfs.FS{}
	for i, name := range []string{"n1", "n2", "n3"} {
		fsys := strictfs.New(strictfs.Options{RenameAsOS: true})
		must(t, clustertest.Build(fsys, "/opt/ucd/server", clustertest.Spec{Version: version, Seed: uint64(i), Alias: "server"}))
		topology.Nodes = append(topology.Nodes, cluster.Node{
			Name: name, Install: "/opt/ucd/server", Mounts: []cluster.Mount{{Path: "/", Storage: name, Root: "/"}},
		})
		w.FS[name], stores[name] = fsys, fsys
	}
	must(t, afero.WriteFile(stores["n1"], webKeys, fixture(t, "web.jks"), 0o640))
	return topology, w, stores
}

func TestAlignCertificate(t *testing.T) {
	for version, where := range map[string]string{
		"7.2.1.0.1119999": "conf/server/installed.properties",
		"6.2.1.1.788401":  "opt/tomcat/conf/server.xml",
	} {
		t.Run(version, func(t *testing.T) {
			ctx := context.Background()
			topology, w, stores := three(t, version)
			// The reference names its key; its alias is not the others'.
			if version[0] == '7' {
				replaceIn(t, stores["n1"], "/opt/ucd/server/conf/server/installed.properties", "tomcat.key.alias=server", "tomcat.key.alias="+webAlias)
			} else {
				replaceIn(t, stores["n1"], "/opt/ucd/server/opt/tomcat/conf/server.xml", `keyAlias="server"`, `keyAlias="`+webAlias+`"`)
			}
			c, err := cluster.Load(ctx, topology, w)
			must(t, err)
			p, err := plan.AlignCertificate(ctx, c, "n1")
			must(t, err)
			accepted(t, p)
			before := map[string][]clustertest.Entry{}
			for name, fsys := range stores {
				before[name] = walk(t, fsys, "/")
			}
			sim, err := p.Simulate(ctx, w)
			must(t, err)
			res, err := p.Apply(ctx, w, plan.ApplyOptions{})
			must(t, err)
			for name, fsys := range stores {
				if d := cmp.Diff(walk(t, sim.FS[name], "/"), walk(t, fsys, "/")); d != "" {
					t.Errorf("%s (-simulated +real):\n%s", name, d)
				}
			}
			if d := cmp.Diff(before["n1"], walk(t, stores["n1"], "/")); d != "" {
				t.Errorf("the reference changed:\n%s", d)
			}
			for _, name := range []string{"n2", "n3"} {
				got := pathsOf(walk(t, stores[name], "/"))
				keys := got[webKeys[1:]]
				want := pathsOf(before["n1"])[webKeys[1:]].SHA256
				if keys.Mode != 0o600 || keys.SHA256 != want {
					t.Errorf("%s: keystore %+v", name, keys)
				}
				aside := got[webKeys[1:]+reserved.RetiredMark+p.ID]
				if old := pathsOf(before[name])[webKeys[1:]]; aside.SHA256 != old.SHA256 {
					t.Errorf("%s: the old keystore is not kept: %+v", name, aside)
				}
				data, err := afero.ReadFile(stores[name], "/opt/ucd/server/"+where)
				must(t, err)
				if !strings.Contains(string(data), webAlias) {
					t.Errorf("%s: %s does not name the alias", name, where)
				}
			}
			c, err = cluster.Load(ctx, topology, w)
			must(t, err)
			want, err := c.Members[0].ServerCertificate()
			must(t, err)
			for _, m := range c.Members[1:] {
				have, err := m.ServerCertificate()
				must(t, err)
				if !bytes.Equal(have.Raw, want.Raw) {
					t.Errorf("%s serves another certificate", m.Node.Name)
				}
			}
			again, err := plan.AlignCertificate(ctx, c, "n1")
			must(t, err)
			if !again.Empty() || len(again.Steps) > 0 {
				t.Errorf("planned again: %d steps", len(again.Steps))
			}
			second, err := p.Apply(ctx, w, plan.ApplyOptions{})
			must(t, err)
			if len(second.Done) > 0 || len(res.Done) < 4 {
				t.Errorf("done %v, then again %v", res.Done, second.Done)
			}
			manualOrder(t, p)
			alignRunbook(t, p)
			noSecret(t, p)
		})
	}
}

func replaceIn(t *testing.T, fsys afero.Fs, path, old, new string) {
	t.Helper()
	data, err := afero.ReadFile(fsys, path)
	must(t, err)
	if !strings.Contains(string(data), old) {
		t.Fatalf("%s does not hold %q:\n%s", path, old, data)
	}
	must(t, afero.WriteFile(fsys, path, []byte(strings.Replace(string(data), old, new, 1)), 0o640))
}

// manualOrder checks that a member is out of the balancer before anything is
// done to it, and back before the next one's turn.
func manualOrder(t *testing.T, p *plan.Plan) {
	t.Helper()
	var order []string
	for _, s := range p.Steps {
		if len(order) == 0 || order[len(order)-1] != s.Node {
			order = append(order, s.Node)
		}
	}
	if d := cmp.Diff([]string{"n2", "n3"}, order); d != "" {
		t.Errorf("members are mixed: %s", d)
	}
	first, last := p.Steps[0], p.Steps[len(p.Steps)-1]
	if !strings.Contains(first.Title, "out of the load balancer") || !strings.Contains(last.Title, "back into the load balancer") {
		t.Errorf("first %q, last %q", first.Title, last.Title)
	}
}

// alignRunbook checks that the runbook has a section a member and the way back.
func alignRunbook(t *testing.T, p *plan.Plan) {
	t.Helper()
	var out strings.Builder
	must(t, p.WriteMarkdown(&out))
	at := 0
	for _, want := range []string{"## 1. Member n2", "## 2. Member n3", "## 3. Back out", reserved.RetiredMark + p.ID, "step 6"} {
		i := strings.Index(out.String()[at:], want)
		if i < 0 {
			t.Fatalf("the runbook lacks %q after byte %d:\n%s", want, at, out.String())
		}
		at += i
	}
}

// noSecret looks for what the fixtures' secrets look like in every rendering.
func noSecret(t *testing.T, p *plan.Plan) {
	t.Helper()
	var out bytes.Buffer
	must(t, p.WriteJSON(&out))
	must(t, p.WriteText(&out))
	must(t, p.WriteMarkdown(&out))
	for _, secret := range []string{clustertest.StorePassword, "pbe{"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("a rendering shows %q", secret)
		}
	}
}

func TestAlignRefusesWhatTomcatWouldNotServe(t *testing.T) {
	topology, w, stores := three(t, "7.2.1.0.1119999")
	// n1 still names "server", which its keystore does not have.
	c, err := cluster.Load(context.Background(), topology, w)
	must(t, err)
	p, err := plan.AlignCertificate(context.Background(), c, "n1")
	must(t, err)
	if len(p.Refusals) == 0 || p.Refusals[0].Rule != "KEY001" || !p.Empty() {
		t.Errorf("refusals: %v", p.Refusals)
	}
	before := walk(t, stores["n2"], "/")
	_, err = p.Apply(context.Background(), w, plan.ApplyOptions{})
	var refused *plan.RefusedError
	if !errors.As(err, &refused) {
		t.Errorf("Apply: %v", err)
	}
	if d := cmp.Diff(before, walk(t, stores["n2"], "/")); d != "" {
		t.Error(d)
	}
}
