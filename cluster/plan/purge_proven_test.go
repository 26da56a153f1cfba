package plan_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/fsx"
)

// onTimed is a server on a storage that Purge trusts to tell when a file changed.
// The folder for temporary files may lie in memory.
func onTimed(t *testing.T) (install, target string) {
	t.Helper()
	for _, dir := range []string{os.TempDir(), "/var/tmp"} {
		d, err := fsx.Open(afero.NewOsFs(), dir)
		if err != nil {
			continue
		}
		local := fsx.Local(d)
		must(t, d.Close())
		if !local {
			continue
		}
		root, err := os.MkdirTemp(dir, "deploycluster-")
		must(t, err)
		t.Cleanup(func() { must(t, os.RemoveAll(root)) })
		install, target = root+"/opt/server", root+"/share/appdata"
		must(t, os.MkdirAll(root+"/share", 0o755))
		writeTiny(t, afero.NewOsFs(), install, appdata.Folder)
		return install, target
	}
	t.Skip("needs a folder for temporary files on ext4, XFS or Btrfs")
	return "", ""
}

// TestPurgeReadsWhatChangedSinceRetire: in one call, an original that Retire has
// read is read again if anything about it has changed since, whatever its size
// and its time of modification say.
func TestPurgeReadsWhatChangedSinceRetire(t *testing.T) {
	const rel = "/var/repository/blob/aa/one"
	change := map[string]struct {
		do    func(name string, info os.FileInfo) error
		stays bool
	}{
		"written over": {func(name string, info os.FileInfo) error {
			f, err := os.OpenFile(name, os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			defer f.Close()
			_, err = f.WriteString("A")
			return err
		}, true},
		"replaced": {func(name string, info os.FileInfo) error {
			other := strings.Repeat("x", int(info.Size()))
			if err := os.WriteFile(name+".other", []byte(other), info.Mode().Perm()); err != nil {
				return err
			}
			return os.Rename(name+".other", name)
		}, true},
		"touched": {func(name string, info os.FileInfo) error { return os.Chmod(name, 0o600) }, false},
	}
	for name, c := range change {
		t.Run(name, func(t *testing.T) {
			ctx, fsys := context.Background(), afero.NewOsFs()
			install, target := onTimed(t)
			p, w := populate(t, fsys, install, plan.Target{AppData: target})
			_, err := accepted(t, p).Apply(ctx, w, plan.ApplyOptions{})
			must(t, err)
			time.Sleep(20 * time.Millisecond) // more than the tick of any storage's clock
			aside := ""
			for _, s := range p.Steps {
				if s.Action == plan.ActionPurge && s.From.Path == install+"/appdata" {
					aside = s.Aside.Path
				}
			}
			changed := false
			res, err := p.Apply(ctx, w, plan.ApplyOptions{Through: plan.PhasePurge, Progress: func(e plan.Event) {
				info, err := os.Stat(aside + rel)
				if err != nil || changed {
					return
				}
				changed = true
				must(t, c.do(aside+rel, info))
				must(t, os.Chtimes(aside+rel, info.ModTime(), info.ModTime()))
			}})
			must(t, err)
			if !changed {
				t.Fatal("the original was not found aside")
			}
			if stays := len(res.Kept) > 0; stays != c.stays {
				t.Errorf("kept %+v", res.Kept)
			}
			left := ""
			for _, e := range walk(t, fsys, install) {
				if strings.HasSuffix(e.Path, rel) {
					left = e.Path
				}
			}
			if (left != "") != c.stays {
				t.Errorf("left: %q", left)
			}
		})
	}
}
