package cluster

import (
	"errors"
	"io/fs"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/props"
	"github.com/deploycluster/deploycluster/tlscert"
)

// Cluster is what Load read: facts only. Package check judges them.
type Cluster struct {
	Topology Topology
	// Members are in the order of Topology.Nodes.
	Members []*Member

	world World
}

// World returns the world that the cluster was loaded from.
func (c *Cluster) World() World { return c.world }

// Member returns the named member, or nil.
func (c *Cluster) Member(name string) *Member {
	for _, m := range c.Members {
		if m.Node.Name == name {
			return m
		}
	}
	return nil
}

// Clustered reports whether the files or the topology say that this is meant
// as a cluster already: more than one member, or multiserver set.
func (c *Cluster) Clustered() bool {
	if len(c.Members) > 1 {
		return true
	}
	for _, m := range c.Members {
		if v, ok := m.Property(KeyMultiserver); ok && v.Value != "" {
			return true
		}
	}
	return false
}

// Member is one server as read. A field is nil or empty when the file behind
// it could not be read; Gaps then says why.
type Member struct {
	Node Node

	// Real is the installation folder with its links followed.
	Real Resolved
	// Version is the text of <install>/conf/installed.version.
	Version    string
	VersionPos props.Position

	// Installed is conf/server/installed.properties.
	Installed *props.File
	// Secured is conf/server/secured-installed.properties, nil before
	// 6.2.5.1 and wherever there is none. From 6.2.5.1 on its absence is a Gap.
	Secured *props.File

	// Scheme tells where the application data is, zero when the version or
	// the properties could not be read.
	Scheme appdata.Scheme
	// AppData is the application data folder as the server resolves it; the
	// installation folder for the schemes InInstall and Linked.
	AppData string
	// AppDataReal is AppData with its links followed.
	AppDataReal Resolved
	// Layout is what belongs in an application data folder of this version
	// and scheme.
	Layout []appdata.Item
	// Tree is what stands in AppData.
	Tree *appdata.Tree
	// Checked is Tree held against Layout.
	Checked appdata.Checked
	// Items are the layout's entries that stand in AppData, each with its links
	// followed, in the order of Layout.
	Items []ItemPlace
	// Local is what stands of the same layout in the installation folder.
	// For InInstall and Linked it is Tree.
	Local *appdata.Tree
	// Default is what stands in <install>/appdata, where the installer puts
	// application data unless told otherwise. It is nil when there is no such
	// folder, or when it is AppData itself.
	Default *appdata.Tree
	// Home is where the application data really is, and whether members can have it
	// in common.
	Home Home
	// Retired are originals that were set aside after a move, as the server
	// writes them, sorted.
	Retired []string
	// Originals are the single files of the layout that stand in AppData and also at
	// their place before the move, which is their Path.
	Originals []ItemPlace

	// SharedVersion is the text of <appdata>/conf/installed.version.
	SharedVersion    string
	SharedVersionPos props.Position
	// SharedVersionMissing tells a file that is not there from one that
	// could not be read.
	SharedVersionMissing bool

	// ServerPID reports that var/server.pid exists.
	ServerPID bool
	// Incomplete reports that incomplete.tmp stands in AppData.
	Incomplete bool

	// Classpath are the lines of bin/classpath.conf, comments and blank ones
	// included.
	Classpath []ClasspathLine
	// Connectors are the TLS connectors of opt/tomcat/conf/server.xml in file order,
	// PlainConnectors the others. Unless ServerXMLRead they are those in front of
	// what could not be read.
	Connectors, PlainConnectors []Connector
	ServerXMLRead               bool

	// Keystores are the stores that the properties name, in the order
	// encryption, server, tomcat, agentcomm.
	Keystores []Keystore
	// Standard are encryption.keystore and server.keystore at their fixed places
	// in AppData, wherever the properties lead.
	Standard []Keystore
	// ConfServer is conf/server with its links followed, TempDir the folder of
	// java.io.tmpdir, or where it will be when the server makes it; their Path
	// is empty when they could not be found.
	ConfServer Resolved
	TempDir    Resolved
	// Owned are files of the installation by which the user that the server runs
	// as can be told from the one who installed or upgraded it.
	Owned []OwnedFile
	// TLS is the key that the web server serves.
	TLS TLSChoice
	// Database is what the properties say about the database.
	Database Database
	// Drivers are the names of the jars in lib/ext, sorted.
	Drivers []string
	// DriverSizes are the sizes of those that could be looked at, in bytes.
	DriverSizes map[string]int64

	// Java are the Java homes that the server's files name: install.java.home,
	// then that of bin/set_env.
	Java []JavaHome

	// Gaps are what could not be read.
	Gaps []Gap

	// Links are the links among the items of Local and Default, by path, with
	// where they lead.
	Links map[string]Resolved

	view *View
	// gapAt are the Gaps by path, folded: a hostile folder makes thousands.
	gapAt map[string]Gap
}

// Keystore is one keystore file of a member.
type Keystore struct {
	// Property is the key that names it, such as "encryption.keystore"; for
	// the web server's store it is TomcatStore, which is no key.
	Property string
	// Pos is where the property stands, zero when a default is meant.
	Pos props.Position
	// Path is the file as the server resolves the property.
	Path string
	// Real is Path with its links followed.
	Real Resolved
	// Info is nil when the file is missing or could not be looked at.
	Info fs.FileInfo
	// Data are the file's bytes, nil when they could not be read. They hold
	// encrypted keys: never render them.
	Data Secret
	// Err says why Data is empty.
	Err error
	// Guessed: Path is the installer's default, because server.xml, which may name
	// another file, was not read.
	Guessed bool

	// Store is what the keystore holds, as far as it could be read. Members
	// with equal bytes share one: do not change it. It is nil when Err is set or
	// the bytes are no keystore.
	Store *tlscert.Store
	// StoreErr, a *FileError, says why Store is nil or lacks something.
	StoreErr error
	// Opened: a password opened the store, this member's or another's with the
	// same bytes. Otherwise Store is what shows without one.
	Opened bool
	// DefaultPassword: that password is the product's well-known default.
	// DefaultRefused: the default was tried and is not it.
	DefaultPassword, DefaultRefused bool
	// StoredRefused: the password in the server's own files was tried and does not
	// open the store.
	StoredRefused bool
	// Password is where the store's password stands, as World.Password was
	// asked. KeyPassword is where its key has a password of its own; without
	// one its Property is empty.
	Password, KeyPassword PasswordQuery
	// KeyPasswordSame: the two are the same, if KeyPasswordKnown.
	KeyPasswordKnown, KeyPasswordSame bool
}

// Absent reports that there is no regular file at Path.
func (k Keystore) Absent() bool {
	return k.Err != nil && (errors.Is(k.Err, fs.ErrNotExist) || isNotRegular(k.Err))
}

// Refused reports that a password was given for the store and does not open it.
func (k Keystore) Refused() bool {
	return k.Err == nil && !k.Opened && errors.Is(k.StoreErr, tlscert.ErrPassword)
}

// ItemPlace is one entry of the layout and where it really is.
type ItemPlace struct {
	Item appdata.Item
	// Path is the entry as the server writes it.
	Path string
	// Real is Path with its links followed; Err says why there is none.
	Real Resolved
	Err  error
	// Same reports, of one of Member.Originals, that it has the bytes of the file in
	// AppData; where Err is set this is not known.
	Same bool
}

// FS is the file system as this member sees it, read only.
func (m *Member) FS() *View { return m.view }

// InInstall joins a slash path to the installation folder.
func (m *Member) InInstall(rel string) string { return serverpath.Join(m.Node.Install, rel) }

// InstalledPath is conf/server/installed.properties as the server writes it.
func (m *Member) InstalledPath() string { return m.InInstall("conf/server/installed.properties") }

// SecuredPath is conf/server/secured-installed.properties likewise.
func (m *Member) SecuredPath() string { return m.InInstall("conf/server/secured-installed.properties") }

// Property returns the entry that the server uses for key. Both files are
// read, installed.properties first, and the first file to define a key wins
// (installer 7.0.0 reads them so into Ant properties); inside one file the
// last entry wins (java.util.Properties).
func (m *Member) Property(key string) (props.Entry, bool) {
	for _, f := range []*props.File{m.Installed, m.Secured} {
		if f == nil {
			continue
		}
		if e, ok := f.Lookup(key); ok {
			return e, true
		}
	}
	return props.Entry{}, false
}

// Value is Property's value with the product's ways of writing "unset" folded
// to the empty text: an absent key, an empty value, and the word null, which
// the installer writes for a variable that has no value.
func (m *Member) Value(key string) string {
	for _, f := range []*props.File{m.Installed, m.Secured} {
		if f == nil {
			continue
		}
		if v, ok := f.Get(key); ok {
			if v == "null" {
				return ""
			}
			return v
		}
	}
	return ""
}

// versionKnown reports whether Version has a place in the product's order.
func (m *Member) versionKnown() bool { return product.Valid(m.Version) }

// ClasspathPath is bin/classpath.conf as the server writes it.
func (m *Member) ClasspathPath() string { return m.InInstall("bin/classpath.conf") }

// ServerXMLPath is opt/tomcat/conf/server.xml likewise.
func (m *Member) ServerXMLPath() string { return m.InInstall("opt/tomcat/conf/server.xml") }

// VersionPath is conf/installed.version as the server writes it.
func (m *Member) VersionPath() string { return m.InInstall("conf/installed.version") }

// Store returns the keystore of the given property.
func (m *Member) Store(property string) (Keystore, bool) { return findStore(m.Keystores, property) }

// StandardStore returns the keystore at its fixed place in AppData.
func (m *Member) StandardStore(property string) (Keystore, bool) {
	return findStore(m.Standard, property)
}

func findStore(list []Keystore, property string) (Keystore, bool) {
	for _, k := range list {
		if k.Property == property {
			return k, true
		}
	}
	return Keystore{}, false
}
