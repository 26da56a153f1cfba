package check

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/internal/words"
	"github.com/deploycluster/deploycluster/props"
)

// propertyTextRules are about how the properties files are written: what Java
// makes of them is not always what their author meant.
func propertyTextRules() []Rule {
	return []Rule{
		{
			ID: "PRP007", Title: "No key is set twice with different values", Severity: Warning,
			Source: srcProps + ", load",
			What:   "A key is set once in a properties file, or each time to the same value.",
			Avoid:  "Scripts that append lines to the file.",
			Prefer: "One line for each key.",
			Why:    "Java keeps the last line; the one that a person finds first may have no effect.",
			Member: checkDuplicates,
		},
		{
			ID: "PRP008", Title: "No key is a misspelling of a known one", Severity: Warning,
			Source: inferredFrom + srcPropsPage,
			What:   "A key that the product does not know is not one letter, or one dot, away from one that it does.",
			Avoid:  "tomcat.key.alais, as one vendor page has it; agent.comm.uri, as public scripts have it; another letter case.",
			Prefer: "The key as the vendor's table spells it.",
			Why:    "Keys are compared letter by letter: the server ignores the misspelled key and uses a default.",
			Edits:  "Renames the key; the value stays and is not shown. Where the right key is set as well, the wrong one, which nothing reads, is removed.",
			Member: checkNearMiss,
		},
		{
			ID: "PRP009", Title: "Windows paths have doubled backslashes", Severity: Error, Stage: StageStorage,
			Source: srcProps + ", load",
			What:   "A path such as C:\\ucd\\server is written C:\\\\ucd\\\\server, a UNC path with four backslashes, or either with slashes.",
			Avoid:  "Single backslashes, as they are copied from a window.",
			Prefer: "C:/ucd/server, or doubled backslashes.",
			Why:    "Java drops a single backslash and reads \\t and \\n as white space, so the path leads elsewhere.",
			Denies: []PremiseKind{PremisePath},
			Member: checkBackslashes,
		},
		{
			ID: "PRP010", Title: "Passwords are stored encrypted", Severity: Info,
			Source: srcDBPassword,
			What:   "A password has the form pbe{…}.",
			Avoid:  "Plain text that stays, as in a file that the server has not read since.",
			Prefer: "Starting the server once: it encrypts what it finds in plain text.",
			Why:    "Whoever can read the file can use the password.",
			Member: checkPlainSecrets,
		},
		{
			ID: "PRP012", Title: "always.secure is spelled as the installer reads it", Severity: Warning,
			Source: srcCode70 + "; " + srcCode62,
			What:   "install.server.web.always.secure is Y or N. If it is spelled yes, in any letter case, server.xml must have a TLS connector nevertheless.",
			Avoid:  "yes or YES, with which the installer asks for an HTTPS port and then installs a server without HTTPS.",
			Prefer: "Y, and a server.xml with a TLS connector.",
			Why:    "Users and the balancer are sent to a port that nothing listens on.",
			Member: needs((*Pass).properties, checkAlwaysSecure),
		},
		{
			ID: "PRP017", Title: "The two properties files do not contradict each other", Severity: Warning,
			Source: inferredFrom + srcCode70 + ", reading of both files",
			Since:  product.Since(product.Passwords, product.SecuredProperties),
			What:   "A key is set in installed.properties or in secured-installed.properties, not in both to different values.",
			Avoid:  "A password left in installed.properties after it was changed in the other file.",
			Prefer: "Passwords in secured-installed.properties only.",
			Why:    "The file that is read first wins, which hides the value that was changed.",
			Edits:  "Removes a password that is empty in installed.properties and set in secured-installed.properties. Which of two values is meant, a person decides.",
			Member: checkBothFiles,
		},
		{
			ID: "PRP018", Title: "No value ends in white space", Severity: Warning,
			Source: srcProps + ", load; " + srcCode70 + ", getAntProperty",
			What:   "A value has no blank or tab at its end.",
			Avoid:  "Lines edited or pasted with a trailing blank.",
			Prefer: "The value and nothing after it.",
			Why:    "Java keeps the blank, so that a path, a URL, an alias or a flag has a different value; installer 7.0.0 trims what it reads, so an upgrade does not notice.",
			Edits:  "Sets the value without the white space at its end.",
			Member: checkTrailingBlank,
		},
		{
			ID: "PRP019", Title: "No experimental.comm2017 keys are left", Severity: Warning,
			Source: srcCode70 + ", removal of the former keys",
			Since:  product.Since(product.Connection, product.WebSocket),
			What:   "The keys experimental.comm2017.*, which agentcomm.* replaced, are gone.",
			Avoid:  "Restoring an old properties file over an upgraded server's.",
			Prefer: "agentcomm.uri and its companions.",
			Why:    "The server no longer reads them, so whoever edits them changes nothing.",
			Edits:  "Removes the keys.",
			Member: checkExperimental,
		},
		{
			ID: "PRP020", Title: "installed.properties is there and well-formed", Severity: Error, Stage: StageRead,
			Source: srcProps + ", load",
			What:   "conf/server/installed.properties exists and is plain text that Java can load; so is secured-installed.properties where it exists.",
			Avoid:  "A backslash followed by u and fewer than four hexadecimal digits, as in C:\\users; a byte order mark, UTF-16, an empty file, or one that ends in NULs after a crash.",
			Prefer: "ISO-8859-1 or ASCII, with doubled backslashes or slashes in paths.",
			Why:    "java.util.Properties throws on a malformed escape, and reads a byte order mark or a NUL as part of a key; the server does not start, or misses its settings.",
			Member: checkWellFormed,
		},
	}
}

// filesOf returns the properties files of a member that were read.
func filesOf(m *cluster.Member) []*props.File {
	var out []*props.File
	for _, f := range []*props.File{m.Installed, m.Secured} {
		if f != nil {
			out = append(out, f)
		}
	}
	return out
}

// fileOf is what an Edit calls one of the two properties files.
func fileOf(m *cluster.Member, f *props.File) string {
	if f == m.Secured {
		return "secured"
	}
	return "installed"
}

// bothFiles reports whether everything in the two files is known.
// What was read is judged all the same.
func (p *Pass) bothFiles(m *cluster.Member) {
	p.properties(m)
	if g, ok := m.Gap(m.SecuredPath()); ok {
		p.Blocked(m, g.Path)
	}
}

// keys yields every key of the two files once, at its first entry, with its file.
func keys(m *cluster.Member) iter.Seq2[*props.File, props.Entry] {
	return func(yield func(*props.File, props.Entry) bool) {
		for _, f := range filesOf(m) {
			seen := map[string]bool{}
			for e := range f.Entries() {
				if !seen[e.Key] && !yield(f, e) {
					return
				}
				seen[e.Key] = true
			}
		}
	}
}

// used yields every key of the two files once, at the entry that Java uses.
func used(m *cluster.Member) iter.Seq2[*props.File, props.Entry] {
	return func(yield func(*props.File, props.Entry) bool) {
		for f, e := range keys(m) {
			if last, _ := f.Lookup(e.Key); !yield(f, last) {
				return
			}
		}
	}
}

func checkDuplicates(p *Pass, m *cluster.Member) {
	p.bothFiles(m)
	for _, f := range filesOf(m) {
		for _, entries := range f.Duplicates() {
			last := entries[len(entries)-1]
			if last.Key == "" || !slices.ContainsFunc(entries, func(e props.Entry) bool { return e.Value != last.Value }) {
				continue
			}
			finding := Finding{
				Path: last.Pos.Name, Pos: last.Pos, Subject: last.Key,
				Message: fmt.Sprintf("%s is set more than once with different values; Java uses the last one, %s", words.Plain(last.Key), show(last.Key, last.Value)),
				Fix:     "delete the other lines",
			}
			for _, e := range entries[:len(entries)-1] {
				finding.Related = append(finding.Related, Related{Node: m.Node.Name, Path: e.Pos.Name, Pos: e.Pos, Message: "also " + show(last.Key, e.Value)})
			}
			p.Report(finding)
		}
	}
}

func checkNearMiss(p *Pass, m *cluster.Member) {
	p.bothFiles(m)
	claimed := map[string]bool{} // right keys that a rename sets
	for f, e := range keys(m) {
		if product.KnownKey(e.Key) {
			continue
		}
		meant, near := product.NearKey(e.Key)
		if !near {
			continue
		}
		finding := Finding{
			Path: e.Pos.Name, Pos: e.Pos, Subject: e.Key,
			Message: fmt.Sprintf("%s is not a key of the product; %s is", words.Plain(e.Key), meant),
			Fix:     "rename it to " + meant,
		}
		if _, set := m.Property(meant); set {
			finding.Severity, finding.Source = Info, srcField
			finding.Fix = "delete the line"
			finding.Related = []Related{relatedAt(m, meant, "the key itself is set here")}
			finding = finding.remove(m, f, e.Key)
		} else if !claimed[meant] {
			claimed[meant] = true
			finding = finding.rename(m, f, e.Key, meant)
		}
		p.Report(finding)
	}
}

func checkBackslashes(p *Pass, m *cluster.Member) {
	p.bothFiles(m)
	raw := map[*props.File][]byte{}
	for _, f := range filesOf(m) {
		raw[f] = f.Bytes()
	}
	for f, e := range used(m) {
		if !lostBackslash(m, raw[f], e) {
			continue
		}
		finding := Finding{
			Path: e.Pos.Name, Pos: e.Pos, Subject: e.Key,
			Message: fmt.Sprintf("Java reads %s as %s%s: backslashes of a Windows path were read as escapes", words.Plain(e.Key), show(e.Key, e.Value), controls(e.Value)),
			Fix:     "write the path with slashes or with doubled backslashes (four at the beginning of a UNC path)",
		}
		if !pathKey(e.Key) {
			finding.Severity = Warning
		}
		if first, _ := m.Property(cluster.KeyAppData); e.Key == cluster.KeyAppData && first.Pos == e.Pos {
			finding.Denies = []Premise{PremisePath.Of(m)}
		}
		p.Report(finding)
	}
}

// controls says which characters of a shown value are none that a person
// typed: quoted, they look like the backslashes that they were made of.
func controls(v string) string {
	var found []string
	for _, c := range []struct{ char, name string }{
		{"\t", `\t is a tab`}, {"\n", `\n is a line end`}, {"\f", `\f is a form feed`}, {"\r", `\r is a carriage return`},
	} {
		if strings.Contains(v, c.char) {
			found = append(found, c.name)
		}
	}
	if len(found) == 0 {
		return ""
	}
	return ", in which " + strings.Join(found, " and ")
}

// lostBackslash reports what a Windows path looks like once Java has taken
// its backslashes for escapes: a drive that no separator follows, a drive path
// with a control character in it, or one backslash where two begin a UNC path.
// Where raw, the
// file's bytes, has no such backslash, the value is what its author meant.
func lostBackslash(m *cluster.Member, raw []byte, e props.Entry) bool {
	v, windows := e.Value, m.Node.Windows()
	drive := len(v) > 2 && v[1] == ':' && 'a' <= v[0]|0x20 && v[0]|0x20 <= 'z'
	switch {
	case drive && v[2] != '\\' && v[2] != '/':
		return (v[2] < ' ' || windows || !strings.ContainsAny(v[2:], ":,=")) && dropsBackslash(raw, e)
	case drive:
		return strings.ContainsAny(v, "\t\n\f\r") && dropsBackslash(raw, e)
	}
	return windows && strings.HasPrefix(v, `\`) && !strings.HasPrefix(v, `\\`) && (pathKey(e.Key) || dropsBackslash(raw, e))
}

// dropsBackslash reports a backslash in an entry's bytes that Java drops and
// nobody has to write: one before a letter, a digit or the like. One before
// another backslash, a separator, a comment mark, a Unicode escape or the end of
// the line is meant.
func dropsBackslash(raw []byte, e props.Entry) bool {
	if e.Pos.Offset < 0 || e.Pos.Offset > len(raw) {
		return false
	}
	raw = raw[e.Pos.Offset:]
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '\n' || c == '\r':
			return false
		case c != '\\':
			continue
		}
		if i++; i == len(raw) {
			return false
		}
		switch raw[i] {
		case '\\', ':', '=', '#', '!', ' ', 'u':
		case '\r':
			if i+1 < len(raw) && raw[i+1] == '\n' {
				i++
			}
		case '\n':
		default:
			return true
		}
	}
	return false
}

func checkPlainSecrets(p *Pass, m *cluster.Member) {
	p.bothFiles(m)
	for _, e := range used(m) {
		if !passwordKey(e.Key) || e.Value == "" || e.Value == "null" || words.Encrypted(e.Value) {
			continue
		}
		p.Report(Finding{
			Path: e.Pos.Name, Pos: e.Pos, Subject: e.Key,
			Message: words.Plain(e.Key) + " is in plain text; the server encrypts it at its next start",
			Fix:     "start the server once, and make sure that no copy of the file is left behind",
		})
	}
}

func checkTrailingBlank(p *Pass, m *cluster.Member) {
	p.bothFiles(m)
	for f, e := range used(m) {
		trimmed := strings.TrimRight(e.Value, " \t\f\r\n")
		if trimmed == e.Value || e.Key == "" || e.Key == cluster.KeyMultiserver {
			continue // of multiserver every character counts, not only white space
		}
		finding := Finding{
			Path: e.Pos.Name, Pos: e.Pos, Subject: e.Key,
			Message: fmt.Sprintf("the value of %s ends in white space, which Java keeps: %s; installer 7.0.0 trims the values that it reads, so it may use another value than the server does", words.Plain(e.Key), show(e.Key, e.Value)),
			Fix:     "delete the white space at the end of the line",
		}
		if props.Sensitive(e.Key, e.Value) {
			finding.Severity, finding.Source = Info, srcField
			finding.Fix = "delete it, unless it belongs to the secret"
		} else if !hidden(e.Key) { // an edit holds the value
			finding.Edits = []cluster.Edit{{Node: m.Node.Name, File: fileOf(m, f), Op: "set", Key: e.Key, Value: trimmed}}
		}
		p.Report(finding)
	}
}
