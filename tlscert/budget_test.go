package tlscert

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/deploycluster/deploycluster/internal/long"
)

// TestBudgetCountsHashes reads stores whose cost is known.
func TestBudgetCountsHashes(t *testing.T) {
	salt, iv := []byte("saltsalt"), make([]byte, 16)
	legacy := func(scheme string, iterations int) []byte {
		return pfxOf(sealedBytes(seq(oid(pkcs12PBE+scheme), seq(octets(salt), number(iterations))), make([]byte, 64)))
	}
	under := func(hmac string) []byte {
		return pfxOf(sealedBytes(bytes.Replace(pbes2(salt, 1000, iv), []byte(oidHMAC+"\x09"), []byte(oidHMAC+hmac), 1), make([]byte, 16)))
	}
	const small = 10_000
	for _, c := range []struct {
		name     string
		data     []byte
		password string
		hashes   int64 // the bound
		want     int64
		limit    bool
	}{
		{"MAC", pfxWithMAC("p", 1234), "p", small, 1234, false},
		{"MAC and AES-256 under SHA-256", pfxWithMAC("p", 1000, sealedSafe("p", 500)), "p", small, 2000, false},
		{"the whole budget", pfxWithMAC("p", 4000, sealedSafe("p", 3000)), "p", small, small, false},
		{"one more", pfxWithMAC("p", 4001, sealedSafe("p", 3000)), "p", small, 0, true},
		{"no bound but Java's", pfxWithMAC("p", 4001, sealedSafe("p", 3000)), "p", -1, 10_001, false},
		{"3DES: 24 bytes of key, 8 of IV", legacy("\x03", 1000), "wrong", small, 3000, false},
		{"RC2-40: 5 bytes of key, 8 of IV", legacy("\x06", 1000), "wrong", small, 2000, false},
		{"RC4-128: 16 bytes of key", legacy("\x01", 1000), "wrong", small, 1000, false},
		{"empty password, both forms", legacy("\x06", 1000), "", small, 4000, false},
		{"PBES2 under SHA-1: 32 bytes", under("\x07"), "wrong", small, 4000, false},
		{"PBES2 under SHA-512", under("\x0b"), "wrong", small, 4000, false},
		{"wrong form: nothing is computed", append(pfxWithMAC("p", 1000)[:30], 1, 2, 3), "p", small, 0, false},
		{"more iterations than Java takes", legacy("\x03", maxIterations+1), "wrong", -1, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBudget(ReadOptions{Hashes: c.hashes})
			_, err := readPKCS12(c.data, &c.password, b)
			if b.used != c.want || errors.Is(err, ErrLimit) != c.limit {
				t.Errorf("%d hashes, want %d; error %v", b.used, c.want, err)
			}
		})
	}
}

// TestCostOfOneRead: what current programs write is read by default, a file
// just within the bound ends within seconds, and the caller can move the bound.
func TestCostOfOneRead(t *testing.T) {
	salt := []byte("saltsalt")
	dear := func(iterations int) []byte {
		return seq(number(3), seq(oid(oidData), ctx0(octets(seq()))), macOf(make([]byte, 32), salt, iterations))
	}
	if _, err := Read(dear(defaultHashes), "p"); !errors.Is(err, ErrLimit) || !strings.Contains(err.Error(), "5000000 at most") {
		t.Errorf("above Java's bound: %v", err)
	}
	if _, err := ReadWith(dear(700_000), "p", ReadOptions{Hashes: 699_999}); !errors.Is(err, ErrLimit) || !errors.Is(err, ErrFormat) {
		t.Errorf("above the caller's bound: %v", err)
	}
	if _, err := ReadWith(dear(700_000), "p", ReadOptions{Hashes: 700_000}); !errors.Is(err, ErrPassword) {
		t.Errorf("within the caller's bound: %v", err)
	}
	if !long.Tests() {
		t.Skip("the dearest file takes seconds; only with -long")
	}
	start := time.Now()
	if _, err := Read(dear(maxIterations), "p"); !errors.Is(err, ErrPassword) {
		t.Errorf("at Java's bound: %v", err)
	}
	t.Logf("%d hashes took %v", maxIterations, time.Since(start))
}
