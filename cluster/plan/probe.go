package plan

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
)

func (r *runner) probeName() string {
	if r.o.ProbeName != "" {
		return r.o.ProbeName
	}
	return ".probe-" + r.p.ID
}

// probe writes a file into our folder on the target and looks for it in the
// sources: found there, both are one storage. On the way it finds out whether
// the target keeps modes and tells upper from lower case.
func (r *runner) probe() (caseless bool, err error) {
	own := child(r.p.To, ownFolder)
	at := child(own, r.probeName())
	if err := r.writeSynced(at.Path, []byte(r.p.ID)); err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, r.to.Remove(at.Path)); err = unjoin(err) }()
	for _, s := range r.p.Steps {
		if s.Action != ActionCopy {
			continue
		}
		src := s.From
		if s.Kind == appdata.File {
			src = parent(src)
		}
		for up := src; ; up = parent(up) {
			seen := child(child(up, ownFolder), r.probeName())
			if data, err := readAll(r.w.FS[up.Storage], seen.Path); err == nil && string(data) == r.p.ID {
				return false, &SameStorageError{Source: up, Target: r.p.To}
			}
			if parent(up) == up {
				break
			}
		}
	}
	for _, mode := range []fs.FileMode{0o640, 0o600} {
		if err := r.to.Chmod(at.Path, mode); err != nil {
			r.synthetic = true
			continue
		}
		if info, err := r.to.Stat(at.Path); err != nil || info.Mode().Perm() != mode {
			r.synthetic = true
		}
	}
	if r.synthetic {
		r.note("the target does not keep permission bits: check that only the server's user can read the keystores")
	}
	r.noStamps = !r.keepsStamps(at.Path)
	name := r.probeName()
	other := strings.ToUpper(name)
	if other == name {
		other = strings.ToLower(name)
	}
	if other != name {
		_, err := r.to.Stat(child(own, other).Path)
		caseless = err == nil
	}
	return caseless, nil
}

// keepsStamps reports whether the storage tells when a file really changed: some
// pass off the time of modification for that, which anyone can set.
func (r *runner) keepsStamps(probe string) bool {
	info, err := lstat(r.to, probe)
	if err != nil {
		return false
	}
	old := info.ModTime().Add(-24 * time.Hour)
	if r.to.Chtimes(probe, old, old) != nil {
		return false
	}
	if info, err = lstat(r.to, probe); err != nil {
		return false
	}
	s := stampOf(info)
	return s != nil && s.Changed.After(old.Add(time.Hour))
}

// probeLink makes a link where the first one will be needed and reads it back:
// not every storage that has the call can make links, and some rewrite their
// text.
func (r *runner) probeLink() error {
	for _, s := range r.p.Steps {
		if s.Action != ActionLink {
			continue
		}
		fsys := r.w.FS[s.From.Storage]
		at := child(parent(s.From), r.probeName()).Path
		linker, ok := fsys.(afero.Linker)
		if !ok {
			return &fs.PathError{Op: "symlink", Path: at, Err: afero.ErrNoSymlink}
		}
		if err := r.removeProbeLink(s); err != nil {
			return err
		}
		if err := linker.SymlinkIfPossible(s.ServerTo, at); err != nil {
			return &RefusedError{Plan: r.p.ID, Refusals: []Refusal{{Rule: "TGT007", Path: s.ServerFrom, Source: srcHA,
				Message: "this storage cannot make symbolic links: " + plain(err).Error(), Fix: "use a file system that can"}}}
		}
		if err := checkLink(fsys, at, s.ServerTo); err != nil {
			return errors.Join(&RefusedError{Plan: r.p.ID, Refusals: []Refusal{{Rule: "TGT007", Path: s.ServerFrom, Source: srcHA,
				Message: "this storage changes the text of links: " + plain(err).Error(), Fix: "use a file system that keeps it"}}}, removeFile(fsys, at))
		}
		return r.removeProbeLink(s)
	}
	return nil
}

// removeProbeLink removes the probe of a Link step, this run's or one that an
// interrupted run has left.
func (r *runner) removeProbeLink(s Step) error {
	fsys, dir := r.w.FS[s.From.Storage], parent(s.From)
	at := child(dir, r.probeName()).Path
	info, err := lstat(fsys, at)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode()&fs.ModeSymlink == 0 {
		return nil
	}
	if err == nil {
		err = removeFile(fsys, at)
	}
	r.syncDir(fsys, dir)
	return err
}

// oneStorage finds out, before an original is renamed or deleted, whether it
// is its own copy: a probe file beside the original's content must not show
// up in the copy. It is written on the original's side, because the target
// belongs to the server by then.
func (r *runner) oneStorage(original cluster.Place, info fs.FileInfo, copy cluster.Place) error {
	same := &SameStorageError{Source: original, Target: copy}
	there, err := r.to.Stat(copy.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the server may have removed it; the manifest decides
	}
	if err != nil {
		return err
	}
	if original == copy || sameFile(info, there) {
		return same
	}
	if !info.IsDir() {
		return nil
	}
	src := r.w.FS[original.Storage]
	at := child(original, r.probeName()).Path
	if err := r.removeProbe(src, at); err != nil {
		return err
	}
	f, err := src.OpenFile(at, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write([]byte(r.p.ID))
	err = errors.Join(err, f.Close())
	if err == nil {
		var data []byte
		if data, err = readAll(r.to, child(copy, r.probeName()).Path); err == nil && string(data) == r.p.ID {
			err = same
		} else {
			err = nil
		}
	}
	return unjoin(errors.Join(err, removeFile(src, at)))
}

// removeProbe removes a probe that an interrupted run has left. It holds the
// plan's id, or less of it after a crash; any other file of that name is
// somebody's data.
func (r *runner) removeProbe(fsys afero.Fs, at string) error {
	info, err := lstat(fsys, at)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().IsRegular() && info.Size() <= int64(len(r.p.ID)) {
		data, err := readAll(fsys, at)
		if err != nil {
			return err
		}
		if trimmed := strings.Trim(string(data), "\x00"); strings.HasPrefix(r.p.ID, trimmed) {
			return removeFile(fsys, at)
		}
	}
	return &fs.PathError{Op: "probe", Path: at, Err: fs.ErrExist}
}

func removeFile(fsys afero.Fs, path string) error {
	if err := fsys.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// notEmpty reports that a folder was not removed because it holds something.
func notEmpty(err error) bool {
	return errors.Is(err, syscall.ENOTEMPTY) || errors.Is(err, fs.ErrExist)
}
