//go:build unix

package killtest

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/internal/reserved"
)

// places are what stands where an original may be: under its name, retired, as
// a copy. The first two are the same after a purge; then only the copy is left.
func (v *victim) places(now map[string]clustertest.Entry) (original, retired, copies map[string]clustertest.Entry) {
	original, retired, copies = map[string]clustertest.Entry{}, map[string]clustertest.Entry{}, map[string]clustertest.Entry{}
	for path, e := range now {
		if rel, ok := strings.CutPrefix(path, "share/appdata/"); ok {
			copies[v.data()+rel] = e
		} else if name := retiredName.ReplaceAllString(path, ""); name != path {
			retired[name] = e
		} else {
			original[path] = e
		}
	}
	return original, retired, copies
}

// equal leaves the path out of account.
func equal(a, b clustertest.Entry) bool {
	a.Path = b.Path
	return a == b
}

// lost are the originals that are in none of their places. What no step moves
// must be where it was, or be what it will be: an edited file.
func (v *victim) lost(now map[string]clustertest.Entry) (lost []string) {
	original, retired, copies := v.places(now)
	for path, want := range v.start {
		if want.Kind == clustertest.KindFolder {
			continue
		}
		found := equal(original[path], want)
		if edited, ok := v.end[path]; ok {
			found = found || equal(original[path], edited)
		}
		if _, stays := v.end[path]; !stays || v.end[path].Kind == clustertest.KindLink {
			found = equal(original[path], want) || equal(retired[path], want) || equal(copies[path], want)
		}
		if !found {
			lost = append(lost, path)
		}
	}
	slices.Sort(lost)
	return lost
}

// phase tells from the disk where a run was.
func (v *victim) phase(now map[string]clustertest.Entry) string {
	exists := func(name string) bool {
		_, err := os.Lstat(filepath.Join(v.target(), filepath.FromSlash(name)))
		return err == nil
	}
	original, retired, _ := v.places(now)
	here, aside, all, switched := 0, 0, 0, true
	for path, e := range v.start {
		last, stays := v.end[path]
		if stays && last != e && now[path] != last {
			switched = false // an edit or a link is missing
		}
		if stays || e.Kind == clustertest.KindFolder {
			continue
		}
		all++
		if _, ok := original[path]; ok {
			here++
		} else if _, ok := retired[path]; ok {
			aside++
		}
	}
	switch {
	case !exists(reserved.Folder+"/plan.json") && here == all:
		return "1 before the plan was stored"
	case !exists(reserved.Folder):
		return "9 after the last write"
	case !exists("conf/installed.version"):
		return "2 while copying"
	case !exists(reserved.Folder+"/switched") && here == all:
		return "3 between the copies and the switch"
	case !switched:
		return "4 in the switch"
	case here == all:
		return "5 after the switch"
	case here > 0 || aside == all:
		return "6 while retiring"
	case aside > 0:
		return "7 while purging"
	}
	return "8 while the journal was removed"
}

// state describes the disk for a person.
func (v *victim) state(now map[string]clustertest.Entry) string {
	var b strings.Builder
	fmt.Fprintf(&b, "on disk (%s), where it differs from the start and from the end:\n", v.phase(now))
	lines := 0
	for _, path := range slices.Sorted(maps.Keys(now)) {
		if e := now[path]; e != v.start[path] && e != v.end[path] && lines < 60 {
			fmt.Fprintf(&b, "  %s %s %d bytes %v %s\n", path, e.Kind, e.Size, e.Mode, e.Target)
			lines++
		}
	}
	own, _ := filepath.Glob(filepath.Join(v.target(), reserved.Folder, "*")) // a constant pattern
	for _, name := range own {
		if fi, err := os.Lstat(name); err == nil {
			fmt.Fprintf(&b, "  %s %d bytes\n", name, fi.Size())
		}
	}
	return b.String()
}
