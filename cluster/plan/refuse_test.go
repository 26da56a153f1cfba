package plan_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/plan"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// damage is one thing that speaks against the move of a tiny server.
type damage struct {
	name   string
	scheme appdata.Scheme // zero: Folder
	do     func(t *testing.T, fsys *strictfs.FS)
	target plan.Target // AppData empty: tinyTarget
	// options are those of Apply, everything where they are zero; resume takes the
	// plan that is on the target.
	options plan.ApplyOptions
	resume  bool
	rule    string
	path    string // what the refusal must name
	says    string // what it must say
}

func write(path, data string) func(*testing.T, *strictfs.FS) {
	return func(t *testing.T, fsys *strictfs.FS) {
		t.Helper()
		must(t, fsys.MkdirAll(path[:strings.LastIndexByte(path, '/')], 0o755))
		must(t, afero.WriteFile(fsys, path, []byte(data), 0o640))
	}
}

func remove(path string) func(*testing.T, *strictfs.FS) {
	return func(t *testing.T, fsys *strictfs.FS) { t.Helper(); must(t, fsys.RemoveAll(path)) }
}

func replace(path, old, new string) func(*testing.T, *strictfs.FS) {
	return func(t *testing.T, fsys *strictfs.FS) {
		t.Helper()
		data, err := afero.ReadFile(fsys, path)
		must(t, err)
		if !strings.Contains(string(data), old) {
			t.Fatalf("%s does not hold %q", path, old)
		}
		must(t, afero.WriteFile(fsys, path, []byte(strings.Replace(string(data), old, new, 1)), 0o640))
	}
}

func mkdir(path string) func(*testing.T, *strictfs.FS) {
	return func(t *testing.T, fsys *strictfs.FS) {
		t.Helper()
		must(t, fsys.RemoveAll(path))
		must(t, fsys.MkdirAll(path, 0o755))
	}
}

func link(text, path string) func(*testing.T, *strictfs.FS) {
	return func(t *testing.T, fsys *strictfs.FS) {
		t.Helper()
		must(t, fsys.RemoveAll(path))
		must(t, fsys.SymlinkIfPossible(text, path))
	}
}

const (
	tinyProps = tinyInstall + "/conf/server/installed.properties"
	tinyApp   = tinyInstall + "/appdata"
)

func damages() []damage {
	caseless := true
	return []damage{
		{name: "not an installation folder", do: mkdir(tinyInstall), rule: "APP007", path: tinyInstall, says: "not an installation folder"},
		{name: "installation folder is a file", do: func(t *testing.T, f *strictfs.FS) {
			remove(tinyInstall)(t, f)
			write(tinyInstall, "x")(t, f)
		}, rule: "APP007", path: tinyInstall, says: "not a directory"},
		{name: "properties missing", do: remove(tinyProps), rule: "PRP020", path: tinyProps},
		{name: "properties malformed", do: write(tinyProps, "a=b\r\nc=\\u12x4\r\n"), rule: "PRP020", path: tinyProps, says: ":2:"},
		{name: "properties are a folder", do: mkdir(tinyProps), rule: "PRP020", path: tinyProps},
		{name: "properties unreadable", do: func(t *testing.T, f *strictfs.FS) { must(t, f.Deny(tinyProps, true)) }, rule: "PRP020", path: tinyProps, says: "permission denied"},
		{name: "version missing", do: remove(tinyInstall + "/conf/installed.version"), rule: "APP007", path: tinyInstall + "/conf/installed.version"},
		{name: "version unreadable", do: write(tinyInstall+"/conf/installed.version", "installed.version=seven\n"), rule: "VER004", path: tinyInstall + "/conf/installed.version"},
		{name: "version is a folder", do: mkdir(tinyInstall + "/conf/installed.version"), rule: "VER004", path: tinyInstall + "/conf/installed.version"},
		{name: "server running", do: write(tinyInstall+"/var/server.pid", "1234"), rule: "OPS001", path: tinyInstall + "/var/server.pid", says: "no way to force"},
		{name: "unfinished installation", do: write(tinyApp+"/incomplete.tmp", ""), rule: "APP006", path: tinyApp + "/incomplete.tmp"},
		{name: "Derby", do: replace(tinyProps, "database.type=mysql", "database.type=derby"), rule: "DBS001", path: tinyProps},
		{name: "Derby by its URL", do: replace(tinyProps, "jdbc\\:mysql", "jdbc\\:derby"), rule: "DBS001", path: tinyProps},
		{name: "encryption keystore missing", do: remove(tinyApp + "/conf/encryption.keystore"), rule: "APP001", path: tinyApp + "/conf/encryption.keystore"},
		{name: "server keystore missing", scheme: appdata.InInstall, do: remove(tinyInstall + "/conf/server.keystore"), rule: "APP001", path: tinyInstall + "/conf/server.keystore"},
		{name: "keystore is a folder", do: mkdir(tinyApp + "/conf/encryption.keystore"), rule: "APP003", path: tinyApp + "/conf/encryption.keystore"},
		{name: "keystore is no keystore", do: func(t *testing.T, f *strictfs.FS) {
			write(tinyApp+"/conf/encryption.keystore", "text")(t, f)
			replace(tinyProps, "database.type", "encryption.keystore.alias=aes128keyab12\r\ndatabase.type")(t, f)
		}, rule: "KEY009", path: tinyApp + "/conf/encryption.keystore"},
		{name: "active alias missing", do: replace(tinyProps, "database.type", "encryption.keystore.alias=no-such-alias\r\ndatabase.type"), rule: "KEY009", path: tinyApp + "/conf/encryption.keystore", says: "no-such-alias"},
		{name: "two encryption keystores", do: func(t *testing.T, f *strictfs.FS) {
			write(tinyInstall+"/conf/encryption.keystore", "another")(t, f)
			replace(tinyProps, "../appdata/conf/encryption.keystore", "../conf/encryption.keystore")(t, f)
		}, rule: "PRP013", path: tinyInstall + "/conf/encryption.keystore"},
		{name: "target is a file", do: write(tinyTarget, "x"), rule: "TGT001", path: tinyTarget},
		{name: "target inside what moves", do: nothing, target: plan.Target{AppData: tinyApp + "/new"}, rule: "TGT004", path: tinyApp + "/new"},
		{name: "target inside an entry that moves", scheme: appdata.InInstall, do: nothing, target: plan.Target{AppData: tinyInstall + "/patches/appdata"}, rule: "TGT004", path: tinyInstall + "/patches/appdata"},
		{name: "target around the installation", do: nothing, target: plan.Target{AppData: "/opt/ucd"}, rule: "TGT004", path: "/opt/ucd"},
		{name: "target is the installation", scheme: appdata.InInstall, do: nothing, target: plan.Target{AppData: tinyInstall}, rule: "TGT004", path: tinyInstall},
		{name: "target around it through a link", do: link("/opt", "/media/link"), target: plan.Target{AppData: "/media/link/ucd"}, rule: "TGT004", path: "/media/link/ucd"},
		{name: "target begins with the installation's text", do: nothing, target: plan.Target{AppData: tinyInstall + "-appdata"}, rule: "PRP014", path: tinyInstall + "-appdata"},
		{name: "target relative", do: nothing, target: plan.Target{AppData: "share/appdata"}, rule: "TGT009", path: "share/appdata"},
		{name: "target of another system", do: nothing, target: plan.Target{AppData: `\\nas\share\appdata`}, rule: "TGT009", path: `\\nas\share\appdata`},
		{name: "target below a file", do: write("/media/file", "x"), target: plan.Target{AppData: "/media/file/appdata"}, rule: "TGT009", path: "/media/file/appdata"},
		{name: "mount point elsewhere", do: nothing, target: plan.Target{AppData: tinyTarget, MountPoint: "/mnt"}, rule: "TGT009", path: "/mnt"},
		{name: "mount point missing", do: nothing, target: plan.Target{AppData: "/mnt/share/appdata", MountPoint: "/mnt/share"}, rule: "TGT011", path: "/mnt/share"},
		{name: "an entry is a file", scheme: appdata.InInstall, do: func(t *testing.T, f *strictfs.FS) {
			remove(tinyInstall+"/patches")(t, f)
			write(tinyInstall+"/patches", "x")(t, f)
		}, rule: "APP003", path: tinyInstall + "/patches"},
		{name: "an entry is a link", scheme: appdata.InInstall, do: func(t *testing.T, f *strictfs.FS) {
			mkdir("/data/repository")(t, f)
			link("/data/repository", tinyInstall+"/var/repository")(t, f)
		}, rule: "TGT010", path: tinyInstall + "/var/repository", says: "/data/repository"},
		{name: "a dangling link", scheme: appdata.InInstall, do: link("/nowhere", tinyInstall+"/patches"), rule: "APP010", path: tinyInstall + "/patches"},
		{name: "secured properties malformed", do: write(tinyInstall+"/conf/server/secured-installed.properties", "a=\\u12"), rule: "PRP020", path: tinyInstall + "/conf/server/secured-installed.properties", says: ":1:"},
		{name: "classpath.conf unreadable", do: func(t *testing.T, f *strictfs.FS) { must(t, f.Deny(tinyInstall+"/bin/classpath.conf", true)) }, rule: "APP009", path: tinyInstall + "/bin/classpath.conf"},
		{name: "application data around the installation", do: replace(tinyProps, "server.appdata.dir=../appdata", "server.appdata.dir=/opt"), rule: "TGT004", path: "/opt"},
		{name: "a target that classpath.conf cannot hold", do: nothing, target: plan.Target{AppData: tinyShare + "/a !b"}, rule: "TGT009", path: tinyShare + "/a !b"},
		{name: "no target", do: nothing, target: plan.Target{AppData: " "}, rule: "TGT009", path: " "},
		{name: "links on a storage without", scheme: appdata.Linked, do: nothing, rule: ""},

		// What only a walk through the sources can show.
		{name: "a link deep inside", do: link("/etc", tinyApp+"/var/repository/blob/aa/link"), rule: "TGT010", path: tinyApp + "/var/repository/blob/aa/link"},
		{name: "a relative link that leads out", do: link("../../../../../x", tinyApp+"/var/repository/blob/link"), target: plan.Target{AppData: tinyTarget, Links: plan.LinksKeep}, rule: "TGT010", path: tinyApp + "/var/repository/blob/link"},
		{name: "a link that leads back up", do: link("..", tinyApp+"/var/repository/blob/link"), target: plan.Target{AppData: tinyTarget, Links: plan.LinksFollow}, rule: "TGT014", path: tinyApp + "/var/repository/blob/link"},
		{name: "a named pipe", do: func(t *testing.T, f *strictfs.FS) {
			must(t, f.Mknod(tinyApp+"/logs.pipe", fs.ModeNamedPipe|0o600))
		}, rule: "TGT005", path: tinyApp + "/logs.pipe", says: "named pipe"},
		{name: "names that differ by case", do: write(tinyApp+"/patches/FIX.jar", "x"), target: plan.Target{AppData: tinyTarget, CaseInsensitive: &caseless}, rule: "TGT006", path: tinyApp + "/patches/fix.jar"},
		{name: "a name that SMB refuses", do: write(tinyApp+"/logs/a:b", "x"), target: plan.Target{AppData: tinyTarget, Names: plan.NamesSMB}, rule: "TGT006", path: tinyApp + "/logs/a:b"},
		{name: "a device name", do: write(tinyApp+"/logs/aux.txt", "x"), target: plan.Target{AppData: tinyTarget, Names: plan.NamesSMB}, rule: "TGT006", path: tinyApp + "/logs/aux.txt"},
		{name: "no room for the bytes", do: nothing, target: plan.Target{AppData: tinyTarget, FreeBytes: 100}, rule: "TGT008", path: tinyTarget},
		{name: "no room for the files", do: nothing, target: plan.Target{AppData: tinyTarget, FreeFiles: 3}, rule: "TGT008", path: tinyTarget},
		{name: "another storage inside", do: func(t *testing.T, f *strictfs.FS) {
			_, err := f.Mount(tinyApp+"/patches", strictfs.Volume{})
			must(t, err)
		}, rule: "TGT013", path: tinyApp + "/patches"},
		{name: "an unreadable folder", do: func(t *testing.T, f *strictfs.FS) { must(t, f.Deny(tinyApp+"/patches", true)) }, rule: "TGT014", path: tinyApp + "/patches", says: "permission denied"},
		{name: "an unreadable file", do: deny(tinyApp + "/var/repository/blob/aa/one"), rule: "TGT014", path: tinyApp + "/var/repository/blob/aa/one", says: "permission denied"},
		{name: "a name that is too long once it is renamed aside", do: func(t *testing.T, f *strictfs.FS) {
			must(t, f.Rename(tinyApp, tinyInstall+"/"+longName))
			replace(tinyProps, "server.appdata.dir=../appdata", "server.appdata.dir=../"+longName)(t, f)
			replace(tinyProps, "../appdata/conf/encryption", "../"+longName+"/conf/encryption")(t, f)
			replace(tinyProps, "../appdata/conf/server", "../"+longName+"/conf/server")(t, f)
		}, rule: "TGT018", path: tinyInstall + "/" + longName, says: "renamed aside"},
		{name: "a path that is too long on the target", do: func(t *testing.T, f *strictfs.FS) {
			// The path of the original itself can be opened, that of its copy not.
			write(tinyApp+longest(tinyApp, len(tinyShare+"/"+longName)-len(tinyApp)), "x")(t, f)
		}, target: plan.Target{AppData: tinyShare + "/" + longName}, rule: "TGT006", path: tinyApp + longest(tinyApp, len(tinyShare+"/"+longName)-len(tinyApp)), says: "can be opened"},

		// What only an earlier run, or the wrong options, make possible.
		{name: "retired before it was applied", do: nothing, options: plan.ApplyOptions{Through: plan.PhaseRetire, From: plan.PhaseRetire}, rule: "TGT016", path: tinyTarget},
		{name: "purged before it was retired", do: through(plan.PhaseSwitch), resume: true, options: plan.ApplyOptions{Through: plan.PhasePurge, From: plan.PhasePurge}, rule: "TGT021", path: tinyApp},
		{name: "the target holds what no original has", do: func(t *testing.T, f *strictfs.FS) {
			through(plan.PhasePopulate)(t, f)
			write(tinyTarget+"/patches/other.jar", "x")(t, f)
		}, rule: "TGT017", path: tinyTarget + "/patches/other.jar"},
		{name: "another number of losses", do: through(plan.PhaseRetire), resume: true, options: plan.ApplyOptions{Through: plan.PhasePurge, PurgeGone: 5}, rule: "TGT019", path: tinyTarget},
		{name: "a target that the server cannot enter", do: func(t *testing.T, f *strictfs.FS) {
			must(t, f.Chown(tinyApp, 500, 500))
			must(t, f.Mkdir(tinyTarget, 0o700))
		}, rule: "TGT020", path: tinyTarget},
	}
}

var longName = strings.Repeat("n", 250)

// longest is a path below a folder that the system can just not open where the
// folder's path is longer by more.
func longest(folder string, more int) string {
	path := ""
	for len(folder)+len(path)+251 < 4090-more/2 {
		path += "/" + longName
	}
	return path + "/" + strings.Repeat("f", 4090-more/2-len(folder)-len(path)-1)
}

// deny takes away the permission to read a file, and shows that in its mode.
func deny(path string) func(*testing.T, *strictfs.FS) {
	return func(t *testing.T, fsys *strictfs.FS) {
		t.Helper()
		must(t, fsys.Chmod(path, 0))
		must(t, fsys.Deny(path, true))
	}
}

// through applies the plan up to a phase.
func through(phase plan.Phase) func(*testing.T, *strictfs.FS) {
	return func(t *testing.T, fsys *strictfs.FS) {
		t.Helper()
		p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget})
		_, err := accepted(t, p).Apply(context.Background(), w, plan.ApplyOptions{Through: phase, Workers: 1})
		must(t, err)
	}
}

func nothing(*testing.T, *strictfs.FS) {}

// Each reason against a move is named with its rule and its path, and nothing
// is changed: neither by planning nor by an Apply that insists.
func TestEveryRefusal(t *testing.T) {
	fired := map[string]bool{}
	for _, d := range damages() {
		t.Run(d.name, func(t *testing.T) {
			scheme := d.scheme
			if scheme == "" {
				scheme = appdata.Folder
			}
			base := tiny(t, scheme)
			d.do(t, base)
			var fsys afero.Fs = base
			if d.name == "links on a storage without" {
				fsys, d.rule, d.path = onlyFs{base}, "TGT007", tinyInstall
			}
			target := d.target
			if target.AppData == "" {
				target.AppData = tinyTarget
			}
			p, w := populate(t, fsys, tinyInstall, target)
			if d.resume {
				c, _ := loadedAt(t, fsys, tinyInstall)
				var err error
				p, err = plan.Resume(context.Background(), c, "server", target)
				must(t, err)
			}
			if d.options.Through == 0 {
				d.options = everything
			}
			before := shape(t, base)
			list := p.Refusals
			_, err := p.Apply(context.Background(), w, d.options)
			if len(list) == 0 {
				var refused *plan.RefusedError
				if !errors.As(err, &refused) {
					t.Fatalf("neither the plan nor Apply refuses: %v", err)
				}
				list = refused.Refusals
			} else if err == nil {
				t.Error("Apply carried out a refused plan")
			}
			found := false
			for _, r := range list {
				if r.Message == "" || r.Fix == "" || r.Source == "" || r.Path == "" {
					t.Errorf("%+v lacks something", r)
				}
				if r.Rule == d.rule && r.Path == d.path && strings.Contains(r.String(), d.says) {
					found = true
				}
			}
			if !found {
				t.Errorf("want %s %s … %s; got %v", d.rule, d.path, d.says, list)
			}
			if len(list) > 1 {
				t.Errorf("one cause, %d refusals: %v", len(list), list)
			}
			if diff := cmp.Diff(before, shape(t, base)); diff != "" {
				t.Errorf("something was changed:\n%s", diff)
			}
			fired[d.rule] = true
		})
	}
	for _, r := range plan.RefusalRules() {
		if strings.HasPrefix(r.ID, "EDT") || strings.HasPrefix(r.ID, "JOI") {
			continue // TestEditsRefuse, TestJoinRefuses
		}
		if !fired[r.ID] && r.ID != "TGT002" && r.ID != "TGT003" && r.ID != "TGT012" && r.ID != "TGT015" {
			t.Errorf("no case for %s, %s", r.ID, r.Title)
		}
	}
}

// shape lists names and modes; some cases deny reading.
func shape(t *testing.T, fsys *strictfs.FS) []string {
	t.Helper()
	var out []string
	must(t, afero.Walk(fsys, "/", func(path string, info os.FileInfo, err error) error {
		if err == nil {
			out = append(out, path+" "+info.Mode().String())
		}
		return nil
	}))
	return out
}

// onlyFs hides the link methods of a file system.
type onlyFs struct{ afero.Fs }

func TestDeclaredAsStopped(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	write(tinyInstall+"/var/server.pid", "1234")(t, fsys)
	for running, refused := range map[bool]bool{true: true, false: false} {
		topology, w := cluster.Single(fsys, tinyInstall)
		topology.Nodes[0].Running = &running
		c, err := cluster.Load(context.Background(), topology, w)
		must(t, err)
		p, err := plan.Populate(context.Background(), c, "server", plan.Target{AppData: tinyTarget})
		must(t, err)
		if p.Refused() != refused {
			t.Errorf("running %v: %v", running, p.Refusals)
		}
	}
}

func TestUnknownNode(t *testing.T) {
	topology, w := cluster.Single(tiny(t, appdata.Folder), tinyInstall)
	c, err := cluster.Load(context.Background(), topology, w)
	must(t, err)
	_, err = plan.Populate(context.Background(), c, "other", plan.Target{AppData: tinyTarget})
	var node *plan.Error
	if !errors.As(err, &node) || node.Reason != plan.ReasonNode || node.Path != "other" || err.Error() != `plan: the cluster has no node "other"` {
		t.Error(err)
	}
}

// A case-insensitive target is found out by the probe, before any copy.
func TestCaselessTargetIsFoundOut(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	must(t, fsys.SetVolume(tinyShare, func(v *strictfs.Volume) { v.CaseInsensitive = true }))
	write(tinyApp+"/patches/FIX.jar", "x")(t, fsys)
	p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
	accepted(t, p)
	before := walk(t, fsys, "/")
	_, err := p.Apply(context.Background(), w, everything)
	var refused *plan.RefusedError
	if !errors.As(err, &refused) || refused.Refusals[0].Rule != "TGT006" {
		t.Errorf("Apply: %v", err)
	}
	if d := cmp.Diff(before, walk(t, fsys, "/")); d != "" {
		t.Error(d)
	}
}

// A folder that cannot be renamed aside is found out before a byte is copied, and
// once it can, the move goes on.
func TestFolderThatCannotBeRetiredStopsApply(t *testing.T) {
	for _, scheme := range schemes() {
		t.Run(scheme.String(), func(t *testing.T) {
			fsys := strictfs.New(strictfs.Options{}) // os.Rename refuses a folder before it asks the system
			must(t, fsys.MkdirAll(tinyShare, 0o755))
			writeTiny(t, fsys, tinyInstall, scheme)
			p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget})
			fixed := ""
			for _, s := range accepted(t, p).Steps {
				if (s.Action == plan.ActionRetire || s.Action == plan.ActionLink) && s.Copies != "" {
					if fi, err := fsys.Stat(s.From.Path); err == nil && fi.IsDir() {
						fixed = s.From.Path // the last one
					}
				}
			}
			must(t, fsys.Fix(fixed, true))
			before := walk(t, fsys, "/")
			_, err := p.Apply(context.Background(), w, plan.ApplyOptions{Through: plan.PhasePurge})
			var refused *plan.RefusedError
			if !errors.As(err, &refused) || refused.Refusals[0].Rule != "TGT018" || refused.Refusals[0].Path != fixed {
				t.Fatalf("Apply with %s fixed: %v", fixed, err)
			}
			if d := cmp.Diff(before, walk(t, fsys, "/")); d != "" {
				t.Errorf("something was changed (-before +now)\n%s", d)
			}
			must(t, fsys.Fix(fixed, false))
			res, err := p.Apply(context.Background(), w, plan.ApplyOptions{Through: plan.PhasePurge})
			must(t, err)
			if len(res.Kept) > 0 || there(fsys, fixed+".deploycluster-trial") {
				t.Errorf("kept: %v, or the trial is still there", res.Kept)
			}
		})
	}
}
