package mover

import "strings"

// Clashes finds names of one folder that differ only by case. It holds the
// names of the folders on the way down.
type Clashes map[string]map[string]string

// Add remembers a name; bad reports one that differs from another only by case.
func (c Clashes) Add(caseless bool, rel string) (other string, bad bool) {
	if !caseless {
		return "", false
	}
	i := strings.LastIndexByte(rel, '/') + 1
	dir, name := rel[:i], rel[i:]
	if c[dir] == nil {
		c[dir] = map[string]string{}
	}
	fold := strings.ToUpper(name)
	if other, bad = c[dir][fold]; bad {
		return dir + other, true
	}
	c[dir][fold] = name
	return "", false
}

// has reports whether the name, in any case, was added.
func (c Clashes) has(caseless bool, rel string) bool {
	i := strings.LastIndexByte(rel, '/') + 1
	_, ok := c[rel[:i]][strings.ToUpper(rel[i:])]
	return caseless && ok
}

// Leave forgets the names of a folder.
func (c Clashes) Leave(rel string) {
	if rel != "" {
		delete(c, rel+"/")
	}
}
