package plan

import "github.com/deploycluster/deploycluster/internal/enum"

// Kind is what a plan does. The zero Kind is unset.
type Kind string

const (
	// KindPopulate moves one server's application data to network storage.
	KindPopulate Kind = "populate"
	// KindAlign gives all members the certificate of one of them.
	KindAlign Kind = "align-certificate"
	// KindEdits changes settings of any members.
	KindEdits Kind = "edits"
	// KindJoin makes a stand-alone server a member of a cluster.
	KindJoin Kind = "join"
)

// Phase is a part of a plan. The zero Phase is unset.
type Phase int

const (
	// PhasePrepare is what a person makes ready, and what is checked, before
	// anything is written.
	PhasePrepare Phase = iota + 1
	// PhasePopulate copies to the target and proves the copies.
	PhasePopulate
	// PhaseSwitch makes the server read the new place. Its last edit is the one
	// commit point.
	PhaseSwitch
	// PhaseRetire renames the originals aside.
	PhaseRetire
	// PhasePurge deletes what was retired.
	PhasePurge
)

// Action is what a step does. The zero Action is unset.
type Action string

const (
	// ActionManual is for a person; Apply lists it.
	ActionManual Action = "manual"
	// ActionMakeDir creates a folder.
	ActionMakeDir Action = "make-dir"
	// ActionCopy copies a file or a folder and proves the copy.
	ActionCopy Action = "copy"
	// ActionRescan looks at the sources again: nothing may have changed.
	ActionRescan Action = "rescan"
	// ActionEdit changes lines of a configuration file.
	ActionEdit Action = "edit"
	// ActionLink renames the original aside and puts a symbolic link in its place.
	ActionLink Action = "link"
	// ActionRetire renames the original aside.
	ActionRetire Action = "retire"
	// ActionPurge deletes a retired original.
	ActionPurge Action = "purge"
	// ActionReplace puts a copy of one small file in the place of another,
	// which is kept aside.
	ActionReplace Action = "replace"
	// ActionSet changes settings of a configuration file, which is kept aside.
	ActionSet Action = "set"
)

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

const (
	// LinksRefuse stops before anything is written.
	LinksRefuse LinkPolicy = "refuse"
	// LinksKeep makes the same link on the target. Every member must see
	// what it points to under the same path.
	LinksKeep LinkPolicy = "keep"
	// LinksFollow copies what the link points to.
	LinksFollow LinkPolicy = "follow"
)

// NameRules are the names that a storage can hold. The zero NameRules is
// unset: SMB rules for Windows servers, POSIX rules otherwise.
type NameRules string

const (
	// NamesPOSIX allows every name up to 255 bytes.
	NamesPOSIX NameRules = "posix"
	// NamesSMB refuses the characters <>:"|?*\ and control characters,
	// trailing dots and blanks, and device names such as CON.
	NamesSMB NameRules = "smb"
)

// Durability is how hard Apply insists that data is on the storage.
// The zero Durability is unset and means DurabilityFull.
type Durability string

const (
	// DurabilityFull syncs every file; a storage that cannot is refused.
	DurabilityFull Durability = "full"
	// DurabilityBestEffort goes on where a storage cannot sync; the Result
	// says so.
	DurabilityBestEffort Durability = "best-effort"
)

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
func (k *Kind) UnmarshalText(b []byte) error {
	return enum.Unmarshal("kind", k, b, kinds()...)
}

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
func (a *Action) UnmarshalText(b []byte) error {
	return enum.Unmarshal("action", a, b, actions()...)
}

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
