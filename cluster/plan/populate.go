package plan

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/fileowner"
)

// Populate plans how the application data of one server gets to network
// storage, and how the server is made to use it there: step 5 of the
// vendor's page. It reads only, and never more than the entries of the
// layout: its cost does not depend on how much the server stores.
//
// What speaks against the change is in Plan.Refusals, with a nil error, as far
// as the entries of the layout show it; Survey walks through all that they
// hold. The error is a *NodeError, that of a done context, or an I/O error. An
// empty node means the only one.
func Populate(ctx context.Context, c *cluster.Cluster, node string, t Target) (*Plan, error) {
	if node == "" && len(c.Members) == 1 {
		node = c.Members[0].Node.Name
	}
	m := c.Member(node)
	if m == nil {
		return nil, &NodeError{Node: node}
	}
	for _, path := range []*string{&t.AppData, &t.MountPoint} {
		if appdata.Abs(*path) {
			*path = appdata.Clean(*path) // "/media/share/appdata/" is no other plan
		}
	}
	b := &builder{
		m: m, v: m.FS(), c: c, t: t,
		p: &Plan{
			Schema: 1, Kind: KindPopulate, Node: node, Target: t, Topology: c.Topology,
			Version: m.Version, Scheme: m.Scheme, AppData: m.AppData,
			Steps: []Step{}, Refusals: []Refusal{}, Warnings: []Refusal{},
		},
	}
	for _, part := range []func() error{
		b.identify, b.quiet, b.target, b.sources, b.keys, b.others, b.targetContent, b.mount,
	} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := part(); err != nil {
			if errors.Is(err, errEnough) {
				break
			}
			return nil, err
		}
	}
	b.steps()
	if err := b.finish(); err != nil {
		return nil, err
	}
	return b.resume(ctx)
}

// errEnough stops the analysis once a refusal leaves nothing to analyse.
var errEnough = errors.New("enough")

// builder collects a plan.
type builder struct {
	m *cluster.Member
	v *cluster.View
	c *cluster.Cluster
	t Target
	p *Plan

	to      spot     // the target folder
	missing []string // components of it that do not exist yet
	moves   []move   // what is copied
	marker  spot     // <install>/conf/installed.version
	ready   bool     // the analysis came far enough to plan steps
}

// move is one file or folder that goes to the target.
type move struct {
	from spot
	// link is the link that stands in the old place, where from is what it
	// leads to. It is what gets retired.
	link spot
	// rel is the slash path in the application data folder, empty for the
	// folder itself.
	rel     string
	kind    appdata.Kind
	source  string
	exclude []string
	// keep reports that the original stays, as conf/installed.version must.
	keep bool
	// absent reports an entry that does not exist yet and gets an empty
	// folder on the target, so that a link can lead there.
	absent bool
	why    string
}

func (b *builder) refuse(rule, path, fix, source, message string, args ...any) {
	b.p.Refusals = append(b.p.Refusals, Refusal{Rule: rule, Path: path, Message: fmt.Sprintf(message, args...), Fix: fix, Source: source})
}

func (b *builder) warn(rule, path, fix, source, message string, args ...any) {
	b.p.Warnings = append(b.p.Warnings, Refusal{Rule: rule, Path: path, Message: fmt.Sprintf(message, args...), Fix: fix, Source: source})
}

// sources finds what has to move.
func (b *builder) sources() error {
	var err error
	if b.marker, err = lookup(b.v, b.m.InInstall("conf/installed.version")); err != nil {
		return err
	}
	switch b.m.Scheme {
	case appdata.Folder:
		err = b.wholeFolder()
	default:
		err = b.entries()
	}
	if err != nil {
		return err
	}
	b.ready = true
	return nil
}

// others refuses to move what another member works with, and adds the one
// copy that is made after all others.
func (b *builder) others() error {
	if b.p.AlreadyShared {
		return nil
	}
	for _, o := range b.c.Members {
		if o == b.m {
			continue
		}
		for _, mv := range b.moves {
			if !mv.from.exists() || mv.keep {
				continue
			}
			for _, at := range []cluster.Place{o.AppDataReal.Place, o.Real.Place} {
				if at.Storage != "" && placesOverlap(at, mv.from.place) {
					b.refuse("TGT015", mv.from.server, "move what is shared with all members stopped, and edit every one of them", srcSeed, "member %s works with it as well", o.Node.Name)
					return nil
				}
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
		b.refuse("APP001", b.m.AppData, "correct server.appdata.dir, or give access to the folder", srcSeed, "the application data folder cannot be read")
		return errEnough
	}
	if !from.info.IsDir() {
		b.refuse("APP003", b.m.AppData, "correct server.appdata.dir", srcSeed, "the application data folder is a file")
		return errEnough
	}
	if b.to.place == from.place || sameFile(from.info, b.to.info) {
		b.p.AlreadyShared = true
		return nil
	}
	b.moves = append(b.moves, move{
		from: from, kind: appdata.Dir, source: srcHA + ", case of a server with an application data folder",
		exclude: []string{"conf/installed.version", ownFolder, "lost+found", ".snapshot", "System Volume Information"},
		why:     "every member has to read and write the same application data, so the whole folder goes to the storage",
	})
	return nil
}

// entries is the case of a server without an application data folder: the
// vendor's ten entries, each for itself.
func (b *builder) entries() error {
	shared := 0
	items := append([]appdata.Item{}, b.m.Layout...)
	items = append(items, copiedExtras(b.m.Version, b.m.Scheme)...)
	for _, it := range items {
		if it.Transfer == appdata.Copy && it.Path == "conf/installed.version" {
			continue
		}
		from, err := lookup(b.v, b.m.InInstall(it.Path))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
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
		ok, err := b.entry(&mv, it)
		if err != nil {
			return err
		}
		if ok {
			b.moves = append(b.moves, mv)
		} else if mv.from.isLink() {
			shared++
		}
	}
	if b.m.Scheme == appdata.Linked && shared > 0 {
		b.alreadyLinked(shared)
	}
	return nil
}

// entry decides about one existing entry; false means that it does not move.
func (b *builder) entry(mv *move, it appdata.Item) (bool, error) {
	info := mv.from.info
	if mv.from.isLink() {
		r, err := b.v.Resolve(mv.from.canon)
		if err != nil {
			b.refuse("APP010", mv.from.server, "mend the link or remove it", srcRelocate, "is a link that leads nowhere: %v", plain(err))
			return false, nil
		}
		if placeIn(b.to.place, r.Place) {
			return false, nil // it leads to the target already
		}
		if placeIn(r.Place, b.to.place) {
			b.refuse("TGT004", mv.from.server, "choose another folder for the target", srcRelocate, "is a link to %s, which holds the target", r.Path)
			return false, nil
		}
		switch b.t.links() {
		case LinksRefuse:
			b.refuse("TGT010", mv.from.server, "choose whether links are kept (every member must then see "+r.Path+") or followed (its content is copied to the storage)", srcRelocate,
				"is a link to %s, which the vendor documents as normal for relocated data", r.Path)
			return false, nil
		case LinksKeep:
			if it.Presence == appdata.Required {
				b.refuse("TGT010", mv.from.server, "follow links, or put the file itself there", srcRelocate, "is a link, and a keystore on the storage must not depend on one server's files")
				return false, nil
			}
			return true, nil
		}
		mv.link = mv.from
		mv.from.canon, mv.from.place, info = r.Path, r.Place, r.Info
		if info == nil {
			return false, nil
		}
	}
	if info.IsDir() != (it.Kind == appdata.Dir) {
		want, have := "folder", "file"
		if it.Kind == appdata.File {
			want, have = have, want
		}
		b.refuse("APP003", mv.from.server, "put the "+want+" back from a backup", it.Source, "should be a %s and is a %s", want, have)
		return false, nil
	}
	if b.m.Scheme == appdata.Linked && !mv.link.exists() && b.mounted(mv.from) {
		b.refuse("TGT013", mv.from.server, "unmount it and move its content by hand", srcRelocate, "another storage is mounted here, and a mount point cannot be renamed")
		return false, nil
	}
	return true, nil
}

// mounted reports whether a folder stands on another device than the folder
// above it.
func (b *builder) mounted(s spot) bool {
	up, err := b.v.Stat(appdata.Join(s.canon, ".."))
	if err != nil {
		return false
	}
	x, ok1 := fileowner.Device(s.info)
	y, ok2 := fileowner.Device(up)
	return ok1 && ok2 && x.Dev != y.Dev
}

// alreadyLinked is reached when some entries lead to the target already.
func (b *builder) alreadyLinked(shared int) {
	moving := 0
	for _, mv := range b.moves {
		if !mv.absent && !mv.keep {
			moving++
		}
	}
	if moving == 0 {
		b.p.AlreadyShared = true
		b.moves = nil
	}
}

// copiedExtras are entries that the vendor's list leaves out although the
// installer keeps them in the application data folder. They are copied, and
// the original stays.
func copiedExtras(version string, s appdata.Scheme) []appdata.Item {
	var out []appdata.Item
	for _, it := range appdata.Extras(version, s) {
		if it.Path == "conf/server/getting-started-custom-urls.properties" {
			it.Transfer = appdata.Copy
			out = append(out, it)
		}
	}
	return out
}

func describe(rel string) string {
	switch rel {
	case "var/repository":
		return "artifacts of CodeStation"
	case "var/plugins":
		return "plugins"
	case "var/sa":
		return "folder, whose use the vendor does not document"
	case "logs":
		return "output of processes"
	case "conf/encryption.keystore":
		return "keys for secure values: a lost one cannot be brought back"
	case "conf/server.keystore":
		return "server keys: agents are bound to them"
	case "conf/server/notification-templates":
		return "templates of notifications"
	case "conf/collectors":
		return "collectors"
	case "patches":
		return "patches"
	}
	return "settings"
}

// sameFile asks the file system whether two names are one file. A file system
// that does not report which file a FileInfo speaks of is answered with no.
func sameFile(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return false
	}
	if os.SameFile(a, b) {
		return true
	}
	x, ok1 := fileowner.Device(a)
	y, ok2 := fileowner.Device(b)
	return ok1 && ok2 && x.Ino != 0 && x.Dev == y.Dev && x.Ino == y.Ino
}

// plain is an error without the path, which the message names already.
func plain(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// finish gives the plan its id and the names that hold it.
func (b *builder) finish() error {
	copies := map[string]string{}
	for i := range b.p.Steps {
		s := &b.p.Steps[i]
		s.ID = fmt.Sprintf("s%02d", i+1)
		if s.Action == ActionCopy {
			copies[s.Copies], s.Copies = s.ID, ""
		} else if s.Copies != "" {
			s.Copies = copies[s.Copies] // the copies come first
		}
	}
	id, err := b.p.fingerprint()
	if err != nil {
		return err
	}
	b.p.ID = id
	b.p.nameAside()
	return nil
}

// asideName is what an original is called once it is retired: it stays in
// its folder, so that the rename is one operation of one file system.
func asideName(path, id string) string { return path + appdata.RetiredMark + id }

// original is what a step puts aside.
func (s Step) original() (at cluster.Place, server string) {
	if s.Action == ActionReplace {
		return s.To, s.ServerTo
	}
	return s.From, s.ServerFrom
}

func (p *Plan) nameAside() {
	for i := range p.Steps {
		s := &p.Steps[i]
		switch s.Action {
		case ActionLink, ActionRetire, ActionPurge, ActionReplace:
			at, server := s.original()
			s.Aside = cluster.Place{Storage: at.Storage, Path: asideName(at.Path, p.ID)}
			s.ServerAside = asideName(server, p.ID)
		}
	}
}
