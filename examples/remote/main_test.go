package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/sftp"
	"github.com/spf13/afero"
	"golang.org/x/crypto/ssh"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

// site is a cluster of three on disk; each member's storage is a folder of it,
// and all of them mount the folder share.
func site(t *testing.T) (root string, topo cluster.Topology) {
	t.Helper()
	root = t.TempDir()
	topo = cluster.Topology{Schema: 1, Name: "remote", Storages: []cluster.Storage{
		{Name: "share", Dir: "sftp://deploy@share" + filepath.Join(root, "share")},
	}}
	for i, name := range []string{"ucd1", "ucd2", "ucd3"} {
		install := "/opt/ibm-ucd/server"
		err := clustertest.Build(afero.NewOsFs(), filepath.Join(root, name, install), clustertest.Spec{
			AppData: "/media/share/appdata", AppDataAt: filepath.Join(root, "share", "appdata"), Joined: name != "ucd1",
			Multiserver: true, Spelling: install, Node: name + ".example.com", Alias: clustertest.ServerAlias, Seed: uint64(i + 1),
		})
		if err != nil {
			t.Fatal(err)
		}
		topo.Storages = append(topo.Storages, cluster.Storage{Name: name, Dir: "sftp://deploy@" + name + filepath.Join(root, name)})
		topo.Nodes = append(topo.Nodes, cluster.Node{
			Name: name, Role: cluster.RoleMember, Install: install, Host: name + ".example.com",
			Mounts: []cluster.Mount{{Path: "/", Storage: name, Root: "/"}, {Path: "/media/share", Storage: "share", Root: "/"}},
		})
	}
	return root, topo
}

// sshServer answers for every machine of the site.
type sshServer struct {
	config  *ssh.ServerConfig
	host    ssh.PublicKey
	user    ssh.Signer
	latency time.Duration

	mu    sync.Mutex
	conns map[string]net.Conn
}

func newServer(t *testing.T) *sshServer {
	t.Helper()
	signer := func() ssh.Signer {
		_, key, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		s, err := ssh.NewSignerFromKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := &sshServer{user: signer(), conns: map[string]net.Conn{}}
	host := signer()
	s.host = host.PublicKey()
	s.config = &ssh.ServerConfig{
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if string(key.Marshal()) != string(s.user.PublicKey().Marshal()) {
				return nil, errors.New("unknown key")
			}
			return nil, nil
		},
		PasswordCallback: func(_ ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
			if string(password) != "correct horse" {
				return nil, errors.New("wrong password")
			}
			return nil, nil
		},
	}
	s.config.AddHostKey(host)
	return s
}

func (s *sshServer) client(auth ...ssh.AuthMethod) ssh.ClientConfig {
	return ssh.ClientConfig{Auth: auth, HostKeyCallback: ssh.FixedHostKey(s.host)}
}

// dial is a dialer whose connections end at an SFTP server of this process.
func (s *sshServer) dial(_ context.Context, _, address string) (net.Conn, error) {
	near, far := pipe(s.latency)
	s.mu.Lock()
	s.conns[strings.TrimSuffix(address, ":22")] = near
	s.mu.Unlock()
	go s.serve(far)
	return near, nil
}

func (s *sshServer) serve(conn net.Conn) {
	defer conn.Close()
	server, channels, requests, err := ssh.NewServerConn(conn, s.config)
	if err != nil {
		return
	}
	defer server.Close()
	go ssh.DiscardRequests(requests)
	for offer := range channels {
		channel, requests, err := offer.Accept()
		if err != nil {
			return
		}
		go func() {
			for r := range requests {
				r.Reply(r.Type == "subsystem", nil)
			}
		}()
		go func() {
			defer channel.Close()
			files, err := sftp.NewServer(channel)
			if err == nil {
				files.Serve()
			}
		}()
	}
}

// pipe is a connection on which every byte arrives half a round trip later.
// Bytes that are sent at the same time travel at the same time, and nobody who
// writes waits for a reader.
func pipe(roundTrip time.Duration) (near, far net.Conn) {
	a, b := net.Pipe()
	c, d := net.Pipe()
	// near = a, b ↔ d, c = far
	go carry(d, b, roundTrip/2)
	go carry(b, d, roundTrip/2)
	return a, c
}

func carry(to, from net.Conn, late time.Duration) {
	type parcel struct {
		data []byte
		due  time.Time
	}
	road := make(chan parcel, 4096)
	go func() {
		defer to.Close()
		for p := range road {
			time.Sleep(time.Until(p.due))
			if _, err := to.Write(p.data); err != nil {
				return
			}
		}
	}()
	defer close(road)
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			road <- parcel{append([]byte(nil), buf[:n]...), time.Now().Add(late)}
		}
		if err != nil {
			return
		}
	}
}

// TestLoadOverSFTP: the same facts arrive as from the disk.
func TestLoadOverSFTP(t *testing.T) {
	root, topo := site(t)
	server := newServer(t)
	for name, auth := range map[string]ssh.AuthMethod{"key": ssh.PublicKeys(server.user), "password": ssh.Password("correct horse")} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			far, unreached, err := load(ctx, topo, server.dial, server.client(auth), time.Unix(1.79e9, 0))
			if err != nil || unreached != nil {
				t.Fatal(err, unreached)
			}
			w := cluster.World{FS: map[string]afero.Fs{}, Password: cluster.StoredPasswords, Now: time.Unix(1.79e9, 0)}
			for _, s := range topo.Storages {
				w.FS[s.Name] = afero.NewBasePathFs(afero.NewOsFs(), filepath.Join(root, s.Name))
			}
			near, err := cluster.Load(ctx, topo, w)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(text(t, near), text(t, far)); d != "" {
				t.Errorf("(-on disk +over SFTP)\n%s", d)
			}
		})
	}
}

func text(t *testing.T, c *cluster.Cluster) string {
	t.Helper()
	r, err := check.Run(t.Context(), c, check.Options{Except: []string{"STO001"}}) // the protocol does not tell devices
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := r.WriteText(&b, check.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestRoundTrips: three members at 50 ms a round trip, by a clock that only
// waiting moves.
func TestRoundTrips(t *testing.T) {
	_, topo := site(t)
	server := newServer(t)
	server.latency = 50 * time.Millisecond
	took := func(topo cluster.Topology) (d time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			start := time.Now()
			_, unreached, err := load(ctx, topo, server.dial, server.client(ssh.PublicKeys(server.user)), start)
			d = time.Since(start)
			stop()
			if err != nil || unreached != nil {
				t.Error(err, unreached)
			}
			time.Sleep(time.Minute) // lets the connections end
		})
		return d
	}
	one := topo
	one.Nodes, one.Storages = topo.Nodes[:1], topo.Storages[:2]
	d := took(one)
	t.Logf("one member: %v, %d round trips one after another, connecting included", d, d/server.latency)
	if trips := d / server.latency; trips > 60 {
		t.Errorf("one member takes %d round trips", trips)
	}
	d = took(topo)
	t.Logf("three members: %v", d)
	if d > 5*time.Second {
		t.Errorf("three members take %v", d)
	}
}

// TestCutConnection: a machine that falls silent in the middle is not read, and
// nobody waits for it for ever.
func TestCutConnection(t *testing.T) {
	_, topo := site(t)
	server := newServer(t)
	server.latency = 50 * time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer time.Sleep(time.Minute) // lets the connections end
		defer stop()
		silent := func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := server.dial(ctx, network, address)
			if address == "ucd2:22" {
				conn = &deaf{Conn: conn, after: 40}
			}
			return conn, err
		}
		start := time.Now()
		c, _, err := load(ctx, topo, silent, server.client(ssh.PublicKeys(server.user)), start)
		if err != nil {
			t.Error(err)
			return
		}
		if d := time.Since(start); d > time.Minute {
			t.Errorf("took %v", d)
		}
		r, err := check.Run(ctx, c, check.Options{})
		if err != nil {
			t.Error(err)
			return
		}
		if r.Complete() || len(r.Unread) == 0 || r.Unread[0].Node != "ucd2" {
			t.Errorf("unread: %+v", r.Unread)
		}
	})
}

// deaf stops hearing after some reads, as a connection does that a firewall
// drops without a word.
type deaf struct {
	net.Conn
	after int
}

func (d *deaf) Read(p []byte) (int, error) {
	if d.after--; d.after < 0 {
		junk := make([]byte, 1<<16)
		for {
			if _, err := d.Conn.Read(junk); err != nil {
				return 0, err
			}
		}
	}
	return d.Conn.Read(p)
}

// TestWrongHostKey: a machine that is not the one that is known is refused.
func TestWrongHostKey(t *testing.T) {
	_, topo := site(t)
	server, other := newServer(t), newServer(t)
	config := server.client(ssh.PublicKeys(server.user))
	config.HostKeyCallback = ssh.FixedHostKey(other.host)
	_, unreached, err := load(t.Context(), topo, server.dial, config, time.Now())
	if err != nil || unreached == nil || !strings.Contains(unreached.Error(), "host key mismatch") {
		t.Errorf("%v, %v", unreached, err)
	}
}

// TestWriting: what the file system promises to a plan.
func TestWriting(t *testing.T) {
	root := t.TempDir()
	server := newServer(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	config := server.client(ssh.PublicKeys(server.user))
	c, err := dial(ctx, server.dial, machine{"deploy", "ucd1:22", "/"}, &config)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	at := func(name string) string { return filepath.Join(root, name) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(c.MkdirAll(at("a/b"), 0o700))
	f, err := c.OpenFile(at("a/b/new"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	must(err)
	_, err = io.WriteString(f, "text")
	must(err)
	if err := f.Sync(); !errors.Is(err, errors.ErrUnsupported) { // this server has no fsync
		t.Errorf("Sync: %v", err)
	}
	must(f.Close())
	must(os.WriteFile(at("a/old"), nil, 0o600))
	must(c.Rename(at("a/b/new"), at("a/old")))
	if b, err := os.ReadFile(at("a/old")); string(b) != "text" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	must(c.SymlinkIfPossible("old", at("a/link")))
	if link, err := c.ReadlinkIfPossible(at("a/link")); link != "old" || err != nil {
		t.Errorf("%q, %v", link, err)
	}
	if info, _, err := c.LstatIfPossible(at("a/link")); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("%v, %v", info, err)
	}
	if _, err := c.Open(at("none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	must(c.RemoveAll(at("a")))
	if _, err := os.Lstat(at("a")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}
