package check_test

import (
	"context"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/internal/strictfs"
	"github.com/deploycluster/deploycluster/props"
)

// The servers of the cases are on one strict file system: member N below
// /nodeN, the network storage on a separate volume at /share. Each member
// sees its part as "/" and the storage as /media/share.
const (
	install  = clustertest.Install
	shared   = clustertest.Share + "/appdata"
	propFile = install + "/conf/server/installed.properties"
	secFile  = install + "/conf/server/secured-installed.properties"
)

// clock is the date of every case.
func clock() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// site is a clustertest.Site whose errors end the test. Its fields are values,
// which cases change and tests hand on.
type site struct {
	t     testing.TB
	fs    *strictfs.FS
	topo  cluster.Topology
	world cluster.World
}

func newSite(t testing.TB) *site {
	t.Helper()
	return kitSite(t, clustertest.NewSite())
}

func kitSite(t testing.TB, k *clustertest.Site) *site {
	t.Helper()
	s := &site{t: t, fs: k.FS.(*strictfs.FS), topo: k.Topology, world: k.World}
	s.must(k.Err())
	return s
}

// kit is the same site with the kit's own methods.
func (s *site) kit() *clustertest.Site {
	return &clustertest.Site{FS: s.fs, Topology: s.topo, World: s.world}
}

// do works on the site through the kit.
func (s *site) do(change func(*clustertest.Site)) {
	s.t.Helper()
	k := s.kit()
	change(k)
	s.must(k.Err())
	s.topo, s.world = k.Topology, k.World
}

// member builds one more server and returns its name.
func (s *site) member(spec clustertest.Spec) (name string) {
	s.t.Helper()
	s.do(func(k *clustertest.Site) { name = k.Add(spec) })
	return name
}

// sound is the spec of a member whose application data is on the storage.
func sound(version string) clustertest.Spec {
	return clustertest.Spec{Version: version, AppData: shared, AppDataAt: "/share/appdata", Multiserver: true}
}

// pair is a sound cluster of two.
func pair(t testing.TB) *site {
	t.Helper()
	s := newSite(t)
	s.member(sound(""))
	second := sound("")
	second.Joined = true
	s.member(second)
	return s
}

// lone is a server that was upgraded from before 6.1.1.5: its application data
// folder is the installation folder.
func lone(t testing.TB) *site {
	t.Helper()
	s := newSite(t)
	s.member(clustertest.Spec{Version: "7.2.1.0.1130000", Scheme: appdata.InInstall})
	return s
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// real is where a member's path is on the file system.
func (s *site) real(node, path string) string {
	if rest, ok := strings.CutPrefix(path, "/media/share"); ok {
		return "/share" + rest
	}
	return "/" + node + path
}

func (s *site) write(node, path, content string) {
	s.t.Helper()
	at := s.real(node, path)
	s.must(s.fs.MkdirAll(at[:strings.LastIndexByte(at, '/')], 0o755))
	s.must(afero.WriteFile(s.fs, at, []byte(content), 0o640))
}

func (s *site) read(node, path string) string {
	s.t.Helper()
	b, err := afero.ReadFile(s.fs, s.real(node, path))
	s.must(err)
	return string(b)
}

func (s *site) remove(node, path string) {
	s.t.Helper()
	s.must(s.fs.RemoveAll(s.real(node, path)))
}

func (s *site) link(node, target, path string) {
	s.t.Helper()
	s.must(s.fs.SymlinkIfPossible(target, s.real(node, path)))
}

// copy copies a file or folder to another place of the same member.
func (s *site) copy(node, from, to string) {
	s.t.Helper()
	src, dst := s.real(node, from), s.real(node, to)
	s.must(s.fs.MkdirAll(dst[:strings.LastIndexByte(dst, '/')], 0o755))
	fi, err := s.fs.Stat(src)
	s.must(err)
	if !fi.IsDir() {
		s.write(node, to, s.read(node, from))
		return
	}
	s.must(s.fs.MkdirAll(dst, 0o755))
}

// move moves a folder from one volume to another, both as the file system
// spells them.
func (s *site) move(from, to string) {
	s.t.Helper()
	s.must(afero.Walk(s.fs, from, func(path string, fi os.FileInfo, err error) error {
		if err != nil || fi.IsDir() {
			return errors.Join(err, s.fs.MkdirAll(to+path[len(from):], 0o755))
		}
		data, err := afero.ReadFile(s.fs, path)
		return errors.Join(err, afero.WriteFile(s.fs, to+path[len(from):], data, fi.Mode().Perm()))
	}))
	s.must(s.fs.RemoveAll(from))
}

// set edits one property of installed.properties.
func (s *site) set(node, key, value string) {
	s.t.Helper()
	s.do(func(k *clustertest.Site) { k.Set(node, key, value) })
}

func (s *site) setIn(file, node, key, value string) {
	s.t.Helper()
	s.do(func(k *clustertest.Site) { k.SetIn(node, file, key, value) })
}

// edited makes a finding's edit, where the server reads the key.
func (s *site) edited(e cluster.Edit) {
	s.t.Helper()
	m := s.load().Member(e.Node)
	path := m.InstalledPath()
	if p, ok := m.Property(e.Key); ok && e.File == "" {
		path = p.Pos.Name
	}
	if e.File == "secured" {
		path = m.SecuredPath()
	}
	switch {
	case e.File == "server.xml":
		s.write(e.Node, xmlFile, regexp.MustCompile(`keyAlias="[^"]*"`).ReplaceAllString(s.read(e.Node, xmlFile), `keyAlias="`+e.Value+`"`))
	case e.File == "classpath":
		path := m.InInstall("bin/classpath.conf")
		text := s.read(e.Node, path)
		switch end := "\n"; e.Op {
		case "append":
			text += e.Value + end
		case "remove":
			text = strings.Replace(text, e.Key, "", 1)
		default:
			text = strings.Replace(text, e.Key, e.Value, 1)
		}
		s.write(e.Node, path, text)
	case e.Op == "remove", e.Op == "rename":
		f, err := props.Parse(path, []byte(s.read(e.Node, path)))
		s.must(err)
		if e.Op == "rename" {
			s.must(f.Rename(e.Key, e.Value))
		} else {
			f.Delete(e.Key)
		}
		s.write(e.Node, path, string(f.Bytes()))
	default:
		s.setIn(path, e.Node, e.Key, e.Value)
	}
}

func (s *site) unset(node, key string) {
	s.t.Helper()
	s.do(func(k *clustertest.Site) { k.Unset(node, key) })
}

// add appends a raw line to installed.properties.
func (s *site) add(node, line string) { s.write(node, propFile, s.read(node, propFile)+line+"\n") }

func (s *site) load() *cluster.Cluster {
	s.t.Helper()
	c, err := cluster.Load(context.Background(), s.topo, s.world)
	s.must(err)
	return c
}

func (s *site) check(o check.Options) *check.Report {
	s.t.Helper()
	r, err := check.Run(context.Background(), s.load(), o)
	s.must(err)
	return r
}

// forgetful is a file system that reports neither owners nor devices.
type forgetful struct{ *strictfs.FS }

type forgetfulInfo struct{ os.FileInfo }

func (forgetfulInfo) Sys() any { return nil }

func (f forgetful) Stat(name string) (os.FileInfo, error) {
	fi, err := f.FS.Stat(name)
	if err != nil {
		return nil, err
	}
	return forgetfulInfo{fi}, nil
}

func (f forgetful) LstatIfPossible(name string) (os.FileInfo, bool, error) {
	fi, ok, err := f.FS.LstatIfPossible(name)
	if err != nil {
		return nil, ok, err
	}
	return forgetfulInfo{fi}, ok, nil
}
