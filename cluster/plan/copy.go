package plan

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
)

// blockSize is how much of a file is read at a time, in bytes.
const blockSize = 256 << 10

// makeDir creates a folder, and those above it that are missing, with the
// mode of the plan and the owner of the folder it stands for. A folder that
// is there is left alone.
func (r *runner) makeDir(s Step) (did bool, err error) {
	info, err := lstat(r.to, s.To.Path)
	if err == nil && !info.IsDir() {
		if info, err = r.to.Stat(s.To.Path); err == nil && !info.IsDir() {
			return false, &fs.PathError{Op: "mkdir", Path: s.To.Path, Err: fs.ErrExist}
		}
	}
	if err == nil {
		return r.made[s.To], nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	up := parent(s.To)
	if up != s.To && !there(r.to, up.Path) {
		above := s
		above.To = up
		if _, err := r.makeDir(above); err != nil {
			return false, err
		}
	}
	if err := r.to.Mkdir(s.To.Path, s.Mode|0o700); err != nil {
		return false, err
	}
	var like fs.FileInfo
	if s.From.Path != "" {
		if like, err = r.w.FS[s.From.Storage].Stat(s.From.Path); err != nil {
			return false, err
		}
	}
	if err := r.setMeta(s.To.Path, s.Mode, like); err != nil {
		return false, err
	}
	r.syncDir(r.to, up)
	r.made[s.To] = true
	return true, nil
}

// copy copies one file or folder, proves it and records it in a manifest.
// What is there already, from an interrupted run, is compared instead of
// trusted.
func (r *runner) copy(ctx context.Context, s Step) error {
	src, err := r.p.source(r.w, s)
	if err != nil {
		return err
	}
	m, err := newManifest(r.to, manifestPlace(r.p.To, s.ID))
	if err != nil {
		return err
	}
	wk := r.walker(s, src)
	wk.visit = func(it item) error {
		sum, err := r.copyItem(ctx, s, it)
		if err != nil {
			return err
		}
		return m.add(recordOf(it, sum))
	}
	wk.after = func(it item) error {
		at := child(s.To, it.rel)
		if it.rel == "" && at == r.p.To {
			r.syncDir(r.to, at) // its mode was set when it was made, or is the mount's
			return nil
		}
		if err := r.setMeta(at.Path, it.info.Mode()&modeBits, it.info); err != nil {
			return err
		}
		r.syncDir(r.to, at)
		return nil
	}
	if err := m.close(wk.walk(ctx, src.Path), r.sync); err != nil {
		return err
	}
	r.syncDir(r.to, child(r.p.To, ownFolder))
	r.syncDir(r.to, parent(s.To))
	return nil
}

// walker goes through the source of a Copy step.
func (r *runner) walker(s Step, src cluster.Place) *walker {
	wk := &walker{fsys: r.w.FS[src.Storage], in: src.Storage, exclude: s.Exclude, avoid: r.p.To}
	wk.target, _ = r.to.Stat(r.p.To.Path)
	if r.p.Target.links() == LinksFollow {
		wk.follow, wk.resolve, wk.world, wk.in = true, leads(r.node), r.w.FS, src.Storage
	}
	return wk
}

func (r *runner) copyItem(ctx context.Context, s Step, it item) (sum string, err error) {
	at := child(s.To, it.rel).Path
	switch mode := it.info.Mode(); {
	case mode&fs.ModeSymlink != 0:
		return "", r.copyLink(it, at)
	case mode.IsDir():
		err := r.to.Mkdir(at, mode&modeBits|0o700)
		if errors.Is(err, fs.ErrExist) {
			info, err := lstat(r.to, at)
			if err == nil && !info.IsDir() && it.rel != "" {
				err = &fs.PathError{Op: "mkdir", Path: at, Err: fs.ErrExist}
			}
			return "", err
		}
		return "", err
	case mode.IsRegular():
		return r.copyFile(ctx, s, it, at)
	}
	return "", &RefusedError{Plan: r.p.ID, Refusals: []Refusal{{Rule: "TGT005", Path: appdata.Join(s.ServerFrom, it.rel), Message: "is a " + special(it.info.Mode()) + ", which cannot be copied", Source: srcSafety}}}
}

func (r *runner) copyLink(it item, at string) error {
	if text, err := readlink(r.to, at); err == nil && text == it.link {
		return nil
	}
	l, ok := r.to.(afero.Linker)
	if !ok {
		return &fs.PathError{Op: "symlink", Path: at, Err: afero.ErrNoSymlink}
	}
	if err := l.SymlinkIfPossible(it.link, at); err != nil {
		return err
	}
	return checkLink(r.to, at, it.link)
}

// checkLink reads a link back: some file systems rewrite what they are given.
func checkLink(fsys afero.Fs, at, want string) error {
	text, err := readlink(fsys, at)
	if err == nil && text != want {
		err = &fs.PathError{Op: "symlink", Path: at, Err: fmt.Errorf("the storage stored another text than %s", want)}
	}
	return err
}

// copyFile brings one file to the target and proves it. The bytes go to a
// temporary name in our own folder, are synced, read back, compared with the
// original byte for byte, and only then get their name.
func (r *runner) copyFile(ctx context.Context, s Step, it item, at string) (sum string, err error) {
	src := it.fsys
	if info, err := lstat(r.to, at); err == nil && info.Mode().IsRegular() && info.Size() == it.info.Size() {
		equal, sum, err := r.equal(ctx, src, it.path, r.to, at)
		if err != nil {
			return "", err
		}
		if equal {
			return sum, r.proven(s, it, at, false)
		}
	}
	tmp := child(r.p.To, ownFolder+"/copying").Path
	if err := r.to.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	want, err := r.transfer(ctx, it, tmp)
	if err != nil {
		return "", err
	}
	after, err := src.Stat(it.path)
	if err != nil {
		return "", err
	}
	if after.Size() != it.info.Size() || !after.ModTime().Equal(it.info.ModTime()) {
		e := &ChangedError{}
		e.add(Change{Path: appdata.Join(s.ServerFrom, it.rel), What: "changed", Writer: writer(s, it.rel)})
		return "", e
	}
	equal, sum, err := r.equal(ctx, src, it.path, r.to, tmp)
	if err != nil {
		return "", err
	}
	if !equal || sum != want {
		return "", &fs.PathError{Op: "verify", Path: at, Err: errors.New("what was read back from the target is not what the original holds; the storage or the network may be faulty")}
	}
	if err := r.to.Rename(tmp, at); err != nil {
		return "", err
	}
	r.res.CopiedFiles++
	r.res.CopiedBytes += it.info.Size()
	return sum, r.proven(s, it, at, true)
}

// proven counts a file and checks what the server will need to open it.
func (r *runner) proven(s Step, it item, at string, fresh bool) error {
	if !fresh {
		if err := r.setMeta(at, it.info.Mode()&modeBits, it.info); err != nil {
			return err
		}
	}
	r.res.VerifiedFiles++
	r.res.VerifiedBytes += it.info.Size()
	r.tell(Event{Kind: EventProgress, Step: s, Path: it.rel})
	return nil
}

// transfer writes the bytes of an original to a new file, gives it the mode,
// owner and time, and syncs all of that at once.
func (r *runner) transfer(ctx context.Context, it item, to string) (sum string, err error) {
	in, err := it.fsys.Open(it.path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	out, err := r.to.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	err = r.pump(ctx, in, func(b []byte) error {
		h.Write(b)
		n, err := out.Write(b)
		if err == nil && n < len(b) {
			err = io.ErrShortWrite
		}
		return err
	})
	if err == nil {
		err = r.setMeta(to, it.info.Mode()&modeBits, it.info)
	}
	if err == nil {
		err = r.sync(out)
	}
	if err = cmp.Or(err, out.Close()); err != nil {
		return "", err
	}
	return hexSum(h), nil
}

// pump reads in to its end, block by block.
func (r *runner) pump(ctx context.Context, in io.Reader, take func([]byte) error) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := in.Read(r.buf)
		if n > 0 {
			if err := take(r.buf[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// equal compares two files byte for byte; sum is that of the second.
func (r *runner) equal(ctx context.Context, fa afero.Fs, a string, fb afero.Fs, b string) (equal bool, sum string, err error) {
	x, err := fa.Open(a)
	if err != nil {
		return false, "", err
	}
	defer x.Close()
	y, err := fb.Open(b)
	if err != nil {
		return false, "", err
	}
	defer y.Close()
	h := sha256.New()
	equal = true
	err = r.pump(ctx, y, func(block []byte) error {
		h.Write(block)
		n, err := io.ReadFull(x, r.cmp[:len(block)])
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return err
		}
		equal = equal && bytes.Equal(block, r.cmp[:n])
		return nil
	})
	if err != nil {
		return false, "", err
	}
	switch n, err := io.ReadFull(x, r.cmp[:1]); {
	case n > 0:
		equal = false
	case err != io.EOF:
		return false, "", err
	}
	return equal, hexSum(h), nil
}

func hexSum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
