package balancertest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
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
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deploycluster/deploycluster/cluster"
)

// Stage are two members on addresses of their own, with the same two ports, so
// that servers without a port work too.
type Stage struct {
	Dir string
	// Port and SecurePort are what the members have instead of 8080 and 8443.
	Port, SecurePort int
}

// The balancer and the members are on loopback; whatever else a configuration
// names is replaced by an address where Nobody listens.
const Nobody = "127.0.0.4:1"

// BalancerAddress is another one for each configuration: they run side by side.
func BalancerAddress(i int) string { return fmt.Sprintf("127.0.1.%d", i%250+1) }

func MemberAddress(i int) string { return fmt.Sprintf("127.0.0.%d", i+2) }

func New(t *testing.T) *Stage {
	t.Helper()
	s := &Stage{Dir: t.TempDir(), Port: FreePort(t), SecurePort: FreePort(t)}
	Write(t, filepath.Join(s.Dir, "example.pem"), slices.Concat(selfSigned(t, "balancer")...))
	Write(t, filepath.Join(s.Dir, "hosts.map"), []byte("ucd.example.com deploy\n"))
	pair := selfSigned(t, "member")
	certificate, err := tls.X509KeyPair(pair[0], pair[1])
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		server := &http.Server{Handler: member(i), ReadHeaderTimeout: 5 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
		for _, port := range []int{s.Port, s.SecurePort} {
			l, err := net.Listen("tcp", net.JoinHostPort(MemberAddress(i), strconv.Itoa(port)))
			if err != nil {
				t.Skip("this system has one loopback address only: ", err)
			}
			if port == s.SecurePort {
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

func FreePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// Meeting is what clients meet.
type Meeting struct {
	// Answered are the requests that a member has answered, Most how many
	// different members one client has met.
	Answered, Most int
	Ends           map[cluster.TLSEnd]bool
}

// Ask starts a balancer and asks at each address, once for each of the hosts and
// twice more for the first.
func (s *Stage) Ask(t *testing.T, cmd *exec.Cmd, address string, ports []int, hosts []string) (m Meeting) {
	t.Helper()
	m.Ends = map[cluster.TLSEnd]bool{}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	for _, port := range ports {
		at := net.JoinHostPort(address, strconv.Itoa(port))
		if !listens(at) {
			continue // a section that is disabled
		}
		for _, scheme := range []string{"http", "https"} {
			for i := range 2 + len(hosts) {
				before := m.Answered
				client(t, scheme, hosts[max(0, i-2)], at, &m)
				if i == 0 && m.Answered == before {
					break
				}
			}
		}
	}
	return m
}

// listens waits a second for somebody to listen. It asks from an address of its own:
// a balancer may still choose a member for it when the first client comes, which
// would count as the same one.
func listens(at string) bool {
	probe := net.Dialer{Timeout: time.Second, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 2, 1)}}
	for range 100 {
		if c, err := probe.Dial("tcp", at); err == nil {
			c.Close()
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

// Agree holds declared facts against what clients meet.
func (m Meeting) Agree(t *testing.T, fact cluster.LoadBalancer) {
	t.Helper()
	if fact.Affinity != nil && *fact.Affinity != (m.Most == 1) {
		t.Errorf("affinity is declared %v; one client meets %d members", *fact.Affinity, m.Most)
	}
	if fact.TLSEnds != "" && len(m.Ends) > 0 && (len(m.Ends) > 1 || !m.Ends[fact.TLSEnds]) {
		t.Errorf("TLS is declared to end at the %v; it ends at %v", fact.TLSEnds, m.Ends)
	}
}

// client is one user with a browser: eight requests one after another, then
// eight at a time.
func client(t *testing.T, scheme, host, at string, m *Meeting) {
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
		m.Answered++
		met[who] = true
		if answer.TLS != nil {
			at := cluster.TLSAtServers
			if answer.TLS.PeerCertificates[0].Subject.CommonName == "balancer" {
				at = cluster.TLSAtBalancer
			}
			m.Ends[at] = true
		}
	}
	for _, each := range []string{"GET /", "GET /api/x", "GET /page", "POST /api/y", "GET /cli", "GET /x", "POST /rest", "GET /admin"} {
		method, path, _ := strings.Cut(each, " ")
		ask(method, path)
		if len(met) == 0 && path == "/api/x" {
			return // Nobody answers
		}
	}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() { ask("GET", fmt.Sprint("/slow/", i)) })
	}
	group.Wait()
	m.Most = max(m.Most, len(met))
}

// Write writes a file.
func Write(t *testing.T, path string, data []byte) {
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
