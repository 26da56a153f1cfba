package plan

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/deploycluster/deploycluster/internal/fileowner"
)

// modeBits are what is kept of a mode: a shared folder's setgid bit decides who
// can read what other members write.
const modeBits = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky

// setMeta gives a copy the mode, the owner and the time of its original and
// reads them back. A mode or owner that does not arrive stops the run: on a
// share with root squash the server could not read its own keystores. like is
// nil where only a mode is known.
func (r *runner) setMeta(at string, mode fs.FileMode, like fs.FileInfo) error {
	if err := r.to.Chmod(at, mode); err != nil && !r.synthetic {
		return err
	}
	if like != nil {
		// Times help people; nothing is decided by them, so a storage that
		// refuses them is no failure.
		_ = r.to.Chtimes(at, like.ModTime(), like.ModTime())
	}
	info, err := lstat(r.to, at)
	if err != nil {
		return err
	}
	wantUID, wantGID, owned := 0, 0, false
	if like != nil {
		wantUID, wantGID, owned = fileowner.Of(like)
	}
	uid, gid, reported := fileowner.Of(info)
	wrongOwner := func() error {
		return &MetadataError{Path: at, What: "owner", Want: fmt.Sprintf("%d:%d", wantUID, wantGID), Have: fmt.Sprintf("%d:%d", uid, gid)}
	}
	switch {
	case like != nil && (!owned || !reported):
		r.note("owners cannot be compared on these storages: check that the server's user can read and write the target")
	case owned && (uid != wantUID || gid != wantGID):
		if err := r.to.Chown(at, wantUID, wantGID); err != nil {
			return wrongOwner()
		}
		// A change of owner may clear bits of the mode.
		if err := r.to.Chmod(at, mode); err != nil && !r.synthetic {
			return err
		}
		if info, err = lstat(r.to, at); err != nil {
			return err
		}
		if uid, gid, _ = fileowner.Of(info); uid != wantUID || gid != wantGID {
			return wrongOwner()
		}
	}
	if have := info.Mode() & modeBits; !r.synthetic && have != mode&modeBits {
		return &MetadataError{Path: at, What: "mode", Want: (mode & modeBits).String(), Have: have.String()}
	}
	return nil
}

// alike reports whether a copy has the mode and the owner of its original
// already, as far as the storages tell.
func alike(have, want fs.FileInfo) bool {
	uid, gid, ok := fileowner.Of(have)
	wantUID, wantGID, wantOK := fileowner.Of(want)
	return have.Mode()&modeBits == want.Mode()&modeBits && (!ok || !wantOK || uid == wantUID && gid == wantGID)
}

// syncFile makes a change of a file's mode or owner durable.
func (r *runner) syncFile(at string) error {
	f, err := r.to.Open(at)
	if err != nil {
		return err
	}
	return errors.Join(r.sync(f), f.Close())
}

// writer names what usually writes at a path, so that a person knows what to
// stop.
func writer(s Step, rel string) string {
	path := strings.ReplaceAll(s.ServerFrom, `\`, "/") + "/" + rel
	for _, w := range []struct{ part, who string }{
		{"/logs/", "the server's processes"},
		{"/var/repository/", "CodeStation imports or uploads"},
		{"/var/plugins/", "the installation of a plugin"},
		{"encryption.keystore", "a key tool"},
		{"server.keystore", "the server, when an agent's certificate is added"},
		{"/var/sa/", "the server"},
	} {
		if strings.Contains(path, w.part) {
			return w.who
		}
	}
	return ""
}
