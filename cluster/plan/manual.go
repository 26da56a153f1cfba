package plan

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/props"
)

const (
	srcMaintenance   = "vendor pages on maintenance mode (7.0.3 and later)"
	automaticStartOn = "Turn the automatic start of the service on again"
)

func (b *builder) manual(phase Phase, source string, s Step) {
	s.Phase, s.Action, s.Source = phase, ActionManual, source
	b.add(s)
}

// since reports whether this server's version is at least v.
func (b *builder) since(v string) bool { return since(b.m, v) }

func since(m *cluster.Member, v string) bool {
	return m.Version == "dev" || cluster.CompareVersions(m.Version, v) >= 0
}

// manualBefore are the things that only a person can make sure of.
func (b *builder) manualBefore() {
	b.manualStop("a running server writes to its repository and keystores while they are copied", "copies made to a folder where nothing is mounted land on the local disk")
	b.manual(PhasePrepare, "vendor page ha_overview (7.0.2)", Step{
		Title: "Make sure that no other server uses this database",
		Why:   "a server that runs beside the cluster can damage the database even without users",
	})
}

// manualStop is how people stop the server, mount the storage and back up, with
// the reasons for the stop and the mount.
func (b *builder) manualStop(whyStop, whyMount string) {
	m := b.m
	quiet, source := Step{
		Title: "Wait until no process runs, and let nobody start one",
		Why:   "a process that is cut off fails and does not continue elsewhere", Expect: "no running process in the web interface",
	}, "vendor page ha_servers (7.0.2)"
	if b.since("7.0.3") {
		quiet.Title, quiet.Undo = "Turn maintenance mode on and wait until no process runs", "turn maintenance mode off"
		source = srcMaintenance
	}
	b.manual(PhasePrepare, source, quiet)
	b.manual(PhasePrepare, srcSeed, Step{
		Title:    "Stop the server and make sure that none of its processes is left",
		Why:      whyStop,
		Commands: []string{stoppedCommand(m.Node.Windows(), m.Node.Install)},
		Expect:   stoppedWords(m.Node.Windows()),
		Undo:     "start the server",
	})
	b.manual(PhasePrepare, srcField, Step{
		Title: "Turn off the automatic start of the service until all is done",
		Why:   "a reboot in between would start a server that is half moved", Undo: "turn it on again",
	})
	b.manual(PhasePrepare, srcSeed, Step{
		Title:    "Mount the network storage on this server, for the operating system user that the server runs as",
		Why:      whyMount,
		Commands: []string{mountedCommand(m.Node.Windows(), b.t)}, Expect: "the network storage, mounted for reading and writing",
	})
	b.manual(PhasePrepare, srcBackup, Step{
		Title:  "Back up, at the same moment: the database, the application data in " + m.AppData + ", and conf, opt/tomcat/conf and lib/ext of the installation",
		Why:    "the vendor's list leaves out opt/tomcat/conf and lib/ext, which hold the certificate and the database driver",
		Expect: "a backup whose restore has been tried",
	})
}

// manualAfter follows the switch.
func (b *builder) manualAfter() {
	for _, mention := range b.mentions() {
		b.manual(PhaseSwitch, srcField, mention)
	}
	b.manual(PhaseSwitch, srcSeed, Step{
		Title: "Start the server, log in, open an artifact and the output of an old process",
		Why:   "from here on the server writes to the new place, and the way back is a restore", Expect: "all three work",
		Undo: "before the start: take the edits back; after it: restore the backup",
	})
	b.manual(PhaseSwitch, srcConvert, Step{
		Title: "In the System Settings set External Agent URL and External User URL to the load balancer's address",
		Why:   "they are in the database and not in a file; users and agents must come through the balancer",
	})
	if !b.since("7.2.0") {
		b.manual(PhaseSwitch, "vendor page settings_network (7.0.2)", Step{
			Title: "Under Settings, Network, create a cluster connection for every member, this one included, and restart the members that run",
			Why:   "members before 7.2.0 find each other by them", Expect: "the list names every member",
		})
	}
	if b.since("7.0.3") {
		b.manual(PhaseSwitch, srcMaintenance, Step{
			Title: "Turn maintenance mode off", Why: "until then the server starts no process", Expect: "a process that is started runs to its end",
		})
	}
	b.manual(PhaseSwitch, srcField, Step{Title: automaticStartOn, Why: "a member has to come back with its machine"})
	b.manual(PhaseSwitch, "vendor page configure_agent_failover (7.0.2)", Step{
		Title:  "Give agents and relays the list of all members",
		Why:    "an agent that knows one server only is lost with it",
		Expect: "the properties of each agent name every member, as failover:(…) for JMS agents and random:(…) for web agents",
	})
	b.manual(PhaseRetire, srcSafety, Step{
		Title: "Wait for one full business day without errors and one verified backup before the originals go",
		Why:   "until then an original that turns out to be missing or damaged on the target can still be fetched from its old place", Expect: "a backup made after the first start",
	})
}

// mentions finds the old places in files that this library does not edit.
func (b *builder) mentions() []Step {
	if b.m.Scheme == appdata.Linked {
		return nil // the old places keep working through links
	}
	var old []string
	for _, mv := range b.moves {
		if !mv.keep && !mv.absent {
			old = append(old, mv.from.server)
		}
	}
	if len(old) == 0 {
		return nil
	}
	out := append(b.propertyMentions(old), b.classpathMentions(old)...)
	paths := []string{"bin/set_env", "bin/set_env.cmd", "opt/tomcat/conf/server.xml"}
	list, err := names(b.v, b.m.InInstall("conf/server"))
	if err != nil && !notThere(err) {
		out = append(out, unreadStep(b.m.InInstall("conf/server"), old[0], err))
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
			out = append(out, unreadStep(path, old[0], err))
			continue
		}
		for i, line := range strings.Split(string(data), "\n") {
			if hit, ok := mentionsAny(line, old); ok {
				out = append(out, b.mentionStep(path, i+1, hit))
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

// unreadStep is for what could not be searched.
func unreadStep(path, old string, err error) Step {
	return Step{
		Title: fmt.Sprintf("Look whether %s names %s, which moves: it could not be read (%v)", path, old, plain(err)),
		Why:   "this library edits no more than it knows to be right", ServerFrom: path, Inferred: true,
		Expect: "no line names the old place, or such a line is known to be harmless",
	}
}

func (b *builder) mentionStep(path string, line int, old string) Step {
	return Step{
		Title: fmt.Sprintf("Look at line %d of %s: it names %s, which moves", line, path, old),
		Why:   "this library edits no more than it knows to be right", ServerFrom: path, Inferred: true,
		Expect: "either the line is changed to the new place, or it is known to be harmless",
	}
}

// propertyMentions finds other properties that lead into what moves.
func (b *builder) propertyMentions(old []string) []Step {
	handled := []string{cluster.KeyAppData, cluster.KeyEncryptionStore, cluster.KeyServerStore,
		"derby.system.home"} // always rewritten by the installer, and without effect unless the database is Derby
	var out []Step
	for _, f := range []*props.File{b.m.Installed, b.m.Secured} {
		for e := range entries(f) {
			if slices.Contains(handled, e.Key) || props.Sensitive(e.Key, e.Value) || !looksLikePath(e.Value) {
				continue
			}
			path := appdata.ResolvePath(b.m.Node.Install, e.Value)
			for _, o := range old {
				if _, in := serverpath.Within(o, path); in {
					out = append(out, b.mentionStep(e.Pos.Name, e.Pos.Line, o))
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
func (b *builder) classpathMentions(old []string) []Step {
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
	var out []Step
	for i, l := range b.m.Classpath {
		line := strings.TrimSpace(l.Raw)
		if slices.Contains(edited, line) || strings.HasPrefix(line, "#") {
			continue
		}
		if hit, ok := mentionsAny(l.Raw, old); ok {
			out = append(out, b.mentionStep(b.m.ClasspathPath(), i+1, hit))
		}
	}
	return out
}
