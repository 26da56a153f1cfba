package installer_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/installer"
)

func ExampleKeys() {
	for _, k := range installer.Keys() {
		if k.Required == "cluster" && k.Becomes != "" {
			fmt.Printf("%s (%s) becomes %s in %s\n", k.Name, k.Kind, k.Becomes, k.File)
		}
	}
	// Output:
	// database.type (text) becomes database.type in installed
	// hibernate.connection.password (password) becomes hibernate.connection.password in secured
	// hibernate.connection.url (uri) becomes hibernate.connection.url in installed
	// install.ha (yes-no) becomes com.urbancode.ds.UDeployServer.multiserver in installed
	// install.server.web.host (host) becomes install.server.web.host in installed
	// server.appdata.dir (path) becomes server.appdata.dir in installed
}

func ExampleRead() {
	a, err := installer.Read("install.properties", []byte("install.ha=N\ninstall.ha =  Y\nserver.initial.password=admin\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	v, _ := a.Get("install.ha")
	fmt.Println("install.ha:", v)
	for e := range a.File.Entries() {
		fmt.Println(e)
	}

	_, err = installer.Read("install.properties", []byte(`install.server.dir=C:\ucd\server`))
	fmt.Println(err)
	// Output:
	// install.ha: Y
	// install.ha=N
	// install.ha=Y
	// server.initial.password=(hidden)
	// install.properties:1:22: malformed \u escape: four hexadecimal digits must follow
}

// A script has appended its answers to the file of the media.
func ExampleCheck() {
	a, err := installer.Read("install.properties", []byte(`vendor.name=ibm
version=7.0.5.1.1041488
nonInteractive=true
install.ha=true
skip.db.install=Y
server.appdata.dir=/media/share/appdata
install.server.web.host=ucd.example.com
install.server.web.http.port=8080
agentcomm.uri=wss://localhost:7919
database.type=mysql
hibernate.connection.url=jdbc:mysql://db.example.com:3306/ibm_ucd
hibernate.connection.password=secret
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	found, unknown := installer.Check(installer.Options{}, a)
	for _, f := range found {
		fmt.Printf("%s %s line %d: %s\n", f.Severity, f.Rule, f.Pos.Line, f.Message)
	}
	fmt.Println(len(unknown), "not judged")
	// Output:
	// error ANS008 line 4: install.ha is "true", which the installer reads as no
	// warning ANS001 line 8: install.server.web.http.port is not a key of the product; install.server.web.port is
	// error ANS004 line 9: agentcomm.uri names the host "localhost", which no other server reaches
	// warning ANS006 line 12: hibernate.connection.password holds a password in clear text
	// 0 not judged
}

// A further member is installed with the answers that the cluster gives.
func ExampleForMember() {
	c, err := clustertest.NewCluster(2, clustertest.Spec{}).Load()
	if err != nil {
		fmt.Println(err)
		return
	}
	a, err := installer.ForMember(context.Background(), c, "node3", installer.Machine{Host: "node3.example.com"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, key := range []string{"version", "server.appdata.dir", "skip.db.install", "install.server.web.host", "agentcomm.uri", "hibernate.connection.password"} {
		v, _ := a.Get(key)
		fmt.Printf("%s=%s\n", key, v)
	}
	fmt.Println("then set", a.After[0].Key, "to", a.After[0].Value)

	_, err = installer.ForMember(context.Background(), c, "node2", installer.Machine{Host: "node2.example.com"})
	var refused *installer.MemberError
	fmt.Println(errors.As(err, &refused))
	fmt.Println(err)
	// Output:
	// version=7.0.5.1.1041488
	// server.appdata.dir=/media/share/appdata
	// skip.db.install=Y
	// install.server.web.host=ucd.example.com
	// agentcomm.uri=wss://node3.example.com:7919
	// hibernate.connection.password=${secret:hibernate.connection.password}
	// then set encryption.keystore.alias to aes128keyq7x2
	// true
	// no answer file for the member "node2": "node2" is installed already, as a member of this cluster or as a copy of one. The vendor says: "To create a second server in an high-availability setup use the Deploy installer. An install which copies server install files to create a second server is not supported."
}

// The passwords are filled in as the file is used.
func ExampleAnswers_Resolve() {
	a, err := installer.Read("install.properties", []byte("nonInteractive=true\nhibernate.connection.password=${secret:ucd/db}\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	vault := func(_ context.Context, ref string) (string, error) { return strings.ToUpper(ref), nil }
	file, err := a.Resolve(context.Background(), vault)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(file)
	fmt.Print(file.Reveal())
	// Output:
	// (hidden)
	// nonInteractive=true
	// hibernate.connection.password=UCD/DB
}
