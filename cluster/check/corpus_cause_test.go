package check_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster/check"
)

// TestCauseLeftOut: where one cause shows in several places, one rule names it
// and the others say nothing. When that rule is left out they must report it, since
// a defect that nobody reports looks like none.
func TestCauseLeftOut(t *testing.T) {
	strayStore := func(s *site) {
		s.otherExport("node3")
		s.must(afero.WriteFile(s.fs, "/other/appdata/conf/encryption.keystore", []byte(reseal(jks(key("mine", pki().leaf)), ownPassword)), 0o600))
	}
	oldVersion := func(s *site) { s.edit("node3", versionFile, corpusVersion, "7.0.5.1.1041488") }
	for _, c := range []struct {
		name   string
		seed   func(*site)
		except []string
		want   []string
	}{
		{"storage not mounted", func(s *site) {
			s.topo.Nodes[2].Mounts = s.topo.Nodes[2].Mounts[:1]
			s.must(s.fs.MkdirAll("/node3"+shared, 0o750))
		}, []string{"STO002"}, []string{"APP001 error node3", "APP001 error node3", "VER003 error node3", "STO001 warning node3", "APP002 info node3"}},
		{"another storage", strayStore, []string{"STO002"}, []string{"KEY014 error node3", "STO001 warning node3"}},
		{"another storage, and nobody compares keystores", strayStore, []string{"STO002", "KEY014"}, []string{"KEY009 error node3", "STO001 warning node3"}},
		{"an alias that no key has", func(s *site) { s.set("node2", encAlias, "aes128keyzzzz") }, []string{"PRP006"}, []string{"KEY009 error node2"}},
		{"no alias", func(s *site) { s.unset("node2", encAlias) }, []string{"PRP006"}, []string{"KEY009 warning node2"}},
		{"another version", oldVersion, []string{"VER001"}, []string{"VER002 warning node3"}},
		{"a version that is cut short", func(s *site) { s.write("node2", versionFile, versionText("7.2.1.0")) }, []string{"VER005"}, []string{"VER002 warning node2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := three(t, corpusVersion)
			c.seed(s)
			r := s.check(check.Options{Except: c.except})
			if diff := cmp.Diff(c.want, verdicts(r)); diff != "" {
				t.Errorf("(-want +got):\n%s%s", diff, texts(r, &check.Report{}))
			}
		})
	}
}
