package mover

import (
	"errors"
	"io/fs"
	"os"
	"regexp"
)

// Files and links get their names when they are proven. Until then they have
// others, which mean nothing to a person who reads of an error.

// shape is one of those names.
type shape struct {
	name  *regexp.Regexp
	means string // what it stands for, in terms of its groups
}

func shapes() []shape {
	return []shape{
		{regexp.MustCompile(`([/\\]\.deploycluster)[/\\](?:` + temporary + `|` + runMark + `)[^\s:;]*`), "$1"},
		{regexp.MustCompile(`\.([^/\\]+)` + regexp.QuoteMeta(linkMark)), "$1"},
		{regexp.MustCompile(`([^/\\]+)` + regexp.QuoteMeta(trialMark) + `(?:[/\\]` + trialFull + `){0,2}`), "$1"},
		{regexp.MustCompile(`\.([^/\\]+)\.[a-z2-7]{13}\.deploycluster-new`), "$1"},
		{regexp.MustCompile(`[/\\]\.(?:probe|nowhere)-[0-9a-z]+`), ""},
	}
}

// Named is a text in which every temporary name is replaced by that of what it
// stands for.
func Named(text string) string {
	for _, t := range shapes() {
		text = t.name.ReplaceAllString(text, t.means)
	}
	return text
}

// about gives an error about a temporary name the path that it stands for.
func about(path string, err error) error {
	switch e := err.(type) {
	case *fs.PathError:
		if Named(e.Path) != e.Path {
			return &fs.PathError{Op: e.Op, Path: path, Err: e.Err}
		}
	case *os.LinkError:
		if Named(e.Old) != e.Old || Named(e.New) != e.New {
			return &fs.PathError{Op: e.Op, Path: path, Err: e.Err}
		}
	case interface{ Unwrap() []error }:
		var list []error
		for _, x := range e.Unwrap() {
			list = append(list, about(path, x))
		}
		return errors.Join(list...)
	}
	return err
}
