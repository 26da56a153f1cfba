package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// about is a sentence about a path. A message that begins with a verb has the path
// as its subject.
func about(path, message string) string {
	first, _, _ := strings.Cut(message, " ")
	switch {
	case path == "" || message == "" || strings.HasPrefix(message, path):
		return cmp.Or(message, path)
	case slices.Contains([]string{"belongs", "cannot", "differs", "does", "exists", "has", "holds", "is", "leads", "lies", "names", "was"}, strings.TrimRight(first, ",")):
		return path + " " + message
	}
	return path + ": " + message
}

// install is the installation folder as the server writes it.
func (p *Plan) install() string {
	n, _ := p.node()
	return n.Install
}

// windows reports whether the plan is for a Windows server.
func (p *Plan) windows() bool {
	return serverpath.Windows(cmp.Or(p.install(), p.AppData, p.Target.AppData))
}
