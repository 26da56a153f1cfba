package cluster

import (
	"strings"

	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// maxLinePlaces bounds the paths of bin/classpath.conf that are followed; a real
// file has a dozen.
const maxLinePlaces = 256

// linePlaces finds where the paths of bin/classpath.conf lead.
func (l loader) linePlaces() {
	seen := map[string]Place{}
	for i := range l.Classpath {
		line := &l.Classpath[i]
		if line.Keyword == "" || !serverpath.Abs(line.Value) {
			continue
		}
		at, known := seen[line.Value]
		if !known {
			if len(seen) == maxLinePlaces {
				return
			}
			r, _ := l.nearest(line.Value, func(error) bool { return true })
			at = r.Place
			seen[line.Value] = at
		}
		line.Place = at
	}
}

// nearest follows a path whose last parts may not exist: what is found is where it
// would be, below the innermost folder on its way that can be resolved. The first
// error that is not passed over ends the search.
func (l loader) nearest(path string, passOver func(error) bool) (Resolved, error) {
	rest := ""
	for at := serverpath.Clean(path); ; {
		r, err := l.view.Resolve(at)
		switch {
		case (err == nil || r.Place.Storage != "") && rest == "":
			return r, nil
		case r.Place.Storage != "":
			return Resolved{Path: serverpath.Join(r.Path, rest), Place: Place{Storage: r.Place.Storage, Path: serverpath.JoinStorage(r.Place.Path, rest)}}, nil
		case err != nil && !passOver(err):
			return Resolved{}, err
		}
		up := serverpath.Parent(at)
		if err == nil || up == at { // a folder above the mounts, or the root
			return Resolved{}, nil
		}
		_, name := serverpath.Split(at)
		rest = strings.TrimSuffix(name+"/"+rest, "/")
		at = up
	}
}
