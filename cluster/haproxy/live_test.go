package haproxy_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestHAProxyAcceptsTheFixtures asks HAProxy itself, where it is installed,
// whether the files in testdata are configurations. Only the names of files
// that a configuration refers to are changed.
func TestHAProxyAcceptsTheFixtures(t *testing.T) {
	program, err := exec.LookPath("haproxy")
	if err != nil {
		t.Skip("haproxy is not installed")
	}
	dir := t.TempDir()
	certificate := filepath.Join(dir, "example.pem")
	write(t, certificate, selfSigned(t))
	maps := t.TempDir()
	write(t, filepath.Join(maps, "hosts.map"), []byte("ucd.example.com deploy\n"))
	names := strings.NewReplacer("/etc/ssl/private/example.pem", certificate, "/etc/ssl/certs/ca.pem", certificate,
		"/etc/ssl/private/", dir+"/", "/etc/haproxy/", maps+"/")
	for _, path := range fixtures(t) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), filepath.Base(path))
		write(t, file, []byte(names.Replace(string(data))))
		cmd := exec.Command(program, "-c", "-f", file)
		cmd.Env = append(os.Environ(), "CERTIFICATE="+certificate, "BIND_ADDRESS=127.0.0.1", "NODE2=127.0.0.1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", filepath.Base(path), err, out)
		}
	}
}

// TestHAProxyRefusesWhatParseRefuses holds the mistakes of TestSyntaxErrors
// against HAProxy.
func TestHAProxyRefusesWhatParseRefuses(t *testing.T) {
	program, err := exec.LookPath("haproxy")
	if err != nil {
		t.Skip("haproxy is not installed")
	}
	for _, m := range mistakes() {
		file := filepath.Join(t.TempDir(), "haproxy.cfg")
		write(t, file, []byte(m.config))
		if out, _ := exec.Command(program, "-c", "-f", file).CombinedOutput(); !strings.Contains(string(out), "[ALERT]") {
			t.Errorf("accepted: %q\n%s", m.config, out)
		}
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// selfSigned is a certificate with its key, as HAProxy reads them.
func selfSigned(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})...)
}
