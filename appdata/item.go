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
type Kind uint8

const (
	Dir     Kind = iota + 1
	File         // a regular file
	Link         // a symbolic link; what it leads to has a kind of its own
	Special      // a device, socket, pipe or anything else
	Missing      // nothing: where a link leads when it dangles or runs in a circle
)

func kindNames() enum.Names { return enum.Names{"", "dir", "file", "link", "special", "missing"} }

// String returns "dir", "file", "link", "special" or "missing", and "unset" for
// the zero value.
func (k Kind) String() string { return kindNames().Text(int(k)) }

// MarshalText returns what String does; the zero value is an error.
func (k Kind) MarshalText() ([]byte, error) { return kindNames().Marshal("kind", int(k)) }

// UnmarshalText reads what MarshalText writes; any other text is an error.
func (k *Kind) UnmarshalText(text []byte) error {
	v, err := kindNames().Unmarshal("kind", text)
	if err == nil {
		*k = Kind(v)
	}
	return err
}

// Presence says whether a server that has run once must have an entry.
type Presence uint8

const (
	// Required entries are the two keystores: an installer that does not find
	// them makes new ones, whose keys do not fit the database. [installer 7.0.0;
	// that the rest can be absent: vendor page "Setting up clusters of
	// servers", "Some of these files and folders might not exist yet"]
	Required Presence = iota + 1
	Optional
)

func presenceNames() enum.Names { return enum.Names{"", "required", "optional"} }

// String returns "required" or "optional", and "unset" for the zero value.
func (p Presence) String() string { return presenceNames().Text(int(p)) }

// MarshalText returns what String does; the zero value is an error.
func (p Presence) MarshalText() ([]byte, error) {
	return presenceNames().Marshal("presence", int(p))
}

// UnmarshalText reads what MarshalText writes; any other text is an error.
func (p *Presence) UnmarshalText(text []byte) error {
	v, err := presenceNames().Unmarshal("presence", text)
	if err == nil {
		*p = Presence(v)
	}
	return err
}

// Transfer says what becomes of an entry when a server's data goes to network
// storage.
type Transfer uint8

const (
	Move Transfer = iota + 1 // copied, verified, and the original removed in the end
	Copy                     // copied; the original stays
	Stay                     // left where it is, on the server
)

func transferNames() enum.Names { return enum.Names{"", "move", "copy", "stay"} }

// String returns "move", "copy" or "stay", and "unset" for the zero value.
func (t Transfer) String() string { return transferNames().Text(int(t)) }

// MarshalText returns what String does; the zero value is an error.
func (t Transfer) MarshalText() ([]byte, error) {
	return transferNames().Marshal("transfer", int(t))
}

// UnmarshalText reads what MarshalText writes; any other text is an error.
func (t *Transfer) UnmarshalText(text []byte) error {
	v, err := transferNames().Unmarshal("transfer", text)
	if err == nil {
		*t = Transfer(v)
	}
	return err
}
