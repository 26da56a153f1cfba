package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/props"
)

// FileChange is a change of one configuration file, line by line. It holds the
// lines that change and no others, so no secret of the file gets into a plan.
type FileChange struct {
	// Before is the SHA-256 of the file that the edit was planned for, in
	// hexadecimal. Apply refuses a file that is neither this one nor already
	// edited.
	Before string `json:"before"`
	// Set are properties to set, for a properties file.
	Set []setting `json:"set,omitempty"`
	// Replace are lines to replace, and Append lines to add at the end, for
	// bin/classpath.conf.
	Replace []lineChange `json:"replace,omitempty"`
	Append  []string     `json:"append,omitempty"`
	// After is the SHA-256 of the edited file, and Undo turns that back into
	// the file that was planned for, byte for byte. It is empty where the old
	// text is a secret; such an edit cannot be reverted.
	After string `json:"after"`
	Undo  []hunk `json:"undo,omitempty"`
}

// hunk is a run of bytes of an edited file, and what stood there before. Hunks
// are applied in their order, each to what the one before has made.
type hunk struct {
	Offset int    `json:"offset"`
	New    []byte `json:"new"`
	Old    []byte `json:"old"`
}

// splice replaces one run of bytes by another, if it is there.
func splice(data []byte, at int, old, new []byte) ([]byte, bool) {
	end := at + len(old)
	if at < 0 || end > len(data) || !bytes.Equal(data[at:end], old) {
		return nil, false
	}
	return slices.Concat(data[:at], new, data[end:]), true
}

// setting is one property to set.
type setting struct {
	Key string `json:"key"`
	// Value is the new value, decoded.
	Value string `json:"value"`
	// Old is the value at planning time, rendered without secrets; Line is
	// where it stands, zero when the key is new.
	Old  string `json:"old,omitempty"`
	Line int    `json:"line,omitempty"`
	// Why and Source belong to this one key.
	Why    string `json:"why"`
	Source string `json:"source"`
}

// lineChange is one line of bin/classpath.conf, without its line ending.
type lineChange struct {
	Line int    `json:"line"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// apply returns the file with the edit made. Applying it to an edited file
// changes nothing.
func (e *FileChange) apply(path string, data []byte) ([]byte, error) {
	if len(e.Set) > 0 {
		f, err := props.Parse(path, data)
		if err != nil {
			return nil, err
		}
		for _, s := range e.Set {
			f.Set(s.Key, s.Value)
		}
		return f.Bytes(), nil
	}
	lines := splitLines(data)
	for _, c := range e.Replace {
		if c.Line < 1 || c.Line > len(lines) {
			return nil, &StaleError{Path: path, Reason: fmt.Sprintf("has no line %d", c.Line)}
		}
		body, end := cutEnding(lines[c.Line-1])
		if body != c.Old && body != c.New {
			return nil, &StaleError{Path: path, Reason: fmt.Sprintf("line %d is not the one that was planned for", c.Line)}
		}
		lines[c.Line-1] = c.New + end
	}
	for _, add := range e.Append {
		if !slices.ContainsFunc(lines, func(l string) bool { body, _ := cutEnding(l); return body == add }) {
			lines = appendLine(lines, add)
		}
	}
	return []byte(strings.Join(lines, "")), nil
}

// seal records what the edit makes of the file, and how to take it back: one
// hunk a change, so that nothing between two changes gets into the plan.
func (e *FileChange) seal(path string, data []byte) error {
	e.Before = digest(data)
	now, secret := data, false
	var parts []FileChange
	if len(e.Set) > 0 {
		f, err := props.Parse(path, data)
		if err != nil {
			return err
		}
		for _, s := range e.Set {
			old, _ := f.Get(s.Key)
			secret = secret || props.Sensitive(s.Key, old)
			parts = append(parts, FileChange{Set: []setting{s}})
		}
	}
	for _, c := range e.Replace {
		parts = append(parts, FileChange{Replace: []lineChange{c}})
	}
	for _, a := range e.Append {
		parts = append(parts, FileChange{Append: []string{a}})
	}
	for _, part := range parts {
		next, err := part.apply(path, now)
		if err != nil {
			return err
		}
		if h, ok := difference(now, next); ok {
			e.Undo = append([]hunk{h}, e.Undo...)
		}
		now = next
	}
	if secret {
		e.Undo = nil
	}
	e.After = digest(now)
	return nil
}

// difference is the one run of bytes in which two texts differ.
func difference(old, now []byte) (hunk, bool) {
	if bytes.Equal(old, now) {
		return hunk{}, false
	}
	i := 0
	for i < len(old) && i < len(now) && old[i] == now[i] {
		i++
	}
	j := 0
	for j < len(old)-i && j < len(now)-i && old[len(old)-1-j] == now[len(now)-1-j] {
		j++
	}
	return hunk{Offset: i, New: bytes.Clone(now[i : len(now)-j]), Old: bytes.Clone(old[i : len(old)-j])}, true
}

// revert returns the file as it was before the edit.
func (e *FileChange) revert(path string, data []byte) ([]byte, error) {
	for _, h := range e.Undo {
		before, ok := splice(data, h.Offset, h.New, h.Old)
		if !ok {
			return nil, &StaleError{Path: path, Reason: "is not the file as this plan edited it", Fix: "undo that change and revert again, or take the edit back by hand"}
		}
		data = before
	}
	if digest(data) != e.Before {
		return nil, &StaleError{Path: path, Reason: "cannot be turned back byte for byte", Fix: "restore it from a backup"}
	}
	return data, nil
}

// done reports whether the file has the edit already.
func (e *FileChange) done(path string, data []byte) bool {
	after, err := e.apply(path, data)
	return err == nil && bytes.Equal(after, data)
}

// absent reports whether nothing of the edit is in the file: it was taken back, or
// never made, whatever else was changed there.
func (e *FileChange) absent(path string, data []byte) bool {
	f, err := props.Parse(path, data)
	if err != nil && len(e.Set) > 0 {
		return false
	}
	for _, s := range e.Set {
		if now, ok := f.Get(s.Key); ok && now == s.Value {
			return false
		}
	}
	made := slices.Clone(e.Append)
	for _, c := range e.Replace {
		made = append(made, c.New)
	}
	return !slices.ContainsFunc(splitLines(data), func(l string) bool { body, _ := cutEnding(l); return slices.Contains(made, body) })
}

func (e *FileChange) empty() bool { return len(e.Set)+len(e.Replace)+len(e.Append) == 0 }

func cutEnding(line string) (body, end string) {
	body = strings.TrimRight(line, "\r\n")
	return body, line[len(body):]
}

// classpathEdit redirects the lines of bin/classpath.conf that name moved
// folders. moved maps an old folder to its new one, in the server's spelling;
// add are folders that need a line of their own,
// spelled with the given keyword.
func classpathEdit(lines []cluster.ClasspathLine, keyword string, moved []redirect, add []string) *FileChange {
	e := &FileChange{}
	present := map[string]bool{}
	for i, l := range lines {
		if l.Keyword == "" {
			continue
		}
		value := l.Value
		for _, r := range moved {
			if n, ok := prefixLen(l.Value, r.from); ok {
				value = r.to + l.Value[n:]
				break
			}
		}
		for _, a := range add {
			present[a] = present[a] || serverpath.Equal(value, a)
		}
		if value == l.Value {
			continue
		}
		old, _ := cutEnding(l.Raw)
		at := l.Pos.Column - 1
		e.Replace = append(e.Replace, lineChange{Line: i + 1, Old: old, New: old[:at] + value + old[at+len(l.Value):]})
	}
	for _, a := range add {
		if !present[a] {
			e.Append = append(e.Append, keyword+" "+a)
		}
	}
	return e
}

// redirect says that what was below from is below to.
type redirect struct{ from, to string }

// prefixLen finds how much of path spells the folder, so that the rest keeps
// its own separators. ok is false when path is not in the folder.
func prefixLen(path, folder string) (n int, ok bool) {
	for i := 1; i <= len(path); i++ {
		if i < len(path) && path[i] != '/' && path[i] != '\\' {
			continue
		}
		if serverpath.Equal(path[:i], folder) {
			return i, true
		}
	}
	return 0, false
}
