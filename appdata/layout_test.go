package appdata_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

func ExampleLayout() {
	items, err := appdata.Layout("7.2.3.0.1091", appdata.InInstall)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, it := range items {
		fmt.Println(it.Transfer, it.Presence, it.Kind, it.Path)
	}
	// Output:
	// move optional dir var/plugins
	// move optional dir var/repository
	// move optional dir var/sa
	// move optional dir logs
	// move optional dir conf/server/notification-templates
	// move required file conf/encryption.keystore
	// move required file conf/server.keystore
	// move optional dir conf/collectors
	// move optional dir patches
	// move optional file conf/server/log4j2.xml
	// copy optional file conf/installed.version
}

func ExampleLocalItems() {
	for _, it := range appdata.LocalItems("7.0.0.0.984935", appdata.InInstall) {
		if it.Presence == appdata.Required {
			fmt.Println(it.Path)
		}
	}
	// Output:
	// bin
	// lib
	// opt
	// conf/installed.version
	// conf/server/installed.properties
}

func ExampleExtras() {
	for _, it := range appdata.Extras("7.0.0.0.984935", appdata.Folder)[:2] {
		fmt.Println(it.Path, it.Transfer)
	}
	// Output:
	// conf/server/getting-started-custom-urls.properties move
	// var/db move
}

func ExampleSystemItems() {
	for _, it := range appdata.SystemItems() {
		fmt.Println(it.Path)
	}
	// Output:
	// lost+found
	// .snapshot
	// .snapshots
	// ~snapshot
	// .zfs
	// #recycle
	// @eaDir
	// System Volume Information
	// .deploycluster
}

var schemes = []appdata.Scheme{appdata.Folder, appdata.InInstall, appdata.Linked}

// pageList reads a list of the vendor's page and takes off what is in front of
// the relative paths.
func pageList(t *testing.T, file, prefix string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		rel, ok := strings.CutPrefix(line, prefix)
		if !ok {
			t.Fatalf("%s: %s does not begin with %s", file, line, prefix)
		}
		list = append(list, rel)
	}
	return list
}

func paths(items []appdata.Item) []string {
	var list []string
	for _, it := range items {
		list = append(list, it.Path)
	}
	return list
}

func TestLayoutIsBriefsLayout(t *testing.T) {
	entries := pageList(t, "testdata/page-entries.txt", "install_folder/")
	verify := pageList(t, "testdata/page-layout.txt", "/media/share/appdata/")
	if diff := cmp.Diff(entries, verify); diff != "" {
		t.Fatalf("the page's two lists differ: %s", diff)
	}
	for _, s := range schemes {
		layout, err := appdata.Layout("7.0.0.0.984935", s)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(append(slices.Clone(entries), "conf/installed.version"), paths(layout)); diff != "" {
			t.Errorf("%v: layout differs from the page's list: %s", s, diff)
		}

		// The four ways in which the page describes the list.
		listed, last := layout[:len(layout)-1], layout[len(layout)-1]
		count := map[appdata.Kind]int{}
		var required []string
		for _, it := range listed {
			count[it.Kind]++
			if it.Transfer != appdata.Move {
				t.Errorf("%v: %s is not moved but %v", s, it.Path, it.Transfer)
			}
			if it.Presence == appdata.Required {
				required = append(required, it.Path)
			}
		}
		if count[appdata.Dir] != 7 || count[appdata.File] != 3 {
			t.Errorf("%v: %v, want seven folders and three files", s, count)
		}
		if last.Transfer != appdata.Copy || last.Kind != appdata.File {
			t.Errorf("%v: %s is a %v to %v, want a file to copy", s, last.Path, last.Kind, last.Transfer)
		}
		if diff := cmp.Diff([]string{"conf/encryption.keystore", "conf/server.keystore"}, required); diff != "" || last.Presence != appdata.Optional {
			t.Errorf("%v: all but the keystores may not exist yet: %s%v", s, diff, last.Presence)
		}
	}
}

func TestLayoutWindows(t *testing.T) {
	const templates = "conf/server/notification-templates"
	const log4j, log4j2 = "conf/server/log4j.properties", "conf/server/log4j2.xml"
	for _, c := range []struct {
		version string
		scheme  appdata.Scheme
		with    []string
		without []string
	}{
		{"7.2.2.9.9", appdata.Folder, []string{log4j, templates}, []string{log4j2}},
		{"7.2.3", appdata.Folder, []string{log4j2, templates}, []string{log4j}},
		{"7.2.3.0.1", appdata.InInstall, []string{log4j2, templates}, []string{log4j}},
		{"7.10.0.0.1", appdata.InInstall, []string{log4j2}, []string{log4j}},
		{"dev", appdata.Folder, []string{log4j2, templates}, []string{log4j}},
		{"6.1.2.9.1", appdata.Folder, []string{log4j}, []string{log4j2, templates}},
		{"6.1.3.0.1", appdata.Folder, []string{log4j, templates}, []string{log4j2}},
		{"6.1.2.9.1", appdata.InInstall, []string{log4j, templates}, []string{log4j2}},
		{"6.1.0.4", appdata.Linked, []string{log4j, templates, "conf/installed.version"}, []string{log4j2}},
	} {
		layout, err := appdata.Layout(c.version, c.scheme)
		if err != nil {
			t.Errorf("%s %v: %v", c.version, c.scheme, err)
			continue
		}
		have := paths(layout)
		for _, p := range c.with {
			if !slices.Contains(have, p) {
				t.Errorf("%s %v lacks %s", c.version, c.scheme, p)
			}
		}
		for _, p := range c.without {
			if slices.Contains(have, p) {
				t.Errorf("%s %v has %s", c.version, c.scheme, p)
			}
		}
	}
}

func TestLayoutErrors(t *testing.T) {
	for _, v := range []string{"", "unknown"} {
		items, err := appdata.Layout(v, appdata.Folder)
		var ve *appdata.VersionError
		if items != nil || !errors.As(err, &ve) || ve.Version != v {
			t.Errorf("version %q: %v, %v", v, items, err)
		}
	}
	for _, s := range []appdata.Scheme{"", "other"} {
		items, err := appdata.Layout("7.0.0.0.1", s)
		var se *appdata.SchemeError
		if items != nil || !errors.As(err, &se) || se.Scheme != s {
			t.Errorf("scheme %q: %v, %v", s, items, err)
		}
	}
}

// For every version and scheme the tables are sound: complete items, each path
// once, and nothing both moved and said to stay.
func TestTablesAreSound(t *testing.T) {
	for _, v := range []string{"6.1.0.4", "6.1.1.5", "6.1.2.0.1", "6.2.1.1.788401", "6.2.5.1", "7.0.0.0.984935", "7.2.3.0.1", "8.2.0.0.1", "dev"} {
		for _, s := range schemes {
			layout, err := appdata.Layout(v, s)
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			for _, it := range slices.Concat(layout, appdata.Extras(v, s), appdata.SystemItems()) {
				if seen[it.Path] {
					t.Errorf("%s %v: %s twice in the application data folder", v, s, it.Path)
				}
				seen[it.Path] = true
			}
			// In an install folder the only path that both stays and is on the list
			// is the one that is copied.
			for _, it := range appdata.LocalItems(v, s) {
				if it.Transfer != appdata.Stay {
					t.Errorf("%s %v: local %s is to %v", v, s, it.Path, it.Transfer)
				}
				if seen[it.Path] && s != appdata.Folder && it.Path != "conf/installed.version" {
					t.Errorf("%s %v: %s is local and on the list", v, s, it.Path)
				}
			}
			for _, it := range slices.Concat(layout, appdata.Extras(v, s), appdata.LocalItems(v, s)) {
				if it.Scheme != s || it.Source == "" || it.Presence == "" || it.Transfer == "" ||
					it.Kind != appdata.Dir && it.Kind != appdata.File || serverpath.Clean(it.Path) != it.Path || serverpath.Abs(it.Path) {
					t.Errorf("%s %v: incomplete item %+v", v, s, it)
				}
			}
		}
	}
}

func TestLocalItemsWindows(t *testing.T) {
	for _, c := range []struct {
		version, path string
		want          bool
	}{
		{"6.2.1.1.788401", "conf/server/secured-installed.properties", false},
		{"6.2.5.1", "conf/server/secured-installed.properties", true},
		{"6.2.7.0.1", "conf/server/s2s-client-identity.keystore", false},
		{"7.0.0.0.984935", "conf/server/s2s-client-identity.keystore", true},
		{"dev", "conf/server/s2s-client-identity.keystore", true},
		{"6.1.2.0.1", "conf/server/notification-templates", true},
		{"6.1.3.0.1", "conf/server/notification-templates", false},
	} {
		if got := slices.Contains(paths(appdata.LocalItems(c.version, appdata.Folder)), c.path); got != c.want {
			t.Errorf("%s has %s: %v", c.version, c.path, got)
		}
	}
}
