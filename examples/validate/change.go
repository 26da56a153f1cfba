package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/props"
)

// change is what -set, -set-secret, -remove, -fix, -join, -secrets, -plan and -apply
// ask for.
type change struct {
	edits         []cluster.Edit
	fix, apply    bool
	join          string
	plan, secrets string
}

func (c *change) flags(f *flag.FlagSet) {
	f.Func("set", "`member:key=value`: show what the report would be; may be repeated", func(text string) error {
		member, rest, ok := strings.Cut(text, ":")
		key, value, also := strings.Cut(rest, "=")
		if !ok || !also || member == "" || key == "" {
			return errors.New("is not of the form member:key=value")
		}
		c.edits = append(c.edits, cluster.Edit{Node: member, Op: "set", Key: key, Value: value})
		return nil
	})
	f.Func("set-secret", "`member:key=reference`: show what the report would be with a password, which -secrets has under this reference; may be repeated", func(text string) error {
		member, rest, ok := strings.Cut(text, ":")
		key, reference, also := strings.Cut(rest, "=")
		if !ok || !also || member == "" || key == "" || reference == "" {
			return errors.New("is not of the form member:key=reference")
		}
		c.edits = append(c.edits, cluster.Edit{Node: member, Op: "set", Key: key, Secret: reference})
		return nil
	})
	f.Func("remove", "`member:key`: show what the report would be without this property; may be repeated", func(text string) error {
		member, key, ok := strings.Cut(text, ":")
		if !ok || member == "" || key == "" {
			return errors.New("is not of the form member:key")
		}
		c.edits = append(c.edits, cluster.Edit{Node: member, Op: "remove", Key: key})
		return nil
	})
	f.BoolVar(&c.fix, "fix", false, "show the plan of the fixes that need no decision (shown as \"edit\" in the report), and what the report would be")
	f.StringVar(&c.join, "join", "", "stand-alone server, a `member` of the topology: show the plan that makes it a member of the cluster of the other nodes, and what the report would be")
	f.StringVar(&c.secrets, "secrets", "", "properties `file` of the passwords that a plan refers to, reference=password; it is read for a preview and for -apply, and no plan holds what is in it")
	f.StringVar(&c.plan, "plan", "", "`file` to write the plan to, JSON; with -apply and nothing that makes a plan, the file to read it from")
	f.BoolVar(&c.apply, "apply", false, "carry the plan out: this writes to the members' files")
}

func (c change) asked() bool { return c.makes() > 0 || c.apply || c.plan != "" }

// makes counts the flags that make a plan.
func (c change) makes() (n int) {
	for _, asked := range []bool{len(c.edits) > 0, c.fix, c.join != ""} {
		if asked {
			n++
		}
	}
	return n
}

// secret resolves what plans refer to, from the file of -secrets.
func (c change) secret(machine afero.Fs) func(context.Context, string) (string, error) {
	if c.secrets == "" {
		return nil
	}
	return func(_ context.Context, reference string) (string, error) {
		f, err := props.Load(machine, c.secrets)
		if err != nil {
			return "", err
		}
		text, ok := f.Get(reference)
		if !ok {
			return "", fmt.Errorf("%s has no %s", c.secrets, reference)
		}
		return text, nil
	}
}

func (c change) validate(o options) error {
	switch {
	case !c.asked():
		return nil
	case c.makes() == 0 && !(c.apply && c.plan != ""):
		return errors.New("-plan and -apply need one of -set, -set-secret, -remove, -fix and -join; or give both to apply a stored plan")
	case c.makes() > 1:
		return errors.New("-fix, -join and -set (with -set-secret and -remove) are several plans; ask for one")
	case o.format != "text" && o.format != "json":
		return errors.New("a change is shown as text or json")
	case o.baseline != "":
		return errors.New("a change is compared with the report of now; leave -baseline out")
	}
	return nil
}

// run plans the change, previews it, and applies it where that is asked for. The
// exit code is that of the report of afterwards.
func (c change) run(ctx context.Context, o options, out, errOut io.Writer, machine afero.Fs, now time.Time) (int, error) {
	before, err := load(ctx, o, machine, errOut, now)
	if err != nil {
		return exitFailure, err
	}
	p, err := c.make(ctx, o, before, machine)
	if err != nil {
		return exitFailure, err
	}
	if c.plan != "" && c.makes() > 0 {
		var doc bytes.Buffer
		if err := p.WriteJSON(&doc); err != nil {
			return exitFailure, err
		}
		if old, err := afero.ReadFile(machine, c.plan); err == nil && !bytes.Equal(old, doc.Bytes()) {
			return exitFailure, fmt.Errorf("%s exists and holds something else, perhaps a plan that was approved; name another file or remove it", c.plan)
		}
		if err := afero.WriteFile(machine, c.plan, doc.Bytes(), 0o600); err != nil {
			return exitFailure, err
		}
	}
	if p.Refused() {
		return exitErrors, p.WriteText(out)
	}
	preview, err := p.Preview(ctx, before.World(), o.check)
	var refused *plan.RefusedError
	if errors.As(err, &refused) { // a secret is missing
		fmt.Fprintln(errOut, "validate:", err)
		return exitErrors, p.WriteText(out)
	}
	if err != nil {
		return exitFailure, err
	}
	if err := show(out, p, preview, o.format); err != nil {
		return exitFailure, err
	}
	if !c.apply {
		return o.exitCode(preview.After), nil
	}
	done, err := p.Apply(ctx, before.World(), plan.ApplyOptions{})
	if err != nil {
		return exitFailure, err
	}
	fmt.Fprintf(errOut, "applied plan %s: done %d, done before %d; for a person: %s\n", p.ID, len(done.Done), len(done.Skipped), strings.Join(done.Manual, ", "))
	for _, k := range done.Kept {
		fmt.Fprintf(errOut, "kept: %s: %s\n", k.Path, k.Reason)
	}
	after, err := validate(ctx, o, machine, errOut, now)
	if err != nil {
		return exitFailure, err
	}
	if len(done.Kept) > 0 {
		return max(exitErrors, o.exitCode(after)), nil
	}
	return o.exitCode(after), nil
}

// make is the plan that the flags ask for.
func (c change) make(ctx context.Context, o options, before *cluster.Cluster, machine afero.Fs) (*plan.Plan, error) {
	switch {
	case len(c.edits) > 0:
		return plan.Edits(ctx, before, c.edits...)
	case c.join != "":
		return plan.Join(ctx, before, c.join, plan.JoinOptions{})
	case !c.fix:
		data, err := afero.ReadFile(machine, c.plan)
		if err != nil {
			return nil, err
		}
		return plan.Read(bytes.NewReader(data))
	}
	report, err := check.Run(ctx, before, o.check)
	if err != nil {
		return nil, err
	}
	var mechanical []check.Finding
	for _, f := range report.Findings {
		if len(f.Edits) > 0 {
			mechanical = append(mechanical, f)
		}
	}
	return plan.Fix(ctx, before, mechanical)
}

// show prints the plan and what it would make of the report.
func show(out io.Writer, p *plan.Plan, preview *plan.Preview, format string) error {
	if format == "json" {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(struct {
			Plan    *plan.Plan    `json:"plan"`
			Preview *plan.Preview `json:"preview"`
		}{p, preview})
	}
	if err := p.WriteText(out); err != nil {
		return err
	}
	d := preview.Delta
	fmt.Fprintf(out, "\nAfter this plan: %d new, %d fixed, %d kept\n", len(d.New), len(d.Fixed), len(d.Kept))
	for _, list := range []struct {
		what     string
		findings []check.Finding
	}{{"new", d.New}, {"fixed", d.Fixed}, {"kept", d.Kept}} {
		for _, f := range list.findings {
			if _, err := fmt.Fprintf(out, "  %-5s %s\n", list.what, f); err != nil {
				return err
			}
		}
	}
	return nil
}
