package clustertest

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/strictfs"
	"github.com/deploycluster/deploycluster/props"
)

// Site is a cluster of servers in memory, ready for cluster.Load: the scene on
// which a rule is tried. Member N has its own disk below /nodeN of FS; the
// network storage is a volume of its own, at /share. In the topology both are
// the storage "disk", so that FS shows all there is.
//
// Every field may be changed at will: Topology for declared facts, roles and
// mounts, World for the date and the passwords, FS for anything in the files.
// The methods are the short way to what tests do most. They name files as the
// server does, such as "/opt/ibm-ucd/server/bin/classpath.conf", and return no
// error: the first that goes wrong makes all later ones do nothing, and Err and
// Check report it.
type Site struct {
	FS       afero.Fs
	Topology cluster.Topology
	World    cluster.World

	err error
}

const (
	// Install is where the servers of a Site are installed unless their
	// Spec.Spelling says otherwise, as they write it.
	Install = "/opt/ibm-ucd/server"
	// Share is where the members of NewCluster mount the network storage.
	Share = "/media/share"

	storage   = "disk"
	shareRoot = "/share"
)

// siteDate is World.Now of every Site: within the validity of the built
// certificates, and far from its ends.
var siteDate = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// NewSite returns a site with an empty network storage and no server. Backups
// and the license server are declared as the vendor asks for; the date is
// 2026-03-01.
func NewSite() *Site {
	yes := true
	disk := strictfs.New(strictfs.Options{})
	s := &Site{FS: disk}
	s.Topology = cluster.Topology{Schema: 1, Name: "test", Facts: cluster.Facts{
		Backups: cluster.Backups{Online: &yes, Offline: &yes}, LicenseHA: &yes,
	}}
	s.World = cluster.World{FS: map[string]afero.Fs{storage: s.FS}, Now: siteDate}
	s.keep(s.FS.MkdirAll(shareRoot, 0o755))
	_, err := disk.Mount(shareRoot, strictfs.Volume{})
	s.keep(err)
	return s
}

// NewCluster returns a sound cluster of n members, all of them made from spec,
// that mount the network storage at Share: the catalogue finds nothing above
// Info in it. All facts are declared as the vendor asks for, with TLS ending at
// the servers. Two rules need World.Password, which is unset; the answer
// to every query would be StorePassword.
func NewCluster(n int, spec Spec) *Site {
	s := NewSite()
	for range n {
		s.Join(Share, spec)
	}
	s.Declare()
	return s
}

// Err is the first error of a method, or nil.
func (s *Site) Err() error { return s.err }

func (s *Site) keep(err error) {
	if s.err == nil && err != nil {
		s.err = fmt.Errorf("clustertest: site: %w", err)
	}
}

// Add builds one more server as the spec describes it and returns its name,
// "node1" for the first. The network storage is mounted at Share, on a Windows
// server at \\nas\ucd, whether the server uses it or not. Spec.Node is
// node1.example.com and so on unless it is set, Spec.Seed the number of the
// member; Spec.AppDataAt and Spec.LinksTo are paths of FS.
func (s *Site) Add(spec Spec) string { return s.add(spec, "") }

// Join is Add for a member whose application data is the folder appdata of the
// network storage, which this member mounts at share: the first member fills
// the folder, later ones find it filled. Spec.AppData may give another value
// for server.appdata.dir, where it is to be spelled otherwise. Multiserver is
// set and the machine's name declared.
func (s *Site) Join(share string, spec Spec) string {
	sep := "/"
	if spec.Windows {
		sep = `\`
	}
	spec.AppData = cmp.Or(spec.AppData, share+sep+"appdata")
	spec.AppDataAt = shareRoot + "/appdata"
	spec.Multiserver = true
	_, err := s.FS.Stat(spec.AppDataAt)
	spec.Joined = err == nil
	name := s.add(spec, share)
	if i := s.Topology.Index(name); i >= 0 {
		s.Topology.Nodes[i].Host = fmt.Sprintf("%s.example.com", name)
		if spec.Node != "" {
			s.Topology.Nodes[i].Host = spec.Node
		}
	}
	return name
}

func (s *Site) add(spec Spec, share string) string {
	number := len(s.Topology.Nodes) + 1
	name := fmt.Sprintf("node%d", number)
	if s.err != nil {
		return name
	}
	spec.Node = cmp.Or(spec.Node, name+".example.com")
	if spec.Seed == 0 {
		spec.Seed = uint64(number)
	}
	drive, folder := "", Install
	switch {
	case spec.Windows:
		spec.Spelling = cmp.Or(spec.Spelling, `C:\Program Files\ibm-ucd\server`)
		share = cmp.Or(share, `\\nas\ucd`)
		if len(spec.Spelling) < 3 || spec.Spelling[1:3] != `:\` {
			s.keep(&SpecError{"Spelling", "must begin with a drive"})
			return name
		}
		drive, folder = spec.Spelling[:3], strings.ReplaceAll(spec.Spelling[2:], `\`, "/")
	default:
		spec.Spelling = cmp.Or(spec.Spelling, Install)
		share = cmp.Or(share, Share)
		drive, folder = "/", spec.Spelling
	}
	disk := "/" + name
	s.keep(Build(s.FS, disk+folder, spec))
	if !spec.Windows {
		s.keep(s.FS.MkdirAll(disk+share, 0o755)) // the mount point
	}
	s.Topology.Nodes = append(s.Topology.Nodes, cluster.Node{
		Name: name, Role: cluster.RoleMember, Install: spec.Spelling,
		Mounts: []cluster.Mount{
			{Path: drive, Storage: storage, Root: disk},
			{Path: share, Storage: storage, Root: shareRoot},
		},
	})
	return name
}

// Real is where a file of a member is on FS, by the mounts alone. A path that
// no mount holds, or of a member that is not there, is an error.
func (s *Site) Real(node, name string) string {
	i := s.Topology.Index(node)
	if i < 0 {
		s.keep(fmt.Errorf("no member %q", node))
		return ""
	}
	place, ok := s.Topology.Nodes[i].Locate(name)
	if !ok {
		s.keep(fmt.Errorf("%s: no mount of %s holds it", name, node))
	}
	return place.Path
}

// Installed is conf/server/installed.properties of a member as the server
// writes it, Secured the file of its passwords beside it.
func (s *Site) Installed(node string) string {
	return s.install(node) + "/conf/server/installed.properties"
}

// Secured is described with Installed.
func (s *Site) Secured(node string) string {
	return s.install(node) + "/conf/server/secured-installed.properties"
}

func (s *Site) install(node string) string {
	if i := s.Topology.Index(node); i >= 0 {
		return s.Topology.Nodes[i].Install
	}
	return Install // Real reports the unknown member
}

// at works on a file of a member, unless something has gone wrong before.
func (s *Site) at(node, name string, do func(at string) error) {
	if at := s.Real(node, name); s.err == nil {
		s.keep(do(at))
	}
}

// Read returns a file of a member.
func (s *Site) Read(node, name string) string {
	content := ""
	s.at(node, name, func(at string) error {
		data, err := afero.ReadFile(s.FS, at)
		content = string(data)
		return err
	})
	return content
}

// Write makes or replaces a file of a member; folders above it are made, and
// the mode of a file that exists stays.
func (s *Site) Write(node, name, content string) {
	s.at(node, name, func(at string) error {
		if err := s.FS.MkdirAll(path.Dir(at), 0o755); err != nil {
			return err
		}
		return afero.WriteFile(s.FS, at, []byte(content), 0o640)
	})
}

// Edit replaces a text in a file of a member, wherever it occurs. A file
// without it is an error: a test that changes nothing proves nothing.
func (s *Site) Edit(node, name, old, with string) {
	text := s.Read(node, name)
	if s.err == nil && !strings.Contains(text, old) {
		s.keep(fmt.Errorf("%s of %s has no %q", name, node, old))
	}
	s.Write(node, name, strings.ReplaceAll(text, old, with))
}

// Remove takes a file or a folder with all it holds away from a member. What
// is not there is an error.
func (s *Site) Remove(node, name string) {
	s.at(node, name, func(at string) error {
		if _, err := fsx.Lstat(s.FS, at); err != nil {
			return err
		}
		return s.FS.RemoveAll(at)
	})
}

// Link makes a symbolic link on a member; target is as the server would
// follow it.
func (s *Site) Link(node, target, name string) {
	s.at(node, name, func(at string) error { return symlink(s.FS, target, at) })
}

// Deny takes every permission on a file or folder away from a member, or gives it
// back: opening a file, and listing or searching a folder, fail with EACCES.
func (s *Site) Deny(node, name string, denied bool) {
	s.at(node, name, func(at string) error {
		d, ok := s.FS.(interface{ Deny(string, bool) error })
		if !ok {
			return fmt.Errorf("%s cannot deny access to %s", s.FS.Name(), at)
		}
		return d.Deny(at, denied)
	})
}

// Set writes one property of a member's installed.properties and leaves every
// other byte as it is.
func (s *Site) Set(node, key, value string) { s.SetIn(node, s.Installed(node), key, value) }

// SetIn is Set for any properties file, such as Secured.
func (s *Site) SetIn(node, name, key, value string) {
	s.properties(node, name, func(f *props.File) { f.Set(key, value) })
}

// Unset deletes a property from a member's installed.properties.
func (s *Site) Unset(node, key string) {
	s.properties(node, s.Installed(node), func(f *props.File) {
		if !f.Delete(key) {
			s.keep(fmt.Errorf("%s has no property %q", node, key))
		}
	})
}

func (s *Site) properties(node, name string, change func(*props.File)) {
	text := s.Read(node, name)
	if s.err != nil {
		return
	}
	f, err := props.Parse(name, []byte(text))
	if err != nil {
		s.keep(err)
		return
	}
	change(f)
	s.Write(node, name, string(f.Bytes()))
}

// Load reads the site as a program under test would.
func (s *Site) Load() (*cluster.Cluster, error) {
	if s.err != nil {
		return nil, s.err
	}
	return cluster.Load(context.Background(), s.Topology, s.World)
}

// Check loads the site and judges it.
func (s *Site) Check(o check.Options) (*check.Report, error) {
	c, err := s.Load()
	if err != nil {
		return nil, err
	}
	return check.Run(context.Background(), c, o)
}

// Declare says of everything around the servers that are there by now what the
// vendor asks for: a balancer with session affinity that passes TLS on, External
// URLs that are its own, members that reach each other, clocks that agree.
func (s *Site) Declare() {
	yes, no := true, false
	f := &s.Topology.Facts
	f.LoadBalancer = &cluster.LoadBalancer{
		Host: CertificateHost, Affinity: &yes, Ports: []int{8080, 8443}, TLSEnds: cluster.TLSAtServers, JMS: &no, WebSocket: &no,
	}
	url := "https://" + CertificateHost + ":8443"
	f.Settings = &cluster.Settings{ExternalAgentURL: url, ExternalUserURL: url}
	licenses := len(s.Topology.Nodes)
	f.ServerLicenses = &licenses
	f.Database = &cluster.DatabaseSettings{UTF8: &yes, CaseSensitive: &yes, ReadCommittedSnapshot: &yes}
	f.Network.MembersReachable = &yes
	for _, n := range s.Topology.Nodes {
		f.Network.ClusterConnections = append(f.Network.ClusterConnections, n.Name)
		f.Network.Clocks = append(f.Network.Clocks, cluster.Clock{Node: n.Name})
	}
	f.Replication = cluster.Replication{Database: cluster.ReplicationNone, Storage: cluster.ReplicationNone}
}
