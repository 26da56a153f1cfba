package installer

import (
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/internal/enum"
	"github.com/deploycluster/deploycluster/internal/product"
)

// Key is a key of install.properties, or one of installed.properties that the
// installer does not take from there.
type Key struct {
	// Name is the key as the product spells it.
	Name string `json:"name"`
	// Kind is what its value is.
	Kind Kind `json:"kind"`
	// Default is what a silent installation uses where the key is absent or
	// empty; empty where there is no default, or where it is told in Note.
	Default string `json:"default,omitempty"`
	// Since and Until bound the versions that know the key: from Since up to,
	// but not including, Until. Empty is open, or not known.
	Since string `json:"since,omitempty"`
	Until string `json:"until,omitempty"`
	// Required says in which files the key is required: "always", "first" in
	// that of a lone server or the first one of a cluster, "cluster" in those of
	// all servers of a cluster, "member" in that of a further member; empty where
	// it is optional.
	Required string `json:"required,omitempty"`
	// Secret reports whether the value is a password. A file should hold a
	// reference in its place, see Answers.Resolve.
	Secret bool `json:"secret,omitempty"`
	// PerHost reports whether every server needs a value that no other has.
	PerHost bool `json:"perHost,omitempty"`
	// Asked reports whether the installer reads the key from install.properties.
	// The installed server reads the others, from installed.properties.
	Asked bool `json:"asked,omitempty"`
	// Becomes is the key of the installed server's properties that takes the
	// value of the file; empty where none does. File is "installed" or
	// "secured", the properties file that holds it: installed before 6.2.5.1.
	Becomes string `json:"becomes,omitempty"`
	File    string `json:"file,omitempty"`
	// Now is the key to use from Until on; empty where there is none.
	Now string `json:"now,omitempty"`
	// Note is what else there is to know, in a sentence.
	Note string `json:"note,omitempty"`
	// Source says who says so.
	Source string `json:"source"`
}

// Kind is what the value of a key is. The zero Kind is unset.
type Kind string

const (
	// KindText is any text.
	KindText Kind = "text"
	// KindHost is the name or address of a host, without a port.
	KindHost Kind = "host"
	// KindPort is a port, 1 to 65535.
	KindPort Kind = "port"
	// KindURI is a URI.
	KindURI Kind = "uri"
	// KindPath is a path of the server.
	KindPath Kind = "path"
	// KindYesNo is Y or N, in any letter case. Whether yes and no are read as
	// the same is told in Key.Note.
	KindYesNo Kind = "yes-no"
	// KindFlag is true or false.
	KindFlag Kind = "flag"
	// KindNumber is a whole number.
	KindNumber Kind = "number"
	// KindMemory is a whole number and mb or gb.
	KindMemory Kind = "memory"
	// KindPassword is a password: plain text, the server's pbe{…} form, or a
	// reference.
	KindPassword Kind = "password"
	// KindVersion is the text of a version, build number included.
	KindVersion Kind = "version"
)

func kinds() []Kind {
	return []Kind{KindText, KindHost, KindPort, KindURI, KindPath, KindYesNo, KindFlag, KindNumber, KindMemory, KindPassword, KindVersion}
}

// String returns the kind's name, and "unset" for the zero value.
func (k Kind) String() string { return enum.Text(k) }

// MarshalText refuses the unset value.
func (k Kind) MarshalText() ([]byte, error) { return enum.Marshal("kind of value", k, kinds()...) }

// UnmarshalText reads the text that MarshalText writes.
func (k *Kind) UnmarshalText(b []byte) error {
	return enum.Unmarshal("kind of value", k, b, kinds()...)
}

// Keys returns the table of keys, sorted by name: those that the installer
// asks for, and those of the installed server that people write beside them.
func Keys() []Key {
	list := slices.Concat(mediaKeys(), placeKeys(), webKeys(), agentKeys(), databaseKeys(), storeKeys(), serviceKeys(), formerKeys(), serverKeys())
	slices.SortFunc(list, func(a, b Key) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// known reports whether a version knows the key. Where the version is not
// known, it does.
func (k Key) known(v string) bool { return !product.Valid(v) || product.In(v, k.Since, k.Until) }

// keysByName is the table of keys by their names.
func keysByName() map[string]Key {
	t := map[string]Key{}
	for _, k := range Keys() {
		t[k.Name] = k
	}
	return t
}
