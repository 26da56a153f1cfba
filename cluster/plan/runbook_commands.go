package plan

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// shell writes the commands of a runbook for one operating system: a POSIX
// shell or PowerShell.
type shell struct{ windows bool }

func (c shell) quote(s string) string { return quoteFor(c.windows, s) }

func (c shell) quoted(sep string, list []string) string {
	words := make([]string, len(list))
	for i, s := range list {
		words[i] = c.quote(s)
	}
	return strings.Join(words, sep)
}

func (c shell) lang() string {
	if c.windows {
		return "powershell"
	}
	return "sh"
}

// pick returns the lines for the server's operating system.
func (c shell) pick(unix, windows []string) []string {
	if c.windows {
		return windows
	}
	return unix
}

// rows is a loop over a table: the body sees a row as $1, $2 and so on, in
// PowerShell as $a, $b and $c.
func (c shell) rows(table [][]string, unix, windows []string) []string {
	width := len(table[0])
	var out []string
	lines := func(sep, end string) {
		for i, row := range table {
			line := "  " + c.quoted(sep, row)
			if i < len(table)-1 {
				line += end
			}
			out = append(out, line)
		}
	}
	if c.windows {
		out = append(out, "$rows = @(")
		lines(", ", ",")
		names := []string{"$a = $rows[$i]", "$b = $rows[$i + 1]", "$c = $rows[$i + 2]"}[:width]
		out = append(out, ")", "for ($i = 0; $i -lt $rows.Count; $i += "+strconv.Itoa(width)+") {", "  "+strings.Join(names, "; "))
		for _, l := range windows {
			out = append(out, "  "+l)
		}
		return append(out, "}")
	}
	out = append(out, `set -- \`)
	lines(" ", ` \`)
	out = append(out, "while [ $# -gt 0 ]; do")
	for _, l := range unix {
		out = append(out, "  "+l)
	}
	return append(out, "  shift "+strconv.Itoa(width), "done")
}

// check is a loop that names each row for which a condition does not hold, and
// prints word if there is none.
func (c shell) check(word string, table [][]string, unix, windows string) []string {
	out := c.pick([]string{"ok=" + word}, []string{"$ok = '" + word + "'"})
	out = append(out, c.rows(table,
		[]string{unix + ` || { echo "not ` + word + `: $1"; ok=; }`},
		[]string{"if (-not (" + windows + `)) { "not ` + word + `: $a"; $ok = '' }`})...)
	return append(out, c.pick([]string{`echo "$ok"`}, []string{"$ok"})...)
}

// copies compares copies with their originals by the system's own means,
// independently of the program that made them.
func (c shell) copies(steps []Step, target string) []string {
	var table [][]string
	var without []string
	for _, s := range steps {
		table = append(table, []string{s.ServerFrom, s.ServerTo})
		names := slices.Clone(s.Exclude)
		if serverpath.Equal(s.ServerTo, target) {
			names = append(names, ownFolder)
		}
		for _, w := range names {
			if !slices.Contains(without, w) {
				without = append(without, w)
			}
		}
	}
	if c.windows {
		for i, w := range without {
			without[i] = strings.ReplaceAll(w, "/", `\`)
		}
		return append(append(sums(), "$without = @("+c.quoted(", ", without)+")"),
			c.check("same", table, "", "((Sums $a $without) -join '|') -ceq ((Sums $b $without) -join '|')")...)
	}
	diff := "diff -rq "
	for _, w := range without {
		// diff matches names, not paths: what it leaves out elsewhere as
		// well was compared by the program all the same.
		diff += "-x " + c.quote(globLiteral(w[strings.LastIndexByte(w, '/')+1:])) + " "
	}
	return c.check("same", table, diff+`"$1" "$2"`, "")
}

// sums is a function that prints the relative path and the SHA-256 of every file
// below a folder, or those of one file.
func sums() []string {
	return []string{
		"function Sums($Path, $Without) {",
		`  $top = Get-Item -LiteralPath $Path -Force`,
		`  if (-not $top.PSIsContainer) { return (Get-FileHash -LiteralPath $Path).Hash }`,
		`  $start = $top.FullName.TrimEnd('\').Length + 1`,
		"  Get-ChildItem -LiteralPath $Path -Recurse -Force -File | ForEach-Object {",
		"    $name = $_.FullName.Substring($start)",
		`    if (-not ($Without | Where-Object { $name -eq $_ -or $name.StartsWith($_ + '\', 'OrdinalIgnoreCase') })) {`,
		"      $name + ' ' + (Get-FileHash -LiteralPath $_.FullName).Hash",
		"    }",
		"  } | Sort-Object",
		"}",
	}
}

// globLiteral escapes what a shell pattern gives a meaning to.
func globLiteral(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(name)
}

// digests compares files with the SHA-256 that the plan has of them.
func (c shell) digests(table [][]string) []string {
	return c.check("same", table, `[ "$(sha256sum < "$1" | cut -c1-64)" = "$2" ]`, "(Get-FileHash -LiteralPath $a).Hash -eq $b")
}

// back renames originals back, as long as they are aside and nothing is in
// their place: each row is an original and its name aside.
func (c shell) back(table [][]string) []string {
	return c.rows(table, []string{c.backUnix("$2")}, []string{c.backWindows("$b")})
}

func (c shell) backUnix(aside string) string {
	return `[ ! -e "` + aside + `" ] || [ -e "$1" ] || mv "` + aside + `" "$1"`
}

func (c shell) backWindows(aside string) string {
	return "if ((Test-Path -LiteralPath " + aside + ") -and -not (Test-Path -LiteralPath $a)) { Rename-Item -LiteralPath " + aside + " -NewName ([IO.Path]::GetFileName($a)) }"
}

// unlink removes links and renames the originals back: each row is a link, its
// text and the original's name aside. Only the plan's own link goes: the
// original may have been a link too.
func (c shell) unlink(table [][]string) []string {
	return c.rows(table,
		[]string{`[ "$(readlink "$1")" != "$2" ] || rm "$1"`, c.backUnix("$3")},
		[]string{"$link = Get-Item -LiteralPath $a -Force -ErrorAction SilentlyContinue; if ($link.LinkType -and $link.Target -eq $b) { $link.Delete() }", c.backWindows("$c")})
}

// owner prints who owns a folder, and who works in this window.
func (c shell) owner(folder string) []string {
	return c.pick([]string{"ls -ld " + c.quote(folder), "id -un"}, []string{"(Get-Acl -LiteralPath " + c.quote(folder) + ").Owner", "whoami"})
}

// room tries whether this user can write to the storage, and prints the sizes of
// the sources and the room there is.
func (c shell) room(mount string, sources []string) []string {
	at := c.quote(mount)
	windows := []string{"$f = Join-Path " + at + " ([IO.Path]::GetRandomFileName()); [IO.File]::WriteAllText($f, ''); Remove-Item -LiteralPath $f; 'writable'"}
	unix := []string{"test -w " + at + " && echo writable"}
	if len(sources) > 0 {
		unix = append(unix, "du -sk "+c.quoted(" ", sources))
		windows = append(windows, "@("+c.quoted(", ", sources)+") | ForEach-Object { (Get-ChildItem -LiteralPath $_ -Recurse -Force -File | Measure-Object -Property Length -Sum).Sum }")
	}
	return c.pick(append(unix, "df -k "+at),
		append(windows, "$o = New-Object -ComObject Scripting.FileSystemObject; $o.GetDrive($o.GetDriveName("+at+")).AvailableSpace"))
}

// stores lists the two keystores at the new place.
func (c shell) stores(appData string) []string {
	list := []string{serverpath.Join(appData, "conf/encryption.keystore"), serverpath.Join(appData, "conf/server.keystore")}
	return c.pick([]string{"ls -l " + c.quoted(" ", list)}, []string{"Get-Item -LiteralPath " + c.quoted(", ", list) + " -Force"})
}

// log prints the end of the server's own log.
func (c shell) log(install string) []string {
	log := c.quote(serverpath.Join(install, "var/log/deployserver.out"))
	return c.pick([]string{"tail -n 200 " + log}, []string{"Get-Content -LiteralPath " + log + " -Tail 200"})
}

// aside renames a folder, if it is there and the new name is free.
func (c shell) aside(from, to string) []string {
	_, name := serverpath.Split(to)
	f, t := c.quote(from), c.quote(to)
	return c.pick([]string{"test ! -e " + f + " || test -e " + t + " || mv " + f + " " + t},
		[]string{"if (Test-Path -LiteralPath " + f + ") { Rename-Item -LiteralPath " + f + " -NewName " + c.quote(name) + " }"})
}

// shows prints the edited lines as they are in the file, and nothing else: a
// search for the bare key would print the password keys as well.
func (c shell) shows(path string, e *FileChange) []string {
	file := c.quote(path)
	if e == nil {
		return nil
	}
	if len(e.Set) > 0 {
		var keys []string
		for _, x := range e.Set {
			keys = append(keys, regexp.QuoteMeta(x.Key))
		}
		any := "(" + strings.Join(keys, "|") + ")"
		return c.pick([]string{"grep -nE " + c.quote("^[[:space:]]*"+any+"[[:space:]=:]") + " " + file},
			[]string{"Select-String -CaseSensitive -LiteralPath " + file + " -Pattern " + c.quote(`^\s*`+any+`[\s=:]`)})
	}
	var texts []string
	for _, x := range e.Replace {
		texts = append(texts, c.quote(x.New))
	}
	for _, a := range e.Append {
		texts = append(texts, c.quote(a))
	}
	if len(texts) == 0 {
		return nil
	}
	return c.pick([]string{"grep -nF -e " + strings.Join(texts, " -e ") + " " + file},
		[]string{"Select-String -SimpleMatch -LiteralPath " + file + " -Pattern " + strings.Join(texts, ", ")})
}
