package tlscert

import (
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/internal/long"
)

// TestAgreesWithKeytool makes a store of each format with the installed
// keytool and compares with what "keytool -list -v" prints for it.
func TestAgreesWithKeytool(t *testing.T) {
	if !long.Tests() {
		t.Skip("runs keytool; only with -long")
	}
	if _, err := exec.LookPath("keytool"); err != nil {
		t.Skip("keytool is not installed")
	}
	dir := t.TempDir()
	ca := filepath.Join(dir, "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leafDER(t, "ca.example.com")})
	if err := os.WriteFile(ca, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, format := range []Format{JKS, JCEKS, PKCS12} {
		t.Run(format.String(), func(t *testing.T) {
			file := filepath.Join(dir, format.String())
			run := func(args ...string) string {
				t.Helper()
				args = append(args, "-keystore", file, "-storetype", format.String(), "-storepass", "secret1",
					"-J-Duser.language=en", "-J-Duser.timezone=UTC")
				out, err := exec.Command("keytool", args...).Output()
				if err != nil {
					t.Fatalf("keytool %v: %v\n%s", args, err, out)
				}
				return string(out)
			}
			run("-genkeypair", "-alias", "Server", "-keyalg", "EC", "-dname", "CN=a.example.com", "-ext", "san=dns:a.example.com", "-keypass", "secret1")
			run("-importcert", "-noprompt", "-alias", "Root CA", "-file", ca)
			if format != JKS {
				run("-genseckey", "-alias", "aes128keyxy99", "-keyalg", "AES", "-keysize", "128", "-keypass", "secret1")
			}
			want := keytoolLines(run("-list", "-v"), format)
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := Read(data, "secret1")
			if err != nil {
				t.Fatal(err)
			}
			if got := linesLikeKeytool(s); !slices.Equal(got, want) {
				t.Errorf("got\n  %s\nkeytool has\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
			}
		})
	}
}

// keytoolLines gives a line for each entry keytool printed: alias, date, type
// and fingerprints, in the order of the aliases. For the trusted certificates
// of PKCS12, which have no date, keytool prints the day it runs; that is left
// out.
func keytoolLines(out string, format Format) []string {
	var entries []string
	for l := range strings.Lines(out) {
		key, value, ok := strings.Cut(strings.TrimSpace(l), ": ")
		switch {
		case !ok:
		case key == "Alias name":
			entries = append(entries, value)
		case len(entries) == 0:
		case key == "Creation date" || key == "Entry type" || key == "SHA256":
			entries[len(entries)-1] += " | " + value
		}
	}
	for i, e := range entries {
		if f := strings.Split(e, " | "); format == PKCS12 && len(f) > 2 && f[2] == "trustedCertEntry" {
			f[1] = "no date"
			entries[i] = strings.Join(f, " | ")
		}
	}
	slices.Sort(entries)
	return entries
}

// linesLikeKeytool gives the same of a store.
func linesLikeKeytool(s *Store) []string {
	var entries []string
	names := map[Kind]string{PrivateKey: "PrivateKeyEntry", TrustedCert: "trustedCertEntry", SecretKey: "SecretKeyEntry"}
	for _, e := range s.Entries {
		day := "no date"
		if !e.Created.IsZero() {
			day = e.Created.Format("Jan 2, 2006")
		}
		l := fmt.Sprintf("%s | %s | %s", e.Alias, day, names[e.Kind])
		for _, c := range e.Chain {
			l += " | " + Fingerprint(c.Raw)
		}
		entries = append(entries, l)
	}
	slices.Sort(entries)
	return entries
}
