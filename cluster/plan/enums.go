package plan

import "github.com/deploycluster/deploycluster/internal/enum"

// Kind is what a plan does. The zero Kind is unset.
type Kind int

const (
	// KindPopulate moves one server's application data to network storage.
	KindPopulate Kind = iota + 1
	// KindAlign gives all members the certificate of one of them.
	KindAlign
	// KindEdits changes settings of any members.
	KindEdits
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
type Action int

const (
	// ActionManual is for a person; Apply lists it.
	ActionManual Action = iota + 1
	// ActionMakeDir creates a folder.
	ActionMakeDir
	// ActionCopy copies a file or a folder and proves the copy.
	ActionCopy
	// ActionRescan looks at the sources again: nothing may have changed.
	ActionRescan
	// ActionEdit changes lines of a configuration file.
	ActionEdit
	// ActionLink renames the original aside and puts a symbolic link in its place.
	ActionLink
	// ActionRetire renames the original aside.
	ActionRetire
	// ActionPurge deletes a retired original.
	ActionPurge
	// ActionReplace puts a copy of one small file in the place of another,
	// which is kept aside.
	ActionReplace
	// ActionSet changes settings of a configuration file, which is kept aside.
	ActionSet
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
type LinkPolicy int

const (
	// LinksRefuse stops before anything is written.
	LinksRefuse LinkPolicy = iota + 1
	// LinksKeep makes the same link on the target. Every member must see
	// what it points to under the same path.
	LinksKeep
	// LinksFollow copies what the link points to.
	LinksFollow
)

// NameRules are the names that a storage can hold. The zero NameRules is
// unset: SMB rules for Windows servers, POSIX rules otherwise.
type NameRules int

const (
	// NamesPOSIX allows every name up to 255 bytes.
	NamesPOSIX NameRules = iota + 1
	// NamesSMB refuses the characters <>:"|?*\ and control characters,
	// trailing dots and blanks, and device names such as CON.
	NamesSMB
)

// Durability is how hard Apply insists that data is on the storage.
// The zero Durability is unset and means DurabilityFull.
type Durability int

const (
	// DurabilityFull syncs every file; a storage that cannot is refused.
	DurabilityFull Durability = iota + 1
	// DurabilityBestEffort goes on where a storage cannot sync; the Result
	// says so.
	DurabilityBestEffort
)

func kindNames() enum.Names { return enum.Names{"", "populate", "align-certificate", "edits"} }
func phaseNames() enum.Names {
	return enum.Names{"", "prepare", "populate", "switch", "retire", "purge", "replace"}
}
func linkNames() enum.Names       { return enum.Names{"", "refuse", "keep", "follow"} }
func nameRuleNames() enum.Names   { return enum.Names{"", "posix", "smb"} }
func durabilityNames() enum.Names { return enum.Names{"", "full", "best-effort"} }
func actionNames() enum.Names {
	return enum.Names{"", "manual", "make-dir", "copy", "rescan", "edit", "link", "retire", "purge", "replace", "set"}
}

func (k Kind) String() string { return kindNames().Text(int(k)) }

// MarshalText refuses the unset value.
func (k Kind) MarshalText() ([]byte, error) { return kindNames().Marshal("kind", int(k)) }

// UnmarshalText reads the text that MarshalText writes.
func (k *Kind) UnmarshalText(b []byte) error {
	v, err := kindNames().Unmarshal("kind", b)
	*k = Kind(v)
	return err
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

func (a Action) String() string { return actionNames().Text(int(a)) }

// MarshalText refuses the unset value.
func (a Action) MarshalText() ([]byte, error) { return actionNames().Marshal("action", int(a)) }

// UnmarshalText reads the text that MarshalText writes.
func (a *Action) UnmarshalText(b []byte) error {
	v, err := actionNames().Unmarshal("action", b)
	*a = Action(v)
	return err
}

func (l LinkPolicy) String() string { return linkNames().Text(int(l)) }

// MarshalText refuses the unset value.
func (l LinkPolicy) MarshalText() ([]byte, error) { return linkNames().Marshal("link policy", int(l)) }

// UnmarshalText reads the text that MarshalText writes.
func (l *LinkPolicy) UnmarshalText(b []byte) error {
	v, err := linkNames().Unmarshal("link policy", b)
	*l = LinkPolicy(v)
	return err
}

func (n NameRules) String() string { return nameRuleNames().Text(int(n)) }

// MarshalText refuses the unset value.
func (n NameRules) MarshalText() ([]byte, error) { return nameRuleNames().Marshal("name rule", int(n)) }

// UnmarshalText reads the text that MarshalText writes.
func (n *NameRules) UnmarshalText(b []byte) error {
	v, err := nameRuleNames().Unmarshal("name rule", b)
	*n = NameRules(v)
	return err
}

func (d Durability) String() string { return durabilityNames().Text(int(d)) }

// MarshalText refuses the unset value.
func (d Durability) MarshalText() ([]byte, error) {
	return durabilityNames().Marshal("durability", int(d))
}

// UnmarshalText reads the text that MarshalText writes.
func (d *Durability) UnmarshalText(b []byte) error {
	v, err := durabilityNames().Unmarshal("durability", b)
	*d = Durability(v)
	return err
}
