package plan

import (
	"cmp"
	"io/fs"
	"os"
	"slices"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/fileowner"
	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/reserved"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// sources finds what has to move.
func (b *builder) sources() error {
	var err error
	if b.marker, err = lookup(b.v, b.m.InInstall("conf/installed.version")); err != nil {
		return err
	}
	find := b.entries
	if b.m.Scheme == appdata.Folder {
		find = b.wholeFolder
	}
	err = find()
	b.ready = err == nil
	return err
}

// others refuses to move what another member works with, and adds the one
// copy that is made after all others.
func (b *builder) others() error {
	if b.p.AlreadyShared {
		return nil
	}
	for _, o := range b.c.Members {
		for _, mv := range b.moves {
			shares := func(at cluster.Place) bool { return at.Storage != "" && placesOverlap(at, mv.from.place) }
			if o != b.m && mv.from.exists() && !mv.keep && (shares(o.AppDataReal.Place) || shares(o.Real.Place)) {
				b.refuse("TGT015", mv.from.server, "stop all members, then move what they share, and edit the files of each", srcSeed, "member %s works with it as well", o.Node.Name)
				return nil
			}
		}
	}
	b.moves = append(b.moves, move{
		from: b.marker, rel: "conf/installed.version", kind: appdata.File, keep: true,
		source: srcSeed + ", copy (not move) conf/installed.version",
		why:    "the file on the server says that a server is installed here, the one on the storage lets members of this version join; so it is copied and never moved, and it is written last of all",
	})
	return nil
}

// wholeFolder is the case of a server that has an application data folder.
func (b *builder) wholeFolder() error {
	from := spot{server: b.m.AppData, canon: b.m.AppDataReal.Path, place: b.m.AppDataReal.Place, info: b.m.AppDataReal.Info}
	if from.info == nil {
		return b.end("APP001", b.m.AppData, "correct server.appdata.dir, or give access to the folder", srcSeed, "the application data folder cannot be read")
	}
	if !from.info.IsDir() {
		return b.end("APP003", b.m.AppData, "correct server.appdata.dir", srcSeed, "the application data folder is a file")
	}
	if b.to.place == from.place || sameFile(from.info, b.to.info) {
		b.p.AlreadyShared = true
		return nil
	}
	b.moves = append(b.moves, move{
		from: from, kind: appdata.Dir, source: srcHA + ", case of a server with an application data folder",
		exclude: notMoved(),
		why:     "every member has to read and write the same application data, so the whole folder goes to the storage",
	})
	return nil
}

// entries is the case of a server without an application data folder: the
// vendor's ten entries, each for itself.
func (b *builder) entries() error {
	shared := 0
	for _, it := range slices.Concat(b.m.Layout, copiedExtras(b.m.Scheme)) {
		if it.Transfer == appdata.Copy && it.Path == "conf/installed.version" {
			continue
		}
		from, err := lookup(b.v, b.m.InInstall(it.Path))
		if err != nil && !notThere(err) {
			return err
		}
		mv := move{from: from, rel: it.Path, kind: it.Kind, source: it.Source, keep: it.Transfer == appdata.Copy,
			why: "all members have to read and write the same " + describe(it.Path)}
		if from.place.Storage == "" {
			continue // the folder above it does not exist either
		}
		if !from.exists() {
			if b.m.Scheme == appdata.Linked && it.Kind == appdata.Dir {
				mv.absent = true
				b.moves = append(b.moves, mv)
			}
			continue
		}
		if b.entry(&mv, it) {
			b.moves = append(b.moves, mv)
		} else if mv.from.isLink() {
			shared++
		}
	}
	// Some entries of a server before 6.1.1.5 may lead to the target already.
	moving := slices.ContainsFunc(b.moves, func(mv move) bool { return !mv.absent && !mv.keep })
	if b.m.Scheme == appdata.Linked && shared > 0 && !moving {
		b.p.AlreadyShared, b.moves = true, nil
	}
	return nil
}

// entry decides about one existing entry; false means that it does not move.
func (b *builder) entry(mv *move, it appdata.Item) bool {
	info := mv.from.info
	if mv.from.isLink() {
		r, err := b.v.Resolve(mv.from.canon)
		if err != nil {
			return b.stays("APP010", mv.from.server, "correct the link or remove it", srcRelocate, "is a link that leads nowhere: %v", plain(err))
		}
		if placeIn(b.to.place, r.Place) {
			return false // it leads to the target already
		}
		if placeIn(r.Place, b.to.place) {
			return b.stays("TGT004", mv.from.server, "choose another folder for the target", srcRelocate, "is a link to %s, which holds the target", r.Path)
		}
		switch b.t.links() {
		case LinksRefuse:
			return b.stays("TGT010", mv.from.server, "choose whether links are kept (every member must then see "+r.Path+") or followed (its content is copied to the storage)", srcRelocate,
				"is a link to %s, which the vendor documents as normal for relocated data", r.Path)
		case LinksKeep:
			if it.Presence == appdata.Required {
				return b.stays("TGT010", mv.from.server, "follow links, or put the file itself there", srcRelocate, "is a link, and a keystore on the storage must not depend on one server's files")
			}
			return true
		}
		mv.link = mv.from
		mv.from.canon, mv.from.place, info = r.Path, r.Place, r.Info
		if info == nil {
			return false
		}
	}
	if info.IsDir() != (it.Kind == appdata.Dir) {
		want, have := "folder", "file"
		if it.Kind == appdata.File {
			want, have = have, want
		}
		return b.stays("APP003", mv.from.server, "put the "+want+" back from a backup", it.Source, "should be a %s and is a %s", want, have)
	}
	if b.m.Scheme == appdata.Linked && !mv.link.exists() && b.mounted(mv.from) {
		return b.stays("TGT013", mv.from.server, "unmount it and move its content by hand", srcRelocate, "another storage is mounted here, and a mount point cannot be renamed")
	}
	return true
}

// stays refuses an entry that cannot be moved as it is.
func (b *builder) stays(rule, path, fix, source, message string, args ...any) bool {
	b.refuse(rule, path, fix, source, message, args...)
	return false
}

// mounted reports whether a folder stands on another device than the folder
// above it.
func (b *builder) mounted(s spot) bool {
	up, err := b.v.Stat(serverpath.Join(s.canon, ".."))
	if err != nil {
		return false
	}
	x, ok1 := fileowner.Device(s.info)
	y, ok2 := fileowner.Device(up)
	return ok1 && ok2 && x.Dev != y.Dev
}

// copiedExtras are entries that the vendor's list leaves out although the
// installer keeps them in the application data folder. They are copied, and
// the original stays.
func copiedExtras(s appdata.Scheme) []appdata.Item {
	return []appdata.Item{{
		Path: "conf/server/getting-started-custom-urls.properties", Kind: appdata.File, Presence: appdata.Optional,
		Transfer: appdata.Copy, Scheme: s, Source: "configuration templates of installers 6.2.1.1 and 7.0.0; an installed server of 6.2.1.1",
	}}
}

func describe(rel string) string {
	return cmp.Or(map[string]string{
		"var/repository":                     "artifacts of CodeStation",
		"var/plugins":                        "plugins",
		"var/sa":                             "folder, whose use the vendor does not document",
		"logs":                               "output of processes",
		"conf/encryption.keystore":           "keys for secure values: a lost one cannot be brought back",
		"conf/server.keystore":               "server keys: agents are bound to them",
		"conf/server/notification-templates": "templates of notifications",
		"conf/collectors":                    "collectors",
		"patches":                            "patches",
	}[rel], "settings")
}

// sameFile asks the file system whether two names are one file. A file system
// that does not report which file a FileInfo describes is answered with no.
func sameFile(a, b fs.FileInfo) bool {
	return fsx.Same(a, b) || a != nil && b != nil && os.SameFile(a, b)
}

// notMoved are the slash paths in an application data folder that are copied for
// themselves, or belong to the storage.
func notMoved() []string {
	list := []string{"conf/installed.version"}
	for _, e := range reserved.System() {
		list = append(list, e.Name)
	}
	return list
}
