package plan

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/props"
)

// reference is the name of the secret that a key gets.
func (j *joiner) reference(key string) string {
	ref := cmp.Or(j.o.Secrets[key], key)
	if key == "server.key.password" { // the key has the password of its store, unless somebody says otherwise
		ref = cmp.Or(j.o.Secrets[key], j.o.Secrets["server.keystore.password"], "server.keystore.password")
	}
	if !slices.Contains(j.references, ref) {
		j.references = append(j.references, ref)
	}
	return ref
}

// take adds an edit of the server.
func (j *joiner) take(x cluster.Edit, why, source string) {
	x.Node = j.m.Node.Name
	_ = j.e.take(x, reason{why, source}) // the member exists
}

func (j *joiner) set(key, value, why, source string) {
	j.take(cluster.Edit{Op: opSet, Key: key, Value: value}, why, source)
}

// rely makes the plan rely on a setting of the member that it takes settings from.
func (j *joiner) rely(key string) {
	path := j.like.InstalledPath()
	if e, ok := j.like.Property(key); ok {
		path = e.Pos.Name
	}
	j.e.also = append(j.e.also, Fact{Node: j.like.Node.Name, Path: path, Key: key})
}

// alike makes a property what it is on the member that settings are taken from.
// One that holds a credential becomes a reference.
func (j *joiner) alike(key, why, source string) (changes bool) {
	want, have := j.like.Value(key), j.m.Value(key)
	j.rely(key)
	switch {
	case want == have:
		return false
	case want == "":
		j.take(cluster.Edit{Op: opRemove, Key: key}, why, source)
	case props.Sensitive(key, want):
		j.take(cluster.Edit{Op: opSet, Key: key, Secret: j.reference(key)}, why, source)
	default:
		j.set(key, want, why, source)
	}
	return true
}

func (j *joiner) warnFirst() {
	j.p.Warnings = slices.Insert(j.p.Warnings, 0, Refusal{
		Rule: "JOI003", Path: j.m.InstalledPath(), Source: srcAdd,
		Message: fmt.Sprintf("%s changes over to the cluster's database and application data: applications, components, processes, users and history in its own database, and artifacts and output in its own application data, are abandoned, and are not in the cluster", j.m.Node.Name),
		Fix:     "export what must survive and import it into a member of the cluster, before anything else",
	})
}
