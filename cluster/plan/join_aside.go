package plan

import (
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// aside renames the server's own application data aside. What may be somebody
// else's stays, and people look at it.
func (j *joiner) aside() {
	if j.p.AlreadyShared {
		return
	}
	look := func(path, why string) {
		j.people(PhaseSwitch, "look", map[string]string{"Path": path, "Why": why})
	}
	own, ok1 := j.m.Store(cluster.KeyEncryptionStore)
	theirs, ok2 := j.like.Store(cluster.KeyEncryptionStore)
	if ok1 && ok2 && own.Err == nil && own.Data == theirs.Data {
		look(j.m.AppData, "it holds the cluster's encryption keystore, so it may be the cluster's own folder under another name, and is not renamed")
		return
	}
	paths := []string{j.m.AppData}
	if j.m.Scheme != appdata.Folder {
		paths = nil
		for _, it := range j.m.Items {
			if it.Item.Path != "conf/installed.version" {
				paths = append(paths, it.Path)
			}
		}
	}
	for _, path := range paths {
		at, err := lookup(j.v, path)
		_, around := serverpath.Within(path, j.m.Node.Install)
		switch {
		case err != nil || !at.exists():
		case at.isLink():
			look(path, "it is a link, and what it leads to may belong to others")
		case j.mountedAt(path, at):
			look(path, "a storage is mounted there; unmount it, and see that it is not mounted again at the next start")
		case around:
			look(path, "it holds the installation folder, which stays where it is")
		default:
			kind := appdata.File
			if at.info.IsDir() {
				kind = appdata.Dir
			}
			s := Step{Phase: PhaseSwitch, Action: ActionRetire, Kind: kind, Node: j.m.Node.Name, From: at.place, ServerFrom: path}
			j.write("put-aside", s, s)
		}
	}
}

// mountedAt reports whether a path is where a storage is mounted, as declared or as
// the devices tell: that is not renamed.
func (j *joiner) mountedAt(path string, at spot) bool {
	dir, name := serverpath.Split(path)
	above, err := j.v.Resolve(dir)
	if err != nil {
		return true // nothing is known of it
	}
	if here := child(above.Place, name); here.Storage != at.place.Storage || !strings.EqualFold(here.Path, at.place.Path) {
		return true
	}
	is, known, _ := mountPoint(j.v, j.c.World(), path) // where the storages do not tell, Apply finds out
	return is && known
}
