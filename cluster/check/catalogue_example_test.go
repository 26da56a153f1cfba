package check_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

// Which rules are there about keystores, and who says so?
func ExampleRules() {
	for _, r := range check.Rules() {
		if strings.HasPrefix(r.ID, "KEY00") && r.Severity == check.Error {
			fmt.Printf("%s %s [%s]\n", r.ID, r.Title, r.Source)
		}
	}
	// Output:
	// KEY001 The alias of the TLS key is in the Tomcat keystore [Tomcat SSLUtilBase, getKeyManagers]
	// KEY002 The alias of the TLS key is a private key [Tomcat SSLUtilBase, getKeyManagers]
	// KEY004 All members serve the same certificate [vendor page: Setting up clusters of servers, step 6]
	// KEY005 The certificate is valid, and stays so for a while [RFC 5280, section 6.1.3]
	// KEY009 The active encryption alias is a secret key of the encryption keystore [OpenJDK 17 keystores, KeyStore.getKey; installer 7.0.0 ContainerInstaller, keystore handling]
}

// A report is a pass only if everything was read and nothing counts.
func ExampleRun() {
	site := clustertest.NewCluster(3, clustertest.Spec{})
	c, err := site.Load()
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := check.Run(context.Background(), c, check.Options{Except: []string{"KEY*"}})
	if err != nil {
		fmt.Println(err) // an unknown rule in Except, or a done context
		return
	}
	fmt.Println("everything read:", report.Complete())
	fmt.Println("errors:", report.Count(check.Error))
	fmt.Println("facts still to be declared:", len(report.Unknown))
	// Output:
	// everything read: true
	// errors: 0
	// facts still to be declared: 0
}
