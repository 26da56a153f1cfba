package haproxy_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/haproxy"
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
		write(t, file, []byte(m.config))
		if out, _ := exec.Command(path, "-c", "-f", file).CombinedOutput(); !strings.Contains(string(out), "[ALERT]") {
			t.Errorf("accepted: %q\n%s", m.config, out)
		}
	}
}

var long = flag.Bool("long", false, "ask HAProxy about every configuration in testdata")

// TestHAProxyDoesWhatFactsSay starts HAProxy with each configuration in testdata
// that can run on loopback, in front of two small servers, and asks what a
// client meets: one request after another, and eight at a time. A fact that is
// declared agrees with that.
func TestHAProxyDoesWhatFactsSay(t *testing.T) {
	path := program(t)
	s := newStage(t)
	usual := map[string]int{"faults.txtar": 8, "choice.txtar": 30}
	var asked atomic.Int32
	least := 150
	if !*long {
		least = usual["faults.txtar"] + usual["choice.txtar"]
		if testing.Short() {
			delete(usual, "choice.txtar")
			least = usual["faults.txtar"]
		}
	}
	t.Run("ask", func(t *testing.T) {
		for i, f := range fixtures(t) {
			if usual[filepath.Base(f.file)] == 0 && !*long {
				continue
			}
			t.Run(f.name, func(t *testing.T) {
				t.Parallel()
				if s.compare(t, path, balancerAddress(i), f) {
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
func (s *stage) compare(t *testing.T, program, address string, f fixture) bool {
	config, binds, ok := s.rewrite(t, address, f.config)
	if !ok {
		t.Skip("it cannot run on loopback alone")
	}
	c, err := haproxy.Parse("haproxy.cfg", []byte(f.config))
	if err != nil {
		t.Fatal(err)
	}
	fact, _ := c.Facts(options(true))
	hosts := []string{"ucd.example.com"}
	for _, part := range conditionHosts.FindAllStringSubmatch(config, -1) {
		hosts = append(hosts, part[1])
	}
	met := s.run(t, program, address, config, binds, hosts)
	if met.answered == 0 {
		t.Log("no request reaches a member")
		return false
	}
	if fact.Affinity != nil && *fact.Affinity != (met.most == 1) {
		t.Errorf("affinity is declared %v; one client meets %d members", *fact.Affinity, met.most)
	}
	if fact.TLSEnds != 0 && len(met.ends) > 0 && (len(met.ends) > 1 || !met.ends[fact.TLSEnds]) {
		t.Errorf("TLS is declared to end at the %v; it ends at %v", fact.TLSEnds, met.ends)
	}
	return true
}

// stage are two members on addresses of their own, with the same two ports, so
// that servers without a port work too.
type stage struct {
	dir string
	// port and securePort are what the members have instead of 8080 and 8443.
	port, securePort int
}

// The balancer and the members are on loopback; whatever else a configuration
// names is replaced by an address where nobody listens.
const nobody = "127.0.0.4:1"

// balancerAddress is another one for each configuration: they run side by side.
func balancerAddress(i int) string { return fmt.Sprintf("127.0.1.%d", i%250+1) }

func memberAddress(i int) string { return fmt.Sprintf("127.0.0.%d", i+2) }

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{dir: t.TempDir(), port: freePort(t), securePort: freePort(t)}
	write(t, filepath.Join(s.dir, "example.pem"), slices.Concat(selfSigned(t, "balancer")...))
	write(t, filepath.Join(s.dir, "hosts.map"), []byte("ucd.example.com deploy\n"))
	pair := selfSigned(t, "member")
	certificate, err := tls.X509KeyPair(pair[0], pair[1])
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		server := &http.Server{Handler: member(i), ReadHeaderTimeout: 5 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
		for _, port := range []int{s.port, s.securePort} {
			l, err := net.Listen("tcp", net.JoinHostPort(memberAddress(i), strconv.Itoa(port)))
			if err != nil {
				t.Skip("this system has one loopback address only: ", err)
			}
			if port == s.securePort {
				l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate}})
			}
			go server.Serve(l)
		}
		t.Cleanup(func() { server.Close() })
	}
	return s
}

// member answers with its number, and sets a session cookie as a server does.
func member(i int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("JSESSIONID_8080"); err != nil {
			http.SetCookie(w, &http.Cookie{Name: "JSESSIONID_8080", Value: rand.Text(), Path: "/"})
		}
		w.Header().Set("X-Member", strconv.Itoa(i))
		if strings.HasPrefix(r.URL.Path, "/slow") {
			time.Sleep(40 * time.Millisecond)
		}
	})
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
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
func (s *stage) rewrite(t *testing.T, balancer, config string) (text string, binds []int, ok bool) {
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
	ports := map[string]int{"8080": s.port, "8443": s.securePort}
	port := func(number string) string {
		if n, err := strconv.Atoi(number); err != nil || n <= 0 || n > 65535 {
			ok = false
		}
		if ports[number] == 0 {
			ports[number] = freePort(t)
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
			return part[1] + nobody + part[3]
		}
		if number == "" {
			return part[1] + memberAddress(i) + part[3]
		}
		if number != "8080" && number != "8443" {
			ok = false // nobody listens there
		}
		return part[1] + memberAddress(i) + ":" + port(number) + strings.Replace(part[3], " port "+number, " port "+port(number), 1)
	})
	pem := filepath.Join(s.dir, "example.pem")
	text = strings.NewReplacer(`"${CERTIFICATE}"`, pem, "/etc/ssl/private/example.pem", pem, "/etc/haproxy/deploy.pem", pem, "/etc/ssl/certs/ca.pem", pem,
		"/etc/ssl/private/", s.dir+"/", "/etc/haproxy/", s.dir+"/", "verify required", "verify none").Replace(config)
	if !strings.Contains(text, "timeout client") {
		// It would wait for ever.
		text = sections.ReplaceAllString(text, "$0\n timeout connect 2s\n timeout client 5s\n timeout server 5s")
	}
	return text, binds, ok
}

// meeting is what clients meet.
type meeting struct {
	// answered are the requests that a member has answered, most how many
	// different members one client has met.
	answered, most int
	ends           map[cluster.TLSEnd]bool
}

// run starts HAProxy and asks at each address.
func (s *stage) run(t *testing.T, program, address, config string, binds []int, hosts []string) (m meeting) {
	t.Helper()
	m.ends = map[cluster.TLSEnd]bool{}
	file := filepath.Join(t.TempDir(), "haproxy.cfg")
	write(t, file, []byte(config))
	if out, err := exec.Command(program, "-c", "-f", file).CombinedOutput(); err != nil {
		t.Skipf("haproxy refuses it: %s\n%s", out, config)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var said strings.Builder
	cmd := exec.CommandContext(ctx, program, "-db", "-f", file)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	for _, port := range binds {
		at := net.JoinHostPort(address, strconv.Itoa(port))
		for try := 0; ; try++ {
			c, err := net.DialTimeout("tcp", at, time.Second)
			if err == nil {
				c.Close()
				break
			}
			if try == 100 {
				return m // a section that is disabled does not listen
			}
			time.Sleep(10 * time.Millisecond)
		}
		for _, scheme := range []string{"http", "https"} {
			for i := range 2 + len(hosts) {
				before := m.answered
				client(t, scheme, hosts[max(0, i-2)], at, &m)
				if i == 0 && m.answered == before {
					break
				}
			}
		}
	}
	return m
}

// client is one user with a browser: eight requests one after another, then
// eight at a time.
func client(t *testing.T, scheme, host, at string, m *meeting) {
	_, port, _ := strings.Cut(at, ":")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	dialer := net.Dialer{Timeout: 2 * time.Second}
	client := &http.Client{
		Jar: jar, Timeout: 2 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DisableKeepAlives: true,
			TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, // its own servers, with certificates made for the test
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, at)
			},
		},
	}
	var mu sync.Mutex
	met := map[string]bool{}
	ask := func(method, path string) {
		r, err := http.NewRequest(method, fmt.Sprintf("%s://%s:%s%s", scheme, host, port, path), nil)
		if err != nil {
			t.Error(err)
			return
		}
		r.Host = host
		answer, err := client.Do(r)
		if err != nil {
			return
		}
		defer answer.Body.Close()
		io.Copy(io.Discard, answer.Body)
		who := answer.Header.Get("X-Member")
		if who == "" {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		m.answered++
		met[who] = true
		if answer.TLS != nil {
			at := cluster.TLSAtServers
			if answer.TLS.PeerCertificates[0].Subject.CommonName == "balancer" {
				at = cluster.TLSAtBalancer
			}
			m.ends[at] = true
		}
	}
	for _, each := range []string{"GET /", "GET /api/x", "GET /page", "POST /api/y", "GET /cli", "GET /x", "POST /rest", "GET /admin"} {
		method, path, _ := strings.Cut(each, " ")
		ask(method, path)
		if len(met) == 0 && path == "/api/x" {
			return // nobody answers
		}
	}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() { ask("GET", fmt.Sprint("/slow/", i)) })
	}
	group.Wait()
	m.most = max(m.most, len(met))
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// selfSigned is a certificate and its key.
func selfSigned(t *testing.T, name string) [][]byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return [][]byte{pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})}
}
