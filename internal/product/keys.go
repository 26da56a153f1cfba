package product

import (
	_ "embed"
	"iter"
	"strings"

	"github.com/deploycluster/deploycluster/internal/words"
)

// propertyKeys are the keys of installed.properties, secured-installed.properties
// and install.properties that the product knows, as far as its templates, its
// installer, its documentation and installed servers show them: one a line, sorted.
//
//go:embed keys.txt
var propertyKeys string

// keyFamilies are beginnings of keys whose rest has many values.
func keyFamilies() []string {
	return []string{"codestation.s3.", "versionArchive.s3.", "hibernate.c3p0.", "hibernate.cache.", "hibernate.jdbc."}
}

// PropertyKeys yields the keys in alphabetical order.
func PropertyKeys() iter.Seq[string] {
	return strings.SplitSeq(strings.TrimSuffix(propertyKeys, "\n"), "\n")
}

// KnownKey reports whether the product knows a key. Keys are compared letter by
// letter.
func KnownKey(key string) bool {
	if key == "" || strings.Contains(key, "\n") {
		return false
	}
	for _, f := range keyFamilies() {
		if len(key) > len(f) && strings.HasPrefix(key, f) {
			return true
		}
	}
	return ListedKey(key)
}

// ListedKey reports whether a key is in the table itself. A member of a family
// that is known by its first words alone may be a misspelling.
func ListedKey(key string) bool {
	low, high := 0, len(propertyKeys) // where lines begin
	for low < high {
		mid := low + (high-low)/2
		begin := strings.LastIndexByte(propertyKeys[:mid], '\n') + 1
		end := begin + strings.IndexByte(propertyKeys[begin:], '\n')
		switch strings.Compare(key, propertyKeys[begin:end]) {
		case 0:
			return true
		case -1:
			high = begin
		default:
			low = end + 1
		}
	}
	return false
}

// NearKey returns the known key that an unknown one is most likely meant to be.
// Where the likeness of the texts alone would find another one, public scripts
// and pages decide.
func NearKey(key string) (meant string, ok bool) {
	switch key {
	case "install.server.web.http.port":
		return "install.server.web.port", true
	case "secured-server.keystore.password":
		return "server.keystore.password", true
	case "db.type":
		return "database.type", true
	}
	return words.Near(key, PropertyKeys())
}
