package haproxy

import (
	"fmt"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/words"
)

// Options say what is not in the file.
type Options struct {
	// Host is the name that users dial. It goes into the result, and the URLs
	// are made with it; empty, there are none.
	Host string
	// Members are the servers to look for.
	Members []Member
	// Conditions takes every condition of a use_backend line as met: for a
	// balancer that serves several applications, and tells them by the host.
	Conditions bool
}

// Unclear is a fact that could not be told from the file.
type Unclear struct {
	// Name and Line are the place; Line is 0 for the file as a whole.
	Name string
	Line int
	// Facts are the JSON names of the facts of cluster.LoadBalancer, in its
	// order.
	Facts []string
	// Reason says why.
	Reason string
}

// String renders the value as one line without its end.
func (u Unclear) String() string {
	at := u.Name
	if u.Line > 0 {
		at = fmt.Sprintf("%s:%d", u.Name, u.Line)
	}
	return fmt.Sprintf("%s: %s: not clear: %s", at, u.Reason, words.List(u.Facts))
}

// Facts tells what the configuration does for the members. What is unclear is
// left undeclared; the list says why, by line.
func (c *Config) Facts(o Options) (cluster.LoadBalancer, []Unclear) {
	t := newTeller(c, o)
	t.walk()
	lb, open := t.Result()
	var out []Unclear
	for _, u := range open {
		out = append(out, Unclear{Name: c.name, Line: u.Line, Facts: u.Facts, Reason: u.Reason})
	}
	return lb, out
}
