package strictfs_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// show is a tree on one line: folders as their names, files with content.
func show(t testing.TB, f afero.Fs) string {
	t.Helper()
	list, err := clustertest.Walk(f, "/")
	must(t, err)
	var out []string
	for _, e := range list[1:] {
		line := e.Path
		if e.Kind == clustertest.KindFile {
			data, err := afero.ReadFile(f, "/"+e.Path)
			must(t, err)
			line += fmt.Sprintf("=%s", data)
		}
		out = append(out, line)
	}
	return strings.Join(out, " ")
}

// outcomes are the distinct trees that a crash can leave, over every subset of
// the pending changes.
func outcomes(t testing.TB, f *strictfs.FS, state strictfs.DataState) []string {
	t.Helper()
	var list []string
	n := len(f.Pending())
	for bits := range 1 << n {
		after := f.CrashWith(func(i int, _ strictfs.Change) bool { return bits>>i&1 == 1 }, state)
		list = append(list, show(t, after))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func syncPath(t testing.TB, f afero.Fs, names ...string) {
	t.Helper()
	for _, name := range names {
		h, err := f.Open(name)
		must(t, err)
		must(t, h.Sync(), h.Close())
	}
}

func TestCrashNames(t *testing.T) {
	type do = func(f *strictfs.FS) error
	write := func(name, data string) do {
		return func(f *strictfs.FS) error { return afero.WriteFile(f, name, []byte(data), 0o600) }
	}
	rename := func(from, to string) do { return func(f *strictfs.FS) error { return f.Rename(from, to) } }
	sync := func(name string) do {
		return func(f *strictfs.FS) error {
			h, err := f.Open(name)
			if err != nil {
				return err
			}
			return errors.Join(h.Sync(), h.Close())
		}
	}
	tests := []struct {
		name  string
		scene []string
		do    []do
		split bool
		want  []string
	}{
		{"create", nil, []do{write("/a", "1")}, false, []string{"", "a=1"}},
		{"create and sync the file", nil, []do{write("/a", "1"), sync("/a")}, false, []string{"", "a=1"}},
		{"create and sync the folder", nil, []do{write("/a", "1"), sync("/")}, false, []string{"a=1"}},
		{"two names are independent", nil, []do{write("/a", "1"), write("/b", "2")}, false, []string{"", "a=1", "a=1 b=2", "b=2"}},
		{"remove", []string{"/a=1"}, []do{func(f *strictfs.FS) error { return f.Remove("/a") }}, false, []string{"", "a=1"}},
		{"rename", []string{"/a=1"}, []do{rename("/a", "/b")}, false, []string{"a=1", "b=1"}},
		{"rename, split", []string{"/a=1"}, []do{rename("/a", "/b")}, true, []string{"", "a=1", "a=1 b=1", "b=1"}},
		{"replace", []string{"/a=1", "/b=2"}, []do{rename("/a", "/b")}, false, []string{"a=1 b=2", "b=1"}},
		{"rename and sync", []string{"/a=1"}, []do{rename("/a", "/b"), sync("/")}, false, []string{"b=1"}},
		{
			"across folders: both names, never none", []string{"/x", "/y", "/x/a=1"},
			[]do{rename("/x/a", "/y/b")}, false,
			[]string{"x x/a=1 y", "x x/a=1 y y/b=1", "x y y/b=1"},
		},
		{
			"across folders, new one synced", []string{"/x", "/y", "/x/a=1"},
			[]do{rename("/x/a", "/y/b"), sync("/y")}, false,
			[]string{"x x/a=1 y y/b=1", "x y y/b=1"},
		},
		{
			"across folders, old one synced", []string{"/x", "/y", "/x/a=1"},
			[]do{rename("/x/a", "/y/b"), sync("/x")}, false,
			[]string{"x y y/b=1"},
		},
		{
			"across folders, split", []string{"/x", "/y", "/x/a=1"},
			[]do{rename("/x/a", "/y/b"), sync("/x")}, true,
			[]string{"x y", "x y y/b=1"},
		},
		{
			"folder across folders", []string{"/x/d", "/y", "/x/d/f=1"},
			[]do{rename("/x/d", "/y/e")}, false,
			[]string{"x x/d x/d/f=1 y", "x y y/e y/e/f=1"},
		},
		{
			"folder across folders, old one synced", []string{"/x/d", "/y"},
			[]do{rename("/x/d", "/y/e"), sync("/x")}, false, []string{"x y y/e"},
		},
		{
			"folder across folders, new one synced", []string{"/x/d", "/y"},
			[]do{rename("/x/d", "/y/e"), sync("/y")}, false, []string{"x y y/e"},
		},
		{
			"below a folder that is lost", nil,
			[]do{func(f *strictfs.FS) error { return f.Mkdir("/d", 0o700) }, write("/d/f", "1"), sync("/d")}, false,
			[]string{"", "d d/f=1"},
		},
		{
			"forced additions take what came before under the same name", []string{"/x", "/y", "/x/a=1", "/y/a=2"},
			[]do{func(f *strictfs.FS) error { return f.Remove("/y/a") }, rename("/x/a", "/y/a"), sync("/x")}, false,
			[]string{"x y y/a=1"},
		},
		{
			"link and remove are independent", []string{"/x", "/y", "/x/a=1"},
			[]do{
				func(f *strictfs.FS) error { return f.Link("/x/a", "/y/a") },
				func(f *strictfs.FS) error { return f.Remove("/x/a") },
			}, false,
			[]string{"x x/a=1 y", "x x/a=1 y y/a=1", "x y", "x y y/a=1"},
		},
		{
			"one name many times", nil,
			[]do{write("/a", "1"), func(f *strictfs.FS) error { return f.Remove("/a") }, write("/a", "3")}, false,
			[]string{"", "a=1", "a=3"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := disk(t, strictfs.Options{SplitRenames: test.split}, test.scene...)
			f.SyncAll()
			for _, do := range test.do {
				must(t, do(f))
			}
			before := show(t, f)
			if diff := cmp.Diff(test.want, outcomes(t, f, strictfs.DataNew)); diff != "" {
				t.Errorf("outcomes (-want +got):\n%s", diff)
			}
			if after := show(t, f); after != before {
				t.Errorf("looking at crashes changed %q to %q", before, after)
			}
		})
	}
}

func TestCrashData(t *testing.T) {
	tests := []struct {
		name string
		old  string // synced content; "-" for a new file
		do   func(h afero.File) error
		want map[strictfs.DataState]string
	}{
		{"new", "-", func(h afero.File) error { _, err := h.WriteString("abcdef"); return err }, map[strictfs.DataState]string{
			"new": "abcdef", "old": "", "empty": "", "cut": "abc", "zero": "\x00\x00\x00\x00\x00\x00",
		}},
		{"append", "1234", func(h afero.File) error { _, err := h.WriteAt([]byte("abcd"), 4); return err }, map[strictfs.DataState]string{
			"new": "1234abcd", "old": "1234", "empty": "1234", "cut": "1234ab", "zero": "1234\x00\x00\x00\x00",
		}},
		{"rewrite", "1234", func(h afero.File) error {
			_, err := h.WriteString("abcdef")
			return errors.Join(h.Truncate(0), func() error { _, err := h.Seek(0, 0); return err }(), func() error { _, err := h.WriteString("xyz"); return err }(), err)
		}, map[strictfs.DataState]string{
			"new": "xyz", "old": "1234", "empty": "", "cut": "x", "zero": "\x00\x00\x00",
		}},
		{"overwrite", "12345678", func(h afero.File) error { _, err := h.WriteAt([]byte("abcd"), 2); return err }, map[strictfs.DataState]string{
			"new": "12abcd78", "old": "12345678", "empty": "12345678", "cut": "12ab5678", "zero": "12345678",
		}},
		{"cut off", "12345678", func(h afero.File) error { return h.Truncate(3) }, map[strictfs.DataState]string{
			"new": "123", "old": "12345678", "empty": "123", "cut": "123", "zero": "123",
		}},
		{"attributes only", "1234", func(afero.File) error { return nil }, map[strictfs.DataState]string{
			"new": "1234", "old": "1234", "empty": "1234", "cut": "1234", "zero": "1234",
		}},
		{"synced", "-", func(h afero.File) error { _, err := h.WriteString("abc"); return errors.Join(err, h.Sync()) }, map[strictfs.DataState]string{
			"new": "abc", "old": "abc", "empty": "abc", "cut": "abc", "zero": "abc",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := disk(t, strictfs.Options{})
			if test.old != "-" {
				must(t, afero.WriteFile(f, "/f", []byte(test.old), 0o640))
				f.SyncAll()
			}
			h, err := f.OpenFile("/f", os.O_RDWR|os.O_CREATE, 0o640)
			must(t, err, test.do(h))
			syncPath(t, f, "/")
			if test.name == "attributes only" {
				must(t, f.Chmod("/f", 0o600))
			}
			if got := f.Unsynced(); (test.name == "synced") != (len(got) == 0) {
				t.Errorf("unsynced: %v", got)
			}
			// Crashed copies first, then more changes: they must not show through.
			copies := map[strictfs.DataState]*strictfs.FS{}
			for _, state := range strictfs.DataStates() {
				copies[state] = f.CrashWith(nil, state)
			}
			_, err = h.WriteAt([]byte("################"), 0)
			must(t, err)
			for state, after := range copies {
				data, err := afero.ReadFile(after, "/f")
				must(t, err)
				if string(data) != test.want[state] {
					t.Errorf("%s: %q, want %q", state, data, test.want[state])
				}
				if n, u := after.Pending(), after.Unsynced(); len(n)+len(u) > 0 {
					t.Errorf("%s: after the crash pending %v, unsynced %v", state, n, u)
				}
			}
			for state, wanted := range map[strictfs.DataState]fs.FileMode{"old": 0o640, "new": 0o600} {
				if info, err := copies[state].Stat("/f"); test.name == "attributes only" && (err != nil || info.Mode() != wanted) {
					t.Errorf("%s: mode %v, %v", state, info.Mode(), err)
				}
			}
		})
	}
	f := disk(t, strictfs.Options{})
	h, err := f.OpenFile("/f", os.O_WRONLY|os.O_CREATE|os.O_SYNC, 0o600)
	must(t, err)
	_, err = h.WriteString("abc")
	must(t, err)
	if got := show(t, f.CrashWith(func(int, strictfs.Change) bool { return true }, strictfs.DataOld)); got != "f=abc" {
		t.Errorf("with O_SYNC: %q", got)
	}
}

// TestCrashRecordStaysSmall: what is durable is forgotten, also when no one
// looks, and what is not is kept.
func TestCrashRecordStaysSmall(t *testing.T) {
	f := disk(t, strictfs.Options{}, "/d", "/e")
	f.SyncAll()
	must(t, afero.WriteFile(f, "/e/lost", []byte("1"), 0o600))
	for i := range 500 {
		name := fmt.Sprintf("/d/%d", i)
		must(t, afero.WriteFile(f, name+".tmp", []byte("x"), 0o600))
		syncPath(t, f, name+".tmp")
		must(t, f.Rename(name+".tmp", name))
		syncPath(t, f, "/d")
		must(t, f.Remove(name))
	}
	syncPath(t, f, "/d")
	wanted := []strictfs.Change{{Kind: strictfs.NameAdded, Path: "/e/lost"}}
	if diff := cmp.Diff(wanted, f.Pending()); diff != "" {
		t.Errorf("pending (-want +got):\n%s", diff)
	}
	if got := show(t, f.CrashWith(nil, strictfs.DataOld)); got != "d e" {
		t.Errorf("after a crash %q", got)
	}
	// A temporary folder that is made, filled and removed leaves nothing behind.
	must(t, f.MkdirAll("/d/t/u", 0o700), afero.WriteFile(f, "/d/t/u/f", nil, 0o600), f.RemoveAll("/d/t"))
	syncPath(t, f, "/d", "/e")
	if n := f.Pending(); len(n) != 0 {
		t.Errorf("pending after a temporary folder: %v", n)
	}
}

func TestChoices(t *testing.T) {
	var names []string
	for c := range strictfs.Choices(3, []strictfs.DataState{strictfs.DataOld}, 2, 1) {
		var kept []int
		for i := range 3 {
			if c.Keep(i, strictfs.Change{}) {
				kept = append(kept, i)
			}
		}
		names = append(names, fmt.Sprint(c.Name, kept, c.Data("/x")))
	}
	wanted := []string{
		"none, data old[]old", "all, data old[0 1 2]old",
		"only 0, data old[0]old", "only 1, data old[1]old", "only 2, data old[2]old",
		"all but 0, data old[1 2]old", "all but 1, data old[0 2]old", "all but 2, data old[0 1]old",
	}
	if diff := cmp.Diff(wanted, names[:len(wanted)]); diff != "" || len(names) != len(wanted)+2 {
		t.Errorf("choices (-want +got):\n%s\n%v", diff, names)
	}
	for range strictfs.Choices(2, strictfs.DataStates(), 5, 1) {
		break // an iterator must bear this
	}
}

func ExampleFS_Crash() {
	f := strictfs.New(strictfs.Options{})
	if err := afero.WriteFile(f, "/config", []byte("old"), 0o600); err != nil {
		fmt.Println(err)
	}
	f.SyncAll()

	// A careless replacement: nothing is synced.
	if err := afero.WriteFile(f, "/config.tmp", []byte("new"), 0o600); err != nil {
		fmt.Println(err)
	}
	if err := f.Rename("/config.tmp", "/config"); err != nil {
		fmt.Println(err)
	}

	fmt.Println("pending", f.Pending())
	fmt.Println("unsynced", f.Unsynced())
	after := f.CrashWith(func(int, strictfs.Change) bool { return true }, strictfs.DataEmpty)
	data, err := afero.ReadFile(after, "/config")
	fmt.Printf("after a crash: %q %v\n", data, err)
	// Output:
	// pending [{added /config.tmp } {moved /config /config.tmp}]
	// unsynced [/config]
	// after a crash: "" <nil>
}
