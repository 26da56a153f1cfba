package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/compat"
)

const usage = `validate judges a cluster and prints one report. Without -topology it judges a
demo cluster in memory and touches no file. Nothing is written on the members
unless -apply is given.

Exit codes:
  0  everything was read and nothing counts
  1  findings of severity error, or of what -fail-on names
  2  wrong usage, an unusable topology, an I/O failure, or a member, storage or
     required file that could not be read

`

// options are the command line.
type options struct {
	topology       string
	haproxy, nginx string
	to             string
	format         string
	check          check.Options
	color          bool
	defaultStorePw bool
	rules          bool
	baseline       string
	suppress       string
	failOn         string
	change         change
}

func parse(args []string, out io.Writer) (options, error) {
	o := options{}
	f := flag.NewFlagSet("validate", flag.ContinueOnError)
	f.SetOutput(io.Discard) // what is wrong is said once, by run
	f.Usage = func() {}
	f.StringVar(&o.topology, "topology", "", "topology `file`, JSON; none: an embedded demo cluster")
	f.StringVar(&o.haproxy, "haproxy", "", "haproxy.cfg `file` of the load balancer, for what the topology does not declare of it; conditions on backends are taken as met")
	f.StringVar(&o.to, "to", "", "`version` of a planned upgrade: rules UPG001 to UPG016 report what prevents it, and the steps of the upgrade with their conditions go to stderr")
	f.StringVar(&o.nginx, "nginx", "", "NGINX configuration `file` of the load balancer, or the output of nginx -T, instead of -haproxy")
	f.StringVar(&o.format, "format", "text", "`format` of the report: text, json, markdown or sarif")
	f.BoolVar(&o.color, "color", false, "mark severities with colours in the text")
	f.BoolVar(&o.defaultStorePw, "try-default-password", false, "try the product's well-known default password on keystores whose own is not stored in plain text")
	f.BoolVar(&o.rules, "rules", false, "print the rules, as text or with -format json, and do nothing else")
	f.StringVar(&o.baseline, "baseline", "", "JSON report `file` of an earlier run: only findings that it does not have count")
	f.StringVar(&o.suppress, "suppress", "", "JSON `file` of suppressions: findings that are accepted, with a reason")
	f.StringVar(&o.failOn, "fail-on", "error", "exit with 1 from this `severity` on: error, warning or unknown")
	o.change.flags(f)
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
	f.Func("only", "`ids` of the rules to run, or globs such as KEY*, separated by commas", ids(&o.check.Only))
	f.Func("except", "`ids` of the rules to leave out, or globs, in the same way; a report of some rules is no verdict about the cluster", ids(&o.check.Except))
	f.Func("horizon", "how far ahead an expiry counts, a `duration` such as 30d, 6w or 36h; default 30d", func(text string) (err error) {
		o.check.Horizon, err = duration(text)
		return err
	})
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprint(out, usage)
			f.SetOutput(out)
			f.PrintDefaults()
		}
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if o.to != "" && compat.Upgrade(o.to, o.to).Answer != compat.Yes {
		return o, fmt.Errorf("-to %q is not a version such as 8.0.1.3", o.to)
	}
	if o.haproxy != "" && o.nginx != "" {
		return o, errors.New("-haproxy and -nginx are two files of one balancer; give one")
	}
	switch o.format {
	case "text", "json", "markdown", "sarif":
	default:
		return o, fmt.Errorf("-format %q is none of text, json, markdown, sarif", o.format)
	}
	switch o.failOn {
	case "error", "warning", "unknown":
	default:
		return o, fmt.Errorf("-fail-on %q is none of error, warning, unknown", o.failOn)
	}
	if err := o.change.validate(o); err != nil {
		return o, err
	}
	return o, o.check.Validate()
}

// duration reads days and weeks too, which time.ParseDuration does not.
func duration(text string) (time.Duration, error) {
	const most = 36500 // days
	for unit, days := range map[string]int{"d": 1, "w": 7} {
		count, ok := strings.CutSuffix(text, unit)
		if !ok {
			continue
		}
		n, err := strconv.Atoi(count)
		if err != nil || n < 1 || n > most/days {
			return 0, fmt.Errorf("a number of days or weeks is a whole one from 1 to %d days", most)
		}
		return time.Duration(n*days) * 24 * time.Hour, nil
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, errors.New("is not a duration such as 30d, 6w or 36h")
	case d <= 0:
		return 0, errors.New("it has to be longer than nothing")
	}
	return d, nil
}
