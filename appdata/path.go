package appdata

import (
	"strings"

	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// The paths of this file are paths as a server writes them: see package
// internal/serverpath for their flavours.

// Resolve returns the folder that the value of server.appdata.dir names on a
// server installed at install, by the rule of the product's installer, which
// holds for this property only [installer 6.2.1.1 and 7.0.0, initProperties]:
//
//   - A value that begins with two dots is the install folder followed by the
//     text after the dots, no separator asked for: ".." and "../" are the
//     install folder, "../appdata" lies in it, "..-appdata" beside it, and
//     "../../share" is install/../share.
//   - An absolute value stands for itself.
//   - Any other value is relative to install/bin, where the server runs
//     [inferred], as for ResolvePath.
//
// The two dots need a forward slash or a backslash as the server writes it;
// "..\appdata" is understood with a POSIX install too, because a Windows
// server's files are also read where a POSIX path leads to them.
//
// The result has no doubled or closing separators and no "." components, but
// keeps ".." where it stands: install may be reached through a link, and
// then install/../share is not what the text suggests. The result is "" when the
// value is unset: empty, blank, or the word "null" that installers write for unset
// variables.
func Resolve(install, value string) string {
	if unset(value) {
		return ""
	}
	rest, ok := strings.CutPrefix(value, "..")
	if !ok {
		return ResolvePath(install, value)
	}
	win := serverpath.Windows(install)
	if !win && strings.HasPrefix(rest, `\`) {
		rest = strings.ReplaceAll(rest, `\`, "/")
	}
	return serverpath.Parse(serverpath.Parse(install, win).String()+rest, win).String()
}

// ResolvePath returns the path that any property other than server.appdata.dir
// names on a server installed at install: encryption.keystore, server.keystore
// and the rest. The server runs in install/bin, so "../x" and "..\x" are
// install/x and other relative values lie below install/bin. [start scripts of
// installer 6.2.1.1; installer 7.0.0 resolves encryption.keystore only if it
// begins with two dots and a separator]
//
// "..-appdata/conf/encryption.keystore", which the installer writes for an
// application data folder whose text begins with that of the install folder, is
// therefore install/bin/..-appdata/conf/encryption.keystore: a path that leads
// nowhere. See Stored.
//
// On Windows a value that begins with one separator lies on install's drive,
// and "//nas/share" is returned as "\\nas\share", so that the result can be told
// from a POSIX path. What Resolve says about unset values, separators and ".."
// holds here too.
func ResolvePath(install, value string) string {
	if unset(value) {
		return ""
	}
	if serverpath.Windows(value) {
		return serverpath.Parse(value, true).String()
	}
	win := serverpath.Windows(install)
	if !win && strings.HasPrefix(value, `..\`) {
		value = strings.ReplaceAll(value, `\`, "/")
	}
	p, base := serverpath.Parse(value, win), serverpath.Parse(install, win)
	switch {
	case p.Volume == "" && p.Rooted:
		p.Volume, p.Sep = base.Volume, base.Sep
		if base.UNC() {
			p.Parts = append(base.Parts[:min(1, len(base.Parts))], p.Parts...)
		}
		return p.String()
	case strings.EqualFold(p.Volume, base.Volume) && !p.Rooted:
		// Relative; also "C:x" where the server itself runs on C:.
	case p.Volume != "":
		// UNC, or relative to the current folder of another drive, which nobody
		// can know: taken from that drive's root.
		p.Rooted = true
		return p.String()
	}
	if len(p.Parts) > 0 && p.Parts[0] == ".." {
		base.Parts = append(base.Parts, p.Parts[1:]...)
	} else {
		base.Parts = append(append(base.Parts, "bin"), p.Parts...)
	}
	return base.String()
}

// unset reports whether a property's value stands for no value.
func unset(value string) bool {
	return value == "null" || strings.TrimSpace(value) == ""
}

// Stored returns how the installer writes an absolute path into
// installed.properties: if the path's text begins with that of install, every
// occurrence of that text becomes "..". Letter case and separators must agree
// exactly. [installer 7.0.0, installServer]
//
// For a path inside the install folder, Resolve and ResolvePath read the result
// back. They do not when the install text occurs in the path a second time; and
// of a path that HasTrapPrefix, only Resolve does.
func Stored(install, path string) string {
	install = trimSeparators(install)
	if install == "" || !strings.HasPrefix(path, install) {
		return path
	}
	return strings.ReplaceAll(path, install, "..")
}

// HasTrapPrefix reports whether path merely begins with the text of install
// without lying inside: "/opt/ucd/server-appdata" for "/opt/ucd/server". The
// next install or upgrade stores such an application data folder as
// "..-appdata", and the keystores in it as "..-appdata/conf/…", which nothing but
// the installer's rule for server.appdata.dir reads back. [installer 7.0.0; the
// consequence for keystores is inferred] Letter case and separators must agree
// exactly, as for the installer.
func HasTrapPrefix(install, path string) bool {
	trimmed := trimSeparators(install)
	rest, ok := strings.CutPrefix(path, trimmed)
	return ok && trimmed != "" && rest != "" && !serverpath.IsSeparator(rest[0], serverpath.Windows(install))
}

func trimSeparators(install string) string {
	if serverpath.Windows(install) {
		return strings.TrimRight(install, `/\`)
	}
	return strings.TrimRight(install, "/")
}
