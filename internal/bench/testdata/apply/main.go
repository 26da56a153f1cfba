//go:build linux

// Command apply carries out one populate plan in a process of its own, so that
// its time and its memory are those of Apply and nothing else. It goes up to
// the switch, or with -purge from there to the end, insists on synced data, and
// prints one JSON document.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// report is what the parent reads.
type report struct {
	Files   int64         `json:"files"`
	Bytes   int64         `json:"bytes"`
	Plan    time.Duration `json:"plan"`    // Load and Populate
	Apply   time.Duration `json:"apply"`   // Apply
	PeakKiB int64         `json:"peakKiB"` // VmHWM: the largest resident size this process ever had
	HeapKiB int64         `json:"heapKiB"` // what the Go runtime has from the system
}

func main() {
	install := flag.String("install", "", "installation folder of the server")
	appdata := flag.String("appdata", "", "the new application data folder")
	workers := flag.Int("workers", 0, "workers; 0 is the default of Apply")
	whole := flag.Bool("syncfs", false, "sync many files with one syncfs(2) instead of each with fsync(2)")
	cpu := flag.String("cpuprofile", "", "write a processor profile of Apply to this file")
	block := flag.String("blockprofile", "", "write a profile of blocking to this file")
	purge := flag.Bool("purge", false, "go on with the plan that is recorded on the target, to retire and purge the originals")
	flag.Parse()
	if err := run(*install, *appdata, *workers, *whole, *purge, *cpu, *block); err != nil {
		fmt.Fprintln(os.Stderr, "apply:", err)
		os.Exit(1)
	}
}

func run(install, appdata string, workers int, whole, purge bool, cpu, block string) error {
	ctx, start := context.Background(), time.Now()
	topology, world := cluster.Single(afero.NewOsFs(), install)
	world.Now, world.Password = start, cluster.StoredPasswords
	c, err := cluster.Load(ctx, topology, world)
	if err != nil {
		return err
	}
	begin, o := plan.Populate, plan.ApplyOptions{Durability: plan.DurabilityFull, Workers: workers}
	if purge {
		begin, o.Through = plan.Resume, plan.PhasePurge
	}
	p, err := begin(ctx, c, "server", plan.Target{AppData: appdata})
	if err != nil {
		return err
	}
	if p.Refused() {
		return &plan.RefusedError{Plan: p.ID, Refusals: p.Refusals}
	}
	out := report{Plan: time.Since(start)}
	if whole {
		// Opened before anything is written: syncfs reports the errors since then.
		share, err := os.Open(filepath.Dir(appdata))
		if err != nil {
			return err
		}
		defer share.Close()
		o.SyncStorage = func(string, string) error { return syncfs(share) }
	}
	stop, err := profiles(cpu, block)
	if err != nil {
		return err
	}
	start = time.Now()
	res, err := p.Apply(ctx, world, o)
	out.Apply = time.Since(start)
	if err := errors.Join(err, stop()); err != nil {
		return err
	}
	if len(res.Kept) > 0 {
		return fmt.Errorf("originals stay: %v", res.Kept)
	}
	out.Files, out.Bytes = res.VerifiedFiles, res.VerifiedBytes
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	out.HeapKiB = int64(m.Sys >> 10)
	if out.PeakKiB, err = peak(); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}

// syncfs is syncfs(2), which package syscall has not.
func syncfs(on *os.File) error {
	trap := map[string]uintptr{"amd64": 306, "arm64": 267, "riscv64": 267, "loong64": 267}[runtime.GOARCH]
	if trap == 0 {
		return syscall.ENOSYS
	}
	if _, _, errno := syscall.Syscall(trap, on.Fd(), 0, 0); errno != 0 {
		return os.NewSyscallError("syncfs", errno)
	}
	return nil
}

// profiles starts what was asked for.
func profiles(cpu, block string) (stop func() error, err error) {
	var files []*os.File
	create := func(name string) *os.File {
		f, cerr := os.Create(name)
		if cerr == nil {
			files = append(files, f)
		}
		err = errors.Join(err, cerr)
		return f
	}
	if cpu != "" {
		if f := create(cpu); err == nil {
			err = pprof.StartCPUProfile(f)
		}
	}
	var blocked *os.File
	if block != "" {
		runtime.SetBlockProfileRate(10_000)
		blocked = create(block)
	}
	return func() (err error) {
		pprof.StopCPUProfile()
		if blocked != nil {
			err = pprof.Lookup("block").WriteTo(blocked, 0)
		}
		for _, f := range files {
			err = errors.Join(err, f.Close())
		}
		return err
	}, err
}

// peak is the high-water mark of this process's resident memory in KiB.
func peak() (kib int64, err error) {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	for s.Scan() {
		if rest, ok := strings.CutPrefix(s.Text(), "VmHWM:"); ok {
			_, err := fmt.Sscan(rest, &kib)
			return kib, err
		}
	}
	return 0, errors.Join(s.Err(), errors.New("no VmHWM"))
}
