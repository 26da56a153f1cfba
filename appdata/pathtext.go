package appdata

import "strings"

// pathText is a path cut into its pieces, from which the text can be put
// together again.
type pathText struct {
	windows bool
	sep     string   // between components
	vol     string   // "C:" or `\\host`; "" in the POSIX flavour
	rooted  bool     // absolute, or on Windows at the root of some drive
	parts   []string // components, none empty and none "."
}

// isWindows reports whether path is spelled as only Windows spells paths: with
// a drive or as UNC.
func isWindows(path string) bool {
	return strings.HasPrefix(path, `\\`) && hasHost(path) || hasDrive(path) && (len(path) == 2 || isSeparator(path[2], true))
}

func hasDrive(path string) bool {
	return len(path) >= 2 && path[1] == ':' && 'a' <= path[0]|0x20 && path[0]|0x20 <= 'z'
}

// hasHost reports whether path begins as UNC does: two separators and a name.
func hasHost(path string) bool {
	return len(path) > 2 && isSeparator(path[0], true) && isSeparator(path[1], true) && !isSeparator(path[2], true)
}

func isSeparator(c byte, windows bool) bool { return c == '/' || windows && c == '\\' }

// parse cuts path into its pieces, read in the given flavour.
func parse(path string, windows bool) pathText {
	if !windows {
		return pathText{sep: "/", rooted: strings.HasPrefix(path, "/"), parts: components(path, false)}
	}
	p := pathText{windows: true, sep: `\`}
	if i := strings.IndexAny(path, `/\`); i >= 0 {
		p.sep = path[i : i+1]
	}
	switch {
	case hasDrive(path):
		p.vol, path = path[:2], path[2:]
		// A drive and nothing else is taken as the drive's root: the current
		// folder of a drive cannot be known from text.
		p.rooted = path == "" || isSeparator(path[0], true)
	case hasHost(path):
		host := path[2:]
		if i := strings.IndexAny(host, `/\`); i >= 0 {
			host = host[:i]
		}
		p.vol, path = `\\`+host, path[2+len(host):]
		p.sep, p.rooted = `\`, true
	default:
		p.rooted = path != "" && isSeparator(path[0], true)
	}
	p.parts = components(path, true)
	return p
}

// components cuts path at its separators and drops what is empty or ".".
func components(path string, windows bool) []string {
	parts := strings.FieldsFunc(path, func(r rune) bool { return r == '/' || windows && r == '\\' })
	kept := parts[:0]
	for _, part := range parts {
		if part != "." {
			kept = append(kept, part)
		}
	}
	return kept
}

// unc reports whether the first component is the share of a host, without which
// the host is no place.
func (p pathText) unc() bool { return len(p.vol) > 2 }

// resolveDots takes every ".." off together with the component in front of it;
// at a root, which for UNC is the share, it falls away.
func (p *pathText) resolveDots() {
	var kept []string
	least := 0
	if p.unc() {
		least = 1
	}
	for _, part := range p.parts {
		switch {
		case part != "..":
			kept = append(kept, part)
		case len(kept) > least && kept[len(kept)-1] != "..":
			kept = kept[:len(kept)-1]
		case !p.rooted:
			kept = append(kept, part)
		}
	}
	p.parts = kept
}

// String puts the path together. A relative POSIX path whose text would read as
// a Windows path gets "./" in front, so that the flavour survives.
func (p pathText) String() string {
	text := strings.Join(p.parts, p.sep)
	switch {
	case p.unc() && text == "":
		return p.vol
	case p.rooted:
		return p.vol + p.sep + text
	case text == "":
		return "."
	case isWindows(text) && !p.windows:
		return "./" + text
	}
	return text
}
