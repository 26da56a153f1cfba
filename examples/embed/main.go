// Command embed is the embedding program of the README: it shows, without
// writing anything, what the move of a server's application data would leave
// to do.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// preview plans the move, looks at the world as it will be, and judges that.
func preview(ctx context.Context, fsys afero.Fs, install, target string, out io.Writer) error {
	topology, world := cluster.Single(fsys, install)
	now, err := cluster.Load(ctx, topology, world)
	if err != nil {
		return err
	}
	move, err := plan.Populate(ctx, now, "server", plan.Target{AppData: target})
	if err != nil {
		return err
	}
	if move.Refused() {
		return move.WriteText(out) // says why, and what to do
	}
	future, err := move.Simulate(ctx, world)
	if err != nil {
		return err
	}
	then, err := cluster.Load(ctx, topology, future)
	if err != nil {
		return err
	}
	report, err := check.Run(ctx, then, check.Options{})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d steps; then %d errors, %d warnings\n", len(move.Steps), report.Count(check.Error), report.Count(check.Warning))
	return report.WriteText(out, check.TextOptions{})
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: embed INSTALL-FOLDER NEW-APPDATA-FOLDER")
		os.Exit(2)
	}
	if err := preview(context.Background(), afero.NewOsFs(), os.Args[1], os.Args[2], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "embed:", err)
		os.Exit(1)
	}
}
