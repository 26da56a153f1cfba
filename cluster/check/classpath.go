package check

import (
	"slices"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// What the text of a line of bin/classpath.conf does not tell, its place does:
// links and mounts give one folder several spellings.

// inside is a place below another place.
func inside(p cluster.Place, rel string) cluster.Place {
	return cluster.Place{Storage: p.Storage, Path: serverpath.JoinStorage(p.Path, rel)}
}

// leadsElsewhere reports that a line whose text names a former place really leads
// there.
func leadsElsewhere(m *cluster.Member, l cluster.ClasspathLine) bool {
	own, home, at := m.Real.Place, m.AppDataReal.Place, l.Place
	if at.Storage == "" {
		return true
	}
	former := m.Scheme != appdata.Folder && at.In(inside(own, "appdata"))
	if home.Storage != "" && at.In(home) && !former {
		return false
	}
	return at != inside(own, "conf") && at != inside(own, "conf/server")
}

// namesEntry reports that a line names an entry of the application data folder.
func namesEntry(m *cluster.Member, l cluster.ClasspathLine, rel string) bool {
	if slices.ContainsFunc(rootsOf(m), func(root string) bool { return serverpath.Equal(l.Value, serverpath.Join(root, rel)) }) {
		return true
	}
	return m.AppDataReal.Place.Storage != "" && l.Place == inside(m.AppDataReal.Place, rel)
}
