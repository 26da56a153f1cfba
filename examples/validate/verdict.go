package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster/check"
)

// read reads the files that the report is held against: the suppressions, which
// go into the options, and the baseline, nil where there is none.
func (o *options) read(fsys afero.Fs) (before *check.Report, err error) {
	if o.suppress != "" {
		data, err := afero.ReadFile(fsys, o.suppress)
		if err != nil {
			return nil, err
		}
		if o.check.Suppress, err = check.ReadSuppressions(bytes.NewReader(data)); err != nil {
			return nil, fmt.Errorf("%s: %w", o.suppress, err)
		}
		if err := o.check.Validate(); err != nil {
			return nil, fmt.Errorf("%s: %w", o.suppress, err)
		}
	}
	if o.baseline == "" {
		return nil, nil
	}
	data, err := afero.ReadFile(fsys, o.baseline)
	if err != nil {
		return nil, err
	}
	if before, err = check.Read(bytes.NewReader(data)); err != nil {
		return nil, fmt.Errorf("%s: %w", o.baseline, err)
	}
	return before, nil
}

// exitCode is the verdict for a pipeline. A report that is not complete proves
// nothing, whatever it found.
func (o options) exitCode(r *check.Report) int {
	counts := r.Count(check.Error)
	if o.failOn != "error" {
		counts += r.Count(check.Warning)
	}
	if o.failOn == "unknown" {
		counts += len(r.Unknown)
	}
	switch {
	case !r.Complete():
		return exitFailure
	case counts > 0:
		return exitErrors
	}
	return exitSound
}

// withFlags is the report with the flag of this command beside what a question needs,
// where there is one.
func withFlags(r *check.Report) *check.Report {
	out := *r
	out.Unknown = slices.Clone(r.Unknown)
	for i, u := range out.Unknown {
		if strings.HasSuffix(u.Needs, "permission to try the default one") {
			out.Unknown[i].Needs += " (-try-default-password)"
		}
	}
	return &out
}

// writeDelta says what has changed since the baseline.
func writeDelta(out io.Writer, baseline string, d check.Delta) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "\nSince %s: %d new, %d fixed, %d kept\n", baseline, len(d.New), len(d.Fixed), len(d.Kept))
	for _, list := range []struct {
		what     string
		findings []check.Finding
	}{{"new", d.New}, {"fixed", d.Fixed}} {
		for _, f := range list.findings {
			fmt.Fprintf(&b, "  %-5s %s\n", list.what, f)
		}
	}
	_, err := out.Write(b.Bytes())
	return err
}

// catalogue prints the rules.
func catalogue(out io.Writer, format string) error {
	rules := check.Rules()
	if format == "json" {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(map[string]any{"schema": 1, "rules": rules})
	}
	for _, r := range rules {
		if _, err := fmt.Fprintf(out, "%s  %-7s  %s\n", r.ID, r.Severity, r.Title); err != nil {
			return err
		}
	}
	return nil
}
