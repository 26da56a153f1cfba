// Command change shows how a program changes the settings of a cluster: what if,
// fix, approve, apply, and the way back. The cluster has three members and is in
// memory: it touches no file of this machine.
//
// To change real servers, give cluster.Load the topology and the storages that they
// are on; see docs/embedding.md. The command validate does it from the shell.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// demo is a cluster of three in which two things are wrong: node2 is not told that
// it is a member, and node3 has the address of node1.
func demo() *clustertest.Site {
	site := clustertest.NewCluster(3, clustertest.Spec{Alias: clustertest.ServerAlias})
	site.Unset("node2", cluster.KeyMultiserver)
	site.Set("node3", cluster.KeyAgentURI, "wss://node1.example.com:7919")
	return site
}

// show is one change on its way.
type show struct {
	ctx  context.Context
	out  io.Writer
	site *clustertest.Site
}

func run(ctx context.Context, out io.Writer) error {
	s := &show{ctx, out, demo()}
	s.say("A demo in memory: three members, and no file of this machine is touched.")
	if err := s.whatIf(cluster.Edit{Node: "node1", Op: "set", Key: cluster.KeyWebHost, Value: "node1.example.com"}); err != nil {
		return err
	}
	approved, err := s.fix()
	if err != nil {
		return err
	}
	if err := s.changedSince(approved); err != nil {
		return err
	}
	if err := s.apply(approved); err != nil {
		return err
	}
	return s.revert(approved)
}

func (s *show) say(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

// whatIf shows what the report would be, and writes nothing.
func (s *show) whatIf(edits ...cluster.Edit) error {
	c, err := s.site.Load()
	if err != nil {
		return err
	}
	p, err := plan.Edits(s.ctx, c, edits...)
	if err != nil {
		return err
	}
	s.say("\nWhat if:")
	for _, e := range edits {
		s.say("  edit  %s", e)
	}
	return s.preview(p)
}

func (s *show) preview(p *plan.Plan) error {
	if p.Refused() {
		return &plan.RefusedError{Plan: p.ID, Refusals: p.Refusals}
	}
	future, err := p.Preview(s.ctx, s.site.World, check.Options{})
	if err != nil {
		return err
	}
	for _, list := range []struct {
		what     string
		findings []check.Finding
	}{{"new  ", future.Delta.New}, {"fixed", future.Delta.Fixed}, {"kept ", future.Delta.Kept}} {
		for _, f := range list.findings {
			if f.Severity > check.Info {
				s.say("  %s %s %s %s: %s", list.what, f.Severity, f.Rule, f.Node, f.Message)
			}
		}
	}
	return nil
}

// fix plans what findings ask for, where they carry their fix, and returns the
// plan as somebody stores it until it is approved.
func (s *show) fix() ([]byte, error) {
	c, err := s.site.Load()
	if err != nil {
		return nil, err
	}
	report, err := check.Run(s.ctx, c, check.Options{})
	if err != nil {
		return nil, err
	}
	var mechanical []check.Finding
	for _, f := range report.Findings {
		if len(f.Edits) > 0 {
			mechanical = append(mechanical, f)
		}
	}
	p, err := plan.Fix(s.ctx, c, mechanical)
	if err != nil {
		return nil, err
	}
	s.say("\nFix: %d findings carry their fix", len(mechanical))
	if err := s.preview(p); err != nil {
		return nil, err
	}
	s.say("\nFor approval:\n")
	if err := p.WriteText(s.out); err != nil {
		return nil, err
	}
	s.say("\nIt relies on:")
	for _, f := range p.Facts {
		s.say("  %s %s: %s", f.Node, f.Path, f)
	}
	var doc bytes.Buffer
	err = p.WriteJSON(&doc)
	return doc.Bytes(), err
}

// read is what the one who applies a plan does first: Read refuses a plan that was
// edited after it was made.
func read(approved []byte) (*plan.Plan, error) { return plan.Read(bytes.NewReader(approved)) }

// changedSince: between approval and the run somebody changes what the plan relies
// on. Preflight says so without writing, and Apply refuses.
func (s *show) changedSince(approved []byte) error {
	p, err := read(approved)
	if err != nil {
		return err
	}
	s.say("\nSomebody gives node1 another address in the meantime:")
	s.site.Set("node1", cluster.KeyAgentURI, "wss://node1.example.com:7920")
	if err := s.site.Err(); err != nil {
		return err
	}
	status, err := p.Preflight(s.ctx, s.site.World)
	if err != nil {
		return err
	}
	for _, r := range status.Refusals {
		s.say("  %s", r)
	}
	_, err = p.Apply(s.ctx, s.site.World, plan.ApplyOptions{})
	var stale *plan.StaleError
	if !errors.As(err, &stale) {
		return fmt.Errorf("applied to a world that the plan was not made for: %w", err)
	}
	s.say("\nThey put the old address back, so that the approved plan fits again.")
	s.site.Set("node1", cluster.KeyAgentURI, "wss://node1.example.com:7919")
	return s.site.Err()
}

// apply carries the approved plan out. A run that is cut off goes on where it was
// when the same plan is applied again.
func (s *show) apply(approved []byte) error {
	p, err := read(approved)
	if err != nil {
		return err
	}
	s.say("\nApply:")
	done, err := p.Apply(s.ctx, s.site.World, plan.ApplyOptions{Progress: func(e plan.Event) {
		if e.Kind == plan.EventDone || e.Kind == plan.EventWaiting {
			s.say("  %-7s %s", e.Kind, e.Step.Title)
		}
	}})
	if err != nil {
		return err
	}
	s.say("  done: %s; for a person: %s", strings.Join(done.Done, ", "), strings.Join(done.Manual, ", "))
	return s.report()
}

// revert puts the files back that Apply has kept.
func (s *show) revert(approved []byte) error {
	p, err := read(approved)
	if err != nil {
		return err
	}
	undone, err := p.Revert(s.ctx, s.site.World, plan.RevertOptions{})
	if err != nil {
		return err
	}
	s.say("\nRevert:\n  taken back: %s", strings.Join(undone.Done, ", "))
	return s.report()
}

func (s *show) report() error {
	report, err := s.site.Check(check.Options{})
	if err != nil {
		return err
	}
	s.say("  the report has %d errors", report.Count(check.Error))
	return nil
}
