// Package mover carries files and folders from one place to another, proves the
// copies, renames the originals aside and deletes them. It is the one part of
// this library, beside package replacefile, that creates, renames, changes or
// deletes a file, and it does so through fsx.Folder alone.
//
//   - It knows items, which move, and a target, which they move to. Plans, steps
//     and rules are package plan's.
//   - On the target it keeps a folder of its own, OwnFolder: one manifest an
//     item, marks, and for each run a numbered run file and a folder for what is
//     being written. Copies and links reach their places only by a rename from
//     there.
//   - The run with the highest number is the only one. It removes the files of
//     all others, so that whatever one of those still wanted to put in place is
//     gone; and each run looks at its own run file before every batch.
//   - Nothing is deleted but what a manifest names and a look just before
//     confirms. No link is followed and no mount is crossed on the way.
package mover

import (
	"errors"
	"io/fs"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/fileowner"
	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/reserved"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// OwnFolder is the name of the folder on the target that is the mover's.
const OwnFolder = reserved.Folder

// Config says what a Mover works on.
type Config struct {
	// Source opens the folder at a place. Links above it are followed.
	Source func(at cluster.Place) (fsx.Folder, error)
	// Target is the folder that items move to, TargetPlace where it is.
	Target      fsx.Folder
	TargetPlace cluster.Place
	// Plan is written into the mover's files. RunID tells this run from all
	// others, ever: it is random.
	Plan, RunID string
	// Reverting is the name of the file in OwnFolder that says that a run takes
	// everything back.
	Reverting string
	Workers   int
	// BestEffort goes on where the storage cannot sync files.
	BestEffort bool
	// SyncStorage makes all of the target's storage durable in one call; nil
	// syncs every file.
	SyncStorage func() error
	// Caseless: the target does not tell upper from lower case.
	Caseless bool
	// Leads finds what a link leads to, for items that follow links.
	Leads func(link cluster.Place) (cluster.Place, error)
	// Guard is asked before every batch, beside the look at the run file; nil
	// is no question.
	Guard func() error
	// Progress is called for every file that was proven, and with an empty path
	// while a long one is under way; from the goroutine of the caller.
	Progress func(it Item, rel string)
	// Note takes what could not be proven on these storages, from any
	// goroutine.
	Note func(text string)
	// Keep takes what stays of an original and why.
	Keep func(k Kept)
	// QuietSince, for a copy that is made while the server runs, is since when
	// a file must have been left alone for its time of change to mean
	// something; Priming says that it is such a copy.
	Priming    bool
	QuietSince time.Time
}

// Item is one file or folder that moves.
type Item struct {
	// ID names the item's manifest.
	ID string
	// From is the original, Aside and Purging what it is called once it is
	// retired and while it is deleted, in the same folder.
	From           cluster.Place
	Aside, Purging string
	// To is the slash path of the copy below the target; empty is the target
	// itself.
	To string
	// Exclude are slash paths below From that are not copied, Others those
	// below To that other items put there.
	Exclude, Others []string
	// Original and Copy are From and To as the server spells them.
	Original, Copy string
	// Follow makes links count as what they lead to.
	Follow bool
	// Writer names what usually writes at a path; nil does not know.
	Writer func(rel string) string
}

// Kept is what stays of an original, and why.
type Kept struct {
	Path, Reason string
	Files, Bytes int64
}

// Stats count what a Mover did.
type Stats struct {
	CopiedFiles, CopiedBytes     int64
	VerifiedFiles, VerifiedBytes int64
}

// Mover is one run.
type Mover struct {
	c      Config
	target *dir
	own    *dir // nil until Begin
	tmp    *dir
	name   string // of the run file
	// made are the folders below the target that this run has made.
	made map[string]bool

	Stats Stats
	// working are the bytes written to the target and not yet proven.
	working atomic.Int64
	// Synthetic: the target does not keep modes. NoStamps: its times of change
	// say nothing. Caseless: it does not tell upper from lower case.
	Synthetic, NoStamps, Caseless bool

	crew  *crew
	sc    scratch // of the caller's goroutine
	lists lists
	looks int
	known sync.Map // what was noted
	// proven are the originals that this run has read, whole the items whose
	// manifests it has read to their ends.
	proven proven
	missed map[uint64]bool // what Lost did not find the copies of
	whole  map[string]bool
}

// New returns a Mover. It writes nothing; Begin does first.
func New(c Config) *Mover {
	m := &Mover{c: c, made: map[string]bool{}, whole: map[string]bool{}, missed: map[uint64]bool{}, proven: newProven(), Caseless: c.Caseless}
	if c.Target != nil {
		m.target = newDir(c.Target, c.TargetPlace.Storage)
	}
	return m
}

// HasTarget reports whether the target folder was there, or was made.
func (m *Mover) HasTarget() bool { return m.target != nil }

// SetTarget gives the target folder, once it is there.
func (m *Mover) SetTarget(to fsx.Folder) { m.target = newDir(to, m.c.TargetPlace.Storage) }

// MakeTarget creates the target folder, and those above it that are missing, in
// a folder that exists.
func (m *Mover) MakeTarget(above fsx.Folder, names []string, mode fs.FileMode, like fs.FileInfo) error {
	at := newDir(above, m.c.TargetPlace.Storage)
	defer func() { at.drop() }()
	// Whether the storage keeps modes is known only after the probe, which needs
	// the target.
	synthetic := m.Synthetic
	m.Synthetic = true
	defer func() { m.Synthetic = synthetic }()
	for _, name := range names {
		if err := at.Mkdir(name, mode|0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		next, err := at.sub(name)
		if err != nil {
			return err
		}
		m.syncDir(at)
		at.drop()
		at = next
		if _, err := m.setMeta(at, at.Path(), mode, like, nil); err != nil {
			return err
		}
	}
	m.target = at.hold()
	m.made[""] = true
	return nil
}

// RemoveTarget removes the target folder if it is empty.
func (m *Mover) RemoveTarget() (bool, error) {
	d, name, err := m.openHolder(m.c.TargetPlace)
	if err != nil {
		return false, removed(err)
	}
	defer d.drop()
	did, err := removeEmpty(d, name)
	if did {
		m.syncDir(d)
	}
	return did, err
}

// Working is how many bytes were written to the target and not yet proven.
func (m *Mover) Working() int64 { return max(0, m.working.Load()) }

// Close gives the handles back. It removes nothing; End does.
func (m *Mover) Close() {
	for _, d := range []*dir{m.tmp, m.own, m.target} {
		d.drop()
	}
	m.tmp, m.own, m.target = nil, nil, nil
}

func (m *Mover) note(text string) {
	if _, told := m.known.LoadOrStore(text, true); !told && m.c.Note != nil {
		m.c.Note(text)
	}
}

func (m *Mover) keep(k Kept) {
	if m.c.Keep != nil {
		m.c.Keep(k)
	}
}

func (m *Mover) tell(it Item, rel string) {
	if m.c.Progress != nil {
		m.c.Progress(it, rel)
	}
}

// server spells a path below an original or a copy as the server does.
func server(root, rel string) string {
	if rel == "" {
		return root
	}
	return serverpath.Join(root, rel)
}

func (it Item) writer(rel string) string {
	if it.Writer == nil {
		return ""
	}
	return it.Writer(rel)
}

// sync makes a file's content durable, or notes that the storage cannot.
func (m *Mover) sync(f interface{ Sync() error }) error {
	err := f.Sync()
	if err != nil && m.c.BestEffort {
		m.note("the storage cannot sync files: what was written may be lost in a power cut")
		return nil
	}
	return err
}

// syncBatch makes durable what a batch has written, with all its files closed.
func (m *Mover) syncBatch() error {
	err := m.c.SyncStorage()
	if err != nil && m.c.BestEffort {
		m.note("the storage cannot sync files: what was written may be lost in a power cut")
		return nil
	}
	return err
}

// holder opens the folder that holds a slash path below the target, and returns
// its last name. The target itself has no name: it is returned with "".
func (m *Mover) holder(rel string) (*dir, string, error) {
	if m.target == nil {
		return nil, "", &fs.PathError{Op: "open", Path: m.c.TargetPlace.Path, Err: fs.ErrNotExist}
	}
	if rel == "" {
		return m.target.hold(), "", nil
	}
	up, name := path.Split(rel)
	d, err := m.target.into(strings.TrimSuffix(up, "/"))
	return d, name, err
}

// Priming reports whether this is a run while the server works.
func (m *Mover) Priming() bool { return m.c.Priming }

// TargetIs reports whether a description is of the target folder of this run; ok
// is false where the storage does not tell.
func (m *Mover) TargetIs(info fs.FileInfo) (is, ok bool) {
	if m.target == nil {
		return false, true // another run has made it since
	}
	now, err := m.target.Stat()
	if err != nil {
		return false, true
	}
	return fileowner.Same(info, now)
}

// Holds returns the first of some slash paths below the target that it does not
// have, or nothing.
func (m *Mover) Holds(rels ...string) (lacks string, err error) {
	for _, rel := range rels {
		if _, err := m.lookAt(rel); lostFolder(err) {
			return rel, nil
		} else if err != nil {
			return rel, err
		}
	}
	return "", nil
}

// lookAt describes what the target has at a slash path. A link on the way there
// is an error that wraps fsx.ErrNotFollowed; a folder that is missing on the way is
// fs.ErrNotExist.
func (m *Mover) lookAt(rel string) (fs.FileInfo, error) {
	d, name, err := m.holder(rel)
	if err != nil {
		return nil, err
	}
	defer d.drop()
	return lstat(d, name)
}

// openHolder opens the folder that holds an original.
func (m *Mover) openHolder(at cluster.Place) (*dir, string, error) {
	folder, name := serverpath.Split(at.Path)
	f, err := m.c.Source(cluster.Place{Storage: at.Storage, Path: folder})
	if err != nil {
		return nil, "", err
	}
	return newDir(f, at.Storage), name, nil
}
