package plan

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/replacefile"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// replaced reads the file that a step of ActionReplace puts another one in the
// place of, and what was kept of it. data is nil where there was none.
func (p *Plan) replaced(w cluster.World, s Step) (st setState, err error) {
	_, v, err := p.view(w, s)
	if err != nil {
		return st, err
	}
	if len(s.Facts) != 1 {
		return st, &PlanError{Plan: p.ID, Reason: "step " + s.ID + " has not one fact"}
	}
	at, err := storePlace(v, s.ServerTo)
	if err != nil {
		return st, err
	}
	if at != s.To {
		return st, &StaleError{Path: s.ServerTo, Reason: "is another file than when the plan was made"}
	}
	fsys := w.FS[s.To.Storage]
	if st.data, err = readAll(fsys, s.To.Path); err == nil {
		info, err := fsys.Stat(s.To.Path)
		if err != nil {
			return st, err
		}
		st.mode = info.Mode() & modeBits
	} else if !errors.Is(err, fs.ErrNotExist) {
		return st, err
	}
	if st.kept, err = readAll(fsys, s.Aside.Path); errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return st, err
}

// storePlace is where a keystore is, or would be: the target of a link.
func storePlace(v *cluster.View, path string) (cluster.Place, error) {
	at, err := lookup(v, path)
	if err == nil && at.isLink() {
		r, rerr := v.Resolve(path)
		return r.Place, rerr
	}
	return at.place, err
}

// storeFact is a keystore as it is, by its digest.
func storeFact(path string, data []byte) Fact {
	f := Fact{Path: path, Key: factDigest, Absent: data == nil}
	if data != nil {
		f.Value = digest(data)
	}
	return f
}

// lookReplace tells how far a step of ActionReplace got.
func (p *Plan) lookReplace(w cluster.World, s Step) (st setState, err error) {
	if st, err = p.replaced(w, s); err != nil {
		return st, err
	}
	now := storeFact(s.ServerTo, st.data)
	if now.Value == s.Digest {
		st.after, st.done = st.data, st.mode.Perm() == s.Mode
		return st, nil
	}
	if now != s.Facts[0] {
		return st, &StaleError{Path: s.ServerTo, Reason: fmt.Sprintf("%s, while it was planned for: %s", now, s.Facts[0])}
	}
	if st.after, err = readAll(w.FS[s.From.Storage], s.From.Path); err != nil {
		return st, err
	}
	if digest(st.after) != s.Digest {
		return st, &StaleError{Path: s.ServerFrom, Reason: "is not the file that was planned for"}
	}
	return st, nil
}

// replace puts a copy of one small file in the place of another, which is kept
// aside. At every moment one of the two is in place.
func (s Step) replace(fsys afero.Fs, st setState, o ApplyOptions, res *Result) error {
	ro := replacefile.Options{NewMode: s.Mode, Sole: true, BestEffort: o.Durability == DurabilityBestEffort}
	switch {
	case st.data == nil || bytes.Equal(st.data, st.after):
	case st.kept == nil:
		keep := ro
		keep.NewMode = st.mode
		if err := replacefile.Write(fsys, s.Aside.Path, st.data, keep); err != nil {
			return err
		}
	case !bytes.Equal(st.kept, st.data):
		return &StaleError{Path: s.ServerTo, Reason: "was changed since this plan has kept it as " + s.ServerAside}
	}
	if st.data != nil {
		ro.Expect = st.data
	}
	ro.Mode = s.Mode
	if err := replacefile.Write(fsys, s.To.Path, st.after, ro); err != nil {
		return err
	}
	back, err := readAll(fsys, s.To.Path)
	if err == nil && !bytes.Equal(back, st.after) {
		err = &fs.PathError{Op: "verify", Path: s.To.Path, Err: errors.New("what was read back is not what the original holds")}
	}
	if err == nil {
		n := int64(len(back))
		res.CopiedFiles, res.CopiedBytes = res.CopiedFiles+1, res.CopiedBytes+n
		res.VerifiedFiles, res.VerifiedBytes = res.VerifiedFiles+1, res.VerifiedBytes+n
	}
	return err
}

// unreplace puts the old file back, with the mode that it had.
func (s Step) unreplace(fsys afero.Fs, st setState, o RevertOptions) error {
	if st.kept == nil {
		return replacefile.Remove(fsys, s.To.Path) // there was none before
	}
	info, err := fsys.Stat(s.Aside.Path)
	if err != nil {
		return err
	}
	ro := replacefile.Options{Expect: st.data, Mode: info.Mode() & modeBits, Sole: true, BestEffort: o.Durability == DurabilityBestEffort}
	if err := replacefile.Write(fsys, s.To.Path, st.kept, ro); err != nil {
		return err
	}
	return replacefile.Remove(fsys, s.Aside.Path)
}

// beforeReplace is before for a step of ActionReplace. done reports that nothing
// is left to take back.
func (p *Plan) beforeReplace(w cluster.World, s Step) (st setState, err error) {
	if st, err = p.replaced(w, s); err != nil {
		return st, err
	}
	now := storeFact(s.ServerTo, st.data)
	switch {
	case now.Value == s.Digest:
		if st.kept == nil && !s.Facts[0].Absent {
			err = &StaleError{Path: s.ServerAside, Reason: "is gone, and it is what the file was before the plan"}
		}
	case st.kept == nil:
		st.done = true // this step was not carried out
	case !bytes.Equal(st.data, st.kept):
		err = &StaleError{Path: s.ServerTo, Reason: "was changed since this plan has replaced it"}
	}
	return st, err
}

// lookAside tells how far a step of ActionRetire got: what is put aside is never
// what the plan's own target holds.
func (p *Plan) lookAside(w cluster.World, s Step) (st setState, err error) {
	n, v, err := p.view(w, s)
	if err != nil {
		return st, err
	}
	fsys := w.FS[s.From.Storage]
	info, err := lstat(fsys, s.From.Path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return st, err
	}
	aside, err := there(fsys, s.Aside.Path)
	if st.done = info == nil || aside; st.done || err != nil {
		return st, err
	}
	if _, around := serverpath.Within(s.ServerFrom, n.Install); around {
		return st, &PlanError{Plan: p.ID, Reason: "step " + s.ID + " would put the installation itself aside"}
	}
	if at, err := lookup(v, s.ServerFrom); err != nil || at.place != s.From {
		return st, &StaleError{Path: s.ServerFrom, Reason: "is another place than when the plan was made"}
	}
	to, _ := v.Stat(p.Target.AppData)
	if placesOverlap(s.From, p.To) || sameFile(info, to) {
		return st, &Error{Reason: ReasonSameStorage, Path: s.ServerFrom, Detail: "is the application data folder of the cluster; it is not put aside"}
	}
	return st, nil
}

// putAside renames an original in its own folder. One that cannot be renamed, as a
// mount point, stays and is reported.
func (s Step) putAside(fsys afero.Fs, res *Result) (bool, error) {
	err := renameIn(fsys, s.From.Path, s.Aside.Path)
	if errors.Is(err, syscall.EBUSY) || errors.Is(err, syscall.EXDEV) {
		res.Kept = append(res.Kept, Kept{Path: s.ServerFrom, Reason: "cannot be renamed in its own folder: " + plain(err).Error() + "; the server does not use it any more"})
		return false, nil
	}
	return err == nil, err
}

// renameIn gives a name in a folder another name in it, if that is free.
func renameIn(fsys afero.Fs, from, to string) error {
	dir, name := fsx.Split(from)
	_, newName := fsx.Split(to)
	d, err := fsx.Open(fsys, dir)
	if err != nil {
		return err
	}
	err = d.Place(name, d, newName)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrExist) {
		// On NFS an answer may come twice: what counts is where the thing is.
		_, old := d.Lstat(name)
		if _, now := d.Lstat(newName); errors.Is(old, fs.ErrNotExist) && now == nil {
			err = nil
		}
	}
	_ = d.Sync() // not every storage can sync a folder
	return errors.Join(err, d.Close())
}

// beforeAside is before for a step of ActionRetire.
func (p *Plan) beforeAside(w cluster.World, s Step) (st setState, err error) {
	fsys := w.FS[s.From.Storage]
	aside, err := there(fsys, s.Aside.Path)
	if st.done = !aside; st.done || err != nil {
		return st, err
	}
	here, err := there(fsys, s.From.Path)
	if err == nil && here {
		err = &StaleError{Path: s.ServerFrom, Reason: "was made since this plan has put the original aside as " + s.ServerAside}
	}
	return st, err
}
