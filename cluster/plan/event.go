package plan

import (
	"log/slog"
	"slices"

	"github.com/deploycluster/deploycluster/internal/enum"
)

// EventKind is what an Event tells. The zero EventKind is unset.
type EventKind string

func eventKinds() []EventKind {
	return []EventKind{EventStarted, EventProgress, EventDone, EventSkipped, EventWaiting, EventKept}
}

func (k EventKind) String() string { return enum.Text(k) }

// MarshalText refuses the unset value.
func (k EventKind) MarshalText() ([]byte, error) {
	return enum.Marshal("event kind", k, eventKinds()...)
}

// UnmarshalText reads the text that MarshalText writes.
func (k *EventKind) UnmarshalText(b []byte) error {
	return enum.Unmarshal("event kind", k, b, eventKinds()...)
}

// Event is one piece of progress. Events arrive in order, from the goroutine
// that Apply was called on.
type Event struct {
	Kind EventKind `json:"kind"`
	Step Step      `json:"step"`
	// Files and Bytes are done in this Apply; TotalFiles and TotalBytes are
	// what the survey counted.
	Files int64 `json:"files"`
	Bytes int64 `json:"bytes"`
	// Working are bytes that were written and not yet proven; a large file
	// counts here while it is copied.
	Working    int64 `json:"working,omitempty"`
	TotalFiles int64 `json:"totalFiles"`
	TotalBytes int64 `json:"totalBytes"`
	// Path is the file at hand, slash-separated below the step's source.
	Path string `json:"path,omitempty"`
	// Message explains EventKept.
	Message string `json:"message,omitempty"`
}

// Result is what Apply, Prime, Revert or Verify did. A Revert's Done are the steps
// that were taken back; its Phase is unset.
type Result struct {
	// Plan is the plan's id, Phase the last phase that was gone through; Kept
	// says what of it was left undone.
	Plan  string `json:"plan"`
	Phase Phase  `json:"phase,omitzero"`
	// Done are the steps that this run carried out, Skipped those that had
	// been done before.
	Done    []string `json:"done"`
	Skipped []string `json:"skipped"`
	// Manual are the steps for a person that belong to the phases run.
	Manual []string `json:"manual"`
	// CopiedFiles and CopiedBytes were written; VerifiedFiles and
	// VerifiedBytes were read back and compared, or found equal already.
	// Originals that Retire and Purge hash again are in neither.
	CopiedFiles   int64 `json:"copiedFiles"`
	CopiedBytes   int64 `json:"copiedBytes"`
	VerifiedFiles int64 `json:"verifiedFiles"`
	VerifiedBytes int64 `json:"verifiedBytes"`
	// Kept are originals that were not retired or purged, with the reason.
	Kept []Kept `json:"kept"`
	// Gone is how many originals have lost their copies on the target since
	// they were proven, as PhasePurge counts them: see ApplyOptions.PurgeGone.
	Gone int64 `json:"gone,omitempty"`
	// Differences are what Verify found.
	Differences []Change `json:"differences"`
	// Notes are what could not be proven on this storage, such as owners.
	Notes []string `json:"notes"`
}

// Kept is an original that stays.
type Kept struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
	// Files and Bytes are how much stays, where that was counted.
	Files int64 `json:"files,omitempty"`
	Bytes int64 `json:"bytes,omitempty"`
}

func newResult(p *Plan) *Result {
	return &Result{Plan: p.ID, Done: []string{}, Skipped: []string{}, Manual: []string{}, Kept: []Kept{}, Differences: []Change{}, Notes: []string{}}
}

func (r *Result) note(text string) {
	if !slices.Contains(r.Notes, text) {
		r.Notes = append(r.Notes, text)
	}
}

// did records a step that was carried out, or had been before, and returns what is
// told of it.
func (r *Result) did(s Step, did bool) EventKind {
	if !did {
		r.Skipped = append(r.Skipped, s.ID)
		return EventSkipped
	}
	r.Done = append(r.Done, s.ID)
	return EventDone
}

// group is a group in a structured log: its first n attributes, and of the others
// those that are not empty.
func group(n int, attrs ...slog.Attr) slog.Value {
	empty := func(a slog.Attr) bool {
		return a.Value.Equal(slog.StringValue("")) || a.Value.Equal(slog.Int64Value(0))
	}
	return slog.GroupValue(append(attrs[:n:n], slices.DeleteFunc(attrs[n:], empty)...)...)
}

// LogValue is the step in a structured log: its id, phase, action and title, and
// its member where the plan has several. What is edited is in the plan only.
func (s Step) LogValue() slog.Value {
	return group(4,
		slog.String("id", s.ID), slog.String("phase", s.Phase.String()), slog.String("action", s.Action.String()), slog.String("title", s.Title),
		slog.String("node", s.Node))
}

// LogValue is the event in a structured log: its kind, the id and the title of
// its step, the counts that are not zero, the path and the message.
func (e Event) LogValue() slog.Value {
	return group(3,
		slog.String("kind", e.Kind.String()), slog.String("step", e.Step.ID), slog.String("title", e.Step.Title),
		slog.Int64("files", e.Files), slog.Int64("totalFiles", e.TotalFiles), slog.Int64("bytes", e.Bytes), slog.Int64("totalBytes", e.TotalBytes),
		slog.Int64("working", e.Working), slog.String("path", e.Path), slog.String("message", e.Message))
}

// LogValue is the refusal in a structured log: its rule, path, message and fix.
func (r Refusal) LogValue() slog.Value {
	return group(1, slog.String("rule", r.Rule), slog.String("path", r.Path), slog.String("message", r.Message), slog.String("fix", r.Fix))
}
