package plan_test

import (
	"context"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// An entry of the vendor's list appears between Prime and the stop: the first
// plugin is installed.
func TestEntryThatAppearsAfterPrime(t *testing.T) {
	for _, scheme := range schemes() {
		t.Run(scheme.String(), func(t *testing.T) {
			fsys := tiny(t, scheme)
			app := running(t, fsys, scheme)
			p, w := planAt(t, fsys, monthsLater)
			_, err := p.Prime(context.Background(), w, plan.PrimeOptions{})
			must(t, err)
			must(t, fsys.MkdirAll(app+"/var/plugins/command", 0o750))
			must(t, afero.WriteFile(fsys, app+"/var/plugins/command/first.jar", []byte("jar"), 0o640))
			stop(t, fsys)
			q, w := planAt(t, fsys, monthsLater)
			t.Log("same plan:", q.ID == p.ID, "refused:", q.Refusals)
			if q.Refused() {
				return
			}
			_, err = q.Apply(context.Background(), w, plan.ApplyOptions{})
			t.Log("Apply:", err)
			if err == nil && !there(fsys, tinyTarget+"/var/plugins/command/first.jar") {
				t.Error("Apply said nil, the server is switched, and its plugin is not on the target")
			}
		})
	}
}

// What looks untouched and is not.
func TestPrimeIsNotFooled(t *testing.T) {
	blob := "/var/repository/blob/aa/"
	for name, c := range map[string]func(t *testing.T, fsys afero.Fs, app string, mtime time.Time){
		"replaced by rename": func(t *testing.T, fsys afero.Fs, app string, mtime time.Time) {
			must(t, afero.WriteFile(fsys, app+blob+"new", []byte("ARTIFACT ONE"), 0o640))
			must(t, fsys.Chtimes(app+blob+"new", mtime, mtime))
			must(t, fsys.Rename(app+blob+"new", app+blob+"one"))
		},
		"through a hard link": func(t *testing.T, fsys afero.Fs, app string, mtime time.Time) {
			must(t, fsys.(interface{ Link(a, b string) error }).Link(app+blob+"one", "/hard"))
			must(t, afero.WriteFile(fsys, "/hard", []byte("ARTIFACT ONE"), 0o640))
			must(t, fsys.Chtimes("/hard", mtime, mtime))
			must(t, fsys.Remove("/hard"))
		},
		"the copy is replaced by rename": func(t *testing.T, fsys afero.Fs, app string, mtime time.Time) {
			must(t, afero.WriteFile(fsys, tinyTarget+blob+"new", []byte("ARTIFACT ONE"), 0o640))
			must(t, fsys.Chtimes(tinyTarget+blob+"new", mtime, mtime))
			must(t, fsys.Rename(tinyTarget+blob+"new", tinyTarget+blob+"one"))
		},
		"restored": func(t *testing.T, fsys afero.Fs, app string, mtime time.Time) {
			must(t, fsys.Remove(app+blob+"one"))
			must(t, afero.WriteFile(fsys, app+blob+"one", []byte("ARTIFACT ONE"), 0o640))
			must(t, fsys.Chtimes(app+blob+"one", mtime, mtime))
		},
	} {
		t.Run(name, func(t *testing.T) {
			fsys, app, _, _ := primed(t, appdata.Folder)
			info, err := fsys.Stat(app + blob + "one")
			must(t, err)
			c(t, fsys, app, info.ModTime())
			stop(t, fsys)
			q, w := planAt(t, fsys, monthsLater)
			_, err = q.Apply(context.Background(), w, plan.ApplyOptions{})
			must(t, err)
			v, err := q.Verify(context.Background(), w)
			must(t, err)
			if len(v.Differences) > 0 {
				t.Error(v.Differences)
			}
		})
	}
}
