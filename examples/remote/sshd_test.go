package main

import (
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// TestAgainstOpenSSH: OpenSSH's own server offers a replacing rename and fsync,
// and both work through the file system.
func TestAgainstOpenSSH(t *testing.T) {
	sshd, err := exec.LookPath("/usr/sbin/sshd")
	if err != nil {
		t.Skip("OpenSSH's sshd is not installed")
	}
	me, err := user.Current()
	if err != nil {
		t.Skip(err)
	}
	if me.Uid == "0" {
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Skip(err)
		}
	}
	dir := t.TempDir()
	host, key := newKey(t, dir, "host"), newKey(t, dir, "user")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(filepath.Join(dir, "authorized"), ssh.MarshalAuthorizedKey(key.PublicKey()), 0o600))
	address := freeAddress(t)
	_, port, err := net.SplitHostPort(address)
	must(err)
	must(os.WriteFile(filepath.Join(dir, "config"), fmt.Appendf(nil, `ListenAddress 127.0.0.1
Port %s
HostKey %s/host
AuthorizedKeysFile %[2]s/authorized
PasswordAuthentication no
StrictModes no
UsePAM no
PidFile none
Subsystem sftp internal-sftp
`, port, dir), 0o600))
	server := exec.CommandContext(t.Context(), sshd, "-D", "-e", "-f", filepath.Join(dir, "config"))
	must(server.Start())
	t.Cleanup(func() { server.Process.Kill(); server.Wait() })

	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	config := ssh.ClientConfig{Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.FixedHostKey(host.PublicKey())}
	c, err := dial(ctx, patient, machine{me.Username, address, "/"}, &config)
	if err != nil {
		t.Skipf("sshd does not run here: %v", err)
	}
	defer c.Close()
	name, to := filepath.Join(dir, "new"), filepath.Join(dir, "old")
	must(os.WriteFile(to, []byte("before"), 0o600))
	f, err := c.Create(name)
	must(err)
	_, err = io.WriteString(f, "after")
	must(err)
	must(f.Sync())
	must(f.Close())
	must(c.Rename(name, to))
	if b, err := os.ReadFile(to); string(b) != "after" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
}

// newKey makes a key pair and writes the private half.
func newKey(t *testing.T, dir, name string) ssh.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// patient tries until the server listens.
func patient(ctx context.Context, network, address string) (conn net.Conn, err error) {
	for range 100 {
		if conn, err = new(net.Dialer).DialContext(ctx, network, address); err == nil {
			return conn, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil, err
}
