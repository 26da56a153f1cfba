package nginx_test

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/deploycluster/deploycluster/cluster/nginx"
	"github.com/deploycluster/deploycluster/internal/balancer/balancertest"
	"github.com/deploycluster/deploycluster/internal/long"
)

// TestNGINXDoesWhatFactsSay starts NGINX with each configuration in testdata
// that it takes and that can run on loopback, in front of two small servers, and
// asks what a client meets: one request after another, and eight at a time. A
// fact that is declared agrees with that.
func TestNGINXDoesWhatFactsSay(t *testing.T) {
	program, err := exec.LookPath("nginx")
	if err != nil {
		t.Skip("nginx is not installed")
	}
	s := balancertest.New(t)
	var asked atomic.Int32
	t.Run("ask", func(t *testing.T) {
		for i, f := range fixtures(t) {
			if !long.Tests() && filepath.Base(f.File) != "upstream.txtar" {
				continue
			}
			t.Run(f.Name, func(t *testing.T) {
				t.Parallel()
				if compare(t, s, program, balancertest.BalancerAddress(i+100), f) {
					asked.Add(1)
				}
			})
		}
	})
	if n := asked.Load(); n < 15 {
		t.Errorf("%d configurations were asked", n)
	}
}

// compare reports whether the configuration could be asked.
func compare(t *testing.T, s *balancertest.Stage, program, address string, f balancertest.Fixture) bool {
	config, ports, ok := rewrite(t, s, address, f.Config)
	if !ok {
		t.Skip("it cannot run on loopback alone")
	}
	c, err := nginx.Parse("nginx.conf", []byte(f.Config))
	if err != nil {
		t.Fatal(err)
	}
	fact, _ := c.Facts(options())
	dir := t.TempDir()
	file := filepath.Join(dir, "nginx.conf")
	balancertest.Write(t, file, []byte(fmt.Sprintf("daemon off; master_process off; pid %s/pid; error_log stderr;\n", dir)+config))
	if out, err := exec.Command(program, "-t", "-p", dir, "-c", file).CombinedOutput(); err != nil {
		t.Skipf("nginx refuses it: %s", out)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	hosts := []string{"ucd.example.com"}
	for _, name := range serverName.FindAllStringSubmatch(config, -1) {
		hosts = append(hosts, name[1])
	}
	met := s.Ask(t, exec.CommandContext(ctx, program, "-p", dir, "-c", file), address, ports, hosts)
	if met.Answered == 0 {
		t.Log("no request reaches a member")
		return false
	}
	met.Agree(t, fact)
	return true
}

var (
	serverName = regexp.MustCompile(`server_name (\S+);`)
	listenLine = regexp.MustCompile(`listen ([^\s;]+)`)
	serverHost = regexp.MustCompile(`(server|proxy_pass) (["']?)(https?://)?([\w.]+\.example\.com|10\.0\.0\.\d+)(:\d+)?`)
)

// rewrite moves a configuration to loopback. ok is false for what cannot be
// moved.
func rewrite(t *testing.T, s *balancertest.Stage, balancer, config string) (text string, ports []int, ok bool) {
	if !strings.HasPrefix(config, "events") || strings.Contains(config, "unix:") || strings.Contains(config, "127.0.0.1:") {
		return "", nil, false
	}
	ok = true
	mapped := map[string]int{"8080": s.Port, "8443": s.SecurePort}
	config = listenLine.ReplaceAllStringFunc(config, func(text string) string {
		number := text[strings.LastIndexAny(text, " :")+1:]
		if mapped[number] == 0 {
			mapped[number] = balancertest.FreePort(t)
		}
		if n := mapped[number]; !slices.Contains(ports, n) {
			ports = append(ports, n)
		}
		return "listen " + net.JoinHostPort(balancer, strconv.Itoa(mapped[number]))
	})
	config = serverHost.ReplaceAllStringFunc(config, func(text string) string {
		part := serverHost.FindStringSubmatch(text)
		at := balancertest.Nobody
		number := strings.TrimPrefix(part[5], ":")
		if number != "8080" && number != "8443" {
			ok = false // nobody listens there
		}
		switch part[4] {
		case "node1.example.com", "10.0.0.11":
			at = net.JoinHostPort(balancertest.MemberAddress(0), strconv.Itoa(mapped[number]))
		case "node2.example.com", "10.0.0.12":
			at = net.JoinHostPort(balancertest.MemberAddress(1), strconv.Itoa(mapped[number]))
		}
		return part[1] + " " + part[2] + part[3] + at
	})
	return strings.ReplaceAll(config, "/etc/nginx/deploy.pem", filepath.Join(s.Dir, "example.pem")), ports, ok
}
