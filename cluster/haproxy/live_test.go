package haproxy_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/deploycluster/deploycluster/cluster/haproxy"
	"github.com/deploycluster/deploycluster/internal/balancer/balancertest"
	"github.com/deploycluster/deploycluster/internal/long"
)

func program(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("haproxy")
	if err != nil {
		t.Skip("haproxy is not installed")
	}
	return path
}

// TestHAProxyRefusesWhatParseRefuses holds the mistakes of TestSyntaxErrors
// against HAProxy.
func TestHAProxyRefusesWhatParseRefuses(t *testing.T) {
	path := program(t)
	for _, m := range mistakes() {
		file := filepath.Join(t.TempDir(), "haproxy.cfg")
		balancertest.Write(t, file, []byte(m.config))
		if out, _ := exec.Command(path, "-c", "-f", file).CombinedOutput(); !strings.Contains(string(out), "[ALERT]") {
			t.Errorf("accepted: %q\n%s", m.config, out)
		}
	}
}

// TestHAProxyDoesWhatFactsSay starts HAProxy with each configuration in testdata
// that can run on loopback, in front of two small servers, and asks what a
// client meets: one request after another, and eight at a time. A fact that is
// declared agrees with that.
func TestHAProxyDoesWhatFactsSay(t *testing.T) {
	path := program(t)
	s := balancertest.New(t)
	usual := map[string]int{"faults.txtar": 8, "choice.txtar": 30}
	var asked atomic.Int32
	least := 150
	if !long.Tests() {
		least = usual["faults.txtar"] + usual["choice.txtar"]
		if !long.Tests() {
			delete(usual, "choice.txtar")
			least = usual["faults.txtar"]
		}
	}
	t.Run("ask", func(t *testing.T) {
		for i, f := range fixtures(t) {
			if usual[filepath.Base(f.File)] == 0 && !long.Tests() {
				continue
			}
			t.Run(f.Name, func(t *testing.T) {
				t.Parallel()
				if compare(t, s, path, balancertest.BalancerAddress(i), f) {
					asked.Add(1)
				}
			})
		}
	})
	if n := int(asked.Load()); n < least {
		t.Errorf("%d configurations were asked", n)
	}
}

// compare reports whether the configuration could be asked.
func compare(t *testing.T, s *balancertest.Stage, program, address string, f balancertest.Fixture) bool {
	config, binds, ok := rewrite(t, s, address, f.Config)
	if !ok {
		t.Skip("it cannot run on loopback alone")
	}
	c, err := haproxy.Parse("haproxy.cfg", []byte(f.Config))
	if err != nil {
		t.Fatal(err)
	}
	fact, _ := c.Facts(options(true))
	hosts := []string{"ucd.example.com"}
	for _, part := range conditionHosts.FindAllStringSubmatch(config, -1) {
		hosts = append(hosts, part[1])
	}
	file := filepath.Join(t.TempDir(), "haproxy.cfg")
	balancertest.Write(t, file, []byte(config))
	if out, err := exec.Command(program, "-c", "-f", file).CombinedOutput(); err != nil {
		t.Skipf("haproxy refuses it: %s", out)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	met := s.Ask(t, exec.CommandContext(ctx, program, "-db", "-f", file), address, binds, hosts)
	if met.Answered == 0 {
		t.Log("no request reaches a member")
		return false
	}
	met.Agree(t, fact)
	return true
}

var (
	bindLine   = regexp.MustCompile(`(?m)^(\s*bind\s+)([^\s#]+)(.*)$`)
	serverLine = regexp.MustCompile(`(?m)^(\s*server\s+\S+\s+)(\S+)(.*)$`)
	// elsewhere are statements that could lead away from loopback.
	elsewhere      = regexp.MustCompile(`(?m)^\s*(server-template|dispatch|nameserver|peers|source|option\s+transparent)|\s(addr|redir|usesrc|socks4|set-dst)\s`)
	sections       = regexp.MustCompile(`(?m)^(listen|frontend|backend) .*$`)
	conditionHosts = regexp.MustCompile(`hdr\(host\)[^\n]*?\s(\w+\.example\.com)`)
	variables      = regexp.MustCompile(`\$\{?(\w+)`)
)

// rewrite moves a configuration to loopback. ok is false for what cannot be
// moved.
func rewrite(t *testing.T, s *balancertest.Stage, balancer, config string) (text string, binds []int, ok bool) {
	values := map[string]string{"DEPLOY_WEB_PORT": "8080", "BIND_ADDRESS": balancer, "CERTIFICATE": "/etc/ssl/private/example.pem", "NODE1": "node1.example.com", "NODE2": "node2.example.com", "x": ""}
	for _, name := range variables.FindAllStringSubmatch(config, -1) {
		if _, known := values[name[1]]; !known {
			return "", nil, false
		}
	}
	if elsewhere.MatchString(config) {
		return "", nil, false
	}
	put := func(text string) string {
		return strings.ReplaceAll(os.Expand(text, func(name string) string { return values[name] }), `"`, "")
	}
	ok = true
	ports := map[string]int{"8080": s.Port, "8443": s.SecurePort}
	port := func(number string) string {
		if n, err := strconv.Atoi(number); err != nil || n <= 0 || n > 65535 {
			ok = false
		}
		if ports[number] == 0 {
			ports[number] = balancertest.FreePort(t)
		}
		return strconv.Itoa(ports[number])
	}
	config = bindLine.ReplaceAllStringFunc(config, func(line string) string {
		part := bindLine.FindStringSubmatch(line)
		address := put(part[2])
		n, _ := strconv.Atoi(port(address[strings.LastIndexByte(address, ':')+1:]))
		if strings.HasPrefix(part[2], "/") || strings.Contains(part[2], "fd@") {
			ok = false
		}
		if !slices.Contains(binds, n) {
			binds = append(binds, n)
		}
		if strings.Contains(part[3], " ssl") && !strings.Contains(part[3], " crt ") {
			part[3] = strings.Replace(part[3], " ssl", " ssl crt /etc/ssl/private/example.pem", 1)
		}
		return fmt.Sprintf("%s%s:%d%s", part[1], balancer, n, part[3])
	})
	config = serverLine.ReplaceAllStringFunc(config, func(line string) string {
		part := serverLine.FindStringSubmatch(line)
		host, number := strings.ToLower(put(part[2])), ""
		host = strings.NewReplacer("ipv4@", "", "ipv6@", "", `\x65`, "e").Replace(host)
		if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
			host, number = host[:i], host[i+1:]
		}
		i := 0
		switch host {
		case "node1.example.com", "10.0.0.11", "[2001:db8::11]", "[2001:db8::0011]":
		case "node2.example.com", "10.0.0.12":
			i = 1
		default:
			return part[1] + balancertest.Nobody + part[3]
		}
		if number == "" {
			return part[1] + balancertest.MemberAddress(i) + part[3]
		}
		if number != "8080" && number != "8443" {
			ok = false // nobody listens there
		}
		return part[1] + balancertest.MemberAddress(i) + ":" + port(number) + strings.Replace(part[3], " port "+number, " port "+port(number), 1)
	})
	pem := filepath.Join(s.Dir, "example.pem")
	text = strings.NewReplacer(`"${CERTIFICATE}"`, pem, "/etc/ssl/private/example.pem", pem, "/etc/haproxy/deploy.pem", pem, "/etc/ssl/certs/ca.pem", pem,
		"/etc/ssl/private/", s.Dir+"/", "/etc/haproxy/", s.Dir+"/", "verify required", "verify none").Replace(config)
	if !strings.Contains(text, "timeout client") {
		// It would wait for ever.
		text = sections.ReplaceAllString(text, "$0\n timeout connect 2s\n timeout client 5s\n timeout server 5s")
	}
	return text, binds, ok
}
