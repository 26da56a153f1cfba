package installer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/installer"
	"github.com/deploycluster/deploycluster/props"
)

// load is a sound cluster of n members.
func load(t *testing.T, s *clustertest.Site) *cluster.Cluster {
	t.Helper()
	c, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// install does what the installer makes of a file, by the table of keys, and
// what Answers.After asks for.
func install(t *testing.T, s *clustertest.Site, a *installer.Answers) {
	t.Helper()
	resolved, err := a.Resolve(t.Context(), func(_ context.Context, ref string) (string, error) { return "secret of " + ref, nil })
	if err != nil {
		t.Fatal(err)
	}
	f, err := installer.Read("install.properties", []byte(resolved.Reveal()))
	if err != nil {
		t.Fatal(err)
	}
	// The installers of 6.2.1.1 and 7.0.0 record the last key aes128key… that they
	// find in the store, here another one than the members use.
	spec := clustertest.Spec{Extra: map[string]string{"encryption.keystore.alias": "aes128keyold1"}, Secured: map[string]string{}}
	spec.Version, _ = f.Get("version")
	spec.AppData, _ = f.Get("server.appdata.dir")
	spec.Spelling, _ = f.Get("install.server.dir")
	for _, k := range installer.Keys() {
		v, ok := f.Get(k.Name)
		switch {
		case !ok || k.Becomes == "" || k.Name == "install.ha" || k.Name == "server.appdata.dir":
		case k.Name == "server.jms.mutualAuth":
			spec.Extra[k.Becomes] = fmt.Sprint(v == "Y")
		case k.File == "secured":
			spec.Secured[k.Becomes] = v
		default:
			spec.Extra[k.Becomes] = v
		}
	}
	for _, e := range a.After {
		if e.Secret == "" {
			spec.Extra[e.Key] = e.Value
		} else {
			spec.Secured[e.Key] = "secret of " + e.Secret
		}
	}
	share, _ := strings.CutSuffix(spec.AppData, "/appdata")
	if name := s.Join(share, spec); name != a.Node {
		t.Fatalf("installed as %s, want %s", name, a.Node)
	}
}

func TestMadeMemberJoins(t *testing.T) {
	for _, version := range []string{"6.2.7.1.960481", "7.0.0.0.984935", "7.0.5.1.1041488", "7.2.3.4.1148450", "8.1.0.0.1", "8.2.2.0.5"} {
		t.Run(version, func(t *testing.T) {
			s := clustertest.NewCluster(2, clustertest.Spec{Version: version})
			a, err := installer.ForMember(t.Context(), load(t, s), "node3", installer.Machine{Host: "node3.example.com"})
			if err != nil {
				t.Fatal(err)
			}
			install(t, s, a)
			s.Declare()
			r, err := s.Check(check.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range r.Findings {
				if f.Severity > check.Info {
					t.Errorf("%s %s %s: %s", f.Severity, f.Rule, f.Node, f.Message)
				}
			}
		})
	}
}

func TestMadeFileIsComplete(t *testing.T) {
	s := clustertest.NewCluster(2, clustertest.Spec{})
	c := load(t, s)
	a, err := installer.ForMember(t.Context(), c, "node3", installer.Machine{Host: "node3.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]installer.Key{}
	for _, k := range installer.Keys() {
		table[k.Name] = k
		if _, ok := a.Get(k.Name); !ok && k.Required != "" && k.Required != "first" {
			t.Errorf("%s is required and missing", k.Name)
		}
	}
	for e := range a.File.Entries() {
		k, ok := table[e.Key]
		if !ok || !k.Asked {
			t.Errorf("%s is not a key that the installer asks for", e.Key)
		}
		if k.Secret && !strings.HasPrefix(e.Value, "${secret:") {
			t.Errorf("%s holds a value", e.Key)
		}
	}
	again, err := installer.Read(a.Name, a.File.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if diff := props.Diff(a.File, again.File); len(diff) > 0 {
		t.Errorf("read back it differs: %v", diff)
	}
	if found, unknown := installer.Check(installer.Options{Cluster: c}, again); len(found) > 0 || len(unknown) > 0 {
		t.Errorf("findings %v, unknown %v", found, unknown)
	}
	noMarker(t, a)
}

func TestMediaDecideTheVersion(t *testing.T) {
	c := load(t, clustertest.NewCluster(2, clustertest.Spec{}))
	media := func(version string) *installer.Answers {
		a, err := installer.Read("media/install.properties", []byte("# media\nvendor.name=ibm\ncomponent.name=IBM UrbanCode Deploy\ncomponent.directory=ibm-ucd/server\nversion="+version+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	m := installer.Machine{Host: "node3.example.com", Media: media(clustertest.DefaultVersion)}
	a, err := installer.ForMember(t.Context(), c, "node3", m)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(a.File.Bytes(), m.Media.File.Bytes()) {
		t.Errorf("the file does not begin as that of the media:\n%s", a.File.Bytes())
	}
	m.Media = media("7.0.5.1")
	var refused *installer.MemberError
	if _, err = installer.ForMember(t.Context(), c, "node3", m); !errors.As(err, &refused) {
		t.Fatalf("media of another build: %v", err)
	}
}
