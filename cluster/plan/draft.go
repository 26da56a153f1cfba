package plan

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"text/template"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/props"
)

// prose is the template that writes the steps of the plan.
func (p *Plan) prose() (*template.Template, error) {
	// A line ending in a name must not end the line; a NUL is in none.
	oneLine := strings.NewReplacer("\x00", "", "\n", "\x00")
	return bound("steps.tmpl", oneLine.Replace, p.words(), template.FuncMap{
		"since":   func(v string) bool { return since(p.Version, v) },
		"appData": func() string { return p.AppData },
		"isRoot":  func(s Step) bool { return s.To == p.To },
		"marker":  func(s Step) bool { return s.To == p.marker() },
		"command": func(part string) (string, error) { return p.command(part, nil) },
		"source":  func(name string) string { return sources()[name] },
		"quote":   quotePOSIX,
	})
}

// draft is a plan in the making.
type draft struct {
	p     *Plan
	prose *template.Template // once a step was written
	err   error              // the first one, which is of the template
}

// write adds the steps whose prose a part of the template holds, each like one but
// for that.
func (d *draft) write(part string, like Step, data any) {
	if d.prose == nil {
		d.prose, d.err = d.p.prose()
	}
	var out strings.Builder
	if d.err == nil {
		d.err = d.prose.ExecuteTemplate(&out, part, data)
	}
	for line := range strings.Lines(out.String()) {
		line = strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "\x00", "\n")
		more, indented := strings.CutPrefix(line, "  ")
		if !indented {
			if line != "" {
				like.Title = line
				d.p.Steps = append(d.p.Steps, like)
			}
			continue
		}
		s := &d.p.Steps[len(d.p.Steps)-1]
		field, value, _ := strings.Cut(more, ": ")
		if at := map[string]*string{"why": &s.Why, "source": &s.Source, "expect": &s.Expect, "undo": &s.Undo}[field]; at != nil {
			*at = value
		}
		s.Inferred = s.Inferred || field == "inferred"
		if field == "command" {
			s.Commands = append(s.Commands, value)
		}
	}
}

// add adds a step, whose prose is of its action.
func (d *draft) add(s Step) { d.write(string(s.Action), s, s) }

// people adds steps for people.
func (d *draft) people(phase Phase, part string, data any) {
	d.write(part, Step{Phase: phase, Action: ActionManual}, data)
}

// finish completes the plan.
func (d *draft) finish() error {
	if d.err != nil {
		return fmt.Errorf("plan: %w", d.err)
	}
	return d.p.finish()
}

// since reports whether a server's version is at least v.
func since(version, v string) bool {
	return version == "dev" || cluster.CompareVersions(version, v) >= 0
}

// mention is where a file names an old place, which moves, or why it could not be
// searched for one.
type mention struct {
	Path, Old string
	Line      int
	Err       error
}

// mentions adds a look at every file that this library does not edit and that names
// an old place. Where links lead to the new one, the old places keep working.
func (b *builder) mentions() {
	var old []string
	for _, mv := range b.moves {
		if !mv.keep && !mv.absent {
			old = append(old, mv.from.server)
		}
	}
	if b.m.Scheme == appdata.Linked || len(old) == 0 {
		return
	}
	for _, m := range slices.Concat(b.propertyMentions(old), b.classpathMentions(old), b.fileMentions(old)) {
		part := "mention"
		if m.Err != nil {
			part, m.Err = "unread", plain(m.Err)
		}
		b.write(part, Step{Phase: PhaseSwitch, Action: ActionManual, ServerFrom: m.Path}, m)
	}
}

// fileMentions finds the old places in other files.
func (b *builder) fileMentions(old []string) (out []mention) {
	paths := []string{"bin/set_env", "bin/set_env.cmd", "opt/tomcat/conf/server.xml"}
	list, err := names(b.v, b.m.InInstall("conf/server"))
	if err != nil && !notThere(err) {
		out = append(out, mention{Path: b.m.InInstall("conf/server"), Old: old[0], Err: err})
	}
	slices.Sort(list)
	for _, n := range list {
		if n != "installed.properties" && n != "secured-installed.properties" && !strings.HasSuffix(n, ".keystore") {
			paths = append(paths, "conf/server/"+n)
		}
	}
	for _, rel := range paths {
		path := b.m.InInstall(rel)
		fi, err := b.v.Stat(path)
		if err == nil && (!fi.Mode().IsRegular() || fi.Size() > mentionLimit) || b.moved(path) || notThere(err) {
			continue
		}
		var data []byte
		if err == nil {
			data, err = readAll(b.v, path)
		}
		if err != nil {
			out = append(out, mention{Path: path, Old: old[0], Err: err})
			continue
		}
		for i, line := range strings.Split(string(data), "\n") {
			if hit, ok := mentionsAny(line, old); ok {
				out = append(out, mention{Path: path, Old: hit, Line: i + 1})
				break
			}
		}
	}
	return out
}

// mentionLimit bounds the files that are searched for the old path.
const mentionLimit = 1 << 20

// moved reports whether the path is itself copied to the target.
func (b *builder) moved(path string) bool {
	return slices.ContainsFunc(b.moves, func(mv move) bool { _, in := serverpath.Within(mv.from.server, path); return in })
}

// mentionsAny looks for an old path in a line, in both spellings of the
// separators and with the escapes of properties files.
func mentionsAny(line string, old []string) (string, bool) {
	flat := strings.ReplaceAll(strings.ReplaceAll(line, `\\`, `/`), `\`, `/`)
	for _, o := range old {
		want := strings.ReplaceAll(o, `\`, `/`)
		for _, rest, found := strings.Cut(flat, want); found; _, rest, found = strings.Cut(rest, want) {
			if rest == "" || !nameByte(rest[0]) {
				return o, true
			}
		}
	}
	return "", false
}

func nameByte(c byte) bool {
	return c == '-' || c == '_' || c == '.' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c >= 0x80
}

// propertyMentions finds other properties that lead into what moves.
func (b *builder) propertyMentions(old []string) (out []mention) {
	handled := []string{cluster.KeyAppData, cluster.KeyEncryptionStore, cluster.KeyServerStore,
		"derby.system.home"} // always rewritten by the installer, and without effect unless the database is Derby
	for _, f := range []*props.File{b.m.Installed, b.m.Secured} {
		for e := range entries(f) {
			if slices.Contains(handled, e.Key) || props.Sensitive(e.Key, e.Value) || !looksLikePath(e.Value) {
				continue
			}
			path := appdata.ResolvePath(b.m.Node.Install, e.Value)
			for _, o := range old {
				if _, in := serverpath.Within(o, path); in {
					out = append(out, mention{Path: e.Pos.Name, Old: o, Line: e.Pos.Line})
					break
				}
			}
		}
	}
	return out
}

// entries are those of a properties file, none where there is no file.
func entries(f *props.File) iter.Seq[props.Entry] {
	if f == nil {
		return func(func(props.Entry) bool) {}
	}
	return f.Entries()
}

func looksLikePath(v string) bool {
	return strings.HasPrefix(v, "../") || strings.HasPrefix(v, `..\`) || serverpath.Abs(v)
}

// classpathMentions finds lines of bin/classpath.conf that name an old place
// in a form that is not edited, such as one in quotes.
func (b *builder) classpathMentions(old []string) (out []mention) {
	var edited []string // lines
	for _, s := range b.p.Steps {
		for _, x := range s.Edits {
			if x.File == fileClasspath {
				edited = append(edited, strings.TrimSpace(x.Key))
			}
		}
		if s.Action == ActionEdit && s.ServerFrom == b.m.ClasspathPath() {
			for _, c := range s.Edit.Replace {
				edited = append(edited, strings.TrimSpace(c.Old))
			}
		}
	}
	for i, l := range b.m.Classpath {
		line := strings.TrimSpace(l.Raw)
		if slices.Contains(edited, line) || strings.HasPrefix(line, "#") {
			continue
		}
		if hit, ok := mentionsAny(l.Raw, old); ok {
			out = append(out, mention{Path: b.m.ClasspathPath(), Old: hit, Line: i + 1})
		}
	}
	return out
}
