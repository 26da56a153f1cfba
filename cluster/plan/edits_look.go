package plan

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/props"
)

// secrets resolves every reference of the plan, once.
func (p *Plan) secrets(ctx context.Context, w cluster.World) (func(ref string) string, error) {
	known := map[string]cluster.Secret{}
	for s := range p.of(ActionSet) {
		for _, x := range s.Edits {
			if _, ok := known[x.Secret]; ok || x.Secret == "" {
				continue
			}
			refuse := func(what string) error {
				return p.refused(Refusal{Rule: "EDT003", Path: s.ServerFrom, Source: srcSafety,
					Message: fmt.Sprintf("the secret %q for %s %s", x.Secret, x.Key, what), Fix: "make World.Secret resolve it (validate: -secrets FILE)"})
			}
			if w.Secret == nil {
				return nil, refuse("cannot be resolved: nothing resolves references")
			}
			text, err := w.Secret(ctx, x.Secret)
			switch {
			case ctx.Err() != nil:
				return nil, ctx.Err()
			case err != nil:
				return nil, fmt.Errorf("%w: World.Secret answered: %w", refuse("cannot be resolved"), err)
			case text == "":
				return nil, refuse("is empty")
			}
			known[x.Secret] = cluster.NewSecret(text)
		}
	}
	return func(ref string) string { return known[ref].Reveal() }, nil
}

// stepState is how far a step of a plan of settings got: ActionSet and
// ActionReplace change a file, ActionRetire puts a name aside.
type stepState struct {
	data  []byte // the file, nil where there is none
	mode  fs.FileMode
	kept  []byte // what was kept of it before the change, nil without
	after []byte // the file as it shall be
	done  bool   // nothing is left to do, or to take back
}

// view is the member's own view of its files.
func (p *Plan) view(w cluster.World, s Step) (cluster.Node, *cluster.View, error) {
	i := p.Topology.Index(s.Node)
	if i < 0 {
		return cluster.Node{}, nil, p.unfit("step " + s.ID + " has no member")
	}
	return p.Topology.Nodes[i], w.View(p.Topology.Nodes[i]), nil
}

// file reads what a step of ActionSet or ActionReplace changes and what was kept
// of it. A plan is data that anybody can have written: the file must be the
// member's own, and where it was when the plan was made.
func (p *Plan) file(w cluster.World, s Step) (st stepState, err error) {
	n, v, err := p.view(w, s)
	if err != nil {
		return st, err
	}
	if why := s.unsound(n); why != "" {
		return st, p.unfit("step " + s.ID + why)
	}
	at, server := s.original()
	now, err := followed(v, server)
	if err != nil {
		return st, err
	}
	if now.place != at {
		return st, &StaleError{Path: server, Reason: "is another file than when the plan was made"}
	}
	fsys := w.FS[at.Storage]
	if st.data, err = readAll(fsys, at.Path); err == nil {
		info, err := fsys.Stat(at.Path)
		if err != nil {
			return st, err
		}
		st.mode = info.Mode() & modeBits
	} else if s.Action == ActionSet || !notThere(err) {
		return st, err
	}
	if st.kept, err = readAll(fsys, s.Aside.Path); notThere(err) {
		err = nil
	}
	return st, err
}

// unsound says what is wrong with a step of a plan of settings in itself.
func (s Step) unsound(n cluster.Node) string {
	if s.Action == ActionReplace {
		if len(s.Facts) != 1 {
			return " has not one fact"
		}
		return ""
	}
	if len(s.Edits) == 0 || len(s.Facts) != len(s.Edits) {
		return " has not one fact for each edit"
	}
	for _, x := range s.Edits {
		if x.Node != s.Node || x.File != s.Edits[0].File || s.ServerFrom != filePath(n.Install, x.File) {
			return " is about a file that is not the one of its edits"
		}
	}
	return ""
}

// look tells how far a step got, and refuses what is not as it was planned for.
func (p *Plan) look(w cluster.World, s Step, secret func(ref string) string) (st stepState, err error) {
	switch s.Action {
	case ActionSet, ActionReplace:
		st, err = p.file(w, s)
	case ActionRetire:
		return p.lookAside(w, s)
	default:
		err = p.unfit("step " + s.ID + " is not of a plan of this kind; plan again")
	}
	if err != nil {
		return st, err
	}
	if s.Action == ActionReplace {
		return s.lookReplace(w, st)
	}
	st.done = true
	for i, x := range s.Edits {
		now, err := factOf(s.ServerFrom, st.data, x)
		if err != nil {
			return st, err
		}
		done, err := s.edited(st, x)
		if (err != nil || !done) && now != s.Facts[i] {
			return st, otherFact(s.ServerFrom, now, s.Facts[i])
		}
		if err != nil {
			return st, err
		}
		st.done = st.done && done
	}
	if st.done {
		st.after = st.data
		return st, nil
	}
	st.after, err = edited(s.ServerFrom, st.data, s.Edits, secret)
	return st, err
}

func otherFact(path string, now, planned Fact) error {
	return &StaleError{Path: path, Reason: fmt.Sprintf("%s; the plan was made when %s", now.tense(" is now"), planned.tense(" was"))}
}

func (s Step) lookReplace(w cluster.World, st stepState) (stepState, error) {
	now := storeFact(s.ServerTo, st.data)
	if now.Value == s.Digest {
		st.after, st.done = st.data, st.mode.Perm() == s.Mode
		return st, nil
	}
	if now != s.Facts[0] {
		return st, otherFact(s.ServerTo, now, s.Facts[0])
	}
	var err error
	if st.after, err = readAll(w.FS[s.From.Storage], s.From.Path); err == nil && digest(st.after) != s.Digest {
		err = &StaleError{Path: s.ServerFrom, Reason: "is not the file that was planned for"}
	}
	return st, err
}

// lookAside tells how far a step of ActionRetire got: what is put aside is never
// what the plan's own target holds.
func (p *Plan) lookAside(w cluster.World, s Step) (st stepState, err error) {
	n, v, err := p.view(w, s)
	if err != nil {
		return st, err
	}
	fsys := w.FS[s.From.Storage]
	info, err := lstat(fsys, s.From.Path)
	if err != nil && !notThere(err) {
		return st, err
	}
	aside, err := there(fsys, s.Aside.Path)
	if st.done = info == nil || aside; st.done || err != nil {
		return st, err
	}
	if _, around := serverpath.Within(s.ServerFrom, n.Install); around {
		return st, p.unfit("step " + s.ID + " would put the installation itself aside")
	}
	if at, err := lookup(v, s.ServerFrom); err != nil || at.place != s.From {
		return st, &StaleError{Path: s.ServerFrom, Reason: "is another place than when the plan was made"}
	}
	to, _ := v.Stat(p.Target.AppData)
	if placesOverlap(s.From, p.To) || sameFile(info, to) {
		return st, &Error{Reason: ReasonSameStorage, Path: s.ServerFrom, Detail: "is the application data folder of the cluster; it is not put aside"}
	}
	return st, nil
}

// storeFact is a keystore as it is, by its digest.
func storeFact(path string, data []byte) Fact {
	f := Fact{Path: path, Key: factDigest, Absent: data == nil}
	if data != nil {
		f.Value = digest(data)
	}
	return f
}

// edited reports whether a file has one edit already. A secret is there once
// the value differs from that in the file that was kept: the server seals what
// it finds in plain text.
func (s Step) edited(st stepState, x cluster.Edit) (bool, error) {
	if x.Secret == "" {
		return settled(s.ServerFrom, st.data, x)
	}
	if st.kept == nil {
		return false, nil
	}
	now, err := props.Parse(s.ServerFrom, st.data)
	if err != nil {
		return false, err
	}
	before, err := props.Parse(s.ServerFrom, st.kept)
	if err != nil {
		return false, err
	}
	a, okA := now.Get(x.Key)
	b, okB := before.Get(x.Key)
	return okA && (!okB || a != b), nil
}

// before finds what a step kept, and refuses to put it back over what is not as
// the step has made it.
func (p *Plan) before(w cluster.World, s Step) (st stepState, err error) {
	if s.Action == ActionRetire {
		fsys := w.FS[s.From.Storage]
		aside, err := there(fsys, s.Aside.Path)
		if st.done = !aside; st.done || err != nil {
			return st, err
		}
		here, err := there(fsys, s.From.Path)
		if err == nil && here {
			err = &StaleError{Path: s.ServerFrom, Reason: "was made after this plan had renamed the original to " + s.ServerAside, Fix: "move it away and revert again, or rename the original back by hand"}
		}
		return st, err
	}
	if st, err = p.file(w, s); err != nil {
		return st, err
	}
	if st.kept != nil && bytes.Equal(st.data, st.kept) {
		return st, nil
	}
	made, err := s.made(st)
	if err != nil {
		return st, err
	}
	_, server := s.original()
	switch {
	case st.kept == nil && made && !(s.Action == ActionReplace && s.Facts[0].Absent):
		err = &StaleError{Path: s.ServerAside, Reason: "is missing, so the file as it was before the plan is lost", Fix: "restore " + server + " from a backup"}
	case st.kept == nil:
		st.done = !made // this step was not carried out
	case made:
	case s.Action == ActionReplace:
		err = &StaleError{Path: server, Reason: "was changed after this plan had replaced it"}
	default:
		err = &StaleError{Path: server, Reason: "was changed after this plan had edited it, as the server does when it starts"}
	}
	return st, err
}

// made reports whether a file is as a step of ActionSet or ActionReplace has made
// it, and nobody has changed it since. Without what was kept of it, that it has
// the step's edits is all that can be told.
func (s Step) made(st stepState) (bool, error) {
	if s.Action == ActionReplace {
		return storeFact(s.ServerTo, st.data).Value == s.Digest, nil
	}
	if st.kept == nil {
		for _, x := range s.Edits {
			if is, err := s.edited(st, x); err != nil || !is {
				return false, err
			}
		}
		return true, nil
	}
	// What the file holds in the place of a secret is taken as it is.
	now, perr := props.Parse(s.ServerFrom, st.data)
	secret := map[string]string{}
	for _, x := range s.Edits {
		if _, twice := secret[x.Secret]; x.Secret != "" && perr == nil && !twice {
			secret[x.Secret], _ = now.Get(x.Key)
		}
	}
	want, err := edited(s.ServerFrom, st.kept, s.Edits, func(ref string) string { return secret[ref] })
	return err == nil && bytes.Equal(want, st.data), err
}
