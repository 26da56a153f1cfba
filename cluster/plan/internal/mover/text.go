package mover

import "strings"

// cutSuffix is name without suffix, or empty where it does not end in it.
func cutSuffix(name, suffix string) string {
	if rest, ok := strings.CutSuffix(name, suffix); ok {
		return rest
	}
	return ""
}

func cutPrefix(path, folder string) (rest string, ok bool) {
	return strings.CutPrefix(path, strings.TrimRight(folder, `/\`))
}
