package appdata

import "strings"

// The paths of this file are paths as a server writes them: text, never looked
// up anywhere. A path is in the Windows flavour if it begins with a drive ("C:"
// followed by a separator or by nothing) or with two backslashes (UNC, also
// "\\?\"); every other path is in the POSIX flavour, where a backslash is an
// ordinary character. Windows paths may use either separator, also mixed, as
// the product's own files do ("…server/appdata\patches"); they are compared
// without regard to separator or letter case. A result keeps the separator that
// its base, or the path itself, uses first.
//
// A UNC install folder must be spelled with backslashes: "//nas/ucd" alone is a
// POSIX path, and only beside a Windows path is it read as UNC.

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
// then install/../share is not what the text suggests. Use Clean, Equal and
// Within where the text has to decide. The result is "" when the value is
// unset: empty, blank, or the word "null" that installers write for unset
// variables.
func Resolve(install, value string) string {
	if unset(value) {
		return ""
	}
	rest, ok := strings.CutPrefix(value, "..")
	if !ok {
		return ResolvePath(install, value)
	}
	win := isWindows(install)
	if !win && strings.HasPrefix(rest, `\`) {
		rest = strings.ReplaceAll(rest, `\`, "/")
	}
	return parse(parse(install, win).String()+rest, win).String()
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
	if isWindows(value) {
		return parse(value, true).String()
	}
	win := isWindows(install)
	if !win && strings.HasPrefix(value, `..\`) {
		value = strings.ReplaceAll(value, `\`, "/")
	}
	p, base := parse(value, win), parse(install, win)
	switch {
	case p.vol == "" && p.rooted:
		p.vol, p.sep = base.vol, base.sep
		if base.unc() {
			p.parts = append(base.parts[:min(1, len(base.parts))], p.parts...)
		}
		return p.String()
	case strings.EqualFold(p.vol, base.vol) && !p.rooted:
		// Relative; also "C:x" where the server itself runs on C:.
	case p.vol != "":
		// UNC, or relative to the current folder of another drive, which nobody
		// can know: taken from that drive's root.
		p.rooted = true
		return p.String()
	}
	if len(p.parts) > 0 && p.parts[0] == ".." {
		base.parts = append(base.parts, p.parts[1:]...)
	} else {
		base.parts = append(append(base.parts, "bin"), p.parts...)
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
	return ok && trimmed != "" && rest != "" && !isSeparator(rest[0], isWindows(install))
}

func trimSeparators(install string) string {
	if isWindows(install) {
		return strings.TrimRight(install, `/\`)
	}
	return strings.TrimRight(install, "/")
}

// Abs reports whether path is absolute in its flavour: it begins with a slash,
// with a drive and a separator, or with two backslashes.
func Abs(path string) bool { return isWindows(path) || strings.HasPrefix(path, "/") }

// Clean returns the shortest text for path: separators of one kind and none
// doubled or at the end, no "." components, ".." taken off together with the
// component in front of it. Nothing is looked up, so where links are involved
// the result may name another file than path does. The text of an empty path is
// ".".
func Clean(path string) string {
	p := parse(path, isWindows(path))
	p.resolveDots()
	return p.String()
}

// Join puts elems below base, with the separator that base uses. Elements may
// have several components, separated by "/" and, if base is a Windows path, by
// backslashes too. Unlike Clean it keeps "..". An item's path is joined to the
// folder it lies in this way.
func Join(base string, elems ...string) string {
	win := isWindows(base)
	p := parse(base, win)
	for _, e := range elems {
		p.parts = append(p.parts, components(e, win)...)
	}
	return p.String()
}

// Equal reports whether a and b are the same path after Clean. If either is a
// Windows path, both are read as such, without regard to separators and letter
// case. Links are not followed: paths that are not Equal may still lead to the
// same folder.
func Equal(a, b string) bool {
	rel, ok := Within(a, b)
	return ok && rel == "."
}

// Within reports whether path is base or lies inside it, compared component by
// component after Clean, and returns the path from base to it with forward
// slashes, "." for base itself. Flavours and links are treated as by Equal.
func Within(base, path string) (rel string, ok bool) {
	win := isWindows(base) || isWindows(path)
	b, p := parse(base, win), parse(path, win)
	b.resolveDots()
	p.resolveDots()
	if b.rooted != p.rooted || !strings.EqualFold(b.vol, p.vol) || len(p.parts) < len(b.parts) {
		return "", false
	}
	for i, part := range b.parts {
		if p.parts[i] != part && !(win && strings.EqualFold(p.parts[i], part)) {
			return "", false
		}
	}
	rest := p.parts[len(b.parts):]
	switch {
	case len(rest) == 0:
		return ".", true
	case rest[0] == "..":
		return "", false
	}
	return strings.Join(rest, "/"), true
}
