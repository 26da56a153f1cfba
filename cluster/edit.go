package cluster

import (
	"fmt"
	"io"

	"github.com/deploycluster/deploycluster/internal/words"
	"github.com/deploycluster/deploycluster/props"
)

// Edit is one change of a setting of one member, as data. Findings carry edits
// where their fix is mechanical; package plan makes a plan of any.
type Edit struct {
	// Node names the member.
	Node string `json:"node"`
	// File is what to change: "installed" for installed.properties, "secured" for
	// secured-installed.properties, "classpath" for bin/classpath.conf,
	// "server.xml" for opt/tomcat/conf/server.xml. Empty is where the server reads
	// the key.
	File string `json:"file,omitempty"`
	// Op is "set", "remove", "rename" (of a property) or "append" (of a line).
	Op string `json:"op"`
	// Key is the property, or what the file has in its place.
	Key string `json:"key"`
	// Value is the new value, or with "rename" the new key, under which the value
	// stays as it is. It is empty where Secret is set or nothing is written.
	Value string `json:"value,omitempty"`
	// Secret is a reference to a value that must not be written down, which
	// World.Secret resolves.
	Secret string `json:"secret,omitempty"`
}

// String renders the edit in one line, its value hidden as far as it may hold a
// secret.
func (e Edit) String() string {
	s := e.Node + ": " + e.Op + " " + e.Key
	if e.File != "" {
		s = e.Node + " " + e.File + ": " + e.Op + " " + e.Key
	}
	switch {
	case e.Secret != "":
		return words.Plain(s + "=(secret)")
	case e.Op == "remove":
		return words.Plain(s)
	case e.Op == "rename":
		return words.Plain(s + " to " + e.Value)
	case e.File == "classpath" && e.Op == "append":
		return words.Plain(s + e.Value)
	case e.File == "classpath":
		return words.Plain(s + " to " + e.Value)
	}
	return words.Plain(s + "=" + props.Redact(e.Key, e.Value))
}

// Format hides the value under every verb.
func (e Edit) Format(f fmt.State, _ rune) { io.WriteString(f, e.String()) }
