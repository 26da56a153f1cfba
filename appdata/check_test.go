package appdata_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"
	"pgregory.net/rapid"

	"github.com/deploycluster/deploycluster/appdata"
)

func ExampleCheck() {
	layout, err := appdata.Layout("7.0.0.0.984935", appdata.Folder)
	if err != nil {
		fmt.Println(err)
		return
	}
	tree := &appdata.Tree{Nodes: []appdata.Node{
		{Path: "conf", Kind: appdata.Dir},
		{Path: "conf/server.keystore", Kind: appdata.Dir},
		{Path: "lost+found", Kind: appdata.Dir},
		{Path: "var", Kind: appdata.Dir},
		{Path: "var/plugins", Kind: appdata.Link, TargetKind: appdata.Dir},
		{Path: "wiki.zip", Kind: appdata.File},
	}}
	c := appdata.Check(tree, layout)
	fmt.Println("present", c.Present)
	fmt.Println("wrong kind", c.WrongKind)
	fmt.Println("stays", c.Stays)
	fmt.Println("foreign", c.Foreign)
	fmt.Println("absent", len(c.Absent))
	// Output:
	// present [var/plugins]
	// wrong kind [conf/server.keystore]
	// stays [conf lost+found var]
	// foreign [wiki.zip]
	// absent 9
}

func lists(c appdata.Checked) map[string][]string {
	return map[string][]string{"Present": c.Present, "Absent": c.Absent, "WrongKind": c.WrongKind,
		"Stays": c.Stays, "Foreign": c.Foreign, "Unknown": c.Unknown}
}

// Every path of the tree and of the layout is in exactly one list, and no other
// path is in any, whatever the tree holds.
func TestEveryPathListedOnce(t *testing.T) {
	versions := []string{"6.1.0.4", "6.1.1.5", "6.2.1.1.788401", "7.0.0.0.984935", "7.2.3.0.1", "dev"}
	kinds := rapid.SampledFrom([]appdata.Kind{"", appdata.Dir, appdata.File, appdata.Link, appdata.Special, appdata.Missing, "other"})
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SampledFrom(versions).Draw(t, "version")
		s := rapid.SampledFrom(schemes).Draw(t, "scheme")
		layout, err := appdata.Layout(v, s)
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "with extras") {
			layout = append(layout, appdata.Extras(v, s)...)
		}
		if n := rapid.IntRange(0, len(layout)).Draw(t, "items"); n < len(layout) {
			layout = append(layout[:n:n], layout[:n/2]...) // fewer, and some twice
		}
		known := append(paths(appdata.LocalItems("dev", s)), paths(appdata.Extras(v, s))...)
		known = append(known, paths(appdata.SystemItems())...)
		genPath := rapid.OneOf(
			rapid.SampledFrom(paths(mustItems(v))),
			rapid.SampledFrom(known),
			rapid.SampledFrom([]string{"conf", "var", "conf/server", "var/repository/blob", "bin/x", "conf/x",
				"var/sa.retired-x", ".retired-", "Conf", "lost+found/x", "a b", "ünï", ".", "", "/", "..", "a//b"}),
			rapid.String(),
		)
		nodes := rapid.SliceOf(rapid.Custom(func(t *rapid.T) appdata.Node {
			n := appdata.Node{Path: genPath.Draw(t, "path"), Kind: kinds.Draw(t, "kind"), TargetKind: kinds.Draw(t, "target")}
			if rapid.Bool().Draw(t, "err") {
				n.Err = errors.New("refused")
			}
			return n
		})).Draw(t, "nodes")

		want := map[string]int{}
		for _, n := range nodes {
			want[n.Path] = 1
		}
		for _, it := range layout {
			want[it.Path] = 1
		}
		checked := appdata.Check(&appdata.Tree{Nodes: nodes}, layout)
		got := map[string]int{}
		for name, list := range lists(checked) {
			if !slices.IsSorted(list) {
				t.Errorf("%s is not sorted: %q", name, list)
			}
			for _, p := range list {
				got[p]++
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		items := paths(layout)
		for _, p := range checked.Absent {
			if !slices.Contains(items, p) {
				t.Errorf("%q is absent, but no item", p)
			}
		}
		for _, p := range slices.Concat(checked.Foreign, checked.Stays) {
			if slices.Contains(items, p) {
				t.Errorf("item %q is taken for something else", p)
			}
		}
	})
}

func mustItems(v string) []appdata.Item {
	items, _ := appdata.Layout(v, appdata.InInstall)
	return items
}

// The same for trees as Scan reads them from a disk.
func TestEveryScannedPathListedOnce(t *testing.T) {
	fsys := afero.NewOsFs()
	layout := mustLayout(t, v70, appdata.InInstall)
	rapid.Check(t, func(rt *rapid.T) {
		root := t.TempDir()
		names := rapid.SliceOfDistinct(rapid.SampledFrom(append(entries(),
			"conf/server.keystore.old", "bin/server", "zzz/", "var/log/", "var/x", "conf/server/x/y", "patches.retired-9/",
		)), rapid.ID[string]).Draw(rt, "names")
		fill(t, fsys, root, names...)
		tree := scan(t, fsys, root, layout)
		seen := map[string]int{}
		for _, list := range lists(appdata.Check(tree, layout)) {
			for _, p := range list {
				seen[p]++
			}
		}
		for _, n := range tree.Nodes {
			seen[n.Path] += 10
		}
		for p, n := range seen {
			if n != 11 && !(n == 1 && slices.Contains(paths(layout), p)) {
				rt.Errorf("%s: %d", p, n)
			}
		}
	})
}

func TestCheckOfNothing(t *testing.T) {
	layout := mustLayout(t, v70, appdata.Folder)
	want := appdata.Checked{Absent: slices.Sorted(slices.Values(paths(layout)))}
	for _, tree := range []*appdata.Tree{nil, {}} {
		if diff := cmp.Diff(want, appdata.Check(tree, layout)); diff != "" {
			t.Error(diff)
		}
	}
	if diff := cmp.Diff(appdata.Checked{}, appdata.Check(nil, nil)); diff != "" {
		t.Error(diff)
	}
}

func TestCheck(t *testing.T) {
	folder, inInstall := mustLayout(t, v70, appdata.Folder), mustLayout(t, v70, appdata.InInstall)
	bare := slices.Clone(folder)
	for i := range bare {
		bare[i].Scheme = ""
	}
	late := mustLayout(t, "7.2.3.0.1", appdata.Folder)
	dir, file := appdata.Dir, appdata.File
	for _, c := range []struct {
		name   string
		layout []appdata.Item
		node   appdata.Node
		want   string
	}{
		{"item", folder, appdata.Node{Path: "logs", Kind: dir}, "Present"},
		{"file for a folder", folder, appdata.Node{Path: "logs", Kind: file}, "WrongKind"},
		{"folder for a file", folder, appdata.Node{Path: "conf/server.keystore", Kind: dir}, "WrongKind"},
		{"pipe", folder, appdata.Node{Path: "conf/server.keystore", Kind: appdata.Special}, "WrongKind"},
		{"link", folder, appdata.Node{Path: "logs", Kind: appdata.Link, TargetKind: dir}, "Present"},
		{"link to the wrong kind", folder, appdata.Node{Path: "logs", Kind: appdata.Link, TargetKind: file}, "WrongKind"},
		{"dangling link", folder, appdata.Node{Path: "logs", Kind: appdata.Link, TargetKind: appdata.Missing}, "WrongKind"},
		{"link nobody may follow", folder, appdata.Node{Path: "logs", Kind: appdata.Link}, "Unknown"},
		{"unreadable item", folder, appdata.Node{Path: "logs"}, "Unknown"},
		{"unreadable folder of items", folder, appdata.Node{Path: "conf"}, "Unknown"},
		{"folder of items", folder, appdata.Node{Path: "conf/server", Kind: dir}, "Stays"},
		{"folder of items, a link", folder, appdata.Node{Path: "var", Kind: appdata.Link, TargetKind: dir}, "Stays"},
		{"file for a folder of items", folder, appdata.Node{Path: "conf", Kind: file}, "WrongKind"},
		{"below an item", folder, appdata.Node{Path: "var/repository/blob/x", Kind: file}, "Present"},
		{"below an item that is a file", folder, appdata.Node{Path: "conf/server.keystore/x", Kind: file}, "Foreign"},
		{"other letter case", folder, appdata.Node{Path: "Logs", Kind: dir}, "Foreign"},
		{"foreign", folder, appdata.Node{Path: "conf/notes", Kind: file}, "Foreign"},
		{"unreadable and foreign", folder, appdata.Node{Path: "notes"}, "Foreign"},
		{"extra", folder, appdata.Node{Path: "var/db", Kind: dir}, "Stays"},
		{"unfinished", folder, appdata.Node{Path: "incomplete.tmp", Kind: file}, "Stays"},
		{"container", folder, appdata.Node{Path: "servers/shared", Kind: dir}, "Stays"},
		{"system", folder, appdata.Node{Path: "System Volume Information", Kind: dir}, "Stays"},
		{"system, deeper", folder, appdata.Node{Path: "conf/lost+found", Kind: dir}, "Foreign"},
		{"ours", folder, appdata.Node{Path: ".deploycluster/journal", Kind: file}, "Stays"},
		{"set aside", folder, appdata.Node{Path: "var/repository.retired-1a", Kind: dir}, "Stays"},
		{"something else set aside", folder, appdata.Node{Path: "x.retired-1a", Kind: dir}, "Foreign"},
		{"local, on the share", folder, appdata.Node{Path: "bin", Kind: dir}, "Foreign"},
		{"local", inInstall, appdata.Node{Path: "bin", Kind: dir}, "Stays"},
		{"below local", inInstall, appdata.Node{Path: "var/log/x", Kind: file}, "Stays"},
		{"own folder set aside", inInstall, appdata.Node{Path: "appdata.retired-1a", Kind: dir}, "Stays"},
		{"system in an install folder", inInstall, appdata.Node{Path: "lost+found", Kind: dir}, "Stays"},
		{"foreign in an install folder", inInstall, appdata.Node{Path: "oracle", Kind: dir}, "Foreign"},
		{"either sort of folder", bare, appdata.Node{Path: "bin", Kind: dir}, "Stays"},
		{"leftover log file", late, appdata.Node{Path: "conf/server/log4j.properties", Kind: file}, "Stays"},
		{"log file ahead of its version", folder, appdata.Node{Path: "conf/server/log4j2.xml", Kind: file}, "Foreign"},
		{"folder above a known entry only", folder[:1], appdata.Node{Path: "conf/server", Kind: dir}, "Stays"},
	} {
		got := lists(appdata.Check(&appdata.Tree{Nodes: []appdata.Node{c.node}}, c.layout))
		for name, list := range got {
			if slices.Contains(list, c.node.Path) != (name == c.want) {
				t.Errorf("%s: %s is in %s, want %s: %v", c.name, c.node.Path, name, c.want, list)
			}
		}
	}
}
