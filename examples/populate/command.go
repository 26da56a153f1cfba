package main

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/deploycluster/deploycluster/cluster/plan"
)

// writes reports whether something is to be written.
func (o options) writes() bool { return o.prime || o.apply || o.retire || o.purge || o.revert }

// command is the command line that does the same job once more, with every flag
// that shapes the plan or the run as it was given, and what it is to do.
func (o options) command(what string) string {
	words := []string{"populate", "-install", o.install, "-appdata", o.appdata}
	if o.mount != "" {
		words = append(words, "-mount", o.mount)
	}
	if o.links != plan.LinksRefuse {
		words = append(words, "-links", o.links.String())
	}
	if o.digest != "" {
		words = append(words, "-digest", o.digest)
	}
	if o.bestEffort {
		words = append(words, "-best-effort")
	}
	if o.workers != 0 {
		words = append(words, "-workers", fmt.Sprint(o.workers))
	}
	for i, w := range words {
		words[i] = quote(runtime.GOOS == "windows", w)
	}
	return strings.Join(append(words, what), " ")
}

// quote makes text one word of a POSIX shell, or of PowerShell.
func quote(windows bool, text string) string {
	plain := "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+,:@"
	if windows {
		plain = strings.Replace(plain, ",", "", 1) + `\` // a comma makes a list there
	}
	switch {
	case strings.Trim(text, plain) == "" && text != "":
		return text
	case windows:
		for _, q := range []string{"'", "\u2018", "\u2019", "\u201a", "\u201b"} { // each of them ends a text there
			text = strings.ReplaceAll(text, q, q+q)
		}
		return "'" + text + "'"
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
