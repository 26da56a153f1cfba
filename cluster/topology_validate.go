package cluster

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/internal/words"
	"github.com/deploycluster/deploycluster/props"
)

// TopologyError says which part of a topology is unusable. It quotes names and
// absolute paths, with credentials hidden as props.Redact hides them; a value
// that is of the wrong kind altogether, and so may be anything, is never
// quoted.
type TopologyError struct {
	// Field is the path of the value, such as "nodes[1].install". It is empty
	// where the document as a whole is meant.
	Field string
	// Reason says what is wrong with it.
	Reason string
	// Pos is where the value begins in the JSON that ReadTopology read, or the
	// value around it where it is missing; the zero Position where the topology
	// does not come from JSON.
	Pos props.Position
	// Near is the name that was most likely meant, empty where there is none.
	Near string
	// Err is the cause, or nil.
	Err error
}

func (e *TopologyError) Error() string {
	var b strings.Builder
	b.WriteString("cluster: topology: ")
	if e.Pos.IsValid() {
		b.WriteString(words.Plain(e.Pos.String()) + ": ")
	}
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	b.WriteString(e.Reason)
	if e.Near != "" {
		b.WriteString("; did you mean " + words.Quote(e.Near) + "?")
	}
	if e.Pos.IsValid() {
		fmt.Fprintf(&b, " (offset %d)", e.Pos.Offset)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *TopologyError) Unwrap() error { return e.Err }

// named renders a name or path of the topology for an error.
func named(s string) string { return words.Quote(props.Redact("", s)) }

// Validate reports the first value that makes the topology unusable, as a
// *TopologyError, or nil.
func (t Topology) Validate() error {
	if err := t.validate(); err != nil {
		return err
	}
	return nil
}

func (t Topology) validate() *TopologyError {
	if t.Schema != 0 && t.Schema != 1 {
		return unusable("schema", "%d is not known; this library reads schema 1", t.Schema)
	}
	if len(t.Nodes) == 0 {
		return unusable("nodes", "at least one server is needed")
	}
	storages, err := t.storageNames()
	if err != nil {
		return err
	}
	seen := make(map[string]int, len(t.Nodes))
	for i, n := range t.Nodes {
		at := "nodes[" + strconv.Itoa(i) + "]."
		if n.Name == "" {
			return unusable(at+"name", "a server needs a name")
		}
		if j, dup := seen[n.Name]; dup {
			return unusable(at+"name", "%s is also the name of nodes[%d]", named(n.Name), j)
		}
		seen[n.Name] = i
		if n.Role != "" && !slices.Contains(roles(), n.Role) {
			return unusable(at+"role", "%s is not a known role", named(string(n.Role)))
		}
		if !serverpath.Abs(n.Install) {
			return unusable(at+"install", "is not an absolute path of the server")
		}
		if err := n.validateMounts(at, storages); err != nil {
			return err
		}
	}
	return nil
}

func unusable(field, reason string, args ...any) *TopologyError {
	return &TopologyError{Field: field, Reason: fmt.Sprintf(reason, args...)}
}

// storageNames are the declared storages, nil where none are.
func (t Topology) storageNames() (map[string]int, *TopologyError) {
	if len(t.Storages) == 0 {
		return nil, nil
	}
	names := make(map[string]int, len(t.Storages))
	for i, s := range t.Storages {
		at := "storages[" + strconv.Itoa(i) + "]."
		if s.Name == "" {
			return nil, unusable(at+"name", "a storage needs a name")
		}
		if j, dup := names[s.Name]; dup {
			return nil, unusable(at+"name", "%s is also the name of storages[%d]", named(s.Name), j)
		}
		names[s.Name] = i
		if s.Dir == "" {
			return nil, unusable(at+"dir", "a storage needs a folder")
		}
	}
	return names, nil
}

func (n Node) validateMounts(at string, storages map[string]int) *TopologyError {
	seen := map[string]int{}
	for j, m := range n.Mounts {
		at := at + "mounts[" + strconv.Itoa(j) + "]."
		switch {
		case !serverpath.Abs(m.Path):
			return unusable(at+"path", "is not an absolute path of the server")
		case m.Storage == "":
			return unusable(at+"storage", "a storage name is needed")
		case serverpath.Windows(n.mountPath(m)) != n.Windows():
			return unusable(at+"path", "%s is not spelled like the installation folder %s", named(m.Path), named(n.Install))
		}
		key := foldPath(n.mountPath(m))
		if k, dup := seen[key]; dup {
			return unusable(at+"path", "%s is also the path of mounts[%d]", named(m.Path), k)
		}
		seen[key] = j
		if _, ok := storages[m.Storage]; storages != nil && !ok {
			err := unusable(at+"storage", "%s is none of the declared storages", named(m.Storage))
			err.Near = nearest(m.Storage, storages)
			return err
		}
	}
	return nil
}

// foldPath maps paths that serverpath.Equal takes for one to one text.
func foldPath(p string) string {
	windows := serverpath.Windows(p)
	p = serverpath.Clean(p)
	if !windows {
		return p
	}
	return strings.Map(func(r rune) rune { // the smallest of its case variants
		least := r
		for v := unicode.SimpleFold(r); v != r; v = unicode.SimpleFold(v) {
			least = min(least, v)
		}
		return least
	}, strings.ReplaceAll(p, "/", `\`))
}

func nearest[T any](name string, known map[string]T) string {
	return words.Nearest(name, maps.Keys(known))
}
