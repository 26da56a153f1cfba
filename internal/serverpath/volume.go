package serverpath

import "strings"

// Volume is what the absolute paths of one tree begin with: "/", a drive or a
// share.
type Volume struct {
	Root    string // as spelled, with its closing separator
	Key     string // equal for equal volumes
	Sep     string // between names
	Windows bool
}

// SplitVolume cuts an absolute path into its volume and its components, which
// may be empty, "." and "..".
func SplitVolume(path string) (Volume, []string) {
	if !hasDrive(path) && !strings.HasPrefix(path, `\\`) {
		return Volume{Root: "/", Key: "/", Sep: "/"}, strings.Split(path, "/")
	}
	v := Volume{Sep: `\`, Windows: true}
	if strings.Contains(path, "/") && !strings.Contains(path, `\`) {
		v.Sep = "/"
	}
	slashed := strings.ReplaceAll(path, `\`, "/")
	if hasDrive(path) {
		v.Root, v.Key = path[:2]+v.Sep, strings.ToLower(path[:2])
		return v, strings.Split(slashed[2:], "/")
	}
	host, rest, _ := strings.Cut(strings.TrimLeft(slashed, "/"), "/")
	share, rest, _ := strings.Cut(rest, "/")
	v.Root = `\\` + host + `\` + share + `\`
	v.Key = strings.ToLower(v.Root)
	return v, strings.Split(rest, "/")
}

// SplitLink cuts the text of a link that lies in v. abs says that the text
// begins at the root of the volume to and not at the link's folder: on Windows
// an absolute text may leave out the drive, or name another.
func (v Volume) SplitLink(text string) (to Volume, parts []string, abs bool) {
	if v.Windows {
		if to, parts = SplitVolume(text); to.Windows {
			return to, parts, true
		}
		text = strings.ReplaceAll(text, `\`, "/")
	}
	return v, strings.Split(text, "/"), strings.HasPrefix(text, "/")
}

// FoldName returns what is equal for two names that are one name in a folder,
// where windows says whether it belongs to a Windows server.
func FoldName(name string, windows bool) string {
	if windows {
		return strings.ToLower(name)
	}
	return name
}

// Root cuts an absolute path into its root ("/", `C:\` or `\\host\share`) and
// its components, none of them empty; "." and ".." stay.
func Root(path string) (root string, parts []string) {
	v, all := SplitVolume(path)
	parts = all[:0]
	for _, part := range all {
		if part != "" {
			parts = append(parts, part)
		}
	}
	switch {
	case !v.Windows:
		return v.Root, parts
	case hasDrive(path):
		return path[:2] + `\`, parts
	}
	return strings.TrimRight(v.Root, `\`), parts
}
