package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// TestKnownKeyOfOneKind: a server has host keys of several kinds, and known_hosts
// often only one of them.
func TestKnownKeyOfOneKind(t *testing.T) {
	server := newServer(t)
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	second, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	server.config.AddHostKey(second)
	machines, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip(err)
	}
	defer machines.Close()
	go func() {
		for {
			conn, err := machines.Accept()
			if err != nil {
				return
			}
			go server.serve(conn)
		}
	}()
	open := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, machines.Addr().String())
	}
	for _, key := range []ssh.PublicKey{server.host, second.PublicKey()} {
		t.Run(key.Type(), func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "known_hosts")
			if err := os.WriteFile(file, []byte(knownhosts.Line([]string{"ucd1"}, key)+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			config := server.client(ssh.PublicKeys(server.user))
			if config.HostKeyCallback, err = knownhosts.New(file); err != nil {
				t.Fatal(err)
			}
			c, err := dial(t.Context(), open, machine{"deploy", "ucd1:22", "/"}, &config)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
				t.Error(err)
			}
		})
	}
}

// TestHelp: -h says what the exit codes mean, and is no failure.
func TestHelp(t *testing.T) {
	code, err := run(t.Context(), []string{"-h"}, io.Discard)
	if code != 0 || err != nil {
		t.Errorf("%d, %v", code, err)
	}
	if code, _ := run(t.Context(), []string{"-none"}, io.Discard); code != 2 {
		t.Errorf("an unknown flag: %d", code)
	}
}
