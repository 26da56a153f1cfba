package appdata_test

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
)

func TestScanRootProblems(t *testing.T) {
	layout := mustLayout(t, v70, appdata.Folder)
	onEachFs(t, func(t *testing.T, fsys afero.Fs, root string) {
		fill(t, fsys, root, "file")
		for name, want := range map[string]error{"missing": fs.ErrNotExist, "file": syscall.ENOTDIR} {
			p := path.Join(root, name)
			tree, err := appdata.Scan(t.Context(), fsys, p, layout)
			var se *appdata.ScanError
			if tree != nil || !errors.As(err, &se) || se.Root != p || !errors.Is(err, want) {
				t.Errorf("%s: %v, %v", name, tree, err)
			}
		}
	})
	for _, bad := range []string{"", ".", "..", "../x", "/etc", "a//b", "a/", "a/../b"} {
		tree, err := appdata.Scan(t.Context(), afero.NewMemMapFs(), "/", []appdata.Item{{Path: bad, Kind: appdata.File}})
		var se *appdata.ScanError
		if tree != nil || !errors.As(err, &se) || se.Path != bad {
			t.Errorf("item %q: %v, %v", bad, tree, err)
		}
	}
}

// A context that ends stops the scan wherever it is.
func TestScanContext(t *testing.T) {
	layout := mustLayout(t, v70, appdata.Folder)
	w := &watchedFs{Fs: afero.NewMemMapFs(), perRead: 2}
	fill(t, w, "/a", entries()...)
	w.calls.Store(0)
	scan(t, w, "/a", layout)
	total := w.calls.Load()
	for stop := range total {
		ctx, cancel := context.WithCancel(t.Context())
		w.calls.Store(0)
		w.refuse = func(string, string) error {
			if w.calls.Load() > stop {
				cancel()
			}
			return nil
		}
		tree, err := appdata.Scan(ctx, w, "/a", layout)
		ended := ctx.Err() != nil
		cancel()
		// The last calls of all may come after the last look at the context.
		if ended && err == nil && w.calls.Load() == total {
			continue
		}
		if !errors.Is(err, context.Canceled) || tree != nil {
			t.Fatalf("stopped after %d of %d calls: %v", stop, total, err)
		}
		if made := w.calls.Load() - stop; made > 4 {
			t.Errorf("%d calls after the context had ended", made)
		}
	}
	w.refuse = nil
	ctx, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	if _, err := appdata.Scan(ctx, w, "/a", layout); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after the deadline: %v", err)
	}
}

// What cannot be read is a fact about its node, not the end of the scan.
func TestScanRefusedCalls(t *testing.T) {
	layout := mustLayout(t, v70, appdata.Folder)
	for _, c := range []struct {
		name   string
		refuse func(op, name string) bool
		nodes  []string // that the tree must hold
		want   func(c *appdata.Checked)
	}{
		{
			name:   "names of conf",
			refuse: func(op, name string) bool { return op == "readdirnames" && name == "/a/conf" },
			nodes:  []string{"dir conf !", "file conf/encryption.keystore", "dir conf/server", "file conf/server/log4j.properties"},
			want:   func(*appdata.Checked) {},
		},
		{
			name:   "names of the root",
			refuse: func(op, name string) bool { return op == "open" && name == "/a" },
			nodes:  []string{"dir conf", "file conf/encryption.keystore", "dir logs"},
			want:   func(*appdata.Checked) {},
		},
		{
			name: "everything in conf",
			refuse: func(op, name string) bool {
				return strings.HasPrefix(name, "/a/conf/") || op == "open" && name == "/a/conf"
			},
			nodes: []string{"dir conf !", "unset conf/encryption.keystore !", "unset conf/server !", "unset conf/server/log4j.properties !"},
			want: func(c *appdata.Checked) {
				for _, list := range []*[]string{&c.Present, &c.Stays} {
					var kept []string
					for _, p := range *list {
						if strings.HasPrefix(p, "conf/") {
							c.Unknown = append(c.Unknown, p)
						} else {
							kept = append(kept, p)
						}
					}
					*list = kept
				}
				slices.Sort(c.Unknown)
			},
		},
		{
			name:   "one keystore",
			refuse: func(op, name string) bool { return name == "/a/conf/server.keystore" },
			nodes:  []string{"unset conf/server.keystore !"},
			want: func(c *appdata.Checked) {
				c.Present = slices.DeleteFunc(c.Present, func(p string) bool { return p == "conf/server.keystore" })
				c.Unknown = []string{"conf/server.keystore"}
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &watchedFs{Fs: afero.NewMemMapFs()}
			fill(t, w, "/a", entries()...)
			want := appdata.Check(scan(t, w, "/a", layout), layout)
			c.want(&want)
			w.refuse = func(op, name string) error {
				if c.refuse(op, name) {
					return fs.ErrPermission
				}
				return nil
			}
			tree := scan(t, w, "/a", layout)
			have := brief(tree)
			for _, n := range c.nodes {
				if !slices.Contains(have, n) {
					t.Errorf("no %q in %q", n, have)
				}
			}
			if diff := cmp.Diff(want, appdata.Check(tree, layout)); diff != "" {
				t.Error(diff)
			}
			for _, n := range tree.Nodes {
				if n.Err != nil && !errors.Is(n.Err, fs.ErrPermission) {
					t.Errorf("%s: %v", n.Path, n.Err)
				}
			}
			if c.name == "names of the root" && !errors.Is(tree.Self.Err, fs.ErrPermission) {
				t.Errorf("the root's error is %v", tree.Self.Err)
			}
		})
	}
}

func TestErrorMessages(t *testing.T) {
	_, missing := appdata.Scan(t.Context(), afero.NewMemMapFs(), "/srv/appdata", nil)
	_, bad := appdata.Scan(t.Context(), afero.NewMemMapFs(), "/", []appdata.Item{{Path: "../x"}})
	_, empty := appdata.Layout("", appdata.Folder)
	_, version := appdata.Layout("seven", appdata.Folder)
	_, scheme := appdata.Layout("7.0.0.0.1", "")
	for _, c := range []struct {
		err  error
		want string
	}{
		{missing, "appdata: scan /srv/appdata: open /srv/appdata: file does not exist"},
		{bad, `appdata: scan /: "../x": not a path that an item can have`},
		{empty, "appdata: the version is empty"},
		{version, `appdata: "seven" is not a version such as 7.0.0.0.984935 or dev`},
		{scheme, "appdata: unset is not a scheme"},
	} {
		if c.err == nil || c.err.Error() != c.want {
			t.Errorf("%v\nwant %s", c.err, c.want)
		}
	}
}
