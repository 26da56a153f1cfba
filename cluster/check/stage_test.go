package check_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster/check"
)

// fixes are the ids of the rules in a report's list of what to fix first, in its
// order; an entry about what was not read has none.
func fixes(t *testing.T, r *check.Report) (ids []string) {
	t.Helper()
	var b strings.Builder
	if err := r.WriteText(&b, check.TextOptions{Width: -1}); err != nil {
		t.Fatal(err)
	}
	_, list, ok := strings.Cut(b.String(), "\nFix first, in this order\n")
	if !ok {
		return nil
	}
	list, _, _ = strings.Cut(list, "\n\n")
	id := regexp.MustCompile(`\(([A-Z]{3}[0-9]{3})\)$`)
	for line := range strings.Lines(list) {
		m := id.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			m = []string{"", ""}
		}
		ids = append(ids, m[1])
	}
	return ids
}

// installs finds a fix that runs the installer of the server.
var installs = regexp.MustCompile(`with the installer|let the installer|same installation media|finish the installation|install this member`)

// stages holds the order of what to fix first against the findings' stages, and
// what runs an installer against the storage and the database, without which it
// makes new ones. TestVerdicts calls it for every cluster of the tests.
func stages(t *testing.T, r *check.Report) {
	t.Helper()
	unread, last := 0, check.Stage(0)
	at := map[string][]check.Stage{}
	for _, f := range r.Findings {
		if f.Severity == check.Error {
			at[f.Rule] = append(at[f.Rule], f.Stage)
		}
		if installs.MatchString(f.Fix) && f.Stage < check.StageInstall {
			t.Errorf("%s runs an installer at the stage %s: %s", f.Rule, f.Stage, f.Fix)
		}
	}
	for i, id := range fixes(t, r) {
		if id == "" {
			if unread++; unread != i+1 {
				t.Errorf("what was not read comes after a finding")
			}
			continue
		}
		stage := slices.Min(at[id])
		if stage < last {
			t.Errorf("%s, stage %s, comes after the stage %s", id, stage, last)
		}
		last = stage
	}
}

// TestStorageBeforeInstaller: whoever upgrades a member while its storage is
// missing gets a second application data folder with new keys.
func TestStorageBeforeInstaller(t *testing.T) {
	for name, seed := range map[string]func(s *site){
		"not mounted": func(s *site) { s.topo.Nodes[1].Mounts = s.topo.Nodes[1].Mounts[:1] },
		"an empty folder": func(s *site) {
			s.topo.Nodes[1].Mounts = s.topo.Nodes[1].Mounts[:1]
			s.must(s.fs.MkdirAll("/node2"+shared, 0o755))
		},
		"another database": func(s *site) { s.set("node2", dbURL, "jdbc:mysql://db.example.com:3306/other") },
		"Derby":            func(s *site) { s.set("node2", "database.type", "derby") },
	} {
		t.Run(name, func(t *testing.T) {
			s := faultSite(t)
			s.edit("node2", versionFile, faultVersion, "7.3.2.8.1400000")
			seed(s)
			got := fixes(t, s.check(check.Options{}))
			if len(got) < 2 || slices.Index(got, "VER001") != len(got)-1 {
				t.Errorf("%q, want something and then VER001", got)
			}
		})
	}
}

// TestUnreadableStandsFirst: what nobody could read may be anything.
func TestUnreadableStandsFirst(t *testing.T) {
	s := faultSite(t)
	s.set("node1", dbURL, "jdbc:mysql://db.example.com:3306/other")
	s.must(s.fs.Deny("/node1"+install+"/opt/tomcat/conf/server.xml", true))
	s.write("node2", propFile, "\\u12")
	if got := fixes(t, s.check(check.Options{})); len(got) < 2 || got[0] != "" || got[1] != "PRP020" {
		t.Errorf("%q", got)
	}
}

func TestStageText(t *testing.T) {
	seen := map[string]bool{}
	for s := check.StageRead; s <= check.StageRetire; s++ {
		b, err := json.Marshal(s)
		var back check.Stage
		if err != nil || json.Unmarshal(b, &back) != nil || back != s || seen[string(b)] {
			t.Errorf("%d: %s, %v, %v", s, b, err, back)
		}
		seen[string(b)] = true
	}
	if _, err := json.Marshal(check.Stage(0)); err == nil {
		t.Error("an unset stage was written")
	}
	for _, r := range check.Rules() {
		if !seen[`"`+r.Stage.String()+`"`] {
			t.Errorf("%s has the stage %s", r.ID, r.Stage)
		}
	}
}
