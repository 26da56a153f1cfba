package replacefile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

// suffix ends the name of every temporary file.
const suffix = ".deploycluster-new"

// tokenLength is that of the part of the name that is random: 65 bits.
const tokenLength = 13

// tempName returns a name for a temporary file beside base.
func tempName(base string) string {
	return prefix(base) + strings.ToLower(rand.Text()[:tokenLength]) + suffix
}

// prefix begins the names of the temporary files for base. A name that is
// long already would be too long for the storage with more around it.
func prefix(base string) string {
	const most = 64
	if len(base) > most {
		h := fnv.New32a()
		_, _ = h.Write([]byte(base))
		cut := most - 9
		for cut > 0 && !utf8.RuneStart(base[cut]) {
			cut--
		}
		base = fmt.Sprintf("%s-%08x", base[:cut], h.Sum32())
	}
	return "." + base + "."
}

// isTemp reports whether name is that of a temporary file for base. Versions
// up to 0.9 had one name for all runs.
func isTemp(name, base string) bool {
	if name == "."+base+suffix {
		return true
	}
	token, ok := strings.CutPrefix(name, prefix(base))
	token, isNew := strings.CutSuffix(token, suffix)
	return ok && isNew && len(token) == tokenLength && strings.Trim(token, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// sweep removes what killed runs left. A folder of such a name is not ours.
func sweep(dir fsx.Folder, base string) error {
	names, err := dir.Names()
	if err != nil {
		return err
	}
	for _, name := range names {
		if !isTemp(name, base) {
			continue
		}
		switch fi, err := dir.Lstat(name); {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return err
		case fi.IsDir():
			continue
		}
		if err := dir.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
