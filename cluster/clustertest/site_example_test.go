package clustertest_test

import (
	"fmt"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

// logLevel is a caller's own rule.
var logLevel = check.Rule{
	ID: "OUR001", Title: "cloud.logLevel is FATAL", Severity: check.Warning, Source: "our handbook",
	Member: func(p *check.Pass, m *cluster.Member) {
		if m.Installed == nil {
			p.Blocked(m, m.InstalledPath())
			return
		}
		if e, _ := m.Property("cloud.logLevel"); e.Value != "FATAL" {
			p.Report(check.Finding{
				Path: m.InstalledPath(), Pos: e.Pos, Subject: "cloud.logLevel",
				Message: fmt.Sprintf("cloud.logLevel is %q", e.Value), Fix: "set it to FATAL",
			})
		}
	},
}

// A caller tests a rule of their own: it passes on a sound cluster, finds the
// defect on the member that has it, and says that it could not judge a member
// whose file cannot be read.
func ExampleSite_Try() {
	sound := clustertest.NewCluster(3, clustertest.Spec{})
	fmt.Println("sound:", sound.Try(logLevel, clustertest.Want{}))

	defect := clustertest.NewCluster(3, clustertest.Spec{})
	defect.Set("node2", "cloud.logLevel", "DEBUG")
	fmt.Println("defect:", defect.Try(logLevel, clustertest.Want{
		Findings: []string{`warning node2: cloud.logLevel is "DEBUG"`},
	}))

	hidden := clustertest.NewCluster(3, clustertest.Spec{})
	hidden.Deny("node3", hidden.Installed("node3"), true)
	fmt.Println("unreadable:", hidden.Try(logLevel, clustertest.Want{Unknown: "permission denied"}))

	// A test that expects the wrong thing is told what the rule said.
	fmt.Println(defect.Try(logLevel, clustertest.Want{Findings: []string{"error node1: "}}))
	// Output:
	// sound: <nil>
	// defect: <nil>
	// unreadable: <nil>
	// clustertest: OUR001: finding 0: got warning node2: cloud.logLevel is "DEBUG"; want error node1:
}
