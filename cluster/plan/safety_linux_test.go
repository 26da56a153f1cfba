package plan_test

import (
	"context"
	"encoding/binary"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"
	"golang.org/x/sys/unix"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// ownMounts runs the test once more in a mount namespace of its own, and
// reports whether this is that run. Only there does the test go on.
func ownMounts(t *testing.T) bool {
	t.Helper()
	if os.Getenv("DEPLOYCLUSTER_OWN_MOUNTS") != "" {
		return true
	}
	if os.Geteuid() != 0 {
		t.Skip("needs root, to mount file systems in a namespace of its own")
	}
	if out, err := exec.Command("unshare", "-m", "true").CombinedOutput(); err != nil {
		t.Skipf("needs unshare -m: %v: %s", err, out)
	}
	run := exec.Command("unshare", "-m", "--propagation", "private", os.Args[0], "-test.count=1", "-test.run=^"+t.Name()+"$")
	run.Env = append(os.Environ(), "DEPLOYCLUSTER_OWN_MOUNTS=1", "TMPDIR="+t.TempDir())
	if out, err := run.CombinedOutput(); err != nil {
		t.Errorf("in a mount namespace of its own: %v\n%s", err, out)
	}
	return false
}

func mount(t *testing.T, source, target string) {
	t.Helper()
	var err error
	if source == "tmpfs" {
		err = syscall.Mount("tmpfs", target, "tmpfs", 0, "")
	} else {
		err = syscall.Mount(source, target, "", syscall.MS_BIND, "")
	}
	must(t, err)
	t.Cleanup(func() { syscall.Unmount(target, syscall.MNT_DETACH) })
}

// A storage that is mounted inside the application data keeps its content,
// whether it was there before the move, or came after.
func TestPurgeNeverCrossesAMount(t *testing.T) {
	if !ownMounts(t) {
		return
	}
	ctx := context.Background()
	for _, c := range []struct {
		name  string
		links plan.LinkPolicy
		// before and after mount something; kept is a folder whose files survive.
		before, after func(t *testing.T, root, app, target string) (kept string)
	}{
		{"tmpfs inside, followed", plan.LinksFollow, inner("tmpfs"), nil},
		{"bind inside, followed", plan.LinksFollow, inner("bind"), nil},
		{"the share over the old place", plan.LinksKeep, nil, func(t *testing.T, root, app, target string) string {
			mount(t, target+"/var/repository", app+"/var/repository")
			return target
		}},
		{"the old place over the share", plan.LinksKeep, nil, func(t *testing.T, root, app, target string) string {
			must(t, os.RemoveAll(target+"/var/repository"))
			must(t, os.Mkdir(target+"/var/repository", 0o750))
			mount(t, app+"/var/repository", target+"/var/repository")
			return target
		}},
		{"a deep folder of the share over the old place", plan.LinksKeep, nil, func(t *testing.T, root, app, target string) string {
			mount(t, target+"/var/repository/blob/aa", app+"/var/repository/blob/aa")
			return target
		}},
	} {
		for _, scheme := range []appdata.Scheme{appdata.Folder, appdata.InInstall} {
			t.Run(c.name+"/"+scheme.String(), func(t *testing.T) {
				root, install, target := onSystem(t, scheme)
				fsys, app, kept := afero.NewOsFs(), appOf(install, scheme), ""
				if c.before != nil {
					kept = c.before(t, root, app, target)
				}
				p, w := populate(t, fsys, install, plan.Target{AppData: target, Links: c.links})
				_, err := accepted(t, p).Apply(ctx, w, plan.ApplyOptions{})
				must(t, err)
				if c.after != nil {
					kept = c.after(t, root, app, target)
				}
				before := filesOnly(t, fsys, kept)
				if len(before) == 0 {
					t.Fatal("there is nothing to keep")
				}
				for _, through := range []plan.Phase{plan.PhaseRetire, plan.PhasePurge, plan.PhasePurge} {
					res, err := p.Apply(ctx, w, plan.ApplyOptions{Through: through})
					if err == nil && len(res.Kept) == 0 {
						t.Errorf("%s: nothing is said", through)
					}
				}
				if d := cmp.Diff(before, filesOnly(t, fsys, kept)); d != "" {
					t.Errorf("what is mounted has changed:\n%s", d)
				}
			})
		}
	}
}

// inner mounts something on the repository that has the same content.
func inner(kind string) func(t *testing.T, root, app, target string) string {
	return func(t *testing.T, root, app, target string) string {
		at := app + "/var/repository"
		must(t, os.Rename(at, root+"/moved"))
		must(t, os.Mkdir(at, 0o750))
		if kind == "bind" {
			mount(t, root+"/moved", at)
			return root + "/moved"
		}
		must(t, os.Mkdir(root+"/inner", 0o750))
		mount(t, "tmpfs", root+"/inner")
		must(t, exec.Command("cp", "-a", root+"/moved/.", root+"/inner/").Run())
		mount(t, root+"/inner", at)
		return root + "/inner"
	}
}

// A declared mount point where nothing is mounted is refused before anything is
// written; a mount of the same device counts.
func TestMountPointMustBeOne(t *testing.T) {
	if !ownMounts(t) {
		return
	}
	ctx := context.Background()
	for _, kind := range []string{"nothing", "tmpfs", "bind"} {
		t.Run(kind, func(t *testing.T) {
			root, install, target := onSystem(t, appdata.Folder)
			share := root + "/share"
			tgt := plan.Target{AppData: target, MountPoint: share}
			p, w := populate(t, afero.NewOsFs(), install, tgt)
			if !p.Refused() {
				t.Error("not mounted, and not refused")
			}
			if _, err := p.Apply(ctx, w, plan.ApplyOptions{}); err == nil {
				t.Error("not mounted, and applied")
			}
			switch kind {
			case "tmpfs":
				mount(t, "tmpfs", share)
			case "bind":
				must(t, os.Mkdir(root+"/same device", 0o755))
				mount(t, root+"/same device", share)
			default:
				return
			}
			p, w = populate(t, afero.NewOsFs(), install, tgt)
			_, err := accepted(t, p).Apply(ctx, w, plan.ApplyOptions{})
			must(t, err)
		})
	}
}

// onMountedAppData is onSystem, and the application data folder is a mount point.
func onMountedAppData(t *testing.T) (install, target, app string) {
	t.Helper()
	_, install, target = onSystem(t, appdata.Folder)
	app = install + "/appdata"
	must(t, os.Rename(app, app+".content"))
	must(t, os.Mkdir(app, 0o750))
	mount(t, app+".content", app)
	return install, target, app
}

// A mount of the application data folder itself is normal: what it holds is
// renamed aside inside it, and goes.
func TestMountedApplicationDataIsRetiredInside(t *testing.T) {
	if !ownMounts(t) {
		return
	}
	ctx := context.Background()
	install, target, app := onMountedAppData(t)
	must(t, os.Mkdir(app+"/lost+found", 0o700))
	fsys := afero.NewOsFs()
	p, w := populate(t, fsys, install, plan.Target{AppData: target})
	_, err := accepted(t, p).Apply(ctx, w, plan.ApplyOptions{Through: plan.PhaseRetire})
	must(t, err)
	if there(fsys, app+"/conf") || !there(fsys, app+"/conf.retired-"+p.ID) {
		t.Error("what the mount holds was not renamed aside")
	}
	_, err = p.Revert(ctx, w, plan.RevertOptions{})
	must(t, err)
	if !there(fsys, app+"/conf/server.keystore") || there(fsys, target) {
		t.Error("Revert did not bring it back")
	}
	res, err := p.Apply(ctx, w, plan.ApplyOptions{Through: plan.PhasePurge})
	must(t, err)
	left, err := os.ReadDir(app)
	must(t, err)
	if len(left) != 1 || left[0].Name() != "lost+found" || len(res.Kept) > 0 {
		t.Errorf("left %v, kept %v", left, res.Kept)
	}
}

// acl is an access list in the form of the kernel: pairs of a tag with its
// permissions and an id.
func acl(entries ...[3]uint32) []byte {
	b := binary.LittleEndian.AppendUint32(nil, 2)
	for _, e := range entries {
		b = binary.LittleEndian.AppendUint16(b, uint16(e[0]))
		b = binary.LittleEndian.AppendUint16(b, uint16(e[1]))
		b = binary.LittleEndian.AppendUint32(b, e[2])
	}
	return b
}

const noID = 0xffffffff

// An access list makes the mode of a keystore look readable for its group, and a
// default list of the share would open every copy. Neither gets wider.
func TestAccessListIsNotWidened(t *testing.T) {
	const access, byDefault = "system.posix_acl_access", "system.posix_acl_default"
	// user::rw- user:1234:rw- group::--- mask::rw- other::---
	named := acl([3]uint32{1, 6, noID}, [3]uint32{2, 6, 1234}, [3]uint32{4, 0, noID}, [3]uint32{16, 6, noID}, [3]uint32{32, 0, noID})
	open := acl([3]uint32{1, 7, noID}, [3]uint32{2, 7, 4321}, [3]uint32{4, 7, noID}, [3]uint32{16, 7, noID}, [3]uint32{32, 5, noID})
	for _, share := range []string{"", "default list"} {
		root, install, target := onSystem(t, appdata.Folder)
		key := install + "/appdata/conf/encryption.keystore"
		if err := unix.Setxattr(key, access, named, 0); err != nil {
			t.Skip("this file system keeps no access lists:", err)
		}
		if share != "" {
			must(t, unix.Setxattr(root+"/share", byDefault, open, 0))
		}
		p, w := populate(t, afero.NewOsFs(), install, plan.Target{AppData: target})
		_, err := accepted(t, p).Apply(context.Background(), w, plan.ApplyOptions{})
		must(t, err)
		list := func(path, name string) string {
			buf := make([]byte, 1<<10)
			n, err := unix.Getxattr(path, name, buf)
			if err != nil {
				return ""
			}
			return string(buf[:n])
		}
		must(t, afero.Walk(afero.NewOsFs(), install+"/appdata", func(path string, info os.FileInfo, err error) error {
			rel := strings.TrimPrefix(path, install+"/appdata")
			copied := target + rel
			if err != nil || rel == "" || !there(afero.NewOsFs(), copied) {
				return err
			}
			for _, name := range []string{access, byDefault} {
				if list(path, name) != list(copied, name) {
					t.Errorf("share %q: %s of %s is not that of its original", share, name, rel)
				}
			}
			now, err := os.Stat(copied)
			if err == nil && now.Mode() != info.Mode() {
				t.Errorf("share %q: %s has mode %v and its original %v", share, rel, now.Mode(), info.Mode())
			}
			return err
		}))
	}
}

// A file of a far year keeps its time, and is purged.
func TestFarYearsArrive(t *testing.T) {
	for _, sec := range []int64{-1 << 33, 9999999999, 253402300800} {
		root, install, target := onSystem(t, appdata.Folder)
		_ = root
		file := install + "/appdata/var/repository/blob/aa/one"
		ts := unix.Timespec{Sec: sec, Nsec: 5}
		must(t, unix.UtimesNanoAt(unix.AT_FDCWD, file, []unix.Timespec{ts, ts}, 0))
		var before, after unix.Stat_t
		must(t, unix.Stat(file, &before))
		p, w := populate(t, afero.NewOsFs(), install, plan.Target{AppData: target})
		_, err := accepted(t, p).Apply(context.Background(), w, plan.ApplyOptions{})
		must(t, err)
		must(t, unix.Stat(target+"/var/repository/blob/aa/one", &after))
		if before.Mtim != after.Mtim {
			t.Errorf("%d: the time is %v on the target, and was %v", sec, after.Mtim, before.Mtim)
		}
		res, err := p.Apply(context.Background(), w, plan.ApplyOptions{Through: plan.PhasePurge})
		must(t, err)
		if len(res.Kept) > 0 {
			t.Errorf("%d: kept %v", sec, res.Kept)
		}
	}
}
