package overlay

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"
	"pgregory.net/rapid"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/long"
)

// modelOp is one step, for the overlay and for the operating system.
type modelOp struct {
	verb     string
	at, from cluster.Place
	text     string // link text or file content
	mode     fs.FileMode
	shape    Shape
}

// plan adds the step to the overlay.
func (op modelOp) plan(o *World) error {
	switch op.verb {
	case "mkdir":
		return o.Mkdir(op.at, op.mode)
	case "write":
		return o.Write(op.at, []byte(op.text), op.mode)
	case "symlink":
		return o.Symlink(op.at, op.text)
	case "rename":
		return o.Rename(op.from, op.at)
	case "remove":
		return o.Remove(op.at)
	default:
		return o.Copy(op.at, op.from, op.shape)
	}
}

// TestIsWhatTheSystemDoes plans random steps on an overlay, looks at
// everything that it shows, then carries the same steps out and compares:
// every path, kind, mode, size, time, content and link text; what links lead
// to; the class of every error.
func TestIsWhatTheSystemDoes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the model is a POSIX system")
	}
	top := t.TempDir()
	top, err := filepath.EvalSymlinks(top)
	if err != nil {
		t.Fatal(err)
	}
	var steps, failed, followed, links, skipped int
	rapid.Check(t, func(rt *rapid.T) {
		m := newModel(rt, top)
		defer os.RemoveAll(m.dir)
		for range 12 {
			op := m.draw(rt, "setup")
			m.note(op, m.do(op))
		}
		m.present = true
		strict := &strictFs{Fs: afero.NewOsFs(), known: map[string]bool{}, fail: rt.Fatalf}
		o := New(map[string]afero.Fs{"s0": strict, "s1": strict})
		var ops []modelOp
		var planned []string
		strict.planning = true
		for range rapid.IntRange(3, 12).Draw(rt, "steps") {
			op := m.draw(rt, "step")
			ops = append(ops, op)
			err := op.plan(o)
			m.note(op, err)
			planned = append(planned, m.short(op)+": "+errorClass(err))
		}
		strict.planning = false
		probes := m.drawProbes(rt)
		got, ok := m.show([2]afero.Fs{o.FS("s0"), o.FS("s1")}, probes)
		if !ok {
			skipped++
			rt.Skip(errUnfit)
		}

		var done []string
		for _, op := range ops {
			err := m.do(op)
			if errors.Is(err, errUnfit) {
				skipped++
				rt.Skip(errUnfit)
			}
			done = append(done, m.short(op)+": "+errorClass(err))
			steps++
			if err != nil {
				failed++
			}
			if op.shape.Follow {
				followed++
			}
		}
		if diff := cmp.Diff(done, planned); diff != "" {
			rt.Fatalf("errors (-system +overlay):\n%s", diff)
		}
		want, _ := m.show([2]afero.Fs{afero.NewOsFs(), afero.NewOsFs()}, probes)
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("after\n%s\n(-system +overlay):\n%s", strings.Join(done, "\n"), strings.ReplaceAll(diff, m.dir, ""))
		}
		for _, line := range want {
			if strings.Contains(line, " -> ") {
				links++
			}
		}
	})
	t.Logf("%d steps (%d refused by both), %d copies that follow links, %d links compared, %d runs not judged", steps, failed, followed, links, skipped)
	if !long.Tests() {
		return // a fifth of the runs proves nothing about the generator
	}
	if steps < 100 || failed == 0 || followed == 0 || links < 50 {
		t.Error("the generator no longer reaches what this test is about")
	}
}

// model holds two storages deep enough in a folder that no drawn ".." leaves it.
type model struct {
	dir     string
	root    [2]string
	used    []string // paths of steps that took effect, relative to a root
	present bool     // files made from now on are new
}

// short is a step for people: paths count from the storages' roots.
func (m *model) short(op modelOp) string {
	s := fmt.Sprintf("%s %v <- %v %q %v %+v", op.verb, op.at, op.from, op.text, op.mode, op.shape)
	return strings.NewReplacer(m.root[0], "", m.root[1], "").Replace(s)
}

func newModel(rt *rapid.T, top string) *model {
	dir, err := os.MkdirTemp(top, "m")
	if err != nil {
		rt.Fatal(err)
	}
	m := &model{dir: dir}
	for i := range m.root {
		m.root[i] = filepath.Join(dir, fmt.Sprint(i), strings.Repeat("d/", 6), "s")
		if err := os.MkdirAll(m.root[i], 0o755); err != nil {
			rt.Fatal(err)
		}
	}
	return m
}

func drawName(rt *rapid.T) string { return rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "name") }

// drawRel draws a path below a root: a new one, one seen before, or below one.
func (m *model) drawRel(rt *rapid.T) string {
	var p string
	if len(m.used) > 0 && rapid.IntRange(0, 2).Draw(rt, "old") > 0 {
		p = rapid.SampledFrom(m.used).Draw(rt, "used")
		if rapid.Bool().Draw(rt, "same") {
			return p
		}
		if strings.Count(p, "/") < 4 {
			p += "/"
		} else {
			p = ""
		}
	}
	switch rapid.IntRange(0, 9).Draw(rt, "dots") {
	case 0:
		p += "../"
	case 1:
		p += "./"
	}
	return p + drawName(rt)
}

// note remembers the place of a step that took effect: later ones shall hit it.
func (m *model) note(op modelOp, err error) {
	if err == nil && op.verb != "remove" {
		m.used = append(m.used, strings.TrimPrefix(op.at.Path, m.root[op.at.Storage[1]-'0']+"/"))
	}
}

func (m *model) drawPlace(rt *rapid.T) cluster.Place {
	i := rapid.IntRange(0, 1).Draw(rt, "storage")
	return cluster.Place{Storage: fmt.Sprint("s", i), Path: m.root[i] + "/" + m.drawRel(rt)}
}

func (m *model) draw(rt *rapid.T, label string) modelOp {
	verbs := []string{"mkdir", "mkdir", "write", "write", "symlink", "symlink", "rename", "remove", "copy", "copy"}
	if label == "setup" {
		verbs = []string{"mkdir", "mkdir", "write", "write", "symlink"}
	}
	op := modelOp{verb: rapid.SampledFrom(verbs).Draw(rt, label), at: m.drawPlace(rt)}
	switch op.verb {
	case "mkdir":
		op.mode = rapid.SampledFrom([]fs.FileMode{0o755, 0o700, 0o775}).Draw(rt, "mode")
	case "write":
		op.mode = rapid.SampledFrom([]fs.FileMode{0, 0, 0o600, 0o640}).Draw(rt, "mode")
		op.text = rapid.SampledFrom([]string{"", "one", "two words", "three\n"}).Draw(rt, "content")
	case "symlink":
		op.text = m.drawText(rt, op.at)
	case "rename":
		op.from = m.drawPlace(rt)
		if rapid.IntRange(0, 9).Draw(rt, "cross") > 0 {
			op.from.Path = strings.Replace(op.from.Path, m.root[op.from.Storage[1]-'0'], m.root[op.at.Storage[1]-'0'], 1)
			op.from.Storage = op.at.Storage
		}
		if op.from.Path == op.at.Path {
			op.at.Path += "a" // os.Rename alone minds equal spelling
		}
	case "copy":
		op.from = m.drawPlace(rt)
		op.shape.Follow = rapid.Bool().Draw(rt, "follow")
		op.shape.KeepMode = rapid.Bool().Draw(rt, "keep mode")
		op.shape.Exclude = rapid.SampledFrom([][]string{nil, nil, {"a"}, {"b/c", "c"}, {"a/./a", "c/b/a"}}).Draw(rt, "exclude")
	}
	return op
}

// drawText draws a link text that stays in the storage of at.
func (m *model) drawText(rt *rapid.T, at cluster.Place) string {
	if rapid.IntRange(0, 2).Draw(rt, "absolute") == 0 {
		return m.root[at.Storage[1]-'0'] + "/" + m.drawRel(rt)
	}
	up := strings.Repeat("../", rapid.IntRange(0, 2).Draw(rt, "up"))
	return up + rapid.SampledFrom([]string{"a", "b", "c", "a/b", "b//c", "c/../a", ".", "./b"}).Draw(rt, "text")
}

func (m *model) drawProbes(rt *rapid.T) []cluster.Place {
	var list []cluster.Place
	for range 12 {
		p := m.drawPlace(rt)
		p.Path += rapid.SampledFrom([]string{"", "", "/", "/.", "/..", "/a", "/b/c"}).Draw(rt, "tail")
		list = append(list, p)
	}
	return list
}

// show is everything that two storages hold, and the answers to the probes.
func (m *model) show(f [2]afero.Fs, probes []cluster.Place) (lines []string, ok bool) {
	for i := range f {
		if !showTree(f[i], filepath.Join(m.dir, fmt.Sprint(i)), &lines) {
			return nil, false
		}
	}
	for _, p := range probes {
		lines = append(lines, "probe "+p.String()+": "+showPath(f[p.Storage[1]-'0'], p.Path))
	}
	return lines, true
}

// showTree lists a folder and all below it; false when that is too much.
func showTree(fsys afero.Fs, dir string, lines *[]string) bool {
	f, err := fsys.Open(dir)
	if err != nil {
		*lines = append(*lines, dir+": "+errorClass(err))
		return true
	}
	list, err := f.Readdir(-1)
	f.Close()
	if err != nil {
		*lines = append(*lines, dir+": "+errorClass(err))
	}
	slices.SortFunc(list, func(a, b fs.FileInfo) int { return strings.Compare(a.Name(), b.Name()) })
	for _, fi := range list {
		path := dir + "/" + fi.Name()
		*lines = append(*lines, path+": "+showPath(fsys, path)+" listed "+fi.Mode().String())
		if len(*lines) > modelLimit || fi.IsDir() && !showTree(fsys, path, lines) {
			return false
		}
	}
	return true
}

// showPath is all that one path tells: as a link and followed.
func showPath(fsys afero.Fs, path string) string {
	fi, _, err := fsys.(afero.Lstater).LstatIfPossible(path)
	if err != nil {
		return errorClass(err)
	}
	s := fi.Mode().String() + " " + fi.Name()
	text, err := fsys.(afero.LinkReader).ReadlinkIfPossible(path)
	switch {
	case err == nil:
		s += " -> " + text
	case !errors.Is(err, syscall.EINVAL):
		s += " readlink " + errorClass(err)
	}
	if fi, err = fsys.Stat(path); err != nil {
		s += " stat " + errorClass(err)
	} else if !fi.IsDir() {
		s += fmt.Sprintf(" => %v %d", fi.Mode(), fi.Size())
		if y := fi.ModTime().Year(); 1960 < y && y < 2000 { // else the plan makes the file, and no one knows when
			s += fi.ModTime().UTC().String()
		}
	}
	f, err := fsys.Open(path)
	if err != nil {
		return s + " open " + errorClass(err)
	}
	defer f.Close()
	if fi.IsDir() {
		names, err := f.Readdirnames(-1)
		slices.Sort(names)
		return fmt.Sprintf("%s %v %s", s, names, errorClass(err))
	}
	data, err := afero.ReadAll(f)
	return fmt.Sprintf("%s %q %s", s, data, errorClass(err))
}

func errorClass(err error) string {
	if err == nil {
		return "ok"
	}
	for _, e := range []error{syscall.ENOENT, syscall.EEXIST, syscall.ENOTDIR, syscall.EISDIR, syscall.ELOOP, syscall.EINVAL, syscall.EBUSY, syscall.EXDEV, errUnfit} {
		if errors.Is(err, e) {
			return e.Error()
		}
	}
	return "other: " + err.Error()
}
