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
			at = l.placeOf(line.Value)
			seen[line.Value] = at
		}
		line.Place = at
	}
}

// placeOf follows a path, or of one that does not exist the part that does.
func (l loader) placeOf(path string) Place {
	rest := ""
	for at := serverpath.Clean(path); ; {
		if r, err := l.view.Resolve(at); err == nil && r.Place.Storage != "" {
			if rest == "" {
				return r.Place
			}
			return Place{Storage: r.Place.Storage, Path: serverpath.JoinStorage(r.Place.Path, rest)}
		}
		up := serverpath.Parent(at)
		if up == at {
			return Place{}
		}
		_, name := serverpath.Split(at)
		rest = strings.TrimSuffix(name+"/"+rest, "/")
		at = up
	}
}
