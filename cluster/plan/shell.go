package plan

import (
	"fmt"
	"regexp"
	"strings"
	"text/template"
	"unicode"
	"unicode/utf8"

	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// Commands in plans and runbooks are for a person who copies them into a
// window of the server: a POSIX shell, or PowerShell on Windows servers (cmd
// has no way to keep "%" from being expanded). Whatever a template puts into them
// is quoted as one word, and no command holds a control character: what a terminal
// would act on is written as an escape that the shell turns back. A NUL, which no
// path holds, is dropped.

// command is a command of the server's shell, from the template of that shell,
// for the plan or for what of it is given.
func (p *Plan) command(part string, data any) (string, error) {
	file, quote := "sh.tmpl", quotePOSIX
	if p.windows() {
		file, quote = "powershell.tmpl", quotePowerShell
	}
	out, err := render(file, part, quote, data, p.words(), template.FuncMap{
		"bare":      func(v any) safe { return safe(fmt.Sprint(v)) },
		"clean":     serverpath.Clean,
		"base":      func(path string) string { _, name := serverpath.Split(path); return name },
		"literally": regexp.QuoteMeta,
		"anyKey": func(e *FileChange) string { // as a pattern
			var keys []string
			for _, s := range e.Set {
				keys = append(keys, regexp.QuoteMeta(s.Key))
			}
			return "(" + strings.Join(keys, "|") + ")"
		},
	})
	return string(out), err
}

// quotePOSIX leaves plain words bare, puts the others into single quotes, and
// those with control characters, invalid UTF-8 or invisible characters into a
// command substitution with octal escapes, which every POSIX shell has; $”
// is not among the things that dash knows.
func quotePOSIX(s string) string {
	s = strings.ReplaceAll(s, "\x00", "")
	if printable(s) {
		if s != "" && s[0] != '-' && strings.IndexFunc(s, notPlain) < 0 {
			return s
		}
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	body := strings.TrimRight(s, "\n")
	var b strings.Builder
	b.WriteByte('"')
	if body != "" {
		b.WriteString("$(printf '")
		for i, r := range body {
			if r < utf8.RuneSelf && notPlain(r) || r == '-' && i == 0 || r >= utf8.RuneSelf && !shown(r, body[i:]) {
				for _, c := range []byte(body[i : i+runeLen(body[i:])]) {
					fmt.Fprintf(&b, `\%03o`, c)
				}
				continue
			}
			b.WriteRune(r)
		}
		b.WriteString("')")
	}
	// A substitution loses newlines at its end. The third character of IFS,
	// which every shell sets when it starts, is one.
	b.WriteString(strings.Repeat("${IFS#??}", len(s)-len(body)))
	b.WriteByte('"')
	return b.String()
}

// notPlain reports a character that some shell gives a meaning to, or that
// needs care in a printf format.
func notPlain(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return false
	}
	return !strings.ContainsRune("/._-+,:@", r)
}

// quotePowerShell uses a literal string, in which only quotes are special:
// PowerShell takes the typographic ones for quotes as well. What is not shown
// is added by its number, and the sum stands in parentheses.
func quotePowerShell(s string) string {
	s = strings.ReplaceAll(s, "\x00", "")
	var parts []string
	var lit strings.Builder
	flush := func() {
		if lit.Len() > 0 || len(parts) == 0 {
			parts = append(parts, "'"+lit.String()+"'")
			lit.Reset()
		}
	}
	for i, r := range s {
		switch {
		case !shown(r, s[i:]):
			flush()
			if r > 0xffff {
				parts = append(parts, fmt.Sprintf("[char]::ConvertFromUtf32(0x%x)", r))
			} else {
				parts = append(parts, fmt.Sprintf("[char]0x%02x", r))
			}
		case r == '\'' || '\u2018' <= r && r <= '\u201b':
			lit.WriteRune(r)
			lit.WriteRune(r)
		default:
			lit.WriteRune(r)
		}
	}
	flush()
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, " + ") + ")"
}

// shown reports whether r, which rest begins with, may reach a terminal as it
// is: not a control character, not a formatting one that could reorder or
// hide text, and not a byte that is no UTF-8.
func shown(r rune, rest string) bool {
	if r == utf8.RuneError && runeLen(rest) == 1 {
		return false
	}
	return unicode.IsPrint(r)
}

func runeLen(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

func printable(s string) bool {
	for i, r := range s {
		if !shown(r, s[i:]) {
			return false
		}
	}
	return true
}

// visible renders text that came from files, names or callers: each byte of a
// character that is not shown becomes \xNN, line endings included, so that
// one text stays on one line and cannot move a terminal's cursor.
func visible(s string) string {
	if printable(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		if shown(r, s[i:]) {
			b.WriteRune(r)
			continue
		}
		for _, c := range []byte(s[i : i+runeLen(s[i:])]) {
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	return b.String()
}

// mountFolder is a folder of the storage that has to exist before anything is
// copied: the declared mount point, or the folder that will hold the target.
func (t Target) mountFolder() string {
	if t.MountPoint != "" {
		return t.MountPoint
	}
	dir, _ := serverpath.Split(serverpath.Clean(t.AppData))
	return dir
}
