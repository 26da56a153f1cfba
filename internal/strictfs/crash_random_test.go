package strictfs_test

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"
	"pgregory.net/rapid"

	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// replace is the usual protocol, with steps that can be left out.
func replace(f afero.Fs, fileSync, folderSync bool) error {
	h, err := f.OpenFile("/d/f.tmp", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = h.WriteString("new content")
	if err == nil && fileSync {
		err = h.Sync()
	}
	if err = errors.Join(err, h.Close()); err != nil {
		return err
	}
	if err = f.Rename("/d/f.tmp", "/d/f"); err != nil || !folderSync {
		return err
	}
	d, err := f.Open("/d")
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// TestCrashProvesAProtocol is the use that the model is made for: the process
// dies at every operation, the power fails there, and every outcome is looked
// at. The correct protocol holds, and each mutant is caught.
func TestCrashProvesAProtocol(t *testing.T) {
	for _, test := range []struct {
		file, folder bool
		sound, kept  bool
	}{
		{true, true, true, true},
		{false, true, false, false},
		{true, false, true, false},
		{false, false, false, false},
	} {
		start := disk(t, strictfs.Options{}, "/d", "/d/f=old content")
		start.SyncAll()
		points, sound, kept := 0, true, true
		for n := 1; ; n++ {
			f := start.Clone()
			failing := strictfs.NewFailing(f, strictfs.Fault{Nth: n, Die: true})
			err := replace(failing, test.file, test.folder)
			if err != nil && !errors.Is(err, strictfs.ErrDied) {
				t.Fatal(err)
			}
			for c := range strictfs.Choices(len(f.Pending()), strictfs.DataStates(), 16, uint64(n)) {
				points++
				data, err := afero.ReadFile(f.Crash(c), "/d/f")
				old, fresh := string(data) == "old content", string(data) == "new content"
				sound = sound && err == nil && (old || fresh)
			}
			if err != nil {
				continue
			}
			for c := range strictfs.Choices(len(f.Pending()), strictfs.DataStates(), 16, uint64(n)) {
				data, _ := afero.ReadFile(f.Crash(c), "/d/f")
				kept = kept && string(data) == "new content"
			}
			break
		}
		if sound != test.sound || kept != test.kept {
			t.Errorf("file sync %v, folder sync %v: sound %v and kept %v, want %v and %v", test.file, test.folder, sound, kept, test.sound, test.kept)
		}
		if points < 100 {
			t.Errorf("only %d points", points)
		}
	}
}

// TestCrashExtremes: for random operations, a crash that loses everything gives
// the tree of the last SyncAll, one that loses nothing the tree of now, and any
// other a tree that can be walked and used.
func TestCrashExtremes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		split := rapid.Bool().Draw(t, "split")
		f := strictfs.New(strictfs.Options{SplitRenames: split, Volume: strictfs.Volume{MaxBytes: 1 << 20}})
		for range rapid.IntRange(0, 20).Draw(t, "before") {
			randomChange(t, f)
		}
		f.SyncAll()
		old, clone := listing(t, f), f.Clone()
		var folders []string
		for range rapid.IntRange(1, 20).Draw(t, "after") {
			randomChange(t, f)
			if rapid.IntRange(0, 9).Draw(t, "sync a folder") == 0 {
				folders = append(folders, randomPath(t, "folder"))
			}
		}
		all := func(int, strictfs.Change) bool { return true }
		now := listing(t, f)
		if diff := cmp.Diff(now, listing(t, f.CrashWith(all, strictfs.DataNew))); diff != "" {
			t.Fatalf("nothing lost (-now +crashed):\n%s", diff)
		}
		if diff := cmp.Diff(old, listing(t, f.CrashWith(nil, strictfs.DataOld))); diff != "" {
			t.Fatalf("everything lost (-old +crashed):\n%s\npending %v", diff, f.Pending())
		}
		if diff := cmp.Diff(old, listing(t, clone)); diff != "" {
			t.Fatalf("the clone changed:\n%s", diff)
		}
		for _, name := range folders {
			if h, err := f.Open(name); err == nil {
				if err := errors.Join(h.Sync(), h.Close()); err != nil {
					t.Fatal(err)
				}
			}
		}
		if diff := cmp.Diff(now, listing(t, f.CrashWith(all, strictfs.DataNew))); diff != "" {
			t.Fatalf("nothing lost after syncs (-now +crashed):\n%s", diff)
		}
		for c := range strictfs.Choices(len(f.Pending()), strictfs.DataStates(), 4, rapid.Uint64().Draw(t, "seed")) {
			after := f.Crash(c)
			list := listing(t, after)
			bytes, files, err := after.Used("/")
			var sum int64
			names := map[uint64]int64{}
			for _, e := range list[1:] {
				info, _, err := after.LstatIfPossible("/" + e.Path)
				if err != nil {
					t.Fatal(err)
				}
				st, _ := strictfs.StatOf(info)
				names[st.Ino] = e.Size
			}
			for _, size := range names {
				sum += size
			}
			if err != nil || bytes != sum || files != len(names) {
				t.Fatalf("%s: %d bytes in %d files, want %d in %d (%v)", c.Name, bytes, files, sum, len(names), err)
			}
			if err := afero.WriteFile(after, "/new", []byte("x"), 0o600); err != nil && !errors.Is(err, fs.ErrExist) {
				if info, statErr := after.Stat("/new"); statErr != nil || !info.IsDir() {
					t.Fatalf("%s: cannot be used: %v", c.Name, err)
				}
			}
		}
		// Once every file and folder is synced nothing is at risk.
		for _, e := range now {
			if e.Kind == clustertest.KindLink || e.Kind == clustertest.KindSpecial {
				continue
			}
			h, err := f.Open("/" + e.Path)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(h.Sync(), h.Close()); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(now, listing(t, f.CrashWith(nil, strictfs.DataOld))); diff != "" {
			t.Fatalf("lost although all is synced (-now +crashed):\n%s", diff)
		}
	})
}

func listing(t *rapid.T, f afero.Fs) []clustertest.Entry {
	list, err := clustertest.Walk(f, "/")
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func randomPath(t *rapid.T, label string) string {
	path := ""
	for range rapid.IntRange(1, 3).Draw(t, label+" depth") {
		path += "/" + rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, label)
	}
	return path
}

// randomChange changes something, or fails to, which is as good.
func randomChange(t *rapid.T, f *strictfs.FS) {
	path, to := randomPath(t, "path"), randomPath(t, "to")
	switch rapid.IntRange(0, 9).Draw(t, "change") {
	case 0, 1:
		_ = f.MkdirAll(path, 0o700)
	case 2, 3:
		_ = afero.WriteFile(f, path, []byte(rapid.StringN(0, 8, 8).Draw(t, "data")), 0o600)
	case 4:
		if h, err := f.OpenFile(path, os.O_RDWR, 0); err == nil {
			_, _ = h.WriteAt([]byte("overwritten"), int64(rapid.IntRange(0, 5).Draw(t, "offset")))
			_ = h.Close()
		}
	case 5, 6:
		_ = f.Rename(path, to)
	case 7:
		_ = f.Link(path, to)
	case 8:
		_ = f.RemoveAll(path)
	case 9:
		_ = f.SymlinkIfPossible("a", path)
	}
}
