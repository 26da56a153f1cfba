package words_test

import (
	"slices"
	"testing"

	"github.com/deploycluster/deploycluster/internal/words"
)

func TestNear(t *testing.T) {
	known := []string{"agentcomm.uri", "tomcat.key.alias", "install.server.web.port", "install.server.web.host", "version"}
	for _, c := range []struct{ word, want string }{
		{"agent.comm.uri", "agentcomm.uri"},
		{"AgentComm-URI", "agentcomm.uri"},
		{"tomcat.key.alais", "tomcat.key.alias"},
		{"tomcat.key.alia", "tomcat.key.alias"},
		{"tomcat.key.aliass", "tomcat.key.alias"},
		{"install.server.web.pors", "install.server.web.port"},
		{"install.server.web.xost", "install.server.web.host"},
		{"install.server.web.poort", "install.server.web.port"},
		{"install.server.web", ""},
		{"versoin", ""},
		{"", ""},
		{"........", ""},
	} {
		got, ok := words.Near(c.word, slices.Values(known))
		if got != c.want || ok != (c.want != "") {
			t.Errorf("Near(%q) = %q, %v; want %q", c.word, got, ok, c.want)
		}
	}
}

// TestNearest: short names count, and letter case does not.
func TestNearest(t *testing.T) {
	known := []string{"rule", "node", "reason", "until", "runs"}
	for word, want := range map[string]string{"rul": "rule", "ruls": "rule", "Rule": "rule", "unitl": "until", "note": "node", "": "", "--": "", "x": "", "tomcat": ""} {
		if got := words.Nearest(word, slices.Values(known)); got != want {
			t.Errorf("Nearest(%q) = %q; want %q", word, got, want)
		}
	}
}
