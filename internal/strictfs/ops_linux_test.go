package strictfs_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/afero"
	"pgregory.net/rapid"

	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

var parts = []string{"a", "b", "c", "d", "e", ".", "..", strings.Repeat("n", 255), strings.Repeat("n", 256)}

// path draws a path: half of the time one that exists, or a name below it.
func (p *pair) path(t *rapid.T, label string) string {
	if rapid.Bool().Draw(t, label+" exists") {
		if list, err := clustertest.Walk(p.strict, p.root); err == nil {
			e := rapid.SampledFrom(list).Draw(t, label)
			b := p.root + "/" + e.Path
			if e.Kind != clustertest.KindFile && rapid.Bool().Draw(t, label+" below") {
				b += "/" + parts[rapid.IntRange(0, 4).Draw(t, label)]
			}
			return b
		}
	}
	n := rapid.IntRange(0, 3).Draw(t, label+" depth")
	b := p.root
	for i := range n + 1 {
		limit := 5
		if rapid.IntRange(0, 7).Draw(t, "odd") == 0 {
			limit = len(parts)
		}
		if i > 0 && limit == 5 {
			limit = 3
		}
		next := parts[rapid.IntRange(0, limit-1).Draw(t, label)]
		if next == ".." && strings.Count(b, "/") <= strings.Count(p.root, "/") {
			next = "." // what lies beside the root is not ours
		}
		b += "/" + next
	}
	if rapid.IntRange(0, 9).Draw(t, label+" slash") == 0 {
		b += "/"
	}
	return b
}

func mode(t *rapid.T) fs.FileMode {
	m := fs.FileMode(0o700 | rapid.IntRange(0, 0o77).Draw(t, "mode"))
	if rapid.IntRange(0, 5).Draw(t, "sticky") == 0 {
		m |= fs.ModeSticky
	}
	return m
}

func describe(info fs.FileInfo, err error) string {
	if err != nil {
		return verdict(err)
	}
	st, ok := strictfs.StatOf(info)
	if info.IsDir() {
		return fmt.Sprintf("folder %s %v %d:%d", info.Name(), info.Mode(), st.UID, st.GID)
	}
	return fmt.Sprintf("%s %v %d bytes, %d names, %d:%d %v", info.Name(), info.Mode(), info.Size(), st.Nlink, st.UID, st.GID, ok)
}

// unsafe says whether a path leads out of the test's folder on the real side,
// or to or through a pipe: opening one would wait for ever, and os.RemoveAll
// opens what stands above its path.
func (p *pair) unsafe(path string) bool {
	for above := path; len(above) > len(p.root); above = above[:strings.LastIndexByte(above, '/')] {
		if info, err := os.Stat(above); err == nil && info.Mode()&fs.ModeNamedPipe != 0 {
			return true
		}
	}
	for path != "/" && path != "" {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			return real != p.root && !strings.HasPrefix(real, p.root+"/")
		}
		path = filepath.Dir(strings.TrimRight(path, "/"))
	}
	return true
}

func (p *pair) actions() map[string]func(*rapid.T) {
	flags := []int{
		os.O_RDONLY, os.O_WRONLY, os.O_RDWR,
		os.O_RDWR | os.O_CREATE, os.O_WRONLY | os.O_CREATE | os.O_EXCL, os.O_RDWR | os.O_CREATE | os.O_TRUNC,
		os.O_WRONLY | os.O_TRUNC, os.O_WRONLY | os.O_APPEND, os.O_RDWR | os.O_CREATE | os.O_APPEND, os.O_CREATE, os.O_TRUNC,
	}
	one := func(name string, run func(t *rapid.T, path string) func(fsys afero.Fs) string) func(*rapid.T) {
		return func(t *rapid.T) {
			path := p.path(t, "path")
			if p.unsafe(path) {
				t.Skip("outside")
			}
			p.both(t, name+" "+path, run(t, path))
		}
	}
	return map[string]func(*rapid.T){
		"": func(*rapid.T) {},
		"mkdir": one("mkdir", func(t *rapid.T, path string) func(afero.Fs) string {
			m := mode(t)
			return func(fsys afero.Fs) string { return verdict(fsys.Mkdir(path, m)) }
		}),
		"mkdirall": one("mkdirall", func(t *rapid.T, path string) func(afero.Fs) string {
			return func(fsys afero.Fs) string { return verdict(fsys.MkdirAll(path, 0o755)) }
		}),
		"write file": one("write file", func(t *rapid.T, path string) func(afero.Fs) string {
			data := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "data")
			m := mode(t)
			return func(fsys afero.Fs) string { return verdict(afero.WriteFile(fsys, path, data, m)) }
		}),
		"read file": one("read file", func(t *rapid.T, path string) func(afero.Fs) string {
			return func(fsys afero.Fs) string {
				data, err := afero.ReadFile(fsys, path)
				return fmt.Sprintf("%x %s", data, verdict(err))
			}
		}),
		"remove": one("remove", func(t *rapid.T, path string) func(afero.Fs) string {
			if path = strings.TrimRight(path, "/"); path == p.root {
				t.Skip("root")
			}
			return func(fsys afero.Fs) string { return verdict(fsys.Remove(path)) }
		}),
		"remove with slash": one("remove", func(t *rapid.T, path string) func(afero.Fs) string {
			return func(fsys afero.Fs) string { return verdict(fsys.Remove(path + "/")) }
		}),
		"removeall": one("removeall", func(t *rapid.T, path string) func(afero.Fs) string {
			if real, err := filepath.EvalSymlinks(path); err == nil && real == p.root || strings.Contains(path, "..") {
				t.Skip("root")
			}
			return func(fsys afero.Fs) string { return verdict(fsys.RemoveAll(path)) }
		}),
		"stat": one("stat", func(t *rapid.T, path string) func(afero.Fs) string {
			return func(fsys afero.Fs) string { return describe(fsys.Stat(path)) }
		}),
		"lstat": one("lstat", func(t *rapid.T, path string) func(afero.Fs) string {
			return func(fsys afero.Fs) string {
				info, ok, err := fsys.(afero.Lstater).LstatIfPossible(path)
				return fmt.Sprint(describe(info, err), ok)
			}
		}),
		"readlink": one("readlink", func(t *rapid.T, path string) func(afero.Fs) string {
			return func(fsys afero.Fs) string {
				target, err := fsys.(afero.LinkReader).ReadlinkIfPossible(path)
				return target + " " + verdict(err)
			}
		}),
		"chmod": one("chmod", func(t *rapid.T, path string) func(afero.Fs) string {
			m := mode(t)
			return func(fsys afero.Fs) string { return verdict(fsys.Chmod(path, m)) }
		}),
		"chown": one("chown", func(t *rapid.T, path string) func(afero.Fs) string {
			uid, gid := -1, os.Getgid()
			if os.Getuid() == 0 {
				uid, gid = rapid.IntRange(-1, 3).Draw(t, "uid"), rapid.IntRange(-1, 3).Draw(t, "gid")
			}
			return func(fsys afero.Fs) string { return verdict(fsys.Chown(path, uid, gid)) }
		}),
		"chtimes": one("chtimes", func(t *rapid.T, path string) func(afero.Fs) string {
			at := time.Unix(int64(rapid.IntRange(1, 1e9).Draw(t, "time")), 5000)
			return func(fsys afero.Fs) string {
				if err := fsys.Chtimes(path, at, at); err != nil {
					return verdict(err)
				}
				info, err := fsys.Stat(path)
				if err != nil {
					return verdict(err)
				}
				return info.ModTime().UTC().String()
			}
		}),
		"mkfifo": one("mkfifo", func(t *rapid.T, path string) func(afero.Fs) string {
			return func(fsys afero.Fs) string {
				if s, ok := fsys.(*strictfs.FS); ok {
					err := s.Mknod(path, fs.ModeNamedPipe|0o700)
					return verdict(errors.Unwrap(err))
				}
				if err := syscall.Mkfifo(path, 0o700); err != nil {
					return verdict(err)
				}
				return "ok"
			}
		}),
		"symlink": func(t *rapid.T) {
			path := p.path(t, "path")
			target := rapid.SampledFrom([]string{
				"a", "b", "c", "../a", "../c/d", ".", "./b", "e", "d/", "a/b", p.root + "/a", p.root + "/c/", p.root + "//d/../a", "",
			}).Draw(t, "target")
			if p.unsafe(path) {
				t.Skip("outside")
			}
			p.both(t, fmt.Sprintf("symlink %s -> %q", path, target), func(fsys afero.Fs) string {
				return verdict(fsys.(afero.Linker).SymlinkIfPossible(target, path))
			})
		},
		"link": func(t *rapid.T) {
			from, to := p.path(t, "from"), p.path(t, "to")
			if p.unsafe(from) || p.unsafe(to) {
				t.Skip("outside")
			}
			p.both(t, "link "+from+" "+to, func(fsys afero.Fs) string {
				if s, ok := fsys.(*strictfs.FS); ok {
					return verdict(s.Link(from, to))
				}
				return verdict(os.Link(from, to))
			})
		},
		"rename": func(t *rapid.T) {
			from, to := p.path(t, "from"), p.path(t, "to")
			if p.unsafe(from) || p.unsafe(to) {
				t.Skip("outside")
			}
			if f, err := filepath.EvalSymlinks(from); err == nil && f == p.root {
				t.Skip("root")
			}
			p.both(t, "rename "+from+" "+to, func(fsys afero.Fs) string {
				if _, ok := fsys.(*strictfs.FS); ok || p.asOS {
					return verdict(fsys.Rename(from, to))
				}
				if err := syscall.Rename(from, to); err != nil {
					return verdict(&os.LinkError{Op: "rename", Old: from, New: to, Err: err})
				}
				return "ok"
			})
		},
		"list": one("list", func(t *rapid.T, path string) func(afero.Fs) string {
			n := rapid.IntRange(-1, 3).Draw(t, "n")
			return func(fsys afero.Fs) string {
				dir, err := fsys.Open(path)
				if err != nil {
					return verdict(err)
				}
				defer dir.Close()
				var all []string
				for range 100 {
					infos, err := dir.Readdir(n)
					for _, info := range infos {
						all = append(all, describe(info, nil))
					}
					if err != nil || n <= 0 {
						slices.Sort(all)
						return fmt.Sprint(all, verdict(err))
					}
				}
				return "endless"
			}
		}),
		"open": func(t *rapid.T) {
			path := p.path(t, "path")
			flag := rapid.SampledFrom(flags).Draw(t, "flag")
			m := mode(t)
			if p.unsafe(path) || len(p.open) > 6 {
				t.Skip("outside")
			}
			p.tryOpen(t, path, flag, m)
		},
		"handle 1": p.handle,
		"handle 2": p.handle,
		"handle 3": p.handle,
		"handle 4": p.handle,
	}
}

// tryOpen opens a path on both sides and keeps the files.
func (p *pair) tryOpen(t *rapid.T, path string, flag int, m fs.FileMode) {
	strict, err1 := p.strict.OpenFile(path, flag, m)
	real, err2 := p.real.OpenFile(path, flag, m)
	if err1 == nil && err2 == nil {
		p.open = append(p.open, [2]afero.File{strict, real})
	}
	p.compare(t, fmt.Sprintf("open %s %#x", path, flag), verdict(err1), verdict(err2))
}

// handle runs an operation on an open file of both sides.
func (p *pair) handle(t *rapid.T) {
	if len(p.open) == 0 {
		t.Skip("none open")
	}
	i := rapid.IntRange(0, len(p.open)-1).Draw(t, "handle")
	files := p.open[i]
	what := rapid.SampledFrom([]string{"read", "write", "readat", "writeat", "seek", "truncate", "stat", "sync", "names", "close", "close for good"}).Draw(t, "what")
	n := rapid.IntRange(0, 12).Draw(t, "n")
	off := int64(rapid.IntRange(-2, 30).Draw(t, "offset"))
	whence := rapid.IntRange(0, 2).Draw(t, "whence")
	data := rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "data")
	if what == "seek" {
		if info, err := files[1].Stat(); err != nil || info.IsDir() {
			off, whence = 0, 0 // positions in folders differ between file systems
		}
	}
	run := func(f afero.File) string {
		switch what {
		case "read":
			got := make([]byte, n)
			n, err := f.Read(got)
			return fmt.Sprintf("%x %s", got[:n], verdict(err))
		case "readat":
			got := make([]byte, n)
			n, err := f.ReadAt(got, off)
			return fmt.Sprintf("%x %s", got[:n], verdict(err))
		case "write":
			n, err := f.Write(data)
			return fmt.Sprint(n, verdict(err))
		case "writeat":
			n, err := f.WriteAt(data, off)
			return fmt.Sprint(n, verdict(err))
		case "seek":
			pos, err := f.Seek(off, whence)
			return fmt.Sprint(pos, verdict(err))
		case "truncate":
			return verdict(f.Truncate(off))
		case "stat":
			return describe(f.Stat())
		case "sync":
			return verdict(f.Sync())
		case "names":
			if _, err := f.Seek(0, io.SeekStart); err != nil {
				return verdict(err)
			}
			names, err := f.Readdirnames(-1)
			slices.Sort(names)
			return fmt.Sprint(names, verdict(err))
		}
		return verdict(f.Close())
	}
	p.compare(t, fmt.Sprintf("%s handle %d (%s) n=%d off=%d whence=%d", what, i, files[0].Name(), n, off, whence), run(files[0]), run(files[1]))
	if what == "close for good" {
		p.open = slices.Delete(p.open, i, i+1)
	}
}
