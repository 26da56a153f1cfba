package appdata

import "github.com/deploycluster/deploycluster/internal/enum"

// Item is one entry of a layout: something the product keeps at a fixed place,
// or that may stand beside such things.
type Item struct {
	// Path is relative to the folder that the layout describes, with forward
	// slashes. What lies below a folder belongs to its item.
	Path     string   `json:"path"`
	Kind     Kind     `json:"kind"` // Dir or File
	Presence Presence `json:"presence"`
	// Transfer says what becomes of the entry when a server's data goes to
	// network storage.
	Transfer Transfer `json:"transfer"`
	// Scheme is the scheme that the item was asked for. Check reads from it
	// whether the tree is an install folder or an application data folder.
	Scheme Scheme `json:"scheme,omitzero"`
	// Since and Until bound the versions that have the entry: from Since up to,
	// but not including, Until; an empty bound is open.
	Since string `json:"since,omitzero"`
	Until string `json:"until,omitzero"`
	// Source names the document or the installer that the item is taken from.
	Source string `json:"source"`
}

// Kind is what stands at a path. The zero value means that it is not known.
type Kind string

const (
	Dir     Kind = "dir"
	File    Kind = "file"    // a regular file
	Link    Kind = "link"    // a symbolic link; what it leads to has a kind of its own
	Special Kind = "special" // a device, socket, pipe or anything else
	Missing Kind = "missing" // nothing: where a link leads when it dangles or runs in a circle
)

func kinds() []Kind { return []Kind{Dir, File, Link, Special, Missing} }

// String returns "dir", "file", "link", "special" or "missing", and "unset" for
// the zero value.
func (k Kind) String() string { return enum.Text(k) }

// MarshalText returns what String does; the zero value is an error.
func (k Kind) MarshalText() ([]byte, error) { return enum.Marshal("kind", k, kinds()...) }

// UnmarshalText reads what MarshalText writes; any other text is an error.
func (k *Kind) UnmarshalText(text []byte) error {
	return enum.Unmarshal("kind", k, text, kinds()...)
}

// Presence says whether a server that has run once must have an entry.
type Presence string

const (
	// Required entries are the two keystores: an installer that does not find
	// them makes new ones, whose keys do not fit the database. [installer 7.0.0;
	// that the rest can be absent: vendor page "Setting up clusters of
	// servers", "Some of these files and folders might not exist yet"]
	Required Presence = "required"
	Optional Presence = "optional"
)

func presences() []Presence { return []Presence{Required, Optional} }

// String returns "required" or "optional", and "unset" for the zero value.
func (p Presence) String() string { return enum.Text(p) }

// MarshalText returns what String does; the zero value is an error.
func (p Presence) MarshalText() ([]byte, error) { return enum.Marshal("presence", p, presences()...) }

// UnmarshalText reads what MarshalText writes; any other text is an error.
func (p *Presence) UnmarshalText(text []byte) error {
	return enum.Unmarshal("presence", p, text, presences()...)
}

// Transfer says what becomes of an entry when a server's data goes to network
// storage.
type Transfer string

const (
	Move Transfer = "move" // copied, verified, and the original removed in the end
	Copy Transfer = "copy" // copied; the original stays
	Stay Transfer = "stay" // left where it is, on the server
)

func transfers() []Transfer { return []Transfer{Move, Copy, Stay} }

// String returns "move", "copy" or "stay", and "unset" for the zero value.
func (t Transfer) String() string { return enum.Text(t) }

// MarshalText returns what String does; the zero value is an error.
func (t Transfer) MarshalText() ([]byte, error) { return enum.Marshal("transfer", t, transfers()...) }

// UnmarshalText reads what MarshalText writes; any other text is an error.
func (t *Transfer) UnmarshalText(text []byte) error {
	return enum.Unmarshal("transfer", t, text, transfers()...)
}
