// Package serverpath handles paths as a server writes them: text that is never
// looked up anywhere.
//
//   - A path is in the Windows flavour if it begins with a drive ("C:" followed
//     by a separator or by nothing) or with two backslashes and a host (UNC, also
//     "\\?\"). Every other path is in the POSIX flavour, where a backslash is an
//     ordinary character.
//   - Windows paths may use either separator, also mixed, as the product's own
//     files do ("…server/appdata\patches"). They are compared without regard to
//     separator or letter case.
//   - A result keeps the separator that its base, or the path itself, uses first.
//   - "//nas/ucd" alone is a POSIX path. Only beside a Windows path is it read as
//     UNC.
package serverpath

import "strings"

// Abs reports whether path is absolute in its flavour: it begins with a slash,
// with a drive and a separator, or with two backslashes.
func Abs(path string) bool { return Windows(path) || strings.HasPrefix(path, "/") }

// Clean returns the shortest text for path: separators of one kind and none
// doubled or at the end, no "." components, ".." taken off together with the
// component in front of it. Nothing is looked up, so where links are involved
// the result may name another file than path does. The text of an empty path is
// ".".
func Clean(path string) string {
	p := Parse(path, Windows(path))
	p.resolveDots()
	return p.String()
}

// Join puts elems below base, with the separator that base uses. Elements may
// have several components, separated by "/" and, if base is a Windows path, by
// backslashes too. Unlike Clean it keeps "..". An item's path is joined to the
// folder it lies in this way.
func Join(base string, elems ...string) string {
	if len(elems) == 1 && elems[0] != "" && plain(base) && base != "/" && plain("/"+elems[0]) {
		return base + "/" + elems[0]
	}
	win := Windows(base)
	p := Parse(base, win)
	for _, e := range elems {
		p.Parts = append(p.Parts, components(e, win)...)
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
	if plain(base) && plain(path) {
		return withinPlain(base, path)
	}
	win := Windows(base) || Windows(path)
	b, p := Parse(base, win), Parse(path, win)
	b.resolveDots()
	p.resolveDots()
	if b.Rooted != p.Rooted || !strings.EqualFold(b.Volume, p.Volume) || len(p.Parts) < len(b.Parts) {
		return "", false
	}
	for i, part := range b.Parts {
		if p.Parts[i] != part && !(win && strings.EqualFold(p.Parts[i], part)) {
			return "", false
		}
	}
	rest := p.Parts[len(b.Parts):]
	switch {
	case len(rest) == 0:
		return ".", true
	case rest[0] == "..":
		return "", false
	}
	return strings.Join(rest, "/"), true
}

// withinPlain is Within for two plain paths, without cutting them.
func withinPlain(base, path string) (rel string, ok bool) {
	switch rest, inside := strings.CutPrefix(path, base); {
	case !inside:
		return "", false
	case rest == "":
		return ".", true
	case base == "/":
		return rest, true
	case rest[0] == '/':
		return rest[1:], true
	}
	return "", false
}

// plain reports whether path is an absolute path that Clean returns as it is, and
// that reads the same beside a Windows path as not: most paths of most servers.
func plain(path string) bool {
	if path == "" || path[0] != '/' {
		return false
	}
	for i := 0; i < len(path); i++ {
		if path[i] == '\\' {
			return false
		}
		if path[i] != '/' || path == "/" {
			continue
		}
		switch rest := path[i+1:]; {
		case rest == "", rest[0] == '/':
			return false
		case rest[0] != '.':
		case len(rest) == 1, rest[1] == '/', rest[1] == '.' && (len(rest) == 2 || rest[2] == '/'):
			return false
		}
	}
	return true
}

// Split cuts the last component off a clean path. A root is its own folder and
// has no name.
func Split(path string) (dir, name string) {
	i := strings.LastIndexByte(path, '/')
	if Windows(path) {
		i = strings.LastIndexAny(path, `/\`)
	}
	if i < 0 || i == len(path)-1 {
		return path, ""
	}
	if dir = path[:i]; dir == "" || strings.HasSuffix(dir, ":") {
		dir = path[:i+1]
	}
	return dir, path[i+1:]
}

// Child returns the path of a single name in a folder.
func Child(dir, name string) string {
	sep := "/"
	if Windows(dir) {
		sep = `\`
	}
	if strings.HasSuffix(dir, sep) {
		return dir + name
	}
	return dir + sep + name
}

// Parent returns the folder of an absolute path. A root is its own parent.
func Parent(path string) string {
	dir, parts := Root(path)
	for _, part := range parts[:max(0, len(parts)-1)] {
		dir = Child(dir, part)
	}
	return dir
}
