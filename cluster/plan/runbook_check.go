package plan

import (
	"regexp"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
)

// step writes the box of one step: what the plan says about it, and for steps
// of the program a command that shows that it was done.
func (b *runbook) step(s Step) {
	x := box{id: b.name(s), who: "program", title: s.Title, why: s.Why, source: s.Source, inferred: s.Inferred, expect: s.Expect}
	if s.Action == ActionManual {
		x.who = "person"
		x.commands = s.Commands
		if x.expect == "" {
			x.expect = "it is done"
		}
	} else {
		b.check(s, &x)
	}
	b.m.box(x)
}

// name is the step's id, or its number where a caller's plan has none.
func (b *runbook) name(s Step) string {
	if s.ID != "" {
		return s.ID
	}
	for i := range b.p.Steps {
		if b.p.Steps[i].Title == s.Title && b.p.Steps[i].Action == s.Action {
			return stepName(i, s)
		}
	}
	return ""
}

// check adds the command that shows the step done, and its output.
func (b *runbook) check(s Step, x *box) {
	q := b.quote
	switch s.Action {
	case ActionMakeDir:
		x.commands = b.pick("test -d "+q(s.ServerTo)+" && echo present", "Test-Path -LiteralPath "+q(s.ServerTo)+" -PathType Container")
		x.prints = b.yes("present")
	case ActionCopy:
		b.checkCopy(s, x)
	case ActionRescan:
		x.expect = "the program stops here if a path is new, gone or changed, and names it with its likely writer"
	case ActionEdit:
		x.diff, x.notes = b.diff(s.Edit)
		x.commands = b.shows(s)
		x.expect = "each line marked + above, and none marked -"
	case ActionLink:
		link := b.pick("readlink "+q(s.ServerFrom), "(Get-Item -LiteralPath "+q(s.ServerFrom)+" -Force).Target")
		x.commands, x.prints = link, s.ServerTo
		if s.Copies != "" {
			x.notes = append(x.notes, note{text: "The original is then " + s.ServerAside + "."})
		}
	case ActionRetire:
		x.notes = append(x.notes, note{text: "The original is then " + s.ServerAside + "."})
		x.commands = b.pick("test ! -e "+q(s.ServerFrom)+" && test -e "+q(s.ServerAside)+" && echo retired",
			"(Test-Path -LiteralPath "+q(s.ServerAside)+") -and -not (Test-Path -LiteralPath "+q(s.ServerFrom)+")")
		x.prints = b.yes("retired")
	case ActionPurge:
		x.commands = b.pick("test ! -e "+q(s.ServerAside)+" && echo gone", "-not (Test-Path -LiteralPath "+q(s.ServerAside)+")")
		x.prints = b.yes("gone")
		x.notes = append(x.notes, note{text: "What goes is " + s.ServerAside + "."})
	}
}

// yes is what a check prints when all is well: a word of its own in a POSIX
// shell, True in PowerShell.
func (b *runbook) yes(word string) string {
	if b.windows {
		return "True"
	}
	return word
}

// checkCopy compares the copy with its original by the system's own means,
// independently of the program that made it.
func (b *runbook) checkCopy(s Step, x *box) {
	from, to := b.quote(s.ServerFrom), b.quote(s.ServerTo)
	if s.Kind != appdata.Dir {
		x.commands = b.pick("cmp "+from+" "+to+" && echo same", "(Get-FileHash -LiteralPath "+from+").Hash -eq (Get-FileHash -LiteralPath "+to+").Hash")
		x.prints = b.yes("same")
		return
	}
	without := slices.Clone(s.Exclude)
	if s.To == b.p.To && !slices.Contains(without, ownFolder) {
		without = append(without, ownFolder)
	}
	if b.windows {
		list := make([]string, len(without))
		for i, w := range without {
			list[i] = b.quote(strings.ReplaceAll(w, "/", `\`))
		}
		skip := "@(" + strings.Join(list, ", ") + ")"
		x.commands = []string{"Compare-Object @(Sums " + from + " " + skip + ") @(Sums " + to + " " + skip + ")"}
		x.expect = "no output"
		return
	}
	cmd := "diff -rq "
	for _, w := range without {
		// diff matches names, not paths: what it leaves out elsewhere as
		// well was compared by the program all the same.
		cmd += "-x " + b.quote(globLiteral(w[strings.LastIndexByte(w, '/')+1:])) + " "
	}
	x.commands = []string{cmd + from + " " + to + " && echo same"}
	x.prints = "same"
}

// globLiteral escapes what a shell pattern gives a meaning to.
func globLiteral(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(name)
}

// sumsFunction is pasted once on Windows: the relative path and the SHA-256 of
// every file below a folder.
func sumsFunction() []string {
	return []string{
		"function Sums($Folder, $Without) {",
		`  $start = (Get-Item -LiteralPath $Folder -Force).FullName.TrimEnd('\').Length + 1`,
		"  foreach ($file in Get-ChildItem -LiteralPath $Folder -Recurse -Force -File) {",
		"    $name = $file.FullName.Substring($start)",
		`    if (-not ($Without | Where-Object { $name -eq $_ -or $name.StartsWith($_ + '\', 'OrdinalIgnoreCase') })) {`,
		"      $name + ' ' + (Get-FileHash -LiteralPath $file.FullName).Hash",
		"    }",
		"  }",
		"}",
	}
}

// diff is an edit as the lines that change, with the reason of each setting
// under it.
func (b *runbook) diff(e *Edit) (lines []string, notes []note) {
	if e == nil {
		return nil, nil
	}
	escaped := false
	for _, s := range e.Set {
		lines = append(lines, settingLines(s)...)
		at := "New: "
		if s.Line > 0 {
			at = "Line " + decimal(s.Line) + ": "
		}
		notes = append(notes, note{at + s.Key + " " + sentence(s.Why), s.Source})
		escaped = escaped || strings.ContainsAny(s.Old+s.Value, `\:=#!`)
	}
	if escaped {
		notes = append(notes, note{text: `Values are shown as Java reads them; in the file a backslash stands before each \ : = # and !.`})
	}
	for _, c := range e.Replace {
		lines = append(lines, "- "+c.Old, "+ "+c.New)
	}
	for _, a := range e.Append {
		lines = append(lines, "+ "+a)
	}
	return lines, notes
}

// shows prints the edited lines as they stand in the file, and nothing else:
// a search for the bare key would print the password keys as well.
func (b *runbook) shows(s Step) []string {
	e := s.Edit
	if e == nil {
		return nil
	}
	file := b.quote(s.ServerFrom)
	if len(e.Set) > 0 {
		var keys []string
		for _, x := range e.Set {
			keys = append(keys, regexp.QuoteMeta(x.Key))
		}
		any := "(" + strings.Join(keys, "|") + ")"
		return b.pick("grep -nE "+b.quote("^[[:space:]]*"+any+"[[:space:]=:]")+" "+file,
			"Select-String -CaseSensitive -LiteralPath "+file+" -Pattern "+b.quote(`^\s*`+any+`[\s=:]`))
	}
	var texts []string
	for _, c := range e.Replace {
		texts = append(texts, b.quote(c.New))
	}
	for _, a := range e.Append {
		texts = append(texts, b.quote(a))
	}
	if len(texts) == 0 {
		return nil
	}
	return b.pick("grep -nF -e "+strings.Join(texts, " -e ")+" "+file,
		"Select-String -SimpleMatch -LiteralPath "+file+" -Pattern "+strings.Join(texts, ", "))
}

// sum prints the SHA-256 of a file; prints is how it comes out for a digest.
func (b *runbook) sum(path, digest string) (commands []string, prints string) {
	if b.windows {
		return []string{"(Get-FileHash -LiteralPath " + b.quote(path) + ").Hash"}, strings.ToUpper(digest)
	}
	return []string{"sha256sum < " + b.quote(path) + " | cut -c1-64"}, digest
}
