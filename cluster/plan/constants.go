package plan

import "github.com/deploycluster/deploycluster/cluster/plan/internal/mover"

// The phases, in their order, and the other words that plans, their options and
// what is told of them are made of.
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

	// DefaultWorkers is how many files are worked on at the same time unless a
	// caller says otherwise: enough to keep a disk or a network storage busy.
	DefaultWorkers = 8

	// KindPopulate moves one server's application data to network storage.
	KindPopulate Kind = "populate"
	// KindAlign gives all members the certificate of one of them.
	KindAlign Kind = "align-certificate"
	// KindEdits changes settings of any members.
	KindEdits Kind = "edits"
	// KindJoin makes a stand-alone server a member of a cluster.
	KindJoin Kind = "join"

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

	// LinksRefuse stops before anything is written.
	LinksRefuse LinkPolicy = "refuse"
	// LinksKeep makes the same link on the target. Every member must see
	// what it points to under the same path.
	LinksKeep LinkPolicy = "keep"
	// LinksFollow copies what the link points to.
	LinksFollow LinkPolicy = "follow"

	// NamesPOSIX allows every name up to 255 bytes.
	NamesPOSIX NameRules = "posix"
	// NamesSMB refuses the characters <>:"|?*\ and control characters,
	// trailing dots and blanks, and device names such as CON.
	NamesSMB NameRules = "smb"

	// DurabilityFull syncs every file; a storage that cannot is refused.
	DurabilityFull Durability = "full"
	// DurabilityBestEffort goes on where a storage cannot sync; the Result
	// says so.
	DurabilityBestEffort Durability = "best-effort"

	// EventStarted: a step begins.
	EventStarted EventKind = "started"
	// EventProgress: files and bytes of a step have been proven.
	EventProgress EventKind = "progress"
	// EventDone: a step is complete.
	EventDone EventKind = "done"
	// EventSkipped: a step had been done before.
	EventSkipped EventKind = "skipped"
	// EventWaiting: a step is for a person. Apply goes on unless
	// ApplyOptions.Confirm says otherwise.
	EventWaiting EventKind = "waiting"
	// EventKept: an original stays, for the reason in Message.
	EventKept EventKind = "kept"

	// The states of a Status, in their order.

	StateUntouched State = "untouched" // nothing was begun
	StateCopying   State = "copying"   // copies were begun, by Prime or Apply; the server uses its originals
	StateSwitching State = "switching" // the switch was begun and not completed
	StateSwitched  State = "switched"  // the server uses the target; originals are in place
	StateRetired   State = "retired"   // and originals are aside
	StatePurging   State = "purging"   // and their deletion has begun
	StatePurged    State = "purged"    // the server uses the target, and no original is left
	StateReverting State = "reverting" // a Revert was begun and not completed
	StateShared    State = "shared"    // nothing is left to do but edits, if any

	// The reasons of an Error.

	// ReasonNode: the cluster has no such node.
	ReasonNode Reason = "unknown node"
	// ReasonPlan: the plan was edited, is for another world, or is of a kind that
	// the call is not for.
	ReasonPlan Reason = "plan"
	// ReasonDocument: what was read is not a plan that can be followed.
	ReasonDocument Reason = "document"
	// ReasonChanged: originals changed while they were copied.
	ReasonChanged Reason = Reason(mover.Changed)
	// ReasonSameStorage: an original and its copy are one. What is there is
	// shared already and must be neither copied nor retired.
	ReasonSameStorage Reason = Reason(mover.SameStorage)
	// ReasonMetadata: a copy has another owner, mode or access list than its
	// original, so that the server might not be able to read it.
	ReasonMetadata Reason = Reason(mover.Metadata)
	// ReasonOvertaken: another run has begun on the same target.
	ReasonOvertaken Reason = Reason(mover.Overtaken)
	// ReasonSwapped: a folder became another one, or a link, during the run.
	ReasonSwapped Reason = Reason(mover.Swapped)
	// ReasonRan: the server has worked on the target since the switch, so that
	// the state before cannot be brought back without losing that work.
	ReasonRan Reason = Reason(mover.Ran)
	// ReasonJournal: what is recorded on the target belongs to another plan, or
	// is lost and cannot be done without.
	ReasonJournal Reason = Reason(mover.Journal)
	// ReasonMissing: the target does not hold what this plan wrote there.
	ReasonMissing Reason = Reason(mover.Missing)
)
