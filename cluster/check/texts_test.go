package check_test

import (
	"testing"

	"github.com/deploycluster/deploycluster/cluster/check"
)

func TestNearKey(t *testing.T) {
	for key, want := range map[string]string{
		"tomcat.key.alais": "tomcat.key.alias", "agent.comm.uri": "agentcomm.uri", "Server.AppData.Dir": "server.appdata.dir",
		"server.appdata.dirs": "server.appdata.dir", "server.apdata.dir": "server.appdata.dir", "server-appdata-dir": "server.appdata.dir",
		"encryption.keystore.aliax": "encryption.keystore.alias", "my.own.key": "", "server.hosts": "server.host", "short": "", "": "",
		"server.ssl.enabled.ciphers.list": "",
	} {
		if got, _ := check.NearKey(key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}
