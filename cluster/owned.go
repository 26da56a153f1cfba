package cluster

import (
	"io/fs"

	"github.com/deploycluster/deploycluster/internal/fileowner"
)

// OwnedFile is a file or folder of an installation, and who may use it.
type OwnedFile struct {
	// Path is the file as the server writes it.
	Path string
	// User and Group are numbers, if Known.
	User, Group int
	Known       bool
	// Mode is as the storage shows it.
	Mode fs.FileMode
	// Runtime: the server makes it when it runs, so that it belongs to the user
	// that the server ran as.
	Runtime bool
}

// owned looks at files by which a server that was installed or upgraded as
// another user is told: an upgrade gives the tree to whoever runs it. (HCL 8.0.0
// upgradeInstall.)
func (l loader) owned() {
	for _, f := range []struct {
		rel     string
		runtime bool
	}{
		{"conf/server/s2s-client-identity.keystore", true},
		{"", false},
		{"opt/tomcat", false},
		{"opt/tomcat/conf/server.xml", false},
		{"opt/tomcat/conf/tomcat.keystore", false},
		{"conf/server/installed.properties", false},
		{"conf/server/secured-installed.properties", false},
		{"var/log", false},
		{"var/log/deployserver.out", true},
	} {
		path := l.Node.Install
		if f.rel != "" {
			path = l.InInstall(f.rel)
		}
		fi, err := l.view.Stat(path)
		if err != nil {
			l.gapUnlessMissing(path, err)
			continue
		}
		o := OwnedFile{Path: path, Mode: fi.Mode(), Runtime: f.runtime}
		o.User, o.Group, o.Known = fileowner.Of(fi)
		l.Owned = append(l.Owned, o)
	}
}
