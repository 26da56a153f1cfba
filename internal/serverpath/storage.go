package serverpath

import "strings"

// JoinStorage joins a storage root and a relative server path. Storages use
// forward slashes, unless their root is itself spelled with backslashes.
func JoinStorage(root, rel string) string {
	if rel == "" || rel == "." {
		if cut := strings.TrimRight(root, `/\`); cut != "" && !strings.HasSuffix(cut, ":") {
			return cut
		}
		return root
	}
	sep := "/"
	if Windows(root) && !strings.Contains(root, "/") {
		sep = `\`
		rel = strings.ReplaceAll(rel, "/", `\`)
	} else {
		rel = strings.ReplaceAll(rel, `\`, "/")
	}
	return strings.TrimRight(root, `/\`) + sep + rel
}
