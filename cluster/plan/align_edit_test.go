package plan

import (
	"testing"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/serverxml"
)

func TestWithKeyAliasChangesOnlyTheAlias(t *testing.T) {
	for name, tc := range map[string]struct{ before, after string }{
		"replaced": {
			"<Server>\r\n <Connector port=\"8443\" SSLEnabled=\"true\"\r\n  keyAlias=\"old\" keystorePass=\"s3cret\"/>\r\n</Server>",
			"<Server>\r\n <Connector port=\"8443\" SSLEnabled=\"true\"\r\n  keyAlias=\"new &amp; one\" keystorePass=\"s3cret\"/>\r\n</Server>",
		},
		"added": {
			"<Server><Connector port='1'/><!-- <Connector keyAlias=\"x\"/> --><Connector port=\"8443\" SSLEnabled=\"true\"/></Server>",
			"<Server><Connector port='1'/><!-- <Connector keyAlias=\"x\"/> --><Connector keyAlias=\"new &amp; one\" port=\"8443\" SSLEnabled=\"true\"/></Server>",
		},
		"at its certificate": {
			"<Server><Connector SSLEnabled='true'><SSLHostConfig><Certificate certificateKeyAlias='old' certificateKeystoreFile='k'/></SSLHostConfig></Connector></Server>",
			"<Server><Connector SSLEnabled='true'><SSLHostConfig><Certificate certificateKeyAlias='new &amp; one' certificateKeystoreFile='k'/></SSLHostConfig></Connector></Server>",
		},
		"single quotes, look-alikes": {
			"<Server><Connector xkeyAlias='no' a=' keyAlias=\"no\" >' SSLEnabled='true' keyAlias = 'old'></Connector></Server>",
			"<Server><Connector xkeyAlias='no' a=' keyAlias=\"no\" >' SSLEnabled='true' keyAlias = 'new &amp; one'></Connector></Server>",
		},
	} {
		t.Run(name, func(t *testing.T) {
			x, err := serverxml.Parse("server.xml", []byte(tc.before))
			if err != nil || len(x.Connectors) != 1 {
				t.Fatalf("%v, %+v", err, x)
			}
			after, ok := withKeyAlias([]byte(tc.before), cluster.Connector(x.Connectors[0]), "new & one")
			if !ok || string(after) != tc.after {
				t.Fatalf("%v\n got %s\nwant %s", ok, after, tc.after)
			}
			x, err = serverxml.Parse("server.xml", after)
			if err != nil || x.Connectors[0].KeyAlias != "new & one" {
				t.Errorf("read back: %v, %+v", err, x)
			}
		})
	}
}

func FuzzWithKeyAlias(f *testing.F) {
	f.Add([]byte("<Server><Connector SSLEnabled=\"true\" keyAlias='a'/></Server>"), "b")
	f.Add([]byte("<Connector secure=\"true\"\n\t>"), "\"<&'")
	f.Fuzz(func(t *testing.T, data []byte, alias string) {
		x, err := serverxml.Parse("server.xml", data)
		if err != nil || len(x.Connectors) == 0 {
			return
		}
		for _, r := range alias {
			if r < 0x20 || r >= 0x7f {
				return // not what an alias in XML can hold without references
			}
		}
		after, ok := withKeyAlias(data, cluster.Connector(x.Connectors[0]), alias)
		if !ok {
			return
		}
		y, err := serverxml.Parse("server.xml", after)
		if err != nil || len(y.Connectors) != len(x.Connectors) || y.Connectors[0].KeyAlias != alias {
			t.Fatalf("%q with %q became %q: %v, %+v", data, alias, after, err, y)
		}
	})
}
