package appdata

import (
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/internal/reserved"
)

const (
	templates62And70 = "configuration templates of installers 6.2.1.1 and 7.0.0"
	installer70      = "installer 7.0.0"
	server62         = "an installed server of 6.2.1.1"
	container        = "container image 7.0.x and chart, not other installs"
)

// extrasTable holds what the product may keep in an application data folder besides
// Layout's items: entries that are confirmed but on no list of the vendor's. In
// the scheme Folder they move with their folder; in the others they stay. None
// is required.
func extrasTable(s Scheme) []Item {
	transfer := Stay
	if s == Folder {
		transfer = Move
	}
	extra := func(path string, k Kind, source string) Item {
		return Item{Path: path, Kind: k, Presence: Optional, Transfer: transfer, Source: source}
	}
	leftover := extra(product.Log4j1, File, "vendor pages of 7.2.3 and later: no longer read, may be left over")
	leftover.Since = product.Since(product.Logging, product.Log4j2)
	items := []Item{
		extra("conf/server/getting-started-custom-urls.properties", File, templates62And70+"; "+server62),
		leftover,
		extra("var/db", Dir, server62+": the Derby database, which no cluster may use"),
		extra("incomplete.tmp", File, installer70+": a first installation has not finished"),
		extra("ext_lib", Dir, container),
		extra("loadInProgress", File, container),
		extra("enable-debug", File, container),
		extra("servers", Dir, container),
	}
	if s == Folder {
		// Between 6.1.1.5 and 6.1.3 the server reads its own copy.
		early := extra(product.NotificationTemplates, Dir, "a comment of installer 7.0.0: not yet in use here")
		early.Until = since(product.NotificationTemplates)
		items = append(items, early)
	}
	return items
}

// localTable holds what must stay in a server's install folder: it describes this
// machine, or identifies this server, or is made anew by every installation.
// Items with Presence Required are in every installed server.
//
// The list names folders as a whole where no part of them is ever shared; of
// conf, conf/server and var it names single entries.
func localTable(s Scheme) []Item {
	stay := func(path string, k Kind, p Presence, source string) Item {
		return Item{Path: path, Kind: k, Presence: p, Transfer: Stay, Source: source}
	}
	from := func(v string, it Item) Item {
		it.Since = v
		return it
	}
	items := []Item{
		stay("bin", Dir, Required, installer70+": start scripts, classpath.conf; the server's working folder"),
		stay("lib", Dir, Required, installer70+"; lib/ext holds the database driver"),
		stay("opt", Dir, Required, installer70+": Tomcat, with server.xml and tomcat.keystore"),
		stay("endorsed", Dir, Optional, installer70),
		stay("native", Dir, Optional, installer70),
		stay("licenses", Dir, Optional, installer70),
		stay("extensions", Dir, Optional, installer70),
		stay("java", Dir, Optional, installer70+", where the media bundles a Java runtime"),
		from(since(product.DatabaseScripts), stay(product.DatabaseScripts, Dir, Optional, installer70)),
		stay("appdata", Dir, Optional, installer70+": where an application data folder lies unless told otherwise"),
		stay("conf/installed.version", File, Required, installer70+": its existence says that a server is installed here"),
		stay("conf/server/installed.properties", File, Required, "vendor page server_properties"),
		from(product.Since(product.Passwords, product.SecuredProperties), stay(product.SecuredProperties, File, Optional, installer70)),
		stay("conf/server/security-installed.properties", File, Optional, templates62And70),
		from(since(product.IdentityKeystore), stay(product.IdentityKeystore, File, Optional,
			installer70+": this server's own identity towards agents and members")),
		stay("var/log", Dir, Optional, templates62And70+": the server's own log"),
		stay("var/temp", Dir, Optional, installer70+": java.io.tmpdir"),
		stay("var/email", Dir, Optional, templates62And70),
		from(since(product.InstallLog), stay(product.InstallLog, Dir, Optional, installer70)),
		stay("var/server.pid", File, Optional, "installers 6.2.1.1 and 7.0.0: the server runs, or was not shut down"),
	}
	for _, name := range []string{"activemq.xml", "ehcache.xml", "ds-navigation.config", "java.security",
		"replication.whitelist", "RCL_Log_Config.txt", "urbancode.key"} {
		items = append(items, stay("conf/server/"+name, File, Optional, templates62And70+": rewritten by upgrades"))
	}
	if s == Folder {
		early := stay(product.NotificationTemplates, Dir, Optional, "vendor pages: here before they were shared")
		early.Until = since(product.NotificationTemplates)
		items = append(items, early)
	}
	return items
}

// systemItems returns what file servers, operating systems and this library keep
// at the root of a storage. They never move.
func systemItems() (items []Item) {
	for _, e := range reserved.System() {
		items = append(items, Item{Path: e.Name, Kind: Dir, Presence: Optional, Transfer: Stay, Source: e.Source})
	}
	return items
}

// known is what can stand in a folder of each scheme besides its layout. It is made
// once, and nothing changes it.
var known = newKnown()

// knownPaths are paths with a known reason to stand in a folder, and the folders
// above them.
type knownPaths struct{ paths, above map[string]bool }

func newKnown() map[Scheme]knownPaths {
	out := map[Scheme]knownPaths{}
	for _, s := range append(schemes(), "") {
		k := knownPaths{map[string]bool{}, map[string]bool{}}
		for _, it := range knownItems(s) {
			k.paths[it.Path] = true
			for dir := range ancestors(it.Path) {
				k.above[dir] = true
			}
		}
		out[s] = k
	}
	return out
}

// knownItems returns everything with a known reason to stand in a folder of
// scheme s besides its layout, of any version. Without a scheme the folder may
// be of either sort.
func knownItems(s Scheme) []Item {
	items := append(systemItems(), extrasTable(s)...)
	if s != Folder {
		items = append(items, localTable(s)...)
	}
	return items
}
