package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/strictjson"
	"github.com/deploycluster/deploycluster/internal/words"
)

// Plan is a change as data: what will be done to one server and its storage,
// in order, with the reason and the source of every step. A plan holds no
// secret, so it may be stored, mailed and reviewed.
type Plan struct {
	// Schema is the version of this document, 1.
	Schema int `json:"schema"`
	// ID is derived from everything else in the plan but Refusals and
	// Warnings, which Apply finds anew. A plan whose ID no longer fits is
	// neither read nor applied.
	ID string `json:"id"`
	// Kind is what the plan does.
	Kind Kind `json:"kind"`
	// Node is the member that a plan of KindPopulate or KindJoin changes, by its
	// name in Topology. In a plan of KindAlign it is the reference, which stays as
	// it is; in one of KindEdits it is empty.
	Node string `json:"node"`
	// Version, Scheme and AppData are that server's, as it was planned for.
	Version string         `json:"version,omitempty"`
	Scheme  appdata.Scheme `json:"scheme,omitzero"`
	AppData string         `json:"appData,omitempty"`
	// Server is the server's own server.unique.id, where it has one: a plan
	// belongs to one installation.
	Server string `json:"server,omitempty"`
	// Target is what the caller asked for.
	Target Target `json:"target"`
	// To is the new application data folder in its storage.
	To cluster.Place `json:"to,omitzero"`
	// AlreadyShared reports that the application data is at the target
	// already: nothing is copied, retired or purged.
	AlreadyShared bool `json:"alreadyShared,omitempty"`
	// Facts are what the plan relies on beside the settings that its steps change,
	// whose facts are in the steps. Where one of all these has changed, Apply
	// refuses the plan and names it, and Preflight says so without writing.
	Facts []Fact `json:"facts,omitempty"`
	// Steps are in the order of execution.
	Steps []Step `json:"steps"`
	// Refusals say why the plan must not be applied. A refused plan holds
	// the steps that could be planned all the same, for reading.
	Refusals []Refusal `json:"refusals"`
	// Warnings are worth reading before the plan is applied.
	Warnings []Refusal `json:"warnings"`
	// Topology is the one that was planned for.
	Topology cluster.Topology `json:"topology"`
}

// Step is one thing to do.
type Step struct {
	// ID is unique in the plan and names the step in errors, events and the
	// journal.
	ID string `json:"id"`
	// Phase is when the step is done.
	Phase Phase `json:"phase"`
	// Action is what is done.
	Action Action `json:"action"`
	// Title says it in one sentence.
	Title string `json:"title"`
	// From and To are places in storages, links followed; ServerFrom and
	// ServerTo the same in the server's own spelling.
	From       cluster.Place `json:"from,omitzero"`
	To         cluster.Place `json:"to,omitzero"`
	ServerFrom string        `json:"serverFrom,omitempty"`
	ServerTo   string        `json:"serverTo,omitempty"`
	// Kind tells a file from a folder, for Copy, Link, Retire and Purge.
	Kind appdata.Kind `json:"kind,omitzero"`
	// Exclude are slash paths below From that are not copied.
	Exclude []string `json:"exclude,omitempty"`
	// Copies is the id of the Copy step that Retire, Purge and Link rely on.
	Copies string `json:"copies,omitempty"`
	// Mode is the permission bits of a folder that MakeDir creates, or of the
	// file that Replace puts in place.
	Mode fs.FileMode `json:"mode,omitempty"`
	// Digest is the SHA-256 of the file that Replace copies, in hexadecimal.
	Digest string `json:"digest,omitempty"`
	// Node is the member that the step is done on, where a plan has several.
	Node string `json:"node,omitempty"`
	// Edits are the settings that Set changes in the file From, and Facts what they
	// were, one of each. A secret is in neither: an edit refers to the new one,
	// and a fact hides the old one. Replace has one fact, the file that was there.
	Edits []cluster.Edit `json:"edits,omitempty"`
	Facts []Fact         `json:"facts,omitempty"`
	// Aside is where Link, Retire and Replace put the original, and Set a copy
	// of it.
	Aside       cluster.Place `json:"aside,omitzero"`
	ServerAside string        `json:"serverAside,omitempty"`
	// Edit is the change of a configuration file.
	Edit *FileChange `json:"edit,omitempty"`
	// Commands are for the administrator, in the server's shell; Expect says
	// what they should print.
	Commands []string `json:"commands,omitempty"`
	Expect   string   `json:"expect,omitempty"`
	// Why is the reason, Source who requires it.
	Why    string `json:"why"`
	Source string `json:"source"`
	// Inferred marks a step that rests on an inferred fact, not on a
	// document or on the product's code.
	Inferred bool `json:"inferred,omitempty"`
	// Undo says how to take the step back.
	Undo string `json:"undo,omitempty"`
}

// Refusal is one reason: why a plan must not be applied, or, in
// Plan.Warnings, what to think of before it is.
type Refusal struct {
	// Rule is the id of the rule, from check.Rules or from RefusalRules.
	Rule string `json:"rule"`
	// Path is the file or folder as the server writes it.
	Path string `json:"path,omitempty"`
	// Message says what is wrong, Fix what to do, Source who requires it.
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"`
	Source  string `json:"source,omitempty"`
}

func (r Refusal) String() string {
	s := r.Rule + ": " + about(r.Path, r.Message)
	if r.Fix != "" {
		s += "; fix: " + r.Fix
	}
	return s
}

// Refused reports whether the plan must not be applied. What only a walk
// through the sources shows is not in it: Survey finds that, and so does Apply
// before it writes.
func (p *Plan) Refused() bool { return len(p.Refusals) > 0 }

// Empty reports that nothing is left to do: no step changes a file.
func (p *Plan) Empty() bool {
	return !slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Action.Changes() })
}

// of are the steps of some actions, in their order.
func (p *Plan) of(actions ...Action) iter.Seq[Step] {
	return func(yield func(Step) bool) {
		for _, s := range p.Steps {
			if slices.Contains(actions, s.Action) && !yield(s) {
				return
			}
		}
	}
}

// fingerprint derives the id from the plan's content.
func (p *Plan) fingerprint() (string, error) {
	q := *p
	// What speaks for or against applying it now is no part of what is done. Where
	// nothing is done, the reasons tell one plan from another.
	if q.ID, q.Warnings = "", nil; len(p.Steps) > 0 {
		q.Refusals = nil
	}
	// So is whether a server runs now.
	q.Topology.Nodes = slices.Clone(q.Topology.Nodes)
	for i := range q.Topology.Nodes {
		q.Topology.Nodes[i].Running = nil
	}
	b, err := json.Marshal(&q)
	if err != nil {
		return "", fmt.Errorf("plan: %w", err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:6]), nil
}

// intact returns an Error of ReasonPlan unless the plan is as it was made.
func (p *Plan) intact() error {
	if p.Schema != 1 {
		return p.unfit(fmt.Sprintf("schema %d is not known; this library reads schema 1", p.Schema))
	}
	id, err := p.withoutAside().fingerprint()
	if err != nil {
		return err
	}
	if id != p.ID {
		return p.unfit("it was changed after it was made; plan again")
	}
	return nil
}

// maxPlan bounds a plan that is read, in bytes. A plan has some thirty steps.
const maxPlan = 16 << 20

// WriteJSON writes the plan as indented JSON, "schema" 1, with what does not
// print escaped. Read reads it back as an equal plan.
func (p *Plan) WriteJSON(w io.Writer) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	err := e.Encode(p)
	if err == nil {
		_, err = bytes.NewReader(words.JSON(b.Bytes())).WriteTo(w) // which notices a short write
	}
	if err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	return nil
}

// Read reads what WriteJSON wrote. An unknown or repeated field, null for a value,
// a second document or a changed plan is an Error of ReasonDocument or ReasonPlan:
// a plan that cannot be followed exactly must not be followed.
func Read(r io.Reader) (*Plan, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxPlan+1))
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	if len(data) > maxPlan {
		return nil, &Error{Reason: ReasonDocument, Offset: maxPlan, Detail: "the document is larger than any plan"}
	}
	p := &Plan{}
	if e := strictjson.Read(data, p); e != nil {
		if near := e.Near(); near != "" {
			e.Reason += "; did you mean " + words.Quote(near) + "?"
		}
		return nil, &Error{Reason: ReasonDocument, Path: e.Path, Offset: int64(e.Offset), Detail: e.Reason}
	}
	return p, p.intact()
}

// withoutAside is the plan as it was before it had an id: the names of
// retired originals are made from the id.
func (p *Plan) withoutAside() *Plan {
	q := *p
	q.Steps = append([]Step{}, p.Steps...)
	for i := range q.Steps {
		s := &q.Steps[i]
		at, server := s.original()
		named := s.Aside.Path == s.asideName(at.Path, p.ID) && s.Aside.Storage == at.Storage && s.ServerAside == s.asideName(server, p.ID)
		if named {
			s.Aside, s.ServerAside = cluster.Place{}, ""
		}
	}
	return &q
}
