package plan_test

import (
	"context"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

func settle(before int) int {
	for range 100 {
		if runtime.NumGoroutine() <= before {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	return runtime.NumGoroutine() - before
}

func many(t *testing.T, n int) *strictfs.FS {
	fsys := tiny(t, appdata.Folder)
	for i := range n {
		must(t, afero.WriteFile(fsys, fmt.Sprintf("%s/appdata/var/repository/blob/aa/f%05d", tinyInstall, i), []byte{byte(i)}, 0o640))
	}
	fsys.SyncAll()
	return fsys
}

// A panic of the caller's Progress, recovered by the caller.
func TestPanicOfACallbackLeavesNoWorkers(t *testing.T) {
	fsys := many(t, 100)
	p, w := planAt(t, fsys, monthsLater)
	before := runtime.NumGoroutine()
	func() {
		defer func() { recover() }()
		p.Apply(context.Background(), w, plan.ApplyOptions{Workers: 4, Progress: func(e plan.Event) {
			if e.Path != "" {
				panic("caller")
			}
		}})
	}()
	if n := settle(before); n > 0 {
		t.Errorf("%d goroutines are left", n)
	}
}

// Errors and cancellation anywhere leave no goroutine and no deadlock behind.
func TestNoWorkersAreLeft(t *testing.T) {
	base := many(t, 6000) // more than the queue holds
	for _, c := range []struct {
		name  string
		fault strictfs.Fault
	}{
		{"slow first", strictfs.Fault{Op: strictfs.OpRename, Path: "f00000", Nth: 1}},
		{"manifest", strictfs.Fault{Op: strictfs.OpWrite, Path: "s08.jsonl", Nth: 1}},
		{"mid", strictfs.Fault{Op: strictfs.OpRename, Path: "f05000", Nth: 1}},
		{"sync", strictfs.Fault{Op: strictfs.OpSync, Nth: 300}},
	} {
		fsys := base.Clone()
		p, w := planAt(t, fsys, monthsLater)
		slow := strictfs.NewSlow(fsys, func(op strictfs.Op, path string) {
			if strings.HasSuffix(path, "f00000") && op == strictfs.OpRead {
				time.Sleep(300 * time.Millisecond)
			}
		})
		w.FS["local"] = strictfs.NewFailing(slow, c.fault)
		before := runtime.NumGoroutine()
		start := time.Now()
		_, err := p.Apply(context.Background(), w, plan.ApplyOptions{Workers: 3})
		if err == nil {
			t.Errorf("%s: nil", c.name)
		}
		if n := settle(before); n > 0 {
			t.Errorf("%s: %d goroutines left", c.name, n)
		}
		t.Log(c.name, time.Since(start), err)
		w.FS["local"] = fsys
		_, err = p.Apply(context.Background(), w, everything)
		must(t, err)
	}
}

// Files, folders and links become something else while they are primed.
func TestKindsChangeWhilePriming(t *testing.T) {
	for _, kind := range []string{"folder", "link", "link to a folder", "fifo"} {
		t.Run(kind, func(t *testing.T) {
			fsys := tiny(t, appdata.Folder)
			app := running(t, fsys, appdata.Folder)
			file := app + "/var/repository/blob/aa/one"
			p, w := planAt(t, fsys, monthsLater)
			done := false
			w.FS["local"] = strictfs.NewHooked(fsys, strictfs.Hooks{Before: func(c *strictfs.Call) {
				if c.Op == strictfs.OpOpen && c.Path == file && !done {
					done = true
					must(t, fsys.Remove(file))
					switch kind {
					case "folder":
						must(t, fsys.Mkdir(file, 0o750))
					case "link":
						must(t, fsys.SymlinkIfPossible("two", file))
					case "link to a folder":
						must(t, fsys.SymlinkIfPossible(".", file))
					case "fifo":
						must(t, fsys.Mknod(file, fs.ModeNamedPipe|0o600))
					}
				}
			}})
			_, err := p.Prime(context.Background(), w, plan.PrimeOptions{Workers: 1})
			if err != nil {
				t.Errorf("Prime: %v", err)
			}
		})
	}
	t.Run("folder becomes file", func(t *testing.T) {
		fsys := tiny(t, appdata.Folder)
		app := running(t, fsys, appdata.Folder)
		dir := app + "/var/repository/blob/aa"
		p, w := planAt(t, fsys, monthsLater)
		n := 0
		w.FS["local"] = strictfs.NewHooked(fsys, strictfs.Hooks{Before: func(c *strictfs.Call) {
			if c.Op == strictfs.OpOpen && c.Path == dir {
				if n++; n == 2 { // the survey was first
					must(t, fsys.RemoveAll(dir))
					must(t, afero.WriteFile(fsys, dir, nil, 0o640))
				}
			}
		}})
		if _, err := p.Prime(context.Background(), w, plan.PrimeOptions{Workers: 1}); err != nil {
			t.Errorf("Prime: %v", err)
		}
	})
}
