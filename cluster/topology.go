package cluster

import (
	"fmt"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
)

// Role is what a node is for. The zero Role is unset; Load treats an unset
// role as RoleMember, the usual case.
type Role int

const (
	// RoleMember is a server that takes part in the running cluster.
	RoleMember Role = iota + 1
	// RoleStandby is a cold standby: installed like a member, kept stopped
	// (vendor page server_install_cold).
	RoleStandby
	// RoleFrontEnd is a distributed front end, 7.0.3 and later.
	RoleFrontEnd
)

// Topology is the config model: which servers there are, where their files
// can be read, and what no file can show. It is plain data; Load reads the
// world that it describes.
type Topology struct {
	// Schema is the version of this document, 1. Zero is read as 1.
	Schema int `json:"schema"`
	// Name is what people call the cluster; it heads reports.
	Name string `json:"name,omitempty"`
	// Nodes are the servers, in the order in which reports name them.
	Nodes []Node `json:"nodes"`
	// Facts are declared by the caller because no server file holds them.
	Facts Facts `json:"facts,omitzero"`
}

// Node is one server.
type Node struct {
	// Name is unique in the topology.
	Name string `json:"name"`
	// Role defaults to RoleMember.
	Role Role `json:"role,omitzero"`
	// Install is the installation folder as the server itself writes it:
	// "/opt/ibm-ucd/server" or `C:\Program Files\ibm-ucd\server`. A drive
	// letter or a leading double backslash makes the node a Windows server,
	// wherever the inspection runs.
	Install string `json:"install"`
	// Mounts say where the server's paths can be read. The longest Path that
	// holds a path wins. A node without mounts cannot be read at all.
	Mounts []Mount `json:"mounts,omitempty"`
	// Running declares whether the server process runs. Nil: not declared,
	// and var/server.pid decides.
	Running *bool `json:"running,omitempty"`
	// Host is the machine's name, where the caller knows it. Two nodes with
	// one Host stand on one system.
	Host string `json:"host,omitempty"`
	// Autostart declares whether the service starts with the machine.
	Autostart *bool `json:"autostart,omitempty"`
}

// Windows reports whether the node is a Windows server, told from the
// spelling of its installation folder.
func (n Node) Windows() bool { return windowsPath(n.Install) }

// Mount maps a folder of the server to a folder in a named storage. Two
// mounts with equal Storage and Root are the same folder, whatever their
// Paths: that is how one share, mounted differently by two members, is told
// from two.
type Mount struct {
	// Path is the folder as the server writes it. On Windows servers any
	// case and either slash match.
	Path string `json:"path"`
	// Storage names an entry of World.FS.
	Storage string `json:"storage"`
	// Root is the folder in that storage, with forward slashes unless the
	// storage itself is a Windows file system.
	Root string `json:"root"`
}

// Place is a file or folder in a storage, after Mounts have been applied.
type Place struct {
	Storage string `json:"storage"`
	Path    string `json:"path"`
}

// String renders the place as storage:path.
func (p Place) String() string { return p.Storage + ":" + p.Path }

// Locate maps a path, as the server writes it, to a place by the mounts
// alone: links are not followed. ok is false when no mount holds the path.
func (n Node) Locate(path string) (place Place, ok bool) {
	if !appdata.Abs(path) {
		return Place{}, false
	}
	best := -1
	for _, m := range n.Mounts {
		rel, in := appdata.Within(m.Path, path)
		if !in || len(m.Path) <= best {
			continue
		}
		best = len(m.Path)
		place = Place{Storage: m.Storage, Path: storageJoin(m.Root, rel)}
		ok = true
	}
	return place, ok
}

// TopologyError says which part of a topology is unusable.
type TopologyError struct {
	// Field is the path of the value, such as "nodes[1].install".
	Field string
	// Reason says what is wrong with it.
	Reason string
}

func (e *TopologyError) Error() string { return "cluster: topology: " + e.Field + ": " + e.Reason }

// Validate reports the first value that makes the topology unusable, as a
// *TopologyError, or nil.
func (t Topology) Validate() error {
	bad := func(field, reason string, args ...any) error {
		return &TopologyError{Field: field, Reason: fmt.Sprintf(reason, args...)}
	}
	if t.Schema != 0 && t.Schema != 1 {
		return bad("schema", "%d is not known; this library reads schema 1", t.Schema)
	}
	if len(t.Nodes) == 0 {
		return bad("nodes", "at least one server is needed")
	}
	seen := map[string]int{}
	for i, n := range t.Nodes {
		at := func(f string) string { return fmt.Sprintf("nodes[%d].%s", i, f) }
		if n.Name == "" {
			return bad(at("name"), "a server needs a name")
		}
		if j, dup := seen[n.Name]; dup {
			return bad(at("name"), "%q is also the name of nodes[%d]", n.Name, j)
		}
		seen[n.Name] = i
		if n.Role < 0 || n.Role > RoleFrontEnd {
			return bad(at("role"), "%d is no role", int(n.Role))
		}
		if !appdata.Abs(n.Install) {
			return bad(at("install"), "%q is not an absolute path", n.Install)
		}
		for j, m := range n.Mounts {
			mf := func(f string) string { return at(fmt.Sprintf("mounts[%d].%s", j, f)) }
			switch {
			case !appdata.Abs(m.Path):
				return bad(mf("path"), "%q is not an absolute path", m.Path)
			case m.Storage == "":
				return bad(mf("storage"), "a storage name is needed")
			case windowsPath(m.Path) != n.Windows():
				return bad(mf("path"), "%q is not spelled like the installation folder %q", m.Path, n.Install)
			}
			for k := range j {
				if appdata.Equal(n.Mounts[k].Path, m.Path) {
					return bad(mf("path"), "%q is also the path of mounts[%d]", m.Path, k)
				}
			}
		}
	}
	return nil
}

// Index returns the position of the named node, or -1.
func (t Topology) Index(name string) int {
	for i, n := range t.Nodes {
		if n.Name == name {
			return i
		}
	}
	return -1
}

func windowsPath(p string) bool {
	if len(p) >= 2 && p[1] == ':' && ('a' <= p[0]|0x20 && p[0]|0x20 <= 'z') {
		return true
	}
	return strings.HasPrefix(p, `\\`)
}

// storageJoin joins a storage root and a relative server path. Storages use
// forward slashes, unless their root is itself spelled with backslashes.
func storageJoin(root, rel string) string {
	if rel == "" || rel == "." {
		if cut := strings.TrimRight(root, `/\`); cut != "" && !strings.HasSuffix(cut, ":") {
			return cut
		}
		return root
	}
	sep := "/"
	if windowsPath(root) && !strings.Contains(root, "/") {
		sep = `\`
		rel = strings.ReplaceAll(rel, "/", `\`)
	} else {
		rel = strings.ReplaceAll(rel, `\`, "/")
	}
	return strings.TrimRight(root, `/\`) + sep + rel
}
