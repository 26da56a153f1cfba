package product

import (
	"slices"
	"testing"
)

func TestPropertyKeys(t *testing.T) {
	keys := slices.Collect(PropertyKeys())
	if len(keys) < 100 || !slices.IsSorted(keys) || len(slices.Compact(slices.Clone(keys))) != len(keys) {
		t.Fatalf("%d keys, not sorted or not unique", len(keys))
	}
	for _, k := range keys {
		if !KnownKey(k) {
			t.Errorf("%q is not known", k)
		}
	}
	for _, k := range []string{"", "\n", "a", "zzz", "agentcomm.ur", "agentcomm.uri\n", "agentcomm.uri\nagentcomm.keystore", "agentcomm", "Agentcomm.uri", "codestation.s3."} {
		if KnownKey(k) {
			t.Errorf("%q is known", k)
		}
	}
	if !KnownKey("codestation.s3.url") {
		t.Error("a key of a family is not known")
	}
	for key, want := range map[string]string{
		"agent.comm.uri": "agentcomm.uri", "tomcat.key.alais": "tomcat.key.alias",
		"install.server.web.http.port": "install.server.web.port", "nobody.knows.this": "",
	} {
		if got, _ := NearKey(key); got != want {
			t.Errorf("NearKey(%q) = %q, want %q", key, got, want)
		}
	}
}
