package clustertest

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/internal/product"
)

// DefaultVersion is the version of a server whose Spec names none.
const DefaultVersion = "7.0.5.1.1041488"

// Spec describes a server. The zero Spec is a Linux server of DefaultVersion
// with a MySQL database and its own application data folder, standing alone.
type Spec struct {
	// Version is the full text of installed.version; "dev" is the newest.
	Version string
	// Scheme is where the application data is. Unset is Folder from 6.1.1.5 on
	// and Linked before.
	Scheme appdata.Scheme

	// Windows makes a Windows server: server.cmd, paths such as
	// C:\Program Files\ibm-ucd\server inside the files. They are still written
	// below the install folder given to Build, as when its disk is mounted.
	Windows bool
	// CRLF ends the lines of the properties files as Java does on Windows.
	CRLF bool
	// Spelling is the install folder as the server writes it. Unset is
	// C:\Program Files\ibm-ucd\server on Windows, else where Build writes.
	Spelling string

	// AppData is the value of server.appdata.dir in the scheme Folder; unset is
	// "../appdata".
	AppData string
	// AppDataAt is where on the file system that folder is. It may be left unset
	// if AppData begins with ".." or, on Linux, is where it says.
	AppDataAt string
	// LinksTo, in the scheme Linked, is the storage folder that holds the ten
	// entries, with links to them in the install folder; unset, they are in the
	// install folder.
	LinksTo string
	// Joined says that the application data is there already, made by another
	// member: only what belongs to this server is written, and its links.
	Joined bool

	// Multiserver sets com.urbancode.ds.UDeployServer.multiserver=true.
	Multiserver bool
	// Host is what users connect to; unset is CertificateHost.
	Host string
	// Node is this machine's own name; unset is ucd1.example.com.
	Node string
	// Database is where the server keeps its data.
	Database Database
	// Alias is the alias of the HTTPS key, in tomcat.key.alias from 7.1.0 on,
	// before that as keyAlias in server.xml; unset writes neither.
	Alias string
	// TomcatKey is the alias inside tomcat.keystore; unset is ServerAlias.
	TomcatKey string
	// EncryptionAlias is the alias of the secret key in encryption.keystore, and the
	// value of encryption.keystore.alias; unset is the constant of that name. All
	// servers without it have the same two keystores in their application data,
	// whatever their Seed, as if they came from one installation. With another alias
	// these keystores have other bytes: so one builds a server that is foreign to a
	// cluster.
	EncryptionAlias string

	// How many files there are; 0 is a few, a negative number none and no
	// folder either.
	RepositoryFiles, Plugins, Logs int
	// RepositoryBytes is the size of each file of the repository; 0 is 1024.
	RepositoryBytes int

	// Seed changes everything that is generated: the server's identity, its
	// encrypted passwords, the content of files.
	Seed uint64

	// Extra and Secured are set in installed.properties and in
	// secured-installed.properties, over what is there. Without lists keys that
	// are left out of both.
	Extra, Secured map[string]string
	Without        []string
}

// Database is what installed.properties says about the database.
type Database struct {
	Type     string // database.type; unset is mysql
	URL      string // hibernate.connection.url; unset is one on db.example.com that fits Type
	Username string // unset is ibm_ucd
}

// SpecError says what is wrong with a Spec.
type SpecError struct {
	Field  string
	Reason string
}

func (e *SpecError) Error() string { return "clustertest: Spec." + e.Field + " " + e.Reason }

// buildTime is the time of every file and date comment.
var buildTime = time.Date(2024, 3, 5, 6, 7, 8, 0, time.UTC)

// Build writes a server into the folder install, which is made if it is
// missing. The same Spec always gives the same bytes, modes and times: folders
// are 0750, files 0640, keystores 0600. Folders that exist keep their mode. No
// file that exists is overwritten (fs.ErrExist), so two servers cannot be built
// over each other. On a failure what was written stays. The error of a Spec
// that cannot be is a *SpecError.
//
// What is in the tree is what installers 6.2.1.1 and 7.0.0 leave behind, and
// what a running server adds: see the package comment.
func Build(fsys afero.Fs, install string, s Spec) error {
	p, err := newProject(install, s)
	if err != nil {
		return err
	}
	w := &writer{fs: fsys, made: map[string]bool{}, roots: []string{p.install}}
	if !strings.HasPrefix(p.shared, p.install+"/") {
		w.roots = append(w.roots, p.shared)
	}
	if err := p.write(w); err != nil {
		return fmt.Errorf("clustertest: build server in %s: %w", install, err)
	}
	return nil
}

// project is a Spec with everything decided.
type project struct {
	Spec
	install string // on the file system
	shared  string // where the application data is, on the file system
	text    string // the install folder as the server writes it
	dataVal string // server.appdata.dir, "" without the key
	dataTxt string // the absolute application data folder as the installer writes it
	sep     string
}

func newProject(install string, s Spec) (*project, error) {
	if s.Version == "" {
		s.Version = DefaultVersion
	}
	if !product.Valid(s.Version) {
		return nil, &SpecError{"Version", "is not a version"}
	}
	if s.Scheme == "" {
		s.Scheme = appdata.Linked
		if since(s.Version, "6.1.1.5") {
			s.Scheme = appdata.Folder
		}
	}
	p := &project{Spec: s, install: trimSlash(install), text: s.Spelling, sep: "/"}
	if p.Windows {
		p.sep = `\`
	}
	if p.text == "" {
		p.text = p.install
		if p.Windows {
			p.text = `C:\Program Files\ibm-ucd\server`
		}
	}
	p.Host = cmp.Or(p.Host, CertificateHost)
	p.Node = cmp.Or(p.Node, "ucd1.example.com")
	p.TomcatKey = cmp.Or(p.TomcatKey, ServerAlias)
	p.Spec.EncryptionAlias = cmp.Or(p.Spec.EncryptionAlias, EncryptionAlias)
	p.Database.Type = cmp.Or(p.Database.Type, "mysql")
	p.Database.Username = cmp.Or(p.Database.Username, "ibm_ucd")
	p.Database.URL = cmp.Or(p.Database.URL, databaseKinds()[p.Database.Type].url)
	if p.Database.URL == "" {
		return nil, &SpecError{"Database.URL", "must be given for this type"}
	}
	p.RepositoryFiles = cmp.Or(p.RepositoryFiles, 12)
	p.Plugins = cmp.Or(p.Plugins, 4)
	p.Logs = cmp.Or(p.Logs, 3)
	p.RepositoryBytes = cmp.Or(p.RepositoryBytes, 1024)
	if p.RepositoryBytes < 0 {
		return nil, &SpecError{"RepositoryBytes", "is negative"}
	}
	if !p.secured() && len(p.Secured) > 0 {
		return nil, &SpecError{"Secured", "is for 6.2.5.1 and later"}
	}
	return p, p.place()
}

// place decides where the application data is.
func (p *project) place() error {
	p.shared = p.install
	since6115 := since(p.Version, "6.1.1.5")
	if p.LinksTo != "" {
		if p.Scheme != appdata.Linked {
			return &SpecError{"LinksTo", "is for the scheme Linked"}
		}
		p.shared = trimSlash(p.LinksTo)
	}
	if p.Scheme != appdata.Folder && (p.AppData != "" || p.AppDataAt != "") {
		return &SpecError{"AppData", "is for the scheme Folder"}
	}
	switch p.Scheme {
	case appdata.Linked:
		if p.Joined && p.LinksTo == "" {
			return &SpecError{"Joined", "without LinksTo has no application data to join"}
		}
		if since6115 {
			p.dataVal, p.dataTxt = "..", p.text
		}
		return nil
	case appdata.InInstall:
		if !since6115 {
			return &SpecError{"Scheme", "in-install is not possible before 6.1.1.5"}
		}
		if p.Joined {
			return &SpecError{"Joined", "is not possible in the scheme in-install"}
		}
		p.dataVal, p.dataTxt = "..", p.text
		return nil
	case appdata.Folder:
	default:
		return &SpecError{"Scheme", "is unknown"}
	}
	if !since6115 {
		return &SpecError{"Scheme", "folder is not possible before 6.1.1.5"}
	}
	p.dataVal = p.AppData
	p.dataVal = cmp.Or(p.dataVal, "../appdata")
	rest, relative := strings.CutPrefix(p.dataVal, "..")
	p.dataTxt = p.dataVal
	if relative {
		p.dataTxt = p.text + rest
	}
	switch {
	case p.AppDataAt != "":
		p.shared = trimSlash(p.AppDataAt)
	case relative:
		p.shared = p.install + strings.ReplaceAll(rest, `\`, "/")
	case p.Windows:
		return &SpecError{"AppDataAt", "must say where the folder of a Windows path is"}
	default:
		p.shared = trimSlash(p.AppData)
	}
	return nil
}

func since(v, bound string) bool { return product.In(v, bound, "") }

func trimSlash(path string) string {
	if trimmed := strings.TrimRight(path, "/"); trimmed != "" {
		return trimmed
	}
	return "/"
}
