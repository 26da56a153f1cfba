package mover

import (
	"errors"
	"io/fs"
	"os"
	"strings"
)

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

// reason is what went wrong, without the paths.
func reason(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	var le *os.LinkError
	if errors.As(err, &le) {
		return le.Err.Error()
	}
	return err.Error()
}
