package plan_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"
	"golang.org/x/sys/unix"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// TestPurgeReadsWhatIsMapped: what a program writes to memory that it has mapped
// and written to before leaves no time of change. Between Retire and Purge of one
// call it is found all the same.
func TestPurgeReadsWhatIsMapped(t *testing.T) {
	const rel = "/var/repository/blob/aa/one"
	ctx, fsys := context.Background(), afero.NewOsFs()
	install, target := onTimed(t)
	p, w := populate(t, fsys, install, plan.Target{AppData: target})
	_, err := accepted(t, p).Apply(ctx, w, plan.ApplyOptions{})
	must(t, err)
	aside := ""
	for _, s := range p.Steps {
		if s.Action == plan.ActionPurge && s.From.Path == install+"/appdata" {
			aside = s.Aside.Path
		}
	}
	f, err := os.OpenFile(install+"/appdata"+rel, os.O_RDWR, 0)
	must(t, err)
	memory, err := unix.Mmap(int(f.Fd()), 0, 1, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	must(t, err)
	defer unix.Munmap(memory)
	must(t, f.Close())
	was := memory[0]
	memory[0] = 'x'
	memory[0] = was
	time.Sleep(20 * time.Millisecond) // more than the tick of any storage's clock
	changed := false
	res, err := p.Apply(ctx, w, plan.ApplyOptions{Through: plan.PhasePurge, Progress: func(plan.Event) {
		if there(fsys, aside+rel) {
			memory[0], changed = 'X', true
		}
	}})
	must(t, err)
	left := 0
	for path := range walkFiles(t, install) {
		if len(path) > len(rel) && path[len(path)-len(rel):] == rel {
			left++
		}
	}
	if !changed || left != 1 || len(res.Kept) == 0 {
		t.Errorf("changed between: %t; it is there %d times; kept %+v", changed, left, res.Kept)
	}
}

// TestPurgeReadsWhatLiesInMemory: in memory the system does not tell when a program
// writes to what it has mapped and read, so Purge reads again what Retire has read.
func TestPurgeReadsWhatLiesInMemory(t *testing.T) {
	if !ownMounts(t) {
		return
	}
	const rel = "/var/repository/blob/aa/one"
	ctx, fsys, root := context.Background(), afero.NewOsFs(), t.TempDir()
	mount(t, "tmpfs", root)
	install, target := root+"/opt/server", root+"/share/appdata"
	must(t, os.Mkdir(root+"/share", 0o755))
	writeTiny(t, fsys, install, appdata.Folder)
	p, w := populate(t, fsys, install, plan.Target{AppData: target})
	_, err := accepted(t, p).Apply(ctx, w, plan.ApplyOptions{})
	must(t, err)
	time.Sleep(20 * time.Millisecond) // more than the tick of any storage's clock
	changed := false
	res, err := p.Apply(ctx, w, plan.ApplyOptions{Through: plan.PhasePurge, Progress: func(plan.Event) {
		for path := range walkFiles(t, install) {
			if changed || !strings.HasSuffix(path, rel) || strings.HasSuffix(path, "/appdata"+rel) {
				continue
			}
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			must(t, err)
			memory, err := unix.Mmap(int(f.Fd()), 0, 1, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
			must(t, err)
			if memory[0] != 'X' {
				memory[0], changed = 'X', true
			}
			must(t, unix.Munmap(memory))
			must(t, f.Close())
		}
	}})
	must(t, err)
	if !changed || len(res.Kept) == 0 {
		t.Errorf("changed between: %t; kept %+v", changed, res.Kept)
	}
}
