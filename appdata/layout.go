package appdata

import "github.com/deploycluster/deploycluster/internal/product"

const clusterPage = `vendor page "Setting up clusters of servers"`

// listSource names the list that a scheme's items are taken from.
func listSource(s Scheme) string {
	switch s {
	case Folder:
		return clusterPage + ", step 5.3, folder layout to verify"
	case InInstall:
		return clusterPage + ", step 5.3, entries to copy and folder layout to verify"
	default:
		return "vendor page ha_config_server of 7.0.x, servers before 6.1.1.5"
	}
}

// Layout returns the entries that make up the application data of a server of
// the given version and scheme, in the order of the vendor's list: ten entries
// and, last, conf/installed.version. The paths are relative to the application
// data folder; for InInstall and Linked that is the install folder as long as
// the data has not moved, and the layout of the new folder is the same.
//
// Only the entries that this version has are returned; "dev" is the newest
// version. The result is the caller's own. See the package comment for what is
// known about the entries.
//
// The error is a *VersionError for an unreadable version and a *SchemeError for
// an unset scheme. Folder below 6.1.1.5 and Linked from there on are answered as
// the entries' own windows say: the first does not occur, the second is a server
// whose entries were relocated with links, which the vendor documents for any
// version. [arch_relocate_codestation]
func Layout(ver string, s Scheme) ([]Item, error) {
	if !product.Valid(ver) {
		return nil, &VersionError{Version: ver}
	}
	if !s.valid() {
		return nil, &SchemeError{Scheme: s}
	}
	return inWindow(ver, s, layoutTable(s)), nil
}

// since is the version from which on there is an entry.
func since(name string) string { return product.Since(product.Layout, name) }

// layoutTable holds the entries of all versions.
func layoutTable(s Scheme) []Item {
	list := listSource(s)
	move := func(path string, k Kind, p Presence, detail string) Item {
		return Item{Path: path, Kind: k, Presence: p, Transfer: Move, Source: list + detail}
	}
	templates := move(product.NotificationTemplates, Dir, Optional,
		"; in this folder since 6.1.3 by the installer, since 6.2.0.2 by vendor pages")
	if s == Folder {
		templates.Since = since(product.NotificationTemplates)
	}
	log4j := move(product.Log4j1, File, Optional, "; configuration template of installer 7.0.0")
	log4j.Until = product.Until(product.Logging, product.Log4j1)
	log4j2 := move(product.Log4j2, File, Optional,
		", in place of log4j.properties (inferred); vendor pages of 7.2.3 and later")
	log4j2.Since = product.Since(product.Logging, product.Log4j2)

	return []Item{
		move("var/plugins", Dir, Optional, "; installer 7.0.0"),
		move("var/repository", Dir, Optional, "; made by the running server (CodeStation)"),
		move("var/sa", Dir, Optional, "; made by the running server, purpose undocumented"),
		move("logs", Dir, Optional, "; output of processes and steps, not the server's log"),
		templates,
		move("conf/encryption.keystore", File, Required, "; installers 6.2.1.1 and 7.0.0"),
		move("conf/server.keystore", File, Required, "; installers 6.2.1.1 and 7.0.0"),
		move("conf/collectors", Dir, Optional, "; configuration template of installer 7.0.0"),
		move("patches", Dir, Optional, "; installer 7.0.0"),
		log4j,
		log4j2,
		{Path: "conf/installed.version", Kind: File, Presence: Optional, Transfer: Copy, Source: versionSource(s)},
	}
}

// versionSource is the source of the one entry that is copied and not moved.
func versionSource(s Scheme) string {
	const join = "; installers 6.2.1.1 and 7.0.0 read it when a member joins"
	switch s {
	case Folder:
		return "installer 7.0.0 writes it; servers of 6.x lack it unless installed for a cluster" + join
	case InInstall:
		return clusterPage + `, step 5.3, "Copy (not move)"` + join
	default:
		return "inferred: the storage is then laid out as an application data folder already" + join
	}
}

// inWindow returns the items that version ver has, marked with the scheme.
func inWindow(ver string, s Scheme, table []Item) []Item {
	items := make([]Item, 0, len(table))
	for _, it := range table {
		if product.In(ver, it.Since, it.Until) {
			it.Scheme = s
			items = append(items, it)
		}
	}
	return items
}
