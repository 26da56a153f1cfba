package plan_test

import (
	"context"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/fileowner"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// otherNumbers shows what is below a folder under other numbers and times, as one
// export does that is mounted twice, or an overlay over it.
type otherNumbers struct {
	*strictfs.FS
	below string
}

type numbered struct{ fs.FileInfo }

func (n numbered) Sys() any { return n }

func (n numbered) Identity() (fileowner.FileID, bool) {
	id, ok := fileowner.Device(n.FileInfo)
	id.Dev, id.Ino = id.Dev+1000, id.Ino+1000
	return id, ok
}

func (n numbered) Changed() (time.Time, bool) {
	at, ok := fileowner.Changed(n.FileInfo)
	return at.Add(time.Second), ok
}

func (n numbered) Owner() (uid, gid int, ok bool) { return fileowner.Of(n.FileInfo) }

func (o otherNumbers) info(name string, fi fs.FileInfo, err error) (fs.FileInfo, error) {
	if err == nil && strings.HasPrefix(name+"/", o.below+"/") {
		fi = numbered{fi}
	}
	return fi, err
}

func (o otherNumbers) Stat(name string) (fs.FileInfo, error) {
	fi, err := o.FS.Stat(name)
	return o.info(name, fi, err)
}

func (o otherNumbers) LstatIfPossible(name string) (fs.FileInfo, bool, error) {
	fi, did, err := o.FS.LstatIfPossible(name)
	fi, err = o.info(name, fi, err)
	return fi, did, err
}

// One storage under two names is found out although the two have nothing in
// common but what they hold: also where that is only a folder deep inside.
func TestOneStorageWithOtherNumbers(t *testing.T) {
	for _, scheme := range []appdata.Scheme{appdata.Folder, appdata.InInstall} {
		for _, rel := range []string{"/var/repository", "/patches", "/conf/server"} {
			fsys, p, _ := switched(t, scheme)
			app := appOf(tinyInstall, scheme)
			must(t, fsys.RemoveAll(tinyTarget+rel))
			must(t, fsys.MkdirAll(tinyTarget+rel, 0o750))
			must(t, fsys.Bind(app+rel, tinyTarget+rel))
			if scheme == appdata.InInstall && rel == "/conf/server" {
				continue // its entries move one by one
			}
			w := cluster.World{FS: map[string]afero.Fs{"local": otherNumbers{fsys, tinyTarget}}}
			before := filesOnly(t, fsys, app+rel)
			res, err := p.Apply(context.Background(), w, everything)
			if err == nil && len(res.Kept) == 0 {
				t.Errorf("%s, %s: nothing is said", scheme, rel)
			}
			if d := cmp.Diff(before, filesOnly(t, fsys, tinyTarget+rel)); d != "" {
				t.Errorf("%s, %s: originals and copies are gone together: %v\n%s", scheme, rel, err, d)
			}
		}
	}
}

// What a link on the target leads to is no copy: it is not what was proven, and
// may be one server's own disk.
func TestCopyBehindALinkIsNoCopy(t *testing.T) {
	for _, scheme := range []appdata.Scheme{appdata.Folder, appdata.InInstall} {
		for _, rel := range []string{"/var", "/var/repository", "/var/repository/blob/aa", "/patches", "/conf"} {
			fsys, p, w := switched(t, scheme)
			_, err := p.Apply(context.Background(), w, plan.ApplyOptions{Through: plan.PhaseRetire})
			must(t, err)
			must(t, fsys.Rename(tinyTarget+rel, tinyShare+"/elsewhere"))
			link(tinyShare+"/elsewhere", tinyTarget+rel)(t, fsys)
			before := filesOnly(t, fsys, tinyInstall)
			res, err := p.Apply(context.Background(), w, everything)
			if err == nil && len(res.Kept) == 0 {
				t.Errorf("%s, %s: nothing is said", scheme, rel)
			}
			left, lost := filesOnly(t, fsys, tinyInstall), []string{}
			have := map[string]bool{}
			for _, sum := range left {
				have[sum] = true
			}
			for path, sum := range before {
				if !have[sum] && strings.Contains(path, rel+"/") {
					lost = append(lost, path)
				}
			}
			if len(lost) > 0 {
				t.Errorf("%s, %s: deleted: %v", scheme, rel, lost)
			}
		}
	}
}
