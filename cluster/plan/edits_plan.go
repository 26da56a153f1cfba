package plan

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// plan reads the files, drops what is done already, and puts the rest in order.
func (e *editor) plan(ctx context.Context) (*Plan, error) {
	todo, err := e.todo(ctx, nil)
	if err != nil {
		return nil, err
	}
	if len(e.p.Refusals) == 0 {
		if todo, err = e.order(ctx, todo); err != nil {
			return nil, err
		}
	}
	for _, f := range todo {
		e.step(f)
	}
	e.restarts(todo)
	e.relyOnServers()
	e.relyAlso()
	return e.p, e.finish()
}

// relyOnServers records which servers the steps are for.
func (e *editor) relyOnServers() {
	for _, m := range e.c.Members {
		if slices.ContainsFunc(e.p.Steps, func(s Step) bool { return s.Node == m.Node.Name && s.Action.Changes() }) {
			e.facts.relyOnServer(m)
		}
	}
}

// relyAlso records what the plan relies on beside what it changes.
func (e *editor) relyAlso() {
	for _, at := range e.also {
		e.facts.add(at.Node, at.Path, at.Key)
	}
}

// todo are the files that are left to change, of one member or of all, in the
// order of their rank.
func (e *editor) todo(ctx context.Context, m *cluster.Member) (out []*fileEdits, err error) {
	for _, f := range e.files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if (m == nil || f.m == m) && e.read(f) && len(f.edits) > 0 {
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b *fileEdits) int { return cmp.Compare(a.rank(e.c), b.rank(e.c)) })
	return out, nil
}

// stepsOf adds the steps of one member.
func (e *editor) stepsOf(ctx context.Context, m *cluster.Member) error {
	files, err := e.todo(ctx, m)
	for _, f := range files {
		e.step(f)
	}
	return err
}

// rank orders files that no rule orders: passwords and class path before the
// properties that rely on them, and member by member.
func (f *fileEdits) rank(c *cluster.Cluster) int {
	kinds := []string{fileSecured, fileClasspath, fileServerXML, fileInstalled}
	return c.Topology.Index(f.m.Node.Name)*len(kinds) + slices.Index(kinds, f.file)
}

// read finds the file and the edits that are left to do. It is false after a
// refusal.
func (e *editor) read(f *fileEdits) bool {
	var err error
	if f.at, err = followed(f.m.FS(), f.path); err == nil && f.at.exists() {
		f.data, err = readAll(f.m.FS(), f.path)
	}
	if err != nil || !f.at.exists() {
		e.refuse("PRP020", f.path, "give access to it", "has to be edited and cannot be: %v", plain(err))
		return false
	}
	var left []cluster.Edit
	var reasons []reason
	for i, x := range f.edits {
		done, err := settled(f.path, f.data, x)
		if err != nil {
			e.refuse("EDT004", f.path, "look at the file", "%v", err)
			return false
		}
		if !done {
			left, reasons = append(left, x), append(reasons, f.reasons[i])
		}
	}
	f.edits, f.reasons = left, reasons
	if other := e.sharer(f); other != nil && len(left) > 0 {
		e.refuse("EDT004", f.path, "give each of them a separate file first", "is one file of %s and %s, so what is set on one is set on both", f.m.Node.Name, other.Node.Name)
		return false
	}
	return true
}

// sharer is another member whose file of the same kind is this very one.
func (e *editor) sharer(f *fileEdits) *cluster.Member {
	places, ok := e.places[f.file]
	if !ok {
		places = map[cluster.Place][]*cluster.Member{}
		for _, m := range e.c.Members {
			if r, err := m.FS().Resolve(filePath(m.Node.Install, f.file)); err == nil {
				places[r.Place] = append(places[r.Place], m)
			}
		}
		e.places[f.file] = places
	}
	for _, m := range places[f.at.place] {
		if m != f.m {
			return m
		}
	}
	return nil
}

// former warns of a file that another plan has changed: what that one kept is
// beside it. Whether it was cut off, only its own Preflight can tell.
func (e *editor) former(f *fileEdits) {
	dir, name := serverpath.Split(f.at.canon)
	list, err := names(f.m.FS(), dir)
	if err != nil {
		return
	}
	slices.Sort(list)
	for _, kept := range list {
		id, ok := strings.CutPrefix(kept, name+beforeMark)
		if !ok || len(id) != 12 {
			continue
		}
		e.p.warn(Refusal{
			Rule: "EDT005", Path: serverpath.Join(dir, kept), Source: srcSafety,
			Message: fmt.Sprintf("this is %s of %s as it was before plan %s; once the present plan is applied, plan %s can no longer be reverted", name, f.m.Node.Name, id, id),
			Fix:     "if that plan was cut off, apply it again or revert it first; else remove this file when nobody will revert it",
		})
	}
}

// step adds the change of one file.
func (e *editor) step(f *fileEdits) {
	e.former(f)
	var keys, why, sources []string
	for i, x := range f.edits {
		keys = append(keys, editWords(x))
		if !slices.Contains(why, f.reasons[i].why) {
			why = append(why, f.reasons[i].why)
		}
		if s := f.reasons[i].source; s != "" && !slices.Contains(sources, s) {
			sources = append(sources, f.reasons[i].source)
		}
	}
	e.p.Steps = append(e.p.Steps, Step{
		Phase: PhaseSwitch, Action: ActionSet, Node: f.m.Node.Name,
		Title: fmt.Sprintf("Edit %s on %s: %s", f.path, f.m.Node.Name, strings.Join(keys, ", ")),
		From:  f.at.place, ServerFrom: f.path, Edits: f.edits, Facts: factsOf(f),
		Why: strings.Join(why, "; "), Source: strings.Join(sources, "; "),
		Undo: "put the file back that was kept beside it, as Revert does",
	})
}

// editWords says what an edit does, without values.
func editWords(x cluster.Edit) string {
	switch {
	case x.File == fileClasspath && x.Op == opSet:
		return "replace the line " + x.Key
	case x.File == fileClasspath:
		return x.Op + " the line " + cmp.Or(x.Key, x.Value)
	case x.Op == opRename:
		return "rename " + x.Key + " to " + x.Value
	}
	return x.Op + " " + x.Key
}

// restarts are what people do afterwards.
func (e *editor) restarts(done []*fileEdits) {
	for _, m := range e.c.Members {
		if !slices.ContainsFunc(done, func(f *fileEdits) bool { return f.m == m }) {
			continue
		}
		if m.ServerPID || m.Node.Running != nil && *m.Node.Running {
			e.p.warn(Refusal{Rule: "OPS001", Path: m.InInstall("var/server.pid"), Source: srcSafety,
				Message: m.Node.Name + " seems to run; it keeps the old settings until it is restarted", Fix: "restart it once the plan is applied"})
		}
		e.write("restart", Step{Phase: PhaseSwitch, Action: ActionManual, Node: m.Node.Name}, m.Node.Name)
	}
}
