package check_test

import (
	"testing"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

const (
	versionFile   = install + "/conf/installed.version"
	sharedVersion = shared + "/conf/installed.version"
)

func versionText(v string) string {
	return "#\n#Mon Nov 01 10:00:00 UTC 2026\ninstalled.version=" + v + "\n"
}

func versionCases() []ruleCase {
	return []ruleCase{
		{rule: "VER001", name: "same"},
		{rule: "VER001", name: "alone", site: lone, skip: true},
		{rule: "VER001", name: "other build", given: func(s *site) { s.write("node2", versionFile, versionText("7.0.5.1.1041489")) },
			want: []string{`error node2: runs version "7.0.5.1.1041489", while node1 runs "7.0.5.1.1041488"`}},
		{rule: "VER001", name: "a blank behind it", given: func(s *site) { s.write("node2", versionFile, versionText("7.0.5.1.1041488 ")) },
			want: []string{`warning node2: has version "7.0.5.1.1041488 " and node1 has "7.0.5.1.1041488": one version in two spellings`}},
		{rule: "VER001", name: "a zero before a part", given: func(s *site) { s.write("node2", versionFile, versionText("7.0.05.1.1041488")) },
			want: []string{`warning node2: one version in two spellings`}},
		{rule: "VER001", name: "the odd one of three", site: trio, given: func(s *site) { s.write("node1", versionFile, versionText("7.0.4.0.1")) },
			want: []string{`error node1: while node2, node3 run`}},
		{rule: "VER001", name: "one unreadable", given: func(s *site) { s.must(s.fs.Deny("/node2"+versionFile, true)) },
			unknown: "permission denied"},
		{rule: "VER001", name: "only shorter", given: func(s *site) { s.write("node2", versionFile, versionText("7.0.5.1")) }},

		{rule: "VER002", name: "same"},
		{rule: "VER002", name: "stale", given: func(s *site) { s.write("node1", sharedVersion, versionText("7.0.5.0.1035000")) },
			want: []string{`warning node1: says "7.0.5.0.1035000", and this member is "7.0.5.1.1041488"`}}, // node2 is related
		{rule: "VER002", name: "only shorter is not equal", given: func(s *site) { s.write("node1", sharedVersion, versionText("7.0.5.1")) },
			want: []string{"warning node1: no member of its version can be added"}},
		{rule: "VER002", name: "installation folder", site: lone, skip: true},
		{rule: "VER002", name: "before 6.1.1.5", site: linked, skip: true},

		{rule: "VER003", name: "there"},
		{rule: "VER003", name: "missing is reported once", given: func(s *site) { s.remove("node1", sharedVersion) },
			want: []string{"error node1: does not exist"}},
		{rule: "VER003", name: "alone", site: single, given: func(s *site) { s.unset("node1", multiserver); s.remove("node1", sharedVersion) }, skip: true},
		{rule: "VER003", name: "alone and switched", site: single, given: func(s *site) { s.remove("node1", sharedVersion) },
			want: []string{"error node1: the installer of a further member fails"}},
		{rule: "VER003", name: "unreadable", site: single, given: func(s *site) { s.must(s.fs.Deny("/share/appdata/conf/installed.version", true)) },
			unknown: "permission denied"},

		{rule: "VER004", name: "fine"},
		{rule: "VER004", name: "bare version", given: func(s *site) { s.write("node1", versionFile, "7.0.5.1.1041488\n") },
			want: []string{"error node1: has no key installed.version"}},
		{rule: "VER004", name: "no version", given: func(s *site) { s.write("node1", versionFile, versionText("seven")) },
			want: []string{`error node1: installed.version is "seven", which is not a version`}},
		{rule: "VER004", name: "empty", given: func(s *site) { s.write("node1", versionFile, versionText("")) },
			want: []string{"error node1: has an empty installed.version"}},
		{rule: "VER004", name: "malformed", given: func(s *site) { s.write("node1", versionFile, "a=b\nx=\\u12\n") },
			want: []string{"error node1: malformed in line 2, column 3"}},
		{rule: "VER004", name: "folder", given: func(s *site) {
			s.remove("node1", versionFile)
			s.must(s.fs.Mkdir("/node1"+versionFile, 0o755))
		}, want: []string{"error node1: is not a regular file"}},
		{rule: "VER004", name: "unreadable", given: func(s *site) { s.must(s.fs.Deny("/node1"+versionFile, true)) },
			unknown: "permission denied"},

		{rule: "VER005", name: "same"},
		{rule: "VER005", name: "shorter", given: func(s *site) { s.write("node2", versionFile, versionText("7.0.5")) },
			want: []string{`warning node2: has version "7.0.5" and node1 has "7.0.5.1.1041488"`}},
		{rule: "VER005", name: "alone", site: single, skip: true},
	}
}

const multiserver = "com.urbancode.ds.UDeployServer.multiserver"

// single is one sound member of a cluster to be.
func single(t testing.TB) *site {
	t.Helper()
	s := newSite(t)
	s.member(sound("7.2.1.0.1130000"))
	return s
}

// trio is a sound cluster of three.
func trio(t testing.TB) *site {
	t.Helper()
	s := pair(t)
	third := sound("")
	third.Joined = true
	s.member(third)
	return s
}

// linked is a pair of servers before 6.1.1.5, which share by links; the links'
// text is /share/data/…
func linked(t testing.TB) *site {
	t.Helper()
	s := newSite(t)
	for n := range 2 {
		s.member(clustertest.Spec{Version: "6.1.0.4.100000", Scheme: appdata.Linked, LinksTo: "/share/data", Joined: n > 0, Multiserver: true})
		mount := cluster.Mount{Path: "/share", Storage: "disk", Root: "/share"}
		s.topo.Nodes[n].Mounts = append(s.topo.Nodes[n].Mounts, mount)
	}
	return s
}
