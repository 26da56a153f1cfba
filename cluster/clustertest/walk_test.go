package clustertest_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

func TestWalk(t *testing.T) {
	f := strictfs.New(strictfs.Options{})
	err := errors.Join(
		f.MkdirAll("/r/skip", 0o755), f.MkdirAll("/r/a", 0o755), f.MkdirAll("/r/b", 0o755),
		afero.WriteFile(f, "/r/skip/x", []byte("1"), 0o640),
		afero.WriteFile(f, "/r/a/f", []byte("hello"), 0o640),
		afero.WriteFile(f, "/r/a/tmp", []byte("2"), 0o640),
		afero.WriteFile(f, "/r/b/tmp", []byte("3"), 0o640),
		f.SymlinkIfPossible("a/f", "/r/l"), f.SymlinkIfPossible("nowhere", "/r/gone"), f.SymlinkIfPossible("r", "/top"),
	)
	if err != nil {
		t.Fatal(err)
	}
	got, err := clustertest.Walk(f, "/r", "skip", "a/tmp")
	if err != nil {
		t.Fatal(err)
	}
	wanted := []clustertest.Entry{
		{Path: ".", Kind: clustertest.KindFolder, Mode: 0o755},
		{Path: "a", Kind: clustertest.KindFolder, Mode: 0o755},
		{Path: "a/f", Kind: clustertest.KindFile, Size: 5, Mode: 0o640, SHA256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"},
		{Path: "b", Kind: clustertest.KindFolder, Mode: 0o755},
		{Path: "b/tmp", Kind: clustertest.KindFile, Size: 1, Mode: 0o640, SHA256: "4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce"},
		{Path: "gone", Kind: clustertest.KindLink, Target: "nowhere"},
		{Path: "l", Kind: clustertest.KindLink, Target: "a/f"},
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("listing (-want +got):\n%s", diff)
	}
	if got, err = clustertest.Walk(f, "/top"); err != nil || len(got) != 1 || got[0].Target != "r" {
		t.Errorf("walk of a link: %v, %v", got, err)
	}
	if _, err = clustertest.Walk(f, "/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("walk of nothing: %v", err)
	}
	mem := afero.NewMemMapFs()
	if err := afero.WriteFile(mem, "/r/f", []byte("hello"), 0o640); err != nil {
		t.Fatal(err)
	}
	if got, err = clustertest.Walk(mem, "/r"); err != nil || len(got) != 2 {
		t.Errorf("walk without links: %v, %v", got, err)
	}
}

func ExampleWalk() {
	f := strictfs.New(strictfs.Options{})
	if err := errors.Join(
		f.MkdirAll("/share/appdata/conf", 0o750),
		afero.WriteFile(f, "/share/appdata/conf/server.keystore", []byte("keys"), 0o600),
		f.SymlinkIfPossible("/mnt/old", "/share/appdata/logs"),
	); err != nil {
		fmt.Println(err)
	}
	list, err := clustertest.Walk(f, "/share/appdata")
	for _, e := range list {
		fmt.Println(e.Kind, e.Size, e.Mode, e.Path, []string{e.Target})
	}
	fmt.Println(err)
	// Output:
	// folder 0 -rwxr-x--- . []
	// folder 0 -rwxr-x--- conf []
	// file 4 -rw------- conf/server.keystore []
	// link 0 ---------- logs [/mnt/old]
	// <nil>
}
