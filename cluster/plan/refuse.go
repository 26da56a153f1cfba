package plan

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"syscall"
	"unicode"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/spf13/afero"
)

// Sources that steps and refusals cite.
const (
	srcSeed     = "vendor page: Setting up clusters of servers, step 5"
	srcHA       = "vendor page ha_config_server (7.0.2)"
	srcConvert  = "vendor page ha_convert_server (7.0.2)"
	srcRelocate = "vendor page arch_relocate_codestation (7.0.2)"
	srcCode     = "installer 7.0.0 ContainerInstaller"
	srcSafety   = "safety of this library: no original is deleted before its copy was proven"
	srcField    = "operating experience with network file systems"
)

// RefusalRules returns the reasons that only a plan can have: of each its ID and
// its Title. The other reasons are rules of the catalogue of package check.
func RefusalRules() []check.Rule {
	var out []check.Rule
	for _, r := range [][2]string{
		{"TGT001", "the target is a file"},
		{"TGT002", "the target folder is not empty"},
		{"TGT003", "the target holds another server's keys"},
		{"TGT004", "the target lies in a folder that moves, or around the installation"},
		{"TGT005", "a special file cannot be copied"},
		{"TGT006", "a name that the target cannot hold"},
		{"TGT007", "the storage cannot make symbolic links"},
		{"TGT008", "the target has no room"},
		{"TGT009", "the target cannot be located"},
		{"TGT010", "a symbolic link inside the application data"},
		{"TGT011", "the storage may not be mounted"},
		{"TGT012", "an unfinished plan on the target no longer fits"},
		{"TGT013", "another storage is mounted inside the application data"},
		{"TGT014", "an original that cannot be read"},
		{"TGT015", "another member uses the application data"},
		{"TGT016", "the server does not use the target yet"},
		{"TGT021", "the originals were not retired yet"},
		{"TGT017", "the target holds what no original has"},
		{"TGT018", "an original cannot be renamed in its own folder"},
		{"TGT020", "the server's user cannot use the target folder"},
		{"TGT019", "the target has lost another number of files than the caller says"},
		{"JOI001", "there is no cluster to join"},
		{"JOI002", "servers that share by links cannot be joined"},
		{"JOI003", "what the server's own database and application data hold is abandoned"},
		{"EDT001", "a key that the product does not know"},
		{"EDT002", "two edits that contradict each other"},
		{"EDT003", "a secret that is written down, or cannot be resolved"},
		{"EDT005", "another plan has changed the file before"},
		{"EDT004", "an edit that cannot be made as it is meant"},
	} {
		out = append(out, check.Rule{ID: r[0], Title: r[1]})
	}
	return out
}

// readable says what makes a properties file readable.
func readable(m *cluster.Member, path string) string {
	if g, _ := m.Gap(path); g.Kind == cluster.GapDenied {
		return "run as a user who can read it, or grant access"
	}
	return "correct the file at that place, or restore it"
}

// identify refuses what is not a readable server.
func (b *builder) identify() error {
	m := b.m
	if m.Version == "" && m.Installed == nil {
		path := m.Node.Install
		why := gapOf(m, path, "neither conf/installed.version nor conf/server/installed.properties can be read")
		return b.end("APP007", path, "name the installation folder of a server, the one that holds bin and conf", srcCode, "is not an installation folder: %v", plain(why))
	}
	if m.Version == "" {
		path := m.InInstall("conf/installed.version")
		if g, _ := m.Gap(path); g.Kind == cluster.GapMissing {
			b.refuse("APP007", path, "put it back: it must be copied to the storage, never moved", srcCode, "is missing, so the installer sees no server here and the version cannot be told")
		} else {
			b.refuse("VER004", path, "restore it from a backup of this server", srcCode, "the version of the server cannot be told: %v", plain(gapOf(m, path, "cannot be read")))
		}
	}
	if m.Installed == nil {
		b.refuse("PRP020", m.InstalledPath(), readable(m, m.InstalledPath()), "java.util.Properties", "%v", gapOf(m, m.InstalledPath(), "cannot be read"))
	}
	if g, ok := m.Gap(m.SecuredPath()); ok && g.Kind != cluster.GapMissing {
		b.refuse("PRP020", m.SecuredPath(), readable(m, m.SecuredPath()), "java.util.Properties", "%s", g.Err)
	}
	if g, ok := m.Gap(m.InInstall("bin/classpath.conf")); ok && g.Kind != cluster.GapMissing {
		b.refuse("APP009", g.Path, "give access to it", srcCode, "cannot be read, so its lines cannot be redirected: %v", plain(g.Err))
	}
	if len(b.p.Refusals) > 0 {
		return errEnough
	}
	if m.Classpath == nil {
		b.warn("APP009", m.InInstall("bin/classpath.conf"), "see how the server is started, and redirect patches, conf and conf/server there", srcCode, "is missing, so nothing in it can be redirected")
	}
	if m.Scheme == "" {
		why := gapOf(m, m.InstalledPath(), "its version or properties do not tell")
		return b.end("VER004", m.InInstall("conf/installed.version"), "correct conf/installed.version", srcHA, "where the server keeps its application data cannot be told: %v", why)
	}
	return nil
}

// gapOf is why a file was not read, or another reason where no error says so.
func gapOf(m *cluster.Member, path, otherwise string) error {
	if g, _ := m.Gap(path); g.Err != nil {
		return g.Err
	}
	return errors.New(otherwise)
}

// stopped refuses a server that runs or is not finished.
func (b *builder) stopped() {
	m := b.m
	switch pid := m.InInstall("var/server.pid"); {
	case m.Node.Running != nil && *m.Node.Running:
		b.refuse("OPS001", m.Node.Install, "stop the server, and declare it as stopped (Node.Running); there is no way to force it", srcSeed, "the server is declared as running")
	case m.Node.Running == nil && m.ServerPID:
		b.refuse("OPS001", pid, "stop the server; if no process of it is left ("+b.checkCommand()+"), the file has survived a hard stop: delete it, or declare the node as not running (Node.Running; populate -stopped); a server that runs is not moved, and there is no way to force it", srcSeed,
			"exists, so the server runs or was killed")
	}
	if m.Incomplete {
		b.refuse("APP006", serverpath.Join(m.AppData, "incomplete.tmp"), "finish the installation first", srcCode, "a first installation was started here and not finished")
	}
}

// judged refuses what a rule calls an Error of this server, in the rule's own words.
func (b *builder) judged(ctx context.Context, rule string) error {
	r, err := check.Run(ctx, b.c, check.Options{Only: []string{rule}})
	if err != nil {
		return err
	}
	for _, f := range r.Findings {
		if concerns(f, b.m) && f.Severity == check.Error {
			b.p.object(refusalOf(f))
		}
	}
	for _, u := range r.Unknown {
		if u.Node == b.m.Node.Name {
			b.warn(u.Rule, u.Path, "give "+u.Needs, srcCode, "not judged: %s", u.Reason)
		}
	}
	return nil
}

func (b *builder) checkCommand() string {
	if b.m.Node.Windows() {
		return `tasklist /FI "IMAGENAME eq java.exe"`
	}
	return "ps -ef | grep '[u]cd\\|[d]eploy'"
}

// writable refuses a target that the server's files cannot name.
func (b *builder) writable() error {
	path := b.t.AppData
	if path == "" {
		return b.end("TGT009", "Target.AppData", "give the absolute path of the new application data folder", srcSeed, "is empty")
	}
	if !serverpath.Abs(path) || serverpath.Windows(path) != b.m.Node.Windows() {
		return b.end("TGT009", path, "give the absolute path of the new application data folder as the server writes it, without ~ or variables", srcSeed, "is not an absolute path of this server")
	}
	if strings.ContainsFunc(path, unicode.IsControl) || strings.Contains(path, " !") {
		return b.end("TGT009", path, "choose another name", srcCode, "bin/classpath.conf cannot hold a path with control characters or with a blank before an exclamation mark")
	}
	install := serverpath.Clean(b.m.Node.Install)
	if appdata.HasTrapPrefix(install, serverpath.Clean(path)) {
		b.refuse("PRP014", path, "choose a folder whose path does not begin with the text "+install, srcCode,
			"its text begins with the installation folder's, so the next upgrade would store it as ..%s and break the keystore paths", serverpath.Clean(path)[len(install):])
	}
	return nil
}

// target finds the target folder and refuses places that cannot be.
func (b *builder) target() error {
	if err := b.writable(); err != nil {
		return err
	}
	path := b.t.AppData
	var err error
	b.to, err = findTarget(b.v, path)
	if errors.Is(err, syscall.ENOTDIR) {
		return b.end("TGT009", path, "name a folder", srcSeed, "cannot be a folder: something above it is a file")
	}
	if errors.Is(err, cluster.ErrNotLocated) {
		return b.end("TGT009", path, "declare a mount that holds it", srcSeed, "no storage that can be read holds it")
	}
	if err != nil {
		return err
	}
	b.p.To = b.to.place
	if b.to.exists() && !b.to.info.IsDir() {
		return b.end("TGT001", path, "name a folder", srcCode, "is a file")
	}
	if placeIn(b.to.place, b.m.Real.Place) {
		return b.end("TGT004", path, "choose a separate folder on the network storage", srcSeed, "the installation folder lies inside it")
	}
	if b.m.Scheme == appdata.Folder && b.to.place != b.m.AppDataReal.Place && placeIn(b.m.AppDataReal.Place, b.m.Real.Place) {
		return b.end("TGT004", b.m.AppData, "correct server.appdata.dir", srcSeed, "the application data folder holds the installation folder, which must not move")
	}
	var inside string
	switch {
	case b.m.Scheme != appdata.Folder:
		for _, it := range b.m.Layout {
			if placeIn(child(b.m.Real.Place, it.Path), b.to.place) {
				inside = b.m.InInstall(it.Path)
			}
		}
	case b.to.place != b.m.AppDataReal.Place && placeIn(b.m.AppDataReal.Place, b.to.place):
		inside = b.m.AppData
	}
	if inside != "" {
		return b.end("TGT004", path, "choose a separate folder on the network storage", srcSeed, "lies inside %s, which moves", inside)
	}
	return nil
}

// targetContent refuses a target that holds anything that is not ours.
func (b *builder) targetContent() error {
	if !b.to.exists() || b.p.AlreadyShared {
		return nil
	}
	foreign, err := strangers(b.v, b.to.canon)
	if err != nil {
		return err
	}
	if _, _, err := b.stored(); !notThere(err) || len(foreign) == 0 {
		return nil // resume decides
	}
	for _, key := range []string{cluster.KeyEncryptionStore, cluster.KeyServerStore} {
		path := serverpath.Join(b.to.canon, "conf/"+key)
		data, err := readAll(b.v, path)
		if notThere(err) {
			continue
		}
		if k, ok := b.m.Store(key); err != nil || !ok || !bytes.Equal(data, []byte(k.Data.Reveal())) {
			b.refuse("TGT003", serverpath.Join(b.t.AppData, "conf/"+key), "to make this server a member of that cluster, join it instead (plan.Join): only one server's files populate a storage", srcSeed,
				"the target holds another server's keys; copying over them would destroy that cluster's secrets")
			return nil
		}
	}
	b.refuse("TGT002", b.t.AppData, "name a folder that does not exist yet or is empty", srcCode, "is not empty: it holds %s", listSome(foreign))
	return nil
}

// mount warns when nothing shows that the storage is mounted.
func (b *builder) mount() error {
	if b.p.AlreadyShared {
		return nil
	}
	if b.m.Scheme == appdata.Linked && !b.canLink() {
		b.refuse("TGT007", b.m.Node.Install, "use a file system that can", srcHA, "this storage cannot make symbolic links, and a server before 6.1.1.5 finds shared folders by links only")
	}
	if b.t.MountPoint == "" {
		b.warn("TGT011", b.t.AppData, "declare the mount point, or check by hand that the storage is mounted", srcSeed, "no mount point is declared, so a storage that is not mounted would go unnoticed")
	} else if _, in := serverpath.Within(b.t.MountPoint, b.t.AppData); !in {
		b.refuse("TGT009", b.t.MountPoint, "correct the mount point", srcSeed, "does not hold %s", b.t.AppData)
		return nil
	}
	r := b.p.unmounted(b.v, b.c.World())
	if r == nil {
		like := b.m.Real.Info
		if b.m.Scheme == appdata.Folder {
			like = b.m.AppDataReal.Info
		}
		r = unusable(b.v, b.t.AppData, like)
	}
	if r != nil {
		b.p.object(*r)
	}
	return nil
}

// canLink reports whether the server's storage claims to make symbolic links.
func (b *builder) canLink() bool {
	place, ok := b.m.Node.Locate(b.m.Real.Path)
	fsys := b.c.World().FS[place.Storage]
	_, makes := fsys.(afero.Linker)
	_, reads := fsys.(afero.LinkReader)
	return ok && makes && reads
}

// removeCommand removes a path of a server, as its administrator writes it.
func removeCommand(n cluster.Node, path string) string {
	if n.Windows() {
		return `rmdir /s /q "` + path + `"  (or del for a file)`
	}
	return "rm -r -- '" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

func listSome(list []string) string {
	const most = 5
	if len(list) > most {
		list = append(list[:most:most], "…")
	}
	return strings.Join(list, ", ")
}
