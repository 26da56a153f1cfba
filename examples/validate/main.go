// Command validate judges a whole cluster and prints one report about all of
// its members.
//
// Without flags it does so to an embedded demo cluster, in memory. With
// -topology it reads a topology from a JSON file, as cluster.ReadTopology
// describes it, and opens each storage that it names: folders of this machine
// that show the members' disks and the network storage, such as mounts over the
// network or copies. It writes nothing on them unless -apply is given.
//
// -set, -set-secret and -remove show what the report would be if settings were
// others, -fix what it would be once the findings were fixed whose fix needs no
// decision, and -join what it would be if a stand-alone server were a member;
// -plan writes the plan to a file, for approval, and -apply carries it out, which
// changes the members' files.
//
// With -baseline it compares with a report of an earlier run (-format json), and
// only new findings count. -suppress names a file of findings that are accepted.
// -rules prints the catalogue.
//
// Exit codes: 0 everything was read and nothing counts; 1 there are findings of
// severity error, or of what -fail-on names; 2 wrong usage, an unusable topology,
// an I/O failure, or a member, storage or required file that could not be read.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/check/sarif"
)

const (
	exitSound   = 0
	exitErrors  = 1
	exitFailure = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr, afero.NewOsFs(), time.Now()))
}

// run is main without the machine.
func run(ctx context.Context, args []string, out, errOut io.Writer, fsys afero.Fs, now time.Time) int {
	code, err := command(ctx, args, out, errOut, fsys, now)
	if err != nil {
		fmt.Fprintln(errOut, "validate:", err)
	}
	return code
}

func command(ctx context.Context, args []string, out, errOut io.Writer, fsys afero.Fs, now time.Time) (int, error) {
	o, err := parse(args, errOut)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitSound, nil
	case err != nil:
		return exitFailure, fmt.Errorf("%w; -h lists the flags", err)
	case o.rules:
		if err := catalogue(out, o.format); err != nil {
			return exitFailure, err
		}
		return exitSound, nil
	}
	before, err := o.read(fsys)
	if err != nil {
		return exitFailure, err
	}
	if o.change.asked() {
		return o.change.run(ctx, o, out, errOut, fsys, now)
	}
	report, err := validate(ctx, o, fsys, errOut, now)
	if err != nil {
		return exitFailure, err
	}
	if err := write(out, report, o); err != nil {
		return exitFailure, err
	}
	counted := report
	if before != nil {
		delta := check.Compare(before, report)
		to := errOut
		if o.format == "text" {
			to = out
		}
		if err := writeDelta(to, o.baseline, delta); err != nil {
			return exitFailure, err
		}
		fresh := *report
		fresh.Findings = delta.New
		counted = &fresh
	}
	return o.exitCode(counted), nil
}

// validate is what a program does that uses the library: read the topology,
// open its storages, load, check.
func validate(ctx context.Context, o options, machine afero.Fs, errOut io.Writer, now time.Time) (*check.Report, error) {
	c, err := load(ctx, o, machine, errOut, now)
	if err != nil {
		return nil, err
	}
	if o.to != "" {
		path := upgradePath(c, o.to)
		o.check.Extra = append(o.check.Extra, path.Rules()...)
		writePath(errOut, path)
	}
	return check.Run(ctx, c, o.check)
}

// load reads the cluster that the options name.
func load(ctx context.Context, o options, machine afero.Fs, errOut io.Writer, now time.Time) (*cluster.Cluster, error) {
	t, fsys, err := topology(o, machine)
	if err != nil {
		return nil, err
	}
	w := cluster.World{Password: cluster.StoredPasswords, TryDefaultPassword: o.defaultStorePw || o.topology == "", Now: now}
	w.Secret = o.change.secret(machine)
	if w.FS, err = open(fsys, filepath.Dir(o.topology), t); err != nil {
		return nil, err
	}
	c, err := cluster.Load(ctx, t, w)
	if err != nil {
		return nil, err
	}
	if o.haproxy+o.nginx != "" {
		if err := balancer(machine, o, c, errOut); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// topology reads the topology, and which file system its storages are on.
func topology(o options, fsys afero.Fs) (cluster.Topology, afero.Fs, error) {
	if o.topology == "" {
		return demo()
	}
	data, err := afero.ReadFile(fsys, o.topology)
	if err != nil {
		return cluster.Topology{}, nil, err
	}
	t, err := cluster.ReadTopology(o.topology, data)
	return t, fsys, err
}

func write(out io.Writer, r *check.Report, o options) error {
	switch o.format {
	case "json":
		return r.WriteJSON(out)
	case "markdown":
		return r.WriteMarkdown(out)
	case "sarif":
		return sarif.Write(out, r, sarif.Options{Topology: filepath.ToSlash(o.topology)})
	}
	return withFlags(r).WriteText(out, check.TextOptions{Color: o.color})
}
