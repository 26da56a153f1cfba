package plan

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/props"
)

// The configuration files that Edits changes, as cluster.Edit.File names them.
const (
	fileInstalled = "installed"
	fileSecured   = "secured"
	fileClasspath = "classpath"
	fileServerXML = "server.xml"
)

// What an edit does, as cluster.Edit.Op names it.
const (
	opSet    = "set"
	opRemove = "remove"
	opRename = "rename"
	opAppend = "append"
)

// keyAlias is the one attribute of server.xml that Edits changes.
const keyAlias = "keyAlias"

// Edits plans changes of settings of any members, as one plan of KindEdits:
//
//   - properties: "set", "remove", and "rename", which keeps the value and does
//     not show it. Without a File the server's own reading decides: the file that holds the key is changed, both where both do, and a
//     new password goes to secured-installed.properties from 6.2.5.1 on.
//   - keyAlias of server.xml: "set", at the connector of the HTTPS port.
//   - lines of bin/classpath.conf: "append" adds Value, "set" puts Value in the
//     place of the line Key, "remove" takes the line Key away.
//
// What is as asked for already is left out. Each file is changed in one step, so
// that it is the old one or the new one at every moment. The steps are ordered so
// that no state between two of them has an Error, by the rules of package check,
// that neither the present nor the final cluster has. For up to forty files orders
// are tried, until 250 states between the two are judged; a warning says which Errors
// are passed through where no such order was found. For more files nothing is tried: passwords and
// class path come before the properties that rely on them. Restarts are manual steps: a
// server reads these files only when it starts.
//
// A password is a reference, Edit.Secret, which World.Secret resolves in
// Simulate, Preview and Apply; neither it, nor what it replaces, nor a digest of
// a file that holds either is in the plan.
//
// A key that the product does not know, two edits that contradict each other, a
// password in Edit.Value and what cannot be found in its file are refusals. The
// error is an Error of ReasonNode or that of a done context.
func Edits(ctx context.Context, c *cluster.Cluster, edits ...cluster.Edit) (*Plan, error) {
	e := newEditor(c)
	for _, x := range edits {
		if err := e.take(x, reason{why: "asked for"}); err != nil {
			return nil, err
		}
	}
	return e.plan(ctx)
}

// reason is why a setting changes, and who says so.
type reason struct{ why, source string }

// editor collects a plan of KindEdits.
type editor struct {
	*draft
	c     *cluster.Cluster
	files []*fileEdits
	taken map[string]cluster.Edit // by member, file and key
	facts *facts
	also  []Fact // what findings rely on beside what they change
	// places are, by kind of file, which members have it where.
	places map[string]map[cluster.Place][]*cluster.Member
}

// fileEdits are all edits of one file.
type fileEdits struct {
	m       *cluster.Member
	file    string
	path    string
	at      spot
	data    []byte
	edits   []cluster.Edit
	reasons []reason
}

func newEditor(c *cluster.Cluster) *editor {
	return editorOf(c, &draft{p: newPlan(KindEdits, c, nil)})
}

// editorOf is an editor that adds to a plan of any kind.
func editorOf(c *cluster.Cluster, d *draft) *editor {
	return &editor{draft: d, c: c, taken: map[string]cluster.Edit{}, facts: d.p.facts(c.World()), places: map[string]map[cluster.Place][]*cluster.Member{}}
}

func (e *editor) refuse(rule, path, fix, format string, args ...any) {
	e.p.object(Refusal{Rule: rule, Path: path, Message: fmt.Sprintf(format, args...), Fix: fix, Source: srcSafety})
}

// take adds one edit, in every file that it concerns.
func (e *editor) take(x cluster.Edit, why reason) error {
	m, err := member(e.c, x.Node)
	if err != nil {
		return err
	}
	if !e.meant(m, x) {
		return nil
	}
	files := e.where(m, x)
	if len(files) == 0 && x.Op == opRename && m.Installed != nil {
		e.refuse("EDT004", m.InstalledPath(), "look at the file", "has no %s to rename", x.Key)
	} else if len(files) == 0 && x.Op != opRemove {
		e.refuse("EDT004", m.InstalledPath(), "give access to it", "cannot be read, so which file sets %s is not known", x.Key)
	}
	for _, file := range files {
		y := x
		y.File = file
		if e.had(y) {
			continue
		}
		f := e.fileOf(m, file)
		f.edits = append(f.edits, y)
		f.reasons = append(f.reasons, why)
	}
	return nil
}

// had reports whether an edit is there already, or refuses it because another one
// is about the same setting.
func (e *editor) had(x cluster.Edit) bool {
	keys := []string{x.Key}
	switch x.Op {
	case opAppend:
		keys[0] += "\x00" + x.Value
	case opRename:
		keys = append(keys, x.Value)
	}
	for i, key := range keys {
		keys[i] = x.Node + "\x00" + x.File + "\x00" + key
		if before, ok := e.taken[keys[i]]; ok {
			if before != x {
				path := filePath(e.c.Member(x.Node).Node.Install, x.File)
				e.refuse("EDT002", path, "keep one of the two", "two edits of %s contradict each other", key)
			}
			return true
		}
	}
	for _, key := range keys {
		e.taken[key] = x
	}
	return false
}

// meant refuses an edit that cannot be carried out, whatever its file holds.
func (e *editor) meant(m *cluster.Member, x cluster.Edit) bool {
	before := len(e.p.Refusals)
	path := filePath(m.Node.Install, x.File)
	property := x.File == fileInstalled || x.File == fileSecured || x.File == "" && x.Key != keyAlias
	switch {
	case !slices.Contains([]string{"", fileInstalled, fileSecured, fileClasspath, fileServerXML}, x.File):
		e.refuse("EDT004", path, "name installed, secured, classpath or server.xml", "%q is not a file that is edited", x.File)
	case x.Op != opSet && x.Op != opRemove && !(x.Op == opAppend && x.File == fileClasspath) && !(x.Op == opRename && property):
		e.refuse("EDT004", path, "use set or remove, rename for a property, or append for classpath.conf", "%q is not something to do with this file", x.Op)
	case x.Value != "" && x.Secret != "":
		e.refuse("EDT004", path, "give one of the two", "the edit of %s has a value and a reference to a secret", x.Key)
	case !property && x.Secret != "":
		e.refuse("EDT004", path, "use a property", "the file does not hold secrets by reference")
	case property && x.Op == opSet && !product.KnownKey(x.Key):
		e.refuse("EDT001", path, "use the key as the vendor's table spells it", "%s is not a key of the product%s", x.Key, likely(x.Key))
	case x.Op == opRename && (!product.KnownKey(x.Value) || x.Secret != ""):
		e.refuse("EDT001", path, "use the key as the vendor's table spells it", "%q is not a key of the product%s", x.Value, likely(x.Value))
	case x.Op == opSet && x.Secret == "" && props.Sensitive(x.Key, x.Value):
		e.refuse("EDT003", path, "give Edit.Secret, a reference", "the new value of %s is a secret, which a plan must not hold", x.Key)
	case x.File == fileServerXML && x.Key != keyAlias:
		e.refuse("EDT004", path, "edit the file by hand", "%s is not an attribute that is edited", x.Key)
	case x.File == fileServerXML && x.Op != opSet || x.Key == keyAlias && x.File == "" && x.Op != opSet:
		e.refuse("EDT004", path, "edit the file by hand", "keyAlias can only be set")
	case x.File == fileClasspath && strings.ContainsAny(x.Key+x.Value, "\r\n"):
		e.refuse("EDT004", path, "give one line", "a line has a line end in it")
	case x.Key == "" && x.Op != opAppend || x.File == fileClasspath && x.Op != opRemove && x.Value == "":
		e.refuse("EDT004", path, "name the key, or the line", "the edit does not say what it is about")
	}
	return len(e.p.Refusals) == before
}

// likely names the key that a misspelled one is meant to be.
func likely(key string) string {
	if meant, ok := product.NearKey(key); ok {
		return "; " + meant + " is"
	}
	return ""
}

// where are the files that an edit concerns.
func (e *editor) where(m *cluster.Member, x cluster.Edit) []string {
	switch {
	case x.File != "":
		return []string{x.File}
	case x.Key == keyAlias:
		return []string{fileServerXML}
	}
	var in []string
	if has(m.Installed, x.Key) {
		in = append(in, fileInstalled)
	}
	if has(m.Secured, x.Key) {
		in = append(in, fileSecured)
	}
	switch {
	case len(in) > 0 || x.Op == opRemove || x.Op == opRename:
		return in
	case m.Secured != nil && props.Sensitive(x.Key, "x"):
		return []string{fileSecured}
	case m.Installed != nil:
		return []string{fileInstalled}
	}
	return nil
}

// has reports whether a properties file, unless there is none, has a key.
func has(f *props.File, key string) bool {
	if f == nil {
		return false
	}
	_, ok := f.Lookup(key)
	return ok
}

// filePath is a configuration file of an installation as the server writes it.
func filePath(install, file string) string {
	rel := map[string]string{
		fileSecured: "conf/server/secured-installed.properties", fileClasspath: "bin/classpath.conf", fileServerXML: "opt/tomcat/conf/server.xml",
	}[file]
	return serverpath.Join(install, cmp.Or(rel, "conf/server/installed.properties"))
}

func (e *editor) fileOf(m *cluster.Member, file string) *fileEdits {
	for _, f := range e.files {
		if f.m == m && f.file == file {
			return f
		}
	}
	f := &fileEdits{m: m, file: file, path: filePath(m.Node.Install, file)}
	e.files = append(e.files, f)
	return f
}

// Fix plans what the findings ask for, where they carry their fix as Edits, as
// one plan of KindEdits; see Edits. A finding without edits, and one whose edits
// cannot be made in its files as they are, is a warning of the plan with what a
// person has to do. Two findings whose edits contradict each
// other are a refusal: fix one, and look again.
func Fix(ctx context.Context, c *cluster.Cluster, findings []check.Finding) (*Plan, error) {
	e := newEditor(c)
	for _, f := range findings {
		why, err := possible(ctx, c, f)
		if err != nil {
			return nil, err
		}
		if len(f.Edits) == 0 || why != "" {
			r := refusalOf(f)
			r.Message += why
			e.p.warn(r)
			continue
		}
		e.also = append(e.also, reliedOn(c, f)...)
		for _, x := range f.Edits {
			if err := e.take(x, reason{why: f.Rule + ": " + f.Message, source: f.Source}); err != nil {
				return nil, err
			}
		}
	}
	return e.plan(ctx)
}

// reliedOn are the settings of other members by which a finding was made: the same
// property, where the finding names its place. Only Node, Path and Key are set.
func reliedOn(c *cluster.Cluster, f check.Finding) (out []Fact) {
	for _, r := range f.Related {
		m := c.Member(r.Node)
		if m != nil && f.Subject != "" && (r.Path == m.InstalledPath() || r.Path == m.SecuredPath()) {
			out = append(out, Fact{Node: r.Node, Path: r.Path, Key: f.Subject})
		}
	}
	return out
}

// possible says why the edits of a finding, taken by themselves, cannot be made.
func possible(ctx context.Context, c *cluster.Cluster, f check.Finding) (why string, err error) {
	alone := newEditor(c)
	for _, x := range f.Edits {
		if err := alone.take(x, reason{}); err != nil {
			return "", err
		}
	}
	if _, err := alone.todo(ctx, nil); err != nil {
		return "", err
	}
	if len(alone.p.Refusals) > 0 {
		return "; not by the program: " + alone.p.Refusals[0].Message, nil
	}
	return "", nil
}
