package plan

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan/internal/mover"
	"github.com/deploycluster/deploycluster/internal/fileowner"
	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// unmounted refuses a target whose storage is not mounted: a declared mount
// point that is none, and a folder inside the installation.
func (p *Plan) unmounted(v *cluster.View, w cluster.World) *Refusal {
	n, err := p.node()
	if err != nil {
		return nil
	}
	refuse := func(path, fix, format string, args ...any) *Refusal {
		return &Refusal{Rule: "TGT011", Path: path, Message: fmt.Sprintf(format, args...), Fix: fix, Source: srcSeed}
	}
	if at := p.Target.MountPoint; at != "" {
		if _, err := v.Stat(at); err != nil {
			return refuse(at, "mount the storage", "the mount point cannot be read: %v", plain(err))
		}
		if is, known, err := mountPoint(v, w, at); err != nil {
			return refuse(at, "see whether the storage answers", "whether something is mounted here cannot be told: %v", plain(err))
		} else if known && !is {
			return refuse(at, "mount the storage there", "nothing is mounted here, although it is declared as the mount point; what is copied would fill the local disk")
		}
		return nil
	}
	if _, in := serverpath.Within(n.Install, p.Target.AppData); !in {
		return nil
	}
	for at := serverpath.Clean(p.Target.AppData); !serverpath.Equal(at, n.Install); at = serverpath.Join(at, "..") {
		if is, known, err := mountPoint(v, w, at); err != nil {
			return refuse(at, "see whether the storage answers", "whether something is mounted here cannot be told: %v", plain(err))
		} else if is || !known {
			return nil
		}
	}
	return refuse(p.Target.AppData, "mount a separate volume there and declare the mount point, or choose a folder outside the installation", "lies inside the installation folder, and nothing is mounted there; an upgrade and other members know nothing of it")
}

// mountPoint reports whether something is mounted at a path of the server; known
// is false where the storages do not tell.
func mountPoint(v *cluster.View, w cluster.World, path string) (is, known bool, err error) {
	at, err := v.Resolve(path)
	if notThere(err) {
		return false, true, nil
	}
	if err != nil {
		return false, false, err
	}
	above, err := v.Resolve(serverpath.Join(path, ".."))
	if err != nil {
		return false, false, err
	}
	if at.Place.Storage != above.Place.Storage || at.Place == above.Place {
		return true, true, nil // declared as another storage
	}
	out, err := fsx.Open(w.FS[above.Place.Storage], above.Place.Path)
	if errors.Is(err, fs.ErrPermission) {
		return false, false, nil // the folder above may well be closed to us
	}
	if err != nil {
		return false, false, err
	}
	defer out.Close()
	in, err := fsx.Open(w.FS[at.Place.Storage], at.Place.Path)
	if err != nil {
		return false, false, err
	}
	defer in.Close()
	id, err := randomID()
	if err != nil {
		return false, false, err
	}
	return mover.Mounted(in, out, ".nowhere-"+id)
}

// unusable refuses a target folder that is there already and that the owner of
// the application data could not use, or not reach. Groups beside the owner's
// first are not known, so the group's bits count for everybody.
func unusable(v *cluster.View, path string, like fs.FileInfo) *Refusal {
	uid, gid, ok := fileowner.Of(like)
	if !ok || uid == 0 || like.Mode().Perm() == 0 {
		return nil
	}
	want := fs.FileMode(7)
	for at := serverpath.Clean(path); ; at = serverpath.Join(at, "..") {
		info, err := v.Stat(at)
		if err != nil && !notThere(err) && !errors.Is(err, cluster.ErrNotLocated) {
			return &Refusal{Rule: "TGT020", Path: at, Source: srcSafety,
				Message: fmt.Sprintf("cannot be looked at, so whether user %d could use what is copied is not known: %v", uid, plain(err)),
				Fix:     "find out what is wrong with the folder, and plan again"}
		}
		if err == nil {
			owner, _, known := fileowner.Of(info)
			mode := info.Mode()
			have := (mode | mode>>3) & 7
			if owner == uid {
				have = mode >> 6 & 7
			}
			if known && want&^have != 0 {
				return &Refusal{Rule: "TGT020", Path: at, Source: srcSafety,
					Message: fmt.Sprintf("has the mode %v and belongs to user %d, so user %d (group %d), whose application data this is, could not use what is copied", mode.Perm(), owner, uid, gid),
					Fix:     "give the folder to the server's user, or remove it if it is empty"}
			}
		}
		want = 1 // of the folders above, only the way through
		if serverpath.Equal(at, serverpath.Join(at, "..")) {
			return nil
		}
	}
}
