package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/deploycluster/deploycluster/examples/remote/sftpfs"
)

// machine is one remote machine: sftp://user@host:port/folder, where folder is
// the root of the storage.
type machine struct {
	user, address, root string
}

func parseMachine(text string) (machine, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return machine{}, errors.New("not a URL of the form sftp://user@host:port/folder") // err may show a password
	case u.Scheme != "sftp" || u.Host == "" || u.User == nil || u.User.Username() == "":
		return machine{}, errors.New("not of the form sftp://user@host:port/folder")
	}
	if _, has := u.User.Password(); has {
		return machine{}, errors.New("a password does not belong in a topology; name a file with -password")
	}
	port := u.Port()
	if port == "" {
		port = "22"
	}
	root := u.Path
	if root == "" {
		root = "/"
	}
	return machine{u.User.Username(), net.JoinHostPort(u.Hostname(), port), root}, nil
}

// silence is how long a connection may be quiet before it counts as cut.
const silence = 10 * time.Second

// connection is an open SFTP session.
type connection struct {
	*sftpfs.FS
	closers []io.Closer
}

func (c *connection) Close() error {
	var errs []error
	for i := len(c.closers) - 1; i >= 0; i-- {
		errs = append(errs, c.closers[i].Close())
	}
	return errors.Join(errs...)
}

// dialer opens the network connection to an address.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// dial connects to a machine. The host key is checked by config. A connection
// on which nothing arrives for a while is closed, and so is one whose ctx is
// done: what was asked of it then fails, and the report says that the storage
// was not read.
func dial(ctx context.Context, open dialer, m machine, config *ssh.ClientConfig) (*connection, error) {
	conn, err := open(ctx, "tcp", m.address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	c := &connection{closers: []io.Closer{conn}}
	config.User = m.user
	config.Timeout = silence
	config.HostKeyAlgorithms = algorithms(config.HostKeyCallback, m.address)
	watched := &watchedConn{Conn: conn}
	session, channels, requests, err := ssh.NewClientConn(watched, m.address, config)
	if err != nil {
		stop()
		c.Close()
		return nil, fmt.Errorf("ssh %s: %w", m.address, err)
	}
	client := ssh.NewClient(session, channels, requests)
	c.closers = append(c.closers, client)
	go keepAlive(client, silence/4)
	files, err := sftp.NewClient(client, sftp.MaxConcurrentRequestsPerFile(16))
	if err != nil {
		stop()
		c.Close()
		return nil, fmt.Errorf("sftp %s: %w", m.address, err)
	}
	c.closers = append(c.closers, files)
	c.FS = sftpfs.New(files)
	return c, nil
}

// algorithms are those for the host's key, with the kinds that are known of this
// machine first: a server has keys of several kinds and shows one, and another
// kind than the known one would look like a wrong key.
func algorithms(check ssh.HostKeyCallback, address string) []string {
	all := ssh.SupportedAlgorithms().HostKeys
	var mismatch *knownhosts.KeyError
	if !errors.As(check(address, &net.TCPAddr{}, noKey{}), &mismatch) {
		return all
	}
	known := map[string]bool{}
	for _, k := range mismatch.Want {
		known[k.Key.Type()] = true
	}
	if known[ssh.KeyAlgoRSA] { // one kind of key, several signatures
		known[ssh.KeyAlgoRSASHA256], known[ssh.KeyAlgoRSASHA512] = true, true
	}
	slices.SortStableFunc(all, func(a, b string) int {
		switch {
		case known[a] == known[b]:
			return 0
		case known[a]:
			return -1
		}
		return 1
	})
	return all
}

// noKey is the key of nobody, to ask which keys are known.
type noKey struct{ ssh.PublicKey }

func (noKey) Type() string    { return "none" }
func (noKey) Marshal() []byte { return nil }

// keepAlive makes the server say something from time to time, so that a quiet
// connection is told from a cut one. It ends with the connection.
func keepAlive(client *ssh.Client, every time.Duration) {
	for {
		time.Sleep(every)
		if _, _, err := client.SendRequest("keepalive@openssh.com", true, nil); err != nil {
			return
		}
	}
}

// watchedConn fails a read for which nothing arrives in time.
type watchedConn struct{ net.Conn }

func (c *watchedConn) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(silence)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}
