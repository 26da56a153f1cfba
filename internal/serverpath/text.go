package serverpath

import "strings"

// Path is a path cut into its pieces, from which the text can be put together
// again.
type Path struct {
	Windows bool
	Sep     string   // between components
	Volume  string   // "C:" or `\\host`; "" in the POSIX flavour
	Rooted  bool     // absolute, or on Windows at the root of some drive
	Parts   []string // components, none empty and none "."
}

// Windows reports whether path is spelled as only Windows spells paths: with
// a drive or as UNC.
func Windows(path string) bool {
	return strings.HasPrefix(path, `\\`) && hasHost(path) || hasDrive(path) && (len(path) == 2 || IsSeparator(path[2], true))
}

func hasDrive(path string) bool {
	return len(path) >= 2 && path[1] == ':' && 'a' <= path[0]|0x20 && path[0]|0x20 <= 'z'
}

// hasHost reports whether path begins as UNC does: two separators and a name.
func hasHost(path string) bool {
	return len(path) > 2 && IsSeparator(path[0], true) && IsSeparator(path[1], true) && !IsSeparator(path[2], true)
}

// IsSeparator reports whether c stands between components.
func IsSeparator(c byte, windows bool) bool { return c == '/' || windows && c == '\\' }

// Parse cuts path into its pieces, read in the given flavour.
func Parse(path string, windows bool) Path {
	if !windows {
		return Path{Sep: "/", Rooted: strings.HasPrefix(path, "/"), Parts: components(path, false)}
	}
	p := Path{Windows: true, Sep: `\`}
	if i := strings.IndexAny(path, `/\`); i >= 0 {
		p.Sep = path[i : i+1]
	}
	switch {
	case hasDrive(path):
		p.Volume, path = path[:2], path[2:]
		// A drive and nothing else is taken as the drive's root: the current
		// folder of a drive cannot be known from text.
		p.Rooted = path == "" || IsSeparator(path[0], true)
	case hasHost(path):
		host := path[2:]
		if i := strings.IndexAny(host, `/\`); i >= 0 {
			host = host[:i]
		}
		p.Volume, path = `\\`+host, path[2+len(host):]
		p.Sep, p.Rooted = `\`, true
	default:
		p.Rooted = path != "" && IsSeparator(path[0], true)
	}
	p.Parts = components(path, true)
	return p
}

// components cuts path at its separators and drops what is empty or ".".
func components(path string, windows bool) []string {
	var kept []string
	for path != "" {
		end := 0
		for end < len(path) && !IsSeparator(path[end], windows) {
			end++
		}
		if part := path[:end]; part != "" && part != "." {
			kept = append(kept, part)
		}
		path = path[min(end+1, len(path)):]
	}
	return kept
}

// UNC reports whether the first component is the share of a host, without which
// the host is no place.
func (p Path) UNC() bool { return len(p.Volume) > 2 }

// resolveDots takes every ".." off together with the component in front of it;
// at a root, which for UNC is the share, it falls away.
func (p *Path) resolveDots() {
	var kept []string
	least := 0
	if p.UNC() {
		least = 1
	}
	for _, part := range p.Parts {
		switch {
		case part != "..":
			kept = append(kept, part)
		case len(kept) > least && kept[len(kept)-1] != "..":
			kept = kept[:len(kept)-1]
		case !p.Rooted:
			kept = append(kept, part)
		}
	}
	p.Parts = kept
}

// String puts the path together. A relative POSIX path whose text would read as
// a Windows path gets "./" in front, so that the flavour survives.
func (p Path) String() string {
	text := strings.Join(p.Parts, p.Sep)
	switch {
	case p.UNC() && text == "":
		return p.Volume
	case p.Rooted:
		return p.Volume + p.Sep + text
	case text == "":
		return "."
	case Windows(text) && !p.Windows:
		return "./" + text
	}
	return text
}
