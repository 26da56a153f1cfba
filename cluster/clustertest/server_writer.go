package clustertest

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/spf13/afero"
)

const (
	folderMode  = fs.FileMode(0o750)
	fileMode    = fs.FileMode(0o640)
	secretMode  = fs.FileMode(0o600)
	programMode = fs.FileMode(0o750)
)

// writer writes files with fixed modes and times. After the first error it
// writes nothing more and keeps that error.
type writer struct {
	fs    afero.Fs
	roots []string // our outermost folders; what is above them gets no mode and no time
	made  map[string]bool
	order []string // folders in the order they were made
	err   error
}

// rekeyed is the function of that name, whose error is kept.
func (w *writer) rekeyed(store, alias string, created time.Time) []byte {
	data, err := rekeyed(store, alias, created)
	if err != nil && w.err == nil {
		w.err = err
	}
	return data
}

func (w *writer) folder(name string) {
	if w.err != nil || w.made[name] {
		return
	}
	w.made[name] = true
	above := path.Dir(name)
	if slices.Contains(w.roots, name) {
		w.err = w.fs.MkdirAll(above, 0o755)
	} else {
		w.folder(above)
	}
	if w.err != nil {
		return
	}
	if err := w.fs.Mkdir(name, folderMode); err != nil {
		if !errors.Is(err, fs.ErrExist) {
			w.err = err
		}
		return
	}
	if w.err = w.fs.Chmod(name, folderMode); w.err == nil {
		w.order = append(w.order, name)
	}
}

func (w *writer) file(name string, mode fs.FileMode, data []byte) {
	w.folder(path.Dir(name))
	if w.err != nil {
		return
	}
	file, err := w.fs.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		w.err = err
		return
	}
	_, err = file.Write(data)
	w.err = errors.Join(err, file.Close())
	if w.err == nil {
		w.err = w.fs.Chmod(name, mode) // whatever the umask is
	}
	if w.err == nil {
		w.err = w.fs.Chtimes(name, buildTime, buildTime)
	}
}

func (w *writer) text(name string, crlf bool, lines ...string) {
	end := "\n"
	if crlf {
		end = "\r\n"
	}
	w.file(name, fileMode, []byte(strings.Join(lines, end)+end))
}

func (w *writer) link(target, name string) {
	w.folder(path.Dir(name))
	if w.err != nil {
		return
	}
	w.err = symlink(w.fs, target, name)
}

func symlink(fsys afero.Fs, target, name string) error {
	if l, ok := fsys.(afero.Linker); ok {
		return l.SymlinkIfPossible(target, name)
	}
	return &os.LinkError{Op: "symlink", Old: target, New: name, Err: afero.ErrNoSymlink}
}

// finish gives the folders their time, which later files in them have changed.
func (w *writer) finish() error {
	for _, name := range w.order {
		if w.err != nil {
			break
		}
		w.err = w.fs.Chtimes(name, buildTime, buildTime)
	}
	return w.err
}

// random gives the generator for one purpose: what is generated for one file
// does not depend on how many others there are.
func (p *project) random(purpose string) *rand.ChaCha8 {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(purpose+"\x00"), p.Seed))
	return rand.NewChaCha8(sum)
}

func (p *project) bytes(purpose string, n int) []byte {
	data := make([]byte, n)
	_, _ = p.random(purpose).Read(data) // ChaCha8 does not fail
	return data
}

// uuid is a version 4 UUID as Java prints it.
func (p *project) uuid(purpose string) string {
	b := p.bytes(purpose, 16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// letters is a text of n mixed-case letters and digits.
func (p *project) letters(purpose string, n int) string {
	const all = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b := p.bytes(purpose, n)
	for i := range b {
		b[i] = all[int(b[i])%len(all)]
	}
	return string(b)
}

// created is when the keystores of this server were made.
func (p *project) created() time.Time {
	return buildTime.Add(time.Duration(p.Seed%86400) * time.Second)
}
