package plan

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan/internal/mover"
	"github.com/deploycluster/deploycluster/internal/fileowner"
	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

const (
	// longestName and longestPath are what storages and systems allow, in bytes.
	longestName, longestPath = 255, 4095
)

// access is what decides whether a user may read a file. Files that are alike in
// it are all readable or all not, so that one of them has to be opened.
type access struct {
	uid, gid int
	owned    bool
	mode     fs.FileMode
}

// readable refuses a file that this run cannot open, long before its turn to be
// copied would come.
func (v *surveyor) readable(x mover.Entry, server string) {
	a := access{mode: x.Info.Mode()}
	a.uid, a.gid, a.owned = fileowner.Of(x.Info)
	if v.opened[a] {
		return
	}
	f, err := x.Open()
	if err == nil {
		f.Close() // nothing was read
		v.opened[a] = true
		return
	}
	v.unreadable(server, err)
}

// unreadable refuses what cannot be read.
func (v *surveyor) unreadable(server string, err error) {
	if v.moving && notThere(err) {
		return
	}
	v.out.refuse(Refusal{Rule: "TGT014", Path: server, Message: "cannot be read: " + plain(err).Error(), Fix: "run as a user who can read it, or correct its permissions", Source: srcSafety})
}

// tooLong says why a path would be too long on the target, or for this system
// once the original is renamed aside.
func (p *Plan) tooLong(it mover.Item, x mover.Entry) string {
	if n := len(serverpath.Join(it.Copy, x.Rel)); n > longestPath {
		return fmt.Sprintf("its path there has %d bytes, and at most %d can be opened", n, longestPath)
	}
	if it.Purging == "" {
		return ""
	}
	if n := len(x.Place.Path) + len(it.Purging) - len(it.From.Path); n > longestPath {
		return fmt.Sprintf("its path has %d bytes once the original is renamed aside, and at most %d can be opened", n, longestPath)
	}
	return ""
}

// asideTooLong refuses an original whose name is too long once it is renamed
// aside.
func (p *Plan) asideTooLong() (list []Refusal) {
	for _, s := range p.Steps {
		if s.Action != ActionRetire && s.Action != ActionLink || s.Copies == "" {
			continue
		}
		if _, name := serverpath.Split(purgingName(s.From.Path, p.ID)); len(name) > longestName {
			list = append(list, Refusal{Rule: "TGT018", Path: s.ServerFrom, Source: srcSafety,
				Message: fmt.Sprintf("its name has %d bytes once it is renamed aside for its deletion, and a name has at most %d", len(name), longestName),
				Fix:     "give the folder a shorter name, and change what refers to it"})
		}
	}
	return list
}

// room tells how much room the target's storage reports, and refuses a target
// that has too little. Where an earlier run has begun to copy, part of what is to
// be copied is there already, and where the caller has declared the room, that
// counts.
func (v *surveyor) room(w cluster.World) error {
	bytes, files, known, err := v.p.roomAt(w)
	if err != nil || !known {
		return err
	}
	v.out.FreeBytes = &bytes
	if files >= 0 {
		v.out.FreeFiles = &files
	}
	begun, err := v.m.Has("")
	if err != nil || begun || v.p.Target.FreeBytes > 0 || v.p.Target.FreeFiles > 0 {
		return err
	}
	refuse := func(format string, args ...any) {
		v.out.refuse(Refusal{Rule: "TGT008", Path: v.p.Target.AppData, Source: srcSafety, Message: fmt.Sprintf(format, args...),
			Fix: "make room, or declare how much there really is (Target.FreeBytes) if the storage compresses"})
	}
	switch need := v.out.Files + v.out.Dirs + v.out.Links; {
	case v.out.Bytes > bytes:
		refuse("%d bytes are to be copied and the storage has room for %d", v.out.Bytes, bytes)
	case files >= 0 && need > files:
		refuse("%d files and folders are to be copied and the storage has room for %d", need, files)
	}
	return nil
}

// roomAt asks the target folder, or the next one above it that is there.
func (p *Plan) roomAt(w cluster.World) (bytes, files int64, known bool, err error) {
	fsys := w.FS[p.To.Storage]
	if fsys == nil || !slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Action == ActionCopy }) {
		return 0, 0, false, nil
	}
	for at := range upwards(p.To) {
		var d fsx.Folder
		if d, err = fsx.Open(fsys, at.Path); err == nil {
			bytes, files, known = fsx.Room(d)
			return bytes, files, known, d.Close()
		}
		if !notThere(err) {
			break
		}
	}
	return 0, 0, false, err
}

// badName says why a storage cannot hold a name, or nothing.
func badName(rules NameRules, name string) string {
	if len(name) > 255 {
		return "it has more than 255 bytes"
	}
	if rules != NamesSMB {
		return ""
	}
	if i := strings.IndexAny(name, "<>:\"|?*\\"); i >= 0 {
		return fmt.Sprintf("it holds the character %q", name[i])
	}
	for _, c := range []byte(name) {
		if c < 0x20 {
			return "it holds a control character"
		}
	}
	if strings.HasSuffix(name, ".") || strings.HasSuffix(name, " ") {
		return "it ends in a dot or a blank"
	}
	base, _, _ := strings.Cut(strings.ToUpper(name), ".")
	switch base {
	case "CON", "PRN", "AUX", "NUL":
		return "it is the name of a device"
	}
	if len(base) == 4 && (base[:3] == "COM" || base[:3] == "LPT") && '1' <= base[3] && base[3] <= '9' {
		return "it is the name of a device"
	}
	return ""
}
