package cluster_test

import (
	"context"
	"fmt"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

// The caller supplies the passwords of the keystores; the library asks for each
// by the server's own name of it.
func ExampleWorld() {
	site := clustertest.NewCluster(1, clustertest.Spec{})
	site.World.Password = func(_ context.Context, q cluster.PasswordQuery) (string, error) {
		if q.Property == "tomcat.keystore.password" || q.Property == "keystorePass" {
			return "", cluster.ErrNoPassword
		}
		return clustertest.StorePassword, nil // a vault, in a real program
	}
	c, err := site.Load()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, k := range c.Members[0].Keystores {
		fmt.Println(k.Property, "verified:", k.Store.Verified)
	}
	report, err := check.Run(context.Background(), c, check.Options{Only: []string{"KEY011"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range report.Findings {
		fmt.Println(f.Severity, f.Rule, f.Subject, f.Message)
	}
	for _, u := range report.Unknown {
		fmt.Println("not judged:", u)
	}
	// Output:
	// encryption.keystore verified: true
	// server.keystore verified: true
	// tomcat.keystore verified: false
	// agentcomm.keystore verified: true
	// info KEY011 encryption.keystore.password /media/share/appdata/conf/encryption.keystore opens with the product's well-known default password
	// info KEY011 server.keystore.password /media/share/appdata/conf/server.keystore opens with the product's well-known default password
	// info KEY011 agentcomm.keystore.password /opt/ibm-ucd/server/conf/server/s2s-client-identity.keystore opens with the product's well-known default password
	// not judged: these keystores were not opened, so whether they have the default password is not known: tomcat.keystore of node1 (KEY011)
}
