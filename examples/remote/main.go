// Command remote judges a cluster whose members are reached over SFTP. The
// storages of the topology name machines instead of folders:
//
//	"storages": [{"name": "ucd1", "dir": "sftp://deploy@ucd1.example.com/"}]
//
// The host keys must be in -known-hosts. -identity names a private key,
// -password a file whose first line is the password; with both, the key is tried
// first. Nothing is written on the members. A machine that cannot be reached, or
// whose connection is cut, is reported as not read.
//
// Exit codes: 0 everything was read, and there is no finding of severity error; 1
// there are findings of severity error; 2 wrong usage, an I/O failure, or a member, storage or required file that could
// not be read.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/spf13/afero"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
)

const usage = `remote judges a cluster whose members are reached over SFTP, and prints one
report. It writes nothing on them.

Exit codes:
  0  everything was read, and there is no finding of severity error
  1  there are findings of severity error
  2  wrong usage, an I/O failure, or a member, storage or required file that
     could not be read

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	code, err := run(ctx, os.Args[1:], os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "remote:", err)
	}
	os.Exit(code)
}

func run(ctx context.Context, args []string, out io.Writer) (int, error) {
	flags := flag.NewFlagSet("remote", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), usage)
		flags.PrintDefaults()
	}
	topology := flags.String("topology", "", "topology `file`, JSON, whose storages are sftp:// URLs")
	hosts := flags.String("known-hosts", "", "known_hosts `file` with the keys of all machines")
	identity := flags.String("identity", "", "private key `file`")
	password := flags.String("password", "", "`file` whose first line is the password")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0, nil
	case err != nil:
		return 2, nil // the flag package has said what is wrong
	}
	if *topology == "" || *hosts == "" {
		return 2, errors.New("-topology and -known-hosts are needed; -h explains")
	}
	data, err := os.ReadFile(*topology)
	if err != nil {
		return 2, err
	}
	t, err := cluster.ReadTopology(*topology, data)
	if err != nil {
		return 2, err
	}
	auth, err := authentication(*identity, *password)
	if err != nil {
		return 2, err
	}
	known, err := knownhosts.New(*hosts)
	if err != nil {
		return 2, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	c, unreached, err := load(ctx, t, new(net.Dialer).DialContext, ssh.ClientConfig{Auth: auth, HostKeyCallback: known}, time.Now())
	if err != nil {
		return 2, err
	}
	report, err := check.Run(ctx, c, check.Options{})
	if err != nil {
		return 2, err
	}
	if err := report.WriteText(out, check.TextOptions{}); err != nil {
		return 2, err
	}
	switch {
	case !report.Complete():
		return 2, unreached
	case report.Count(check.Error) > 0:
		return 1, nil
	}
	return 0, nil
}

func authentication(identity, password string) ([]ssh.AuthMethod, error) {
	var out []ssh.AuthMethod
	if identity != "" {
		data, err := os.ReadFile(identity)
		if err != nil {
			return nil, err
		}
		key, err := ssh.ParsePrivateKey(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", identity, err)
		}
		out = append(out, ssh.PublicKeys(key))
	}
	if password != "" {
		f, err := os.Open(password)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		line, err := bufio.NewReader(f).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		out = append(out, ssh.Password(strings.TrimRight(line, "\r\n")))
	}
	if out == nil {
		return nil, errors.New("one of -identity and -password is needed")
	}
	return out, nil
}

// load connects to all machines at once and reads the cluster. A machine that
// cannot be reached leaves its storage out of the world, which makes it one
// that was not read; unreached says why. The connections end with ctx.
func load(ctx context.Context, t cluster.Topology, open dialer, config ssh.ClientConfig, now time.Time) (c *cluster.Cluster, unreached, err error) {
	machines := make([]machine, len(t.Storages))
	for i, s := range t.Storages {
		if machines[i], err = parseMachine(s.Dir); err != nil {
			return nil, nil, fmt.Errorf("storage %s: %w", s.Name, err)
		}
	}
	w := cluster.World{FS: map[string]afero.Fs{}, Password: cluster.StoredPasswords, Now: now}
	var wait sync.WaitGroup
	var mu sync.Mutex
	for i, s := range t.Storages {
		wait.Go(func() {
			view, err := connect(ctx, machines[i], folders(t, s.Name, machines[i].root), open, config)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				unreached = errors.Join(unreached, fmt.Errorf("storage %s: %w", s.Name, err))
				return
			}
			w.FS[s.Name] = view
		})
	}
	wait.Wait()
	c, err = cluster.Load(ctx, t, w)
	return c, unreached, err
}

// connect opens one storage and lists, all at once, the folders that a load
// looks into.
func connect(ctx context.Context, m machine, folders []string, open dialer, config ssh.ClientConfig) (afero.Fs, error) {
	c, err := dial(ctx, open, m, &config)
	if err != nil {
		return nil, err
	}
	view := c.Snapshot()
	if err := view.Warm(ctx, folders...); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return afero.NewBasePathFs(view, m.root), nil
}

// folders are those of a storage that a load asks about: of an installation,
// and of application data, which lies at most two folders below the root of a
// mount in most sites. What is missing here costs one more round trip.
func folders(t cluster.Topology, storage, root string) []string {
	var out []string
	for _, n := range t.Nodes {
		for _, m := range n.Mounts {
			if m.Storage != storage {
				continue
			}
			at := path.Join(root, m.Root)
			if rel, in := strings.CutPrefix(n.Install, m.Path); in {
				at = path.Join(at, rel)
				for _, sub := range []string{"bin", "lib", "lib/ext", "opt", "opt/tomcat", "opt/tomcat/conf"} {
					out = append(out, path.Join(at, sub))
				}
			}
			for _, sub := range []string{"", "conf", "conf/server", "var"} {
				out = append(out, path.Join(at, sub), path.Join(at, "appdata", sub))
			}
		}
	}
	return out
}
