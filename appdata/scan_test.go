package appdata_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
)

const v70 = "7.0.0.0.984935"

func ExampleScan() {
	fsys := afero.NewMemMapFs()
	for _, name := range []string{"conf/encryption.keystore", "var/repository/blob/1", "notes.txt"} {
		_ = afero.WriteFile(fsys, "/media/share/appdata/"+name, []byte("content"), 0o600)
	}
	layout, err := appdata.Layout("7.0.0.0.984935", appdata.Folder)
	if err != nil {
		fmt.Println(err)
		return
	}
	tree, err := appdata.Scan(context.Background(), fsys, "/media/share/appdata", layout)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, n := range tree.Nodes {
		fmt.Println(n.Actual(), n.Path)
	}
	checked := appdata.Check(tree, layout)
	fmt.Println("present", checked.Present)
	fmt.Println("foreign", checked.Foreign)
	// Output:
	// dir conf
	// file conf/encryption.keystore
	// file notes.txt
	// dir var
	// dir var/repository
	// present [conf/encryption.keystore var/repository]
	// foreign [notes.txt]
}

func scan(t *testing.T, fsys afero.Fs, root string, layout []appdata.Item) *appdata.Tree {
	t.Helper()
	tree, err := appdata.Scan(t.Context(), fsys, root, layout)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// brief renders nodes as "kind path", which is what most tests compare.
func brief(tree *appdata.Tree) []string {
	var list []string
	for _, n := range tree.Nodes {
		line := n.Kind.String() + " " + n.Path
		if n.Kind == appdata.Link {
			line += " > " + n.TargetKind.String()
		}
		if n.Err != nil {
			line += " !"
		}
		list = append(list, line)
	}
	return list
}

func TestScanCompleteFolder(t *testing.T) {
	onEachFs(t, func(t *testing.T, fsys afero.Fs, root string) {
		fill(t, fsys, root, append(entries(), "stray.txt", "lost+found/", "conf/other/deep/x", "var/db/data/seg0")...)
		tree := scan(t, afero.NewReadOnlyFs(fsys), root, mustLayout(t, v70, appdata.Folder))
		want := []string{
			"dir conf",
			"dir conf/collectors",
			"file conf/encryption.keystore",
			"file conf/installed.version",
			"dir conf/other",
			"dir conf/server",
			"dir conf/server/notification-templates",
			"file conf/server/log4j.properties",
			"file conf/server.keystore",
			"dir logs",
			"dir lost+found",
			"dir patches",
			"file stray.txt",
			"dir var",
			"dir var/db",
			"dir var/plugins",
			"dir var/repository",
			"dir var/sa",
		}
		slices.SortFunc(want, func(a, b string) int {
			_, a, _ = strings.Cut(a, " ")
			_, b, _ = strings.Cut(b, " ")
			return strings.Compare(a, b)
		})
		if diff := cmp.Diff(want, brief(tree)); diff != "" {
			t.Error(diff)
		}
		if tree.Root != root || tree.Self.Kind != appdata.Dir || tree.Self.Path != "." {
			t.Errorf("root: %q, %+v", tree.Root, tree.Self)
		}
		n, ok := tree.Node("conf/encryption.keystore")
		if !ok || n.Size != int64(len("conf/encryption.keystore")) || n.Mode.Perm() != 0o600 || n.ModTime.IsZero() {
			t.Errorf("keystore: %v, %+v", ok, n)
		}
		if _, ok := tree.Node("var/repository/blob"); ok {
			t.Error("the scan went into the repository")
		}
	})
}

// The number of calls, and the places listed, do not depend on the repository.
func TestScanCostIsConstant(t *testing.T) {
	layout := mustLayout(t, v70, appdata.Folder)
	calls := func(files int) (int64, []string) {
		w := &watchedFs{Fs: afero.NewMemMapFs()}
		fill(t, w, "/a", entries()...)
		for i := range files {
			name := fmt.Sprintf("/a/%s/%d/%d", []string{"var/repository/blob", "logs/store", "var/plugins", "patches"}[i%4], i%100, i)
			if err := afero.WriteFile(w.Fs, name, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		w.calls.Store(0)
		w.opened = nil
		scan(t, w, "/a", layout)
		return w.calls.Load(), w.opened
	}
	few, opened := calls(10)
	many, _ := calls(10_000)
	if few != many || few == 0 {
		t.Errorf("%d calls with 10 files, %d with 10,000", few, many)
	}
	if diff := cmp.Diff([]string{"/a", "/a/conf", "/a/conf/server", "/a/var"}, opened); diff != "" {
		t.Errorf("folders opened: %s", diff)
	}
}

func TestScanLinks(t *testing.T) {
	fsys, base := afero.NewOsFs(), t.TempDir()
	root := filepath.Join(base, "appdata")
	fill(t, fsys, root, "conf/server/", "var/", "plain")
	fill(t, fsys, base, "repo/blob/x", "store/keys", "logs/")
	for name, target := range map[string]string{
		"var/repository":           filepath.Join(base, "repo"),
		"logs":                     "../logs",
		"conf/encryption.keystore": "../../store/keys",
		"conf/server.keystore":     "../gone",
		"var/sa":                   "sa",      // a circle
		"patches":                  "plain/x", // through a file
		"conf/collectors":          "../plain",
	} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	tree := scan(t, fsys, root, mustLayout(t, v70, appdata.Folder))
	if diff := cmp.Diff([]string{
		"dir conf",
		"link conf/collectors > file",
		"link conf/encryption.keystore > file",
		"dir conf/server",
		"link conf/server.keystore > missing",
		"link logs > dir",
		"link patches > missing",
		"file plain",
		"dir var",
		"link var/repository > dir",
		"link var/sa > missing",
	}, brief(tree)); diff != "" {
		t.Error(diff)
	}
	n, _ := tree.Node("conf/encryption.keystore")
	if n.LinkTarget != "../../store/keys" || n.Size != int64(len("store/keys")) || n.Mode.Perm() != 0o600 {
		t.Errorf("a link is not described by what it leads to: %+v", n)
	}
	checked := appdata.Check(tree, mustLayout(t, v70, appdata.Folder))
	if diff := cmp.Diff([]string{"conf/encryption.keystore", "logs", "var/repository"}, checked.Present); diff != "" {
		t.Errorf("present: %s", diff)
	}
	if diff := cmp.Diff([]string{"conf/collectors", "conf/server.keystore", "patches", "var/sa"}, checked.WrongKind); diff != "" {
		t.Errorf("wrong kind: %s", diff)
	}

	// Folders above items, and the root, may be links too.
	link := filepath.Join(base, "link")
	if err := os.Symlink(root, link); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(root, "conf"), filepath.Join(base, "conf")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../conf", filepath.Join(root, "conf")); err != nil {
		t.Fatal(err)
	}
	tree = scan(t, fsys, link, mustLayout(t, v70, appdata.Folder))
	if tree.Self.Kind != appdata.Link || tree.Self.Actual() != appdata.Dir || tree.Self.LinkTarget != root {
		t.Errorf("root: %+v", tree.Self)
	}
	if n, ok := tree.Node("conf/server"); !ok || n.Kind != appdata.Dir {
		t.Errorf("nothing found behind the link at conf: %v", brief(tree))
	}
	if n, _ := tree.Node("conf"); n.Kind != appdata.Link || n.Actual() != appdata.Dir {
		t.Errorf("conf: %+v", n)
	}
}

// Items inside another item are looked up without listing that item.
func TestScanItemInsideItem(t *testing.T) {
	w := &watchedFs{Fs: afero.NewMemMapFs()}
	fill(t, w, "/a", "var/repository/blob/x", "var/repository/y", "var/other")
	layout := []appdata.Item{
		{Path: "var", Kind: appdata.Dir},
		{Path: "var/repository/blob", Kind: appdata.Dir},
		{Path: "var/sa/x", Kind: appdata.File},
	}
	w.opened = nil
	tree := scan(t, w, "/a", layout)
	if diff := cmp.Diff([]string{"dir var", "dir var/repository/blob"}, brief(tree)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"/a"}, w.opened); diff != "" {
		t.Errorf("opened: %s", diff)
	}
}

// An install folder of a server whose application data folder it is.
func TestScanInstallFolder(t *testing.T) {
	onEachFs(t, func(t *testing.T, fsys afero.Fs, root string) {
		local := []string{"bin/classpath.conf", "lib/ext/", "opt/tomcat/conf/server.xml", "conf/server/installed.properties",
			"conf/server/secured-installed.properties", "conf/server/activemq.xml", "var/log/deployserver.out", "var/temp/", "var/server.pid"}
		fill(t, fsys, root, append(entries(), append(local, "oracle/notes.txt", "var/repository.retired-1a2b/x")...)...)
		layout := mustLayout(t, v70, appdata.InInstall)
		c := appdata.Check(scan(t, fsys, root, layout), layout)
		want := appdata.Checked{
			Present: slices.Sorted(slices.Values(paths(layout))),
			Stays: []string{"bin", "conf", "conf/server", "conf/server/activemq.xml", "conf/server/installed.properties",
				"conf/server/secured-installed.properties", "lib", "opt", "var", "var/log",
				"var/repository.retired-1a2b", "var/server.pid", "var/temp"},
			Foreign: []string{"oracle"},
		}
		if diff := cmp.Diff(want, c); diff != "" {
			t.Error(diff)
		}
	})
}

// On a file system that takes a Windows server's paths, the paths asked for are
// such paths, and the tree's are relative ones with forward slashes all the same.
func TestScanWindowsServer(t *testing.T) {
	mem := afero.NewMemMapFs()
	fill(t, mem, "/c/ucd/server/appdata", entries()...)
	fill(t, mem, "/c/ucd/server", "var/server.pid")
	w := &windowsFs{Fs: mem}
	layout := mustLayout(t, v70, appdata.Folder)
	folder := appdata.Resolve(`C:\ucd\server`, "../appdata")
	c := appdata.Check(scan(t, w, folder, layout), layout)
	if diff := cmp.Diff(slices.Sorted(slices.Values(paths(layout))), c.Present); diff != "" {
		t.Error(diff)
	}
	if w.bad != nil {
		t.Errorf("asked for %q", w.bad)
	}
}
