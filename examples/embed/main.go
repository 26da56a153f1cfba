// Command embed is the README's program: it shows, without writing anything,
// what the move of a server's application data to network storage would do.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: embed INSTALLATION-FOLDER NEW-APPDATA-FOLDER")
	}
	if err := preview(context.Background(), afero.NewOsFs(), os.Args[1], os.Args[2], os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// preview plans the move and judges the world as it would be. It only reads.
func preview(ctx context.Context, fsys afero.Fs, install, target string, out io.Writer) error {
	topology, world := cluster.Single(fsys, install)
	c, err := cluster.Load(ctx, topology, world)
	if err != nil {
		return err
	}
	p, err := plan.Populate(ctx, c, "server", plan.Target{AppData: target})
	if err != nil {
		return err
	}
	if p.Refused() {
		return p.WriteText(out) // says why, and what to do
	}
	future, err := p.Preview(ctx, world, check.Options{})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d steps; %d findings fixed, %d new, %d left\n",
		len(p.Steps), len(future.Delta.Fixed), len(future.Delta.New), len(future.Delta.Kept))
	return future.After.WriteText(out, check.TextOptions{})
}
