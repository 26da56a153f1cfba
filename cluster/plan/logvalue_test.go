package plan_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

func TestLogValues(t *testing.T) {
	set := plan.Step{
		ID: "s01", Phase: plan.PhaseSwitch, Action: plan.ActionSet, Title: "Edit a file", Node: "ucd1",
		Edits: []cluster.Edit{{Node: "ucd1", Op: "set", Key: "a.password", Value: "hunter2"}},
		Facts: []plan.Fact{{}}, Why: "because",
	}
	for want, value := range map[string]any{
		`v.id=s01 v.phase=switch v.action=set v.title="Edit a file" v.node=ucd1`: set,
		`v.kind=progress v.step=s01 v.title="Edit a file" v.files=2 v.bytes=3 v.path=a/b`: plan.Event{
			Kind: plan.EventProgress, Step: set, Files: 2, Bytes: 3, Path: "a/b",
		},
		`v.kind=kept v.step=s01 v.title="Edit a file" v.message="is not ours"`: plan.Event{
			Kind: plan.EventKept, Step: set, Message: "is not ours",
		},
		`v.rule=TGT001 v.message="is a file" v.fix="name a folder"`: plan.Refusal{
			Rule: "TGT001", Message: "is a file", Fix: "name a folder", Source: "somewhere",
		},
	} {
		var out strings.Builder
		slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: withoutTime})).Info("m", "v", value)
		if diff := cmp.Diff("level=INFO msg=m "+want+"\n", out.String()); diff != "" {
			t.Errorf("%T (-want +got):\n%s", value, diff)
		}
	}
}
