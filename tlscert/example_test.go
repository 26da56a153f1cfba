package tlscert_test

import (
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/deploycluster/deploycluster/tlscert"
)

func load(name string) []byte {
	data, err := os.ReadFile("testdata/java17/" + name)
	if err != nil {
		log.Fatal(err)
	}
	return data
}

func read(name string) *tlscert.Store {
	s, err := tlscert.Read(load(name), "changeit")
	if err != nil {
		log.Fatal(err)
	}
	return s
}

func ExampleRead() {
	s, err := tlscert.Read(load("jks-3key-trusted.jks"), "changeit")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.Format, "verified:", s.Verified)
	for _, e := range s.Entries {
		fmt.Println(e.Alias, e.Kind, e.Created.Format(time.DateOnly), e.Chain[0].X509.Subject)
	}
	// Output:
	// JKS verified: true
	// trusted-root TrustedCert 2026-11-22 CN=Trial Root CA,O=Acme
	// trusted-inter TrustedCert 2026-11-22 CN=Trial Intermediate CA,O=Acme
	// tomcat PrivateKey 2026-11-22 CN=three-a.example.com
	// diffpass PrivateKey 2026-11-22 CN=three-c.example.com
	// api_gateway PrivateKey 2026-11-22 CN=three-b.example.com
}

func ExampleRead_wrongPassword() {
	_, err := tlscert.Read(load("jks-1key.jks"), "guess")
	fmt.Println(errors.Is(err, tlscert.ErrPassword))
	fmt.Println(err)
	// Output:
	// true
	// keystore (JKS): wrong password, or the keystore was changed: the digest does not agree
}

func ExampleList() {
	for _, name := range []string{"encryption.jceks", "p12-modern-1.p12"} {
		s, err := tlscert.List(load(name))
		if err != nil {
			log.Fatal(err)
		}
		for _, e := range s.Entries {
			fmt.Printf("%s: %s %s, chain of %d, %d parts sealed\n", s.Format, e.Alias, e.Kind, len(e.Chain), s.Sealed)
		}
	}
	// Output:
	// JCEKS: enc-key SecretKey, chain of 0, 0 parts sealed
	// PKCS12: tomcat PrivateKey, chain of 0, 1 parts sealed
}

func ExampleFormatError() {
	_, err := tlscert.List(load("hostile-keylen.jks"))
	var f *tlscert.FormatError
	if errors.As(err, &f) {
		fmt.Println(f.Format, f.Offset, f.Reason)
	}
	_, err = tlscert.Read(load("hostile-maciter.p12"), "changeit")
	fmt.Println(errors.Is(err, tlscert.ErrFormat), errors.Is(err, tlscert.ErrLimit))
	// Output:
	// JKS 31 the file ends inside the private key
	// true true
}

func ExampleStore_Find() {
	s := read("jks-1key.jks")
	e, err := s.Find("Tomcat")
	fmt.Println(e.Alias, err)
	_, err = s.Find("tomcta")
	fmt.Println(err)
	// Output:
	// tomcat <nil>
	// alias "tomcta" is not in the keystore; did you mean "tomcat"? (it has "tomcat")
}

func ExampleStore_CaseExact() {
	s := read("mixedcase.caseexactjks")
	fmt.Println(s.CaseExact())
	_, err := s.Find("rootca_main")
	fmt.Println(err)
	// Output:
	// true
	// alias "rootca_main" is not in the keystore; "RootCA_Main" differs only in case (it has "MYSERVER-KEY", "MyServer-Key")
}

func ExampleStore_ServerEntry() {
	s := read("jks-3key-trusted.jks")
	e, err := s.ServerEntry("tomcat")
	fmt.Println(e.Chain[0].X509.Subject, err)
	_, err = s.ServerEntry("trusted-root")
	fmt.Println(err)
	_, err = s.ServerEntry("")
	fmt.Println(err)
	// Output:
	// CN=three-a.example.com <nil>
	// alias "trusted-root" is a TrustedCert entry, not a private key (it has "tomcat", "diffpass", "api_gateway")
	// no alias is given and the keystore has several keys: which one is served is not stable (it has "tomcat", "diffpass", "api_gateway")
}

func ExampleFoldAlias() {
	fmt.Println(tlscert.FoldAlias("MyServer-Key"))
	// Output: myserver-key
}

func ExampleCovers() {
	e, err := read("jks-chain.jks").ServerEntry("")
	if err != nil {
		log.Fatal(err)
	}
	for _, host := range []string{"app.example.com", "deploy.apps.example.com", "10.1.2.3", "balancer.example.com"} {
		fmt.Println(tlscert.Covers(e.Chain[0].X509, host))
	}
	// Output:
	// <nil>
	// <nil>
	// <nil>
	// certificate does not cover "balancer.example.com": no DNS name matches (it names ["app.example.com" "*.apps.example.com"])
}

func ExampleCoveredBy() {
	e, err := read("jks-3key-trusted.jks").ServerEntry("tomcat")
	if err != nil {
		log.Fatal(err)
	}
	by, err := tlscert.CoveredBy(e.Chain[0].X509, "three-a.example.com")
	fmt.Println(by.CommonName, err)
	fmt.Println(by.Browsers)
	// Output:
	// three-a.example.com <nil>
	// browsers do not look at the common name
}

func ExampleFingerprint() {
	e, err := read("jks-1key.jks").ServerEntry("")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(tlscert.Fingerprint(e.Chain[0].Raw))
	// Output: 47:DA:48:D0:71:26:9D:51:57:93:0D:AD:03:EF:A1:21:FC:08:50:99:DC:77:90:4B:B6:55:C6:EA:89:07:B3:AE
}

func ExampleCertificate_WeakKey() {
	e, err := read("jks-sha1md5.jks").Find("old")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(e.Chain[0].WeakKey())
	fmt.Println(e.Chain[0].WeakSignature())
	// Output:
	// RSA key of 1024 bits true
	// signed with SHA-1 true
}

func ExampleCertificate_IssuedBy() {
	e, err := read("jks-chain.jks").ServerEntry("")
	if err != nil {
		log.Fatal(err)
	}
	leaf, intermediate, root := e.Chain[0], e.Chain[1], e.Chain[2]
	fmt.Println(leaf.IssuedBy(intermediate), root.SelfSigned())
	fmt.Println(leaf.IssuedBy(root))
	// Output:
	// <nil> true
	// its issuer has another name
}

func ExampleCertificate_Same() {
	jks, err := read("jks-chain.jks").ServerEntry("")
	if err != nil {
		log.Fatal(err)
	}
	p12, err := read("p12-chain.p12").ServerEntry("server")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(jks.Chain[0].Same(p12.Chain[0]), jks.Chain[0].SamePublicKey(p12.Chain[1]))
	// Output: true false
}

func ExampleStore_ServerEntryAs() {
	s := read("mixedcase.caseexactjks")
	e, err := s.ServerEntryAs("MYSERVER-KEY", "CaseExactJKS")
	fmt.Println(e.Alias, err)
	_, err = s.ServerEntryAs("MYSERVER-KEY", "JKS") // looks for the folded alias
	fmt.Println(err)
	// Output:
	// MYSERVER-KEY <nil>
	// alias "MYSERVER-KEY" is not in the keystore; "MYSERVER-KEY" is stored with capitals, and only a store of type CaseExactJKS finds it (it has "MYSERVER-KEY", "MyServer-Key")
}

func ExampleReadWith() {
	data, err := os.ReadFile("testdata/keystores2/nss-default.p12")
	if err != nil {
		log.Fatal(err)
	}
	_, err = tlscert.ReadWith(data, "changeit", tlscert.ReadOptions{Hashes: 1000})
	fmt.Println(errors.Is(err, tlscert.ErrLimit))
	// Output: true
}

func ExampleEntry_InstallerDefault() {
	data, err := os.ReadFile("testdata/made/tomcat.jks")
	if err != nil {
		log.Fatal(err)
	}
	s, err := tlscert.Read(data, "changeit")
	if err != nil {
		log.Fatal(err)
	}
	e, err := s.ServerEntry("server")
	fmt.Println(e.InstallerDefault(), e.Chain[0].SelfSigned(), err)
	// Output: true true <nil>
}
