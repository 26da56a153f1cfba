package cluster

import (
	"strings"

	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// Role is what a node is for. The zero Role is unset; Load treats an unset
// role as RoleMember, the usual case.
type Role string

const (
	// RoleMember is a server that takes part in the running cluster.
	RoleMember Role = "member"
	// RoleStandby is a cold standby: installed like a member, kept stopped
	// (vendor page server_install_cold).
	RoleStandby Role = "standby"
	// RoleFrontEnd is a distributed front end, 7.0.3 and later.
	RoleFrontEnd Role = "front-end"
)

// Topology is the config model: which servers there are, where their files
// can be read, and what no file can show. It is plain data; ReadTopology reads
// it from JSON, and Load reads the world that it describes.
type Topology struct {
	// Schema is the version of this document, 1. Zero is read as 1.
	Schema int `json:"schema"`
	// Name is what people call the cluster; it heads reports.
	Name string `json:"name,omitempty"`
	// Nodes are the servers, in the order in which reports name them.
	Nodes []Node `json:"nodes"`
	// Storages say what the names in Mount.Storage stand for. They may be left
	// out; where there are any, every mount has to name one of them.
	Storages []Storage `json:"storages,omitempty"`
	// Facts are declared by the caller because no server file holds them.
	Facts Facts `json:"facts,omitzero"`
}

// Storage says where a program finds a storage. It is for the program that
// fills in World.FS: the library opens nothing by itself.
type Storage struct {
	// Name is what Mount.Storage and World.FS call it, unique in the topology.
	Name string `json:"name"`
	// Dir is the folder, on the machine that inspects, which shows the storage:
	// "/mnt/inspect/share". What a relative folder is relative to is the
	// program's to say.
	Dir string `json:"dir"`
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
	// Mounts say where the server's paths can be read. One Path may lie inside
	// another, as mount points do: the longest Path that holds a path wins. Two
	// equal ones are an error, since nothing says which of them holds, and equal
	// means as the server compares: "C:\share" and "c:/Share/" are. A node
	// without mounts cannot be read at all.
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
func (n Node) Windows() bool { return serverpath.Windows(n.Install) }

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
	// storage itself is a Windows file system. ReadTopology reads a missing one
	// as "/", all of the storage. The folder itself is taken as it stands: no
	// link on the way to it is followed by the library's rules.
	Root string `json:"root"`
}

// Place is a file or folder in a storage, after Mounts have been applied.
type Place struct {
	Storage string `json:"storage"`
	Path    string `json:"path"`
}

// String renders the place as storage:path.
func (p Place) String() string { return p.Storage + ":" + p.Path }

// In reports whether the place is folder or lies inside it.
func (p Place) In(folder Place) bool {
	if folder.Storage == "" || folder.Storage != p.Storage {
		return false
	}
	_, in := serverpath.Within(folder.Path, p.Path)
	return in
}

// Locate maps a path, as the server writes it, to a place by the mounts
// alone: links are not followed. ok is false when no mount holds the path.
func (n Node) Locate(path string) (place Place, ok bool) {
	if !serverpath.Abs(path) {
		return Place{}, false
	}
	best := -1
	for _, m := range n.Mounts {
		at := serverpath.Clean(n.mountPath(m))
		rel, in := serverpath.Within(at, path)
		if !in || len(at) <= best {
			continue
		}
		best = len(at)
		place = Place{Storage: m.Storage, Path: serverpath.JoinStorage(m.Root, rel)}
		ok = true
	}
	return place, ok
}

// mountPath is the mount's path as the node's installation folder would be
// spelled: on a Windows server two slashes begin a UNC path as two backslashes
// do.
func (n Node) mountPath(m Mount) string {
	if n.Windows() && strings.HasPrefix(m.Path, "//") {
		return strings.ReplaceAll(m.Path, "/", `\`)
	}
	return m.Path
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
