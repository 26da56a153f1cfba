package check_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/check/sarif"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// TestNoSecretInAPlan follows the planted secrets to what is made of a report:
// plans, refused or not, and what a survey and a simulation say.
func TestNoSecretInAPlan(t *testing.T) {
	ctx := context.Background()
	for name, password := range map[string]bool{"closed": false, "opened": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := planted(t)
			if password {
				s.world.Password = passwords(marker)
			}
			c := s.load()
			outputs := map[string]string{}
			note := func(what string, v any) {
				for _, format := range []string{"%v", "%+v", "%#v"} {
					outputs[what+" "+format] = fmt.Sprintf(format, v)
				}
			}
			plans, steps := map[string]*plan.Plan{}, 0
			for _, node := range []string{"node1", "node2"} {
				p, err := plan.Populate(ctx, c, node, plan.Target{AppData: "/media/share/fresh"})
				if err != nil {
					note("populate error", err)
					continue
				}
				plans["populate "+node] = p
			}
			p, err := plan.AlignCertificate(ctx, c, "node1")
			if err != nil {
				note("align error", err)
			} else {
				plans["align"] = p
			}
			if p, err = plan.Join(ctx, c, "node2", plan.JoinOptions{}); err != nil {
				note("join error", err)
			} else {
				plans["join"] = p
			}
			report, err := check.Run(ctx, c, check.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if p, err = plan.Fix(ctx, c, report.Findings); err != nil {
				note("fix error", err)
			} else {
				plans["fix"] = p
			}
			var all []cluster.Edit
			for e := range c.Members[0].Installed.Entries() {
				all = append(all, cluster.Edit{Node: "node1", Op: "remove", Key: e.Key})
			}
			if p, err = plan.Edits(ctx, c, all...); err != nil {
				note("edits error", err)
			} else {
				plans["edits"] = p
			}
			for name, p := range plans {
				steps += len(p.Steps)
				var b bytes.Buffer
				if err := errors.Join(p.WriteText(&b), p.WriteMarkdown(&b), p.WriteJSON(&b)); err != nil {
					t.Fatal(err)
				}
				outputs[name] = b.String()
				note(name, p)
				note(name+" value", *p)
				var log bytes.Buffer
				for _, step := range p.Steps {
					slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "step", step, "event", plan.Event{Kind: plan.EventStarted, Step: step})
				}
				for _, r := range append(p.Refusals, p.Warnings...) {
					slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "refusal", r)
				}
				outputs[name+" slog"] = log.String()
				if survey, err := p.Survey(ctx, s.world); err != nil {
					note(name+" survey error", err)
				} else {
					note(name+" survey", *survey)
				}
				future, err := p.Simulate(ctx, s.world)
				if err != nil {
					note(name+" simulation error", err)
					continue
				}
				then, err := cluster.Load(ctx, s.topo, future)
				if err != nil {
					t.Fatal(err)
				}
				r, _ := check.Run(context.Background(), then, check.Options{})
				if err := errors.Join(r.WriteText(&b, check.TextOptions{}), sarif.Write(&b, r, sarif.Options{})); err != nil {
					t.Fatal(err)
				}
				outputs[name+" afterwards"] = b.String()
			}
			if len(plans) == 0 || steps == 0 {
				t.Errorf("%d plans with %d steps: nothing is shown", len(plans), steps)
			}
			for what, text := range outputs {
				if i := strings.Index(text, marker); i >= 0 {
					t.Errorf("%s shows a secret: …%s…", what, text[max(0, i-120):min(len(text), i+40)])
				}
			}
		})
	}
}
