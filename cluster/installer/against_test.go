package installer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/installer"
)

// TestAgainstTheCluster changes one answer of a made file at a time.
func TestAgainstTheCluster(t *testing.T) {
	s := clustertest.NewCluster(2, clustertest.Spec{})
	c := load(t, s)
	id := c.Members[0].Value("server.unique.id")
	for _, try := range []struct{ key, value, want string }{
		{"version", "7.0.5.1", "error ANS015 version: version is \"7.0.5.1\" here and \"7.0.5.1.1041488\" on the member node1"},
		{"server.appdata.dir", "/mnt/appdata", "warning ANS015 server.appdata.dir: "},
		{"database.type", "oracle", "warning ANS014 hibernate.connection.url: hibernate.connection.url is one for mysql, and database.type is \"oracle\""},
		{"hibernate.connection.url", "jdbc:mysql://db.example.com/other", "error ANS015 hibernate.connection.url: hibernate.connection.url means another database here than on the member node1"},
		{"hibernate.connection.url", "jdbc:mysql://10.0.0.5:3306/ibm_ucd", "warning ANS015 hibernate.connection.url: hibernate.connection.url is written differently here than on the member node1"},
		{"hibernate.connection.url", "jdbc:mysql://DB.example.com/ibm_ucd?useSSL=true", ""},
		{"install.server.web.host", "node3.example.com", "error ANS015 install.server.web.host: "},
		{"install.server.web.host", "UCD.example.com:8443", ""},
		{"install.server.web.port", "80", "warning ANS015 install.server.web.port: "},
		{"server.jms.mutualAuth", "Y", "warning ANS015 server.jms.mutualAuth: server.jms.mutualAuth is \"true\" here and \"false\" on the member node1"},
		{"skip.db.install", "N", "error ANS015 skip.db.install: skip.db.install is not Y: the installation would create the schema in the database that the cluster uses"},
		{"agentcomm.uri", "wss://node1.example.com:7919", "error ANS005 agentcomm.uri: agentcomm.uri is \"node1.example.com:7919\", the address of the member node1"},
		{"agentcomm.uri", "wss://node1.example.com:7929", ""},
		{"agentcomm.uri", "wss://ucd.example.com:7919", "error ANS005 agentcomm.uri: agentcomm.uri names \"ucd.example.com\", the host of the load balancer"},
		{"server.unique.id", id, "error ANS016 server.unique.id: server.unique.id is set in an answer file. The vendor says: \"To create a second server"},
		{"install.ha", "N", "error ANS003 install.ha: install.ha is not Y"},
	} {
		a, err := installer.ForMember(t.Context(), c, "node3", installer.Machine{Host: "node3.example.com"})
		if err != nil {
			t.Fatal(err)
		}
		a.File.Set(try.key, try.value)
		found, _ := installer.Check(installer.Options{Cluster: c}, a)
		var got []string
		for _, f := range found {
			got = append(got, fmt.Sprintf("%s %s %s: %s", f.Severity, f.Rule, f.Subject, f.Message))
			if f.Node != "node3" {
				t.Errorf("%s is about %q", f.Rule, f.Node)
			}
		}
		if try.want == "" && len(got) == 0 || try.want != "" && slices.ContainsFunc(got, func(g string) bool { return strings.HasPrefix(g, try.want) }) && len(got) == 1 {
			continue
		}
		t.Errorf("%s=%s: got %q, want %q", try.key, try.value, got, try.want)
	}
}
