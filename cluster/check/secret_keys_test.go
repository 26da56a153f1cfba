package check_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/check/sarif"
)

// TestUnknownKeysHide: whatever a key is called that the product does not know,
// its value is in no rendering, whichever rule finds fault with it.
func TestUnknownKeysHide(t *testing.T) {
	const planted = "PLANTED"
	keys := []string{
		"api.key", "user.cred", "note", "hibernate.connection.pasword", "hibernate.connection.passwrod", "encryption.keystore.pasword",
		"Encryption.Keystore.Password", "encryption_keystore_password", "server.keystore.password.old", "db.login", "x", "",
		"codestation.s3.acessKy", "hibernate.c3p0.notes", "tomcat.key.alais", "install.server.web.hots", "agent.comm.uri", "pass phrase",
	}
	escape := strings.NewReplacer(" ", `\ `)
	var b strings.Builder
	for i, k := range keys {
		fmt.Fprintf(&b, "%s=%s-%d-a \n%[1]s=%s-%[3]d-b \n", escape.Replace(k), planted, i, planted) // set twice, with a blank at the end
		fmt.Fprintf(&b, "%s.win=C:\\new\\%s-%d\n", escape.Replace(k), planted, i)
		fmt.Fprintf(&b, "%s\\ =%s-%d-c\n", escape.Replace(k), planted, i)
	}
	s := three(t, corpusVersion)
	s.write("node1", propFile, s.read("node1", propFile)+b.String())
	s.write("node2", propFile, s.read("node2", propFile)+strings.ReplaceAll(b.String(), planted, planted+"-other"))
	r := s.check(check.Options{})
	if len(r.Findings) < 5 {
		t.Fatalf("only %d findings, so nothing is tried", len(r.Findings))
	}
	var out bytes.Buffer
	if err := errors.Join(r.WriteText(&out, check.TextOptions{}), r.WriteMarkdown(&out), r.WriteJSON(&out), sarif.Write(&out, r, sarif.Options{})); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&out, "%+v %#v", r, r)
	for line := range strings.Lines(out.String()) {
		if i := strings.Index(line, planted); i >= 0 {
			t.Errorf("shown: %s", line[max(0, i-150):min(len(line), i+50)])
		}
	}
}
