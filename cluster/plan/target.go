package plan

import (
	"cmp"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"strings"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/reserved"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// Target says where the application data is to go and how.
type Target struct {
	// AppData is the new application data folder itself, absolute and as the
	// server writes it, such as "/media/share/appdata". The vendor wants the
	// same location on every member.
	AppData string `json:"appData"`
	// MountPoint is where the network storage is mounted, such as
	// "/media/share". With it, a storage that is not mounted is noticed.
	MountPoint string `json:"mountPoint,omitempty"`
	// Links is what happens to symbolic links inside the application data;
	// unset means LinksRefuse.
	Links LinkPolicy `json:"links,omitzero"`
	// Names are the names that the storage can hold; unset means SMB rules
	// for a Windows server, POSIX rules otherwise.
	Names NameRules `json:"names,omitzero"`
	// CaseInsensitive declares that the storage does not tell upper from
	// lower case. Undeclared, Apply finds out by its probe file.
	CaseInsensitive *bool `json:"caseInsensitive,omitempty"`
	// Digest is the SHA-256, in hexadecimal, of a plan on the target that the
	// caller has looked at and trusts, although the record of it on the server
	// is lost. It is no part of a plan.
	Digest string `json:"-"`
	// FreeBytes and FreeFiles are what the storage has room for; zero is
	// undeclared.
	FreeBytes int64 `json:"freeBytes,omitempty"`
	FreeFiles int64 `json:"freeFiles,omitempty"`
}

func (t Target) links() LinkPolicy { return cmp.Or(t.Links, LinksRefuse) }

// ownFolder is the folder inside the target where Apply keeps its journal
// until the last original has been purged.
const ownFolder = reserved.Folder

// spot is one path of the server, looked up: where it is once the links above
// it are followed, and what it is itself.
type spot struct {
	server string        // as it was asked for
	canon  string        // the links above it followed
	place  cluster.Place // canon in a storage
	info   fs.FileInfo   // of the name itself, nil when nothing is there
}

func (s spot) exists() bool { return s.info != nil }
func (s spot) isLink() bool { return s.info != nil && s.info.Mode()&fs.ModeSymlink != 0 }

// lookup finds a path of the server without following its last component.
func lookup(v *cluster.View, path string) (spot, error) {
	path = serverpath.Clean(path)
	dir, name := serverpath.Split(path)
	s := spot{server: path, canon: path}
	r, err := v.Resolve(dir)
	if err != nil {
		return s, err
	}
	s.canon = serverpath.Join(r.Path, name)
	s.place = child(r.Place, name)
	info, _, err := v.LstatIfPossible(s.canon)
	if notThere(err) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	s.info = info
	// On Windows servers the name on the storage may differ by case, and a
	// mount below may take over: ask the view, which knows both.
	if s.info.Mode()&fs.ModeSymlink == 0 {
		if r, err := v.Resolve(s.canon); err == nil {
			s.canon, s.place = r.Path, r.Place
		}
	}
	return s, nil
}

// followed is lookup, and where the path is a link, the place of what it leads to.
func followed(v *cluster.View, path string) (spot, error) {
	s, err := lookup(v, path)
	if err == nil && s.isLink() {
		r, rerr := v.Resolve(path)
		s.canon, s.place, err = r.Path, r.Place, rerr
	}
	return s, err
}

// findTarget resolves the target folder as far as it exists.
func findTarget(v *cluster.View, path string) (spot, error) {
	s := spot{server: serverpath.Clean(path)}
	up, missing := s.server, ""
	for {
		r, err := v.Resolve(up)
		if err == nil && missing == "" {
			s.canon, s.place, s.info = r.Path, r.Place, r.Info
			if s.info == nil {
				s.info, err = v.Stat(r.Path)
			}
			return s, err
		}
		if err == nil {
			s.canon, s.place = serverpath.Join(r.Path, missing), child(r.Place, missing)
			return s, nil
		}
		dir, name := serverpath.Split(up)
		if !notThere(err) || dir == up {
			s.canon = s.server
			return s, err
		}
		up, missing = dir, strings.TrimSuffix(name+"/"+missing, "/")
	}
}

// child is the place of a name inside a place.
func child(p cluster.Place, rel string) cluster.Place {
	if rel == "" {
		return p
	}
	sep := "/"
	if serverpath.Windows(p.Path) && !strings.Contains(p.Path, "/") {
		sep, rel = `\`, strings.ReplaceAll(rel, "/", `\`)
	}
	return cluster.Place{Storage: p.Storage, Path: strings.TrimRight(p.Path, `/\`) + sep + rel}
}

// parent is the place of the folder that holds a place.
func parent(p cluster.Place) cluster.Place {
	dir, _ := serverpath.Split(p.Path)
	return cluster.Place{Storage: p.Storage, Path: dir}
}

// upwards are a place and all folders above it.
func upwards(p cluster.Place) iter.Seq[cluster.Place] {
	return func(yield func(cluster.Place) bool) {
		for yield(p) && parent(p) != p {
			p = parent(p)
		}
	}
}

// placesOverlap reports whether one place is the other or lies inside it.
func placesOverlap(a, b cluster.Place) bool { return placeIn(a, b) || placeIn(b, a) }

// placeIn reports whether p is folder or lies inside it.
func placeIn(folder, p cluster.Place) bool {
	if folder.Storage != p.Storage {
		return false
	}
	base := strings.TrimRight(folder.Path, `/\`)
	rest, ok := strings.CutPrefix(p.Path, base)
	return ok && (rest == "" || rest[0] == '/' || rest[0] == '\\')
}

// names lists a folder.
func names(fsys afero.Fs, path string) ([]string, error) {
	f, err := fsys.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := f.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	return list, nil
}

// strangers are the names in a target that are neither ours nor the storage's own.
func strangers(fsys afero.Fs, path string) ([]string, error) {
	list, err := names(fsys, path)
	return slices.DeleteFunc(list, func(n string) bool { return n == ownFolder || reserved.IsSystem(n) }), err
}

func lstat(fsys afero.Fs, path string) (fs.FileInfo, error) { return fsx.Lstat(fsys, path) }
