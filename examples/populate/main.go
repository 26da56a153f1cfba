// Command populate moves the application data of one server to network
// storage, as step 5 of the vendor page "Setting up clusters of servers" asks.
//
// Without flags it does so to an embedded demo server, in memory, and shows
// the findings before, the plan, what the files will look like, and the
// findings after. With -install and -appdata it does the same to a real
// server's folders; nothing is written unless one of -prime, -apply, -retire, -purge
// and -revert is given.
//
// Exit codes: 0 done, no original had to be left in its place, nothing unread, and
// no finding of severity error is left (-prime and -revert do not look at findings); 1 refused, an original had to be left (lines
// "kept:"), malformed or missing properties, or findings of severity error remain; 2
// wrong usage, an I/O failure, or a required file that could not be read.
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

	"github.com/deploycluster/deploycluster/cluster/plan"
)

const (
	exitDone    = 0
	exitRefused = 1
	exitFailure = 2
)

const usage = `populate moves the application data of one server to network storage. Without
-install and -appdata it does so to a demo server in memory and touches no file.
The output is an outline; -v shows every step and finding with reason and source.
Nothing is written unless one of -prime, -apply, -retire, -purge and -revert
is given.

Exit codes:
  0  done, no original had to be left in its place, everything was read, and no
     finding of severity error is left (-prime and -revert do not look at findings)
  1  refused, an original had to be left in its place (lines "kept:"), malformed
     or missing properties, or findings of severity error remain
  2  wrong usage, an I/O failure, or a required file that could not be read

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	terminal := false
	if fi, err := os.Stderr.Stat(); err == nil {
		terminal = fi.Mode()&os.ModeCharDevice != 0
	}
	os.Exit(run(ctx, os.Args[1:], os.Stdout, progressTo(os.Stderr, terminal, time.Now), afero.NewOsFs(), time.Now()))
}

// options are the command line.
type options struct {
	install, appdata, mount string
	prime                   bool
	apply, retire, purge    bool
	revert                  bool
	purgeGone               int64
	digest                  string
	workers                 int
	json, runbook, stopped  bool
	links                   plan.LinkPolicy
	bestEffort, verbose     bool
	demo                    bool
}

func parse(args []string, out io.Writer) (options, error) {
	o := options{links: plan.LinksRefuse}
	f := flag.NewFlagSet("populate", flag.ContinueOnError)
	f.SetOutput(out)
	f.Usage = func() {
		fmt.Fprint(out, usage)
		f.PrintDefaults()
	}
	f.StringVar(&o.install, "install", "", "installation `folder` of the server, such as /opt/ibm-ucd/server")
	f.StringVar(&o.appdata, "appdata", "", "the new application data `folder` itself, such as /media/share/appdata")
	f.StringVar(&o.mount, "mount", "", "the `folder` where the network storage is mounted, such as /media/share")
	f.BoolVar(&o.prime, "prime", false, "copy while the server still runs, so that -apply, after the stop, copies only what has changed since")
	f.BoolVar(&o.apply, "apply", false, "carry the plan out, up to the switch")
	f.BoolVar(&o.retire, "retire", false, "with -apply, or later: rename the originals aside")
	f.BoolVar(&o.purge, "purge", false, "with -retire, or later: delete the originals that were renamed aside")
	f.BoolVar(&o.revert, "revert", false, "take an applied plan back, as long as the server has not run on the target; continues one that was interrupted")
	f.Int64Var(&o.purgeGone, "purge-gone", 0, "with -purge: delete also the originals whose copies are gone from the target, which must be this `number`")
	f.StringVar(&o.digest, "digest", "", "the `SHA-256` of the plan on the target, if its record on the server is lost and you have read the plan")
	f.IntVar(&o.workers, "workers", 0, fmt.Sprintf("the `number` of files to work on at the same time; 0 is %d", plan.DefaultWorkers))
	f.BoolVar(&o.json, "json", false, "print one JSON document instead of text")
	f.BoolVar(&o.verbose, "v", false, "show every step and every finding, with reason and source")
	f.BoolVar(&o.runbook, "runbook", false, "print the plan as a runbook in Markdown, and nothing else; the server may still run")
	f.BoolVar(&o.stopped, "stopped", false, "declare that the server is stopped, although var/server.pid may say otherwise")
	f.BoolVar(&o.bestEffort, "best-effort", false, "continue where the storage cannot sync files")
	f.TextVar(&o.links, "links", plan.LinksRefuse, "what to do with links inside the application data: refuse, keep or follow")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	switch {
	case f.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q", f.Arg(0))
	case (o.install == "") != (o.appdata == ""):
		return o, errors.New("-install and -appdata need each other")
	case o.prime && (o.apply || o.retire || o.purge):
		return o, errors.New("-prime is for before the stop, and excludes -apply, -retire and -purge")
	case o.revert && (o.prime || o.apply || o.retire || o.purge):
		return o, errors.New("-revert excludes -prime, -apply, -retire and -purge")
	case o.purgeGone != 0 && !o.purge:
		return o, errors.New("-purge-gone needs -purge")
	case o.json && o.runbook:
		return o, errors.New("-json and -runbook exclude each other")
	}
	for _, p := range []*string{&o.install, &o.appdata, &o.mount} {
		if *p == "" {
			continue
		}
		abs, err := filepath.Abs(*p)
		if err != nil {
			return o, err
		}
		*p = abs
	}
	return o, nil
}

// run is main without the machine.
func run(ctx context.Context, args []string, out io.Writer, progress func(plan.Event), fsys afero.Fs, now time.Time) int {
	o, err := parse(args, out)
	if errors.Is(err, flag.ErrHelp) {
		return exitDone
	}
	if err != nil {
		fmt.Fprintln(out, "populate:", err)
		return exitFailure
	}
	if o.install == "" {
		if fsys, o, err = demo(o); err != nil {
			fmt.Fprintln(out, "populate:", err)
			return exitFailure
		}
	}
	j := &job{ctx: ctx, o: o, fsys: fsys, now: now, progress: progress}
	err = j.do()
	if werr := j.write(out); werr != nil {
		return exitFailure
	}
	return exitCode(err)
}

// exitCode tells a refusal, which a person can put right, from a failure.
func exitCode(err error) int {
	var refused *plan.RefusedError
	var stale *plan.StaleError
	var stopped *plan.Error
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errUnread):
		return exitFailure
	case errors.As(err, &refused), errors.As(err, &stale), errors.As(err, &stopped) && stopped.Reason != plan.ReasonPlan, errors.Is(err, errKept), errors.Is(err, errRemain), errors.Is(err, errNothing), errors.Is(err, errNoRecord), errors.Is(err, errNothingApplied):
		return exitRefused
	}
	return exitFailure
}
