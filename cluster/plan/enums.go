package plan

import "github.com/deploycluster/deploycluster/internal/enum"

// Kind is what a plan does. The zero Kind is unset.
type Kind string

// Phase is a part of a plan. The zero Phase is unset.
type Phase int

// Action is what a step does. The zero Action is unset.
type Action string

// Changes reports whether the action writes anything.
func (a Action) Changes() bool {
	switch a {
	case ActionMakeDir, ActionCopy, ActionEdit, ActionLink, ActionRetire, ActionPurge, ActionReplace, ActionSet:
		return true
	}
	return false
}

// LinkPolicy is what happens to a symbolic link inside the application data.
// The zero LinkPolicy is unset and means LinksRefuse.
type LinkPolicy string

// NameRules are the names that a storage can hold. The zero NameRules is
// unset: SMB rules for Windows servers, POSIX rules otherwise.
type NameRules string

// Durability is how hard Apply insists that data is on the storage.
// The zero Durability is unset and means DurabilityFull.
type Durability string

func kinds() []Kind { return []Kind{KindPopulate, KindAlign, KindEdits, KindJoin} }
func phaseNames() enum.Names {
	return enum.Names{"", "prepare", "populate", "switch", "retire", "purge", "replace"}
}
func linkPolicies() []LinkPolicy { return []LinkPolicy{LinksRefuse, LinksKeep, LinksFollow} }
func nameRules() []NameRules     { return []NameRules{NamesPOSIX, NamesSMB} }
func durabilities() []Durability { return []Durability{DurabilityFull, DurabilityBestEffort} }
func actions() []Action {
	return []Action{ActionManual, ActionMakeDir, ActionCopy, ActionRescan, ActionEdit, ActionLink, ActionRetire, ActionPurge, ActionReplace, ActionSet}
}

func (k Kind) String() string { return enum.Text(k) }

// MarshalText refuses the unset value.
func (k Kind) MarshalText() ([]byte, error) { return enum.Marshal("kind", k, kinds()...) }

// UnmarshalText reads the text that MarshalText writes.
func (k *Kind) UnmarshalText(b []byte) error { return enum.Unmarshal("kind", k, b, kinds()...) }

func (p Phase) String() string { return phaseNames().Text(int(p)) }

// MarshalText refuses the unset value.
func (p Phase) MarshalText() ([]byte, error) { return phaseNames().Marshal("phase", int(p)) }

// UnmarshalText reads the text that MarshalText writes.
func (p *Phase) UnmarshalText(b []byte) error {
	v, err := phaseNames().Unmarshal("phase", b)
	*p = Phase(v)
	return err
}

func (a Action) String() string { return enum.Text(a) }

// MarshalText refuses the unset value.
func (a Action) MarshalText() ([]byte, error) { return enum.Marshal("action", a, actions()...) }

// UnmarshalText reads the text that MarshalText writes.
func (a *Action) UnmarshalText(b []byte) error { return enum.Unmarshal("action", a, b, actions()...) }

func (l LinkPolicy) String() string { return enum.Text(l) }

// MarshalText refuses the unset value.
func (l LinkPolicy) MarshalText() ([]byte, error) {
	return enum.Marshal("link policy", l, linkPolicies()...)
}

// UnmarshalText reads the text that MarshalText writes.
func (l *LinkPolicy) UnmarshalText(b []byte) error {
	return enum.Unmarshal("link policy", l, b, linkPolicies()...)
}

func (n NameRules) String() string { return enum.Text(n) }

// MarshalText refuses the unset value.
func (n NameRules) MarshalText() ([]byte, error) { return enum.Marshal("name rule", n, nameRules()...) }

// UnmarshalText reads the text that MarshalText writes.
func (n *NameRules) UnmarshalText(b []byte) error {
	return enum.Unmarshal("name rule", n, b, nameRules()...)
}

func (d Durability) String() string { return enum.Text(d) }

// MarshalText refuses the unset value.
func (d Durability) MarshalText() ([]byte, error) {
	return enum.Marshal("durability", d, durabilities()...)
}

// UnmarshalText reads the text that MarshalText writes.
func (d *Durability) UnmarshalText(b []byte) error {
	return enum.Unmarshal("durability", d, b, durabilities()...)
}
