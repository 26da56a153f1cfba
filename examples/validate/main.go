// Command validate judges a whole cluster and prints one report about all of
// its members.
//
// Without flags it does so to an embedded demo cluster, in memory. With
// -topology it reads a topology from a JSON file, as cluster.ReadTopology
// describes it, and opens each storage that it names: folders of this machine
// that show the members' disks and the network storage, such as mounts over the
// network or copies. It reads only.
//
// Exit codes: 0 no finding of severity error; 1 there are such findings; 2
// wrong usage, an unusable topology, or an I/O failure. What could not be judged
// is in the report and does not change the exit code.
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
	"strconv"
	"strings"
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

// options are the command line.
type options struct {
	topology       string
	haproxy, nginx string
	format         string
	check          check.Options
	color          bool
	defaultStorePw bool
}

func parse(args []string, out io.Writer) (options, error) {
	o := options{}
	f := flag.NewFlagSet("validate", flag.ContinueOnError)
	f.SetOutput(out)
	f.StringVar(&o.topology, "topology", "", "topology `file`, JSON; none: an embedded demo cluster")
	f.StringVar(&o.haproxy, "haproxy", "", "haproxy.cfg `file` of the load balancer, for what the topology does not declare of it; conditions on backends are taken as met")
	f.StringVar(&o.nginx, "nginx", "", "NGINX configuration `file` of the load balancer, or the output of nginx -T, in place of -haproxy")
	f.StringVar(&o.format, "format", "text", "`format` of the report: text, json, markdown or sarif")
	f.BoolVar(&o.color, "color", false, "mark severities with colours in the text")
	f.BoolVar(&o.defaultStorePw, "try-default-password", false, "try the product's well-known default password on keystores whose own is not stored in plain text")
	ids := func(to *[]string) func(string) error {
		return func(list string) error {
			for id := range strings.SplitSeq(list, ",") {
				if id = strings.TrimSpace(id); id != "" {
					*to = append(*to, id)
				}
			}
			return nil
		}
	}
	f.Func("only", "`ids` of the rules to run, separated by commas", ids(&o.check.Only))
	f.Func("except", "`ids` of the rules to leave out", ids(&o.check.Except))
	f.Func("horizon", "how far ahead an expiry counts, a `duration` such as 30d or 36h; default 30d", func(text string) (err error) {
		o.check.Horizon, err = duration(text)
		return err
	})
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if o.haproxy != "" && o.nginx != "" {
		return o, errors.New("-haproxy and -nginx are two files of one balancer; give one")
	}
	switch o.format {
	case "text", "json", "markdown", "sarif":
	default:
		return o, fmt.Errorf("-format %q is none of text, json, markdown, sarif", o.format)
	}
	return o, o.check.Validate()
}

// duration reads days too, which time.ParseDuration does not.
func duration(text string) (time.Duration, error) {
	const most = 36500
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n < 1 || n > most {
			return 0, fmt.Errorf("days are a whole number from 1 to %d", most)
		}
		return time.Duration(n) * 24 * time.Hour, nil
	}
	d, err := time.ParseDuration(text)
	if err == nil && d <= 0 {
		err = errors.New("it has to be longer than nothing")
	}
	return d, err
}

// run is main without the machine.
func run(ctx context.Context, args []string, out, errOut io.Writer, fsys afero.Fs, now time.Time) int {
	o, err := parse(args, errOut)
	if errors.Is(err, flag.ErrHelp) {
		return exitSound
	}
	var report *check.Report
	if err == nil {
		report, err = validate(ctx, o, fsys, errOut, now)
	}
	if err == nil {
		err = write(out, report, o)
	}
	switch {
	case err != nil:
		fmt.Fprintln(errOut, "validate:", err)
		return exitFailure
	case report.Count(check.Error) > 0:
		return exitErrors
	}
	return exitSound
}

// validate is what a program does that uses the library: read the topology,
// open its storages, load, check.
func validate(ctx context.Context, o options, machine afero.Fs, errOut io.Writer, now time.Time) (*check.Report, error) {
	t, fsys, err := topology(o, machine)
	if err != nil {
		return nil, err
	}
	w := cluster.World{Password: cluster.StoredPasswords, TryDefaultPassword: o.defaultStorePw || o.topology == "", Now: now}
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
	return check.Run(ctx, c, o.check)
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
		return sarif.Write(out, r, sarif.Options{})
	}
	return r.WriteText(out, check.TextOptions{Color: o.color})
}
