package tlscert

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// lines renders entries for comparison: alias, kind, the beginnings of the
// fingerprints.
func lines(s *Store) []string {
	var out []string
	for _, e := range s.Entries {
		l := fmt.Sprintf("%q %v", e.Alias, e.Kind)
		for _, c := range e.Chain {
			sum := sha256.Sum256(c.Raw)
			l += " " + hex.EncodeToString(sum[:6])
		}
		out = append(out, l)
	}
	slices.Sort(out)
	return out
}

func (a javaAnswer) lines() []string {
	var out []string
	for _, e := range a.Entries {
		l := fmt.Sprintf("%q %v", e.Alias, javaKinds[e.Kind])
		for _, c := range e.Chain {
			l += " " + c[:12]
		}
		out = append(out, l)
	}
	slices.Sort(out)
	return out
}

// compare gives "" where Java and this package agree on a case.
func compare(c javaCase, a javaAnswer) string {
	s, err := read(c.data, c.password, ReadOptions{})
	switch {
	case err == nil && !a.OK:
		return "read; Java refuses: " + a.Error
	case err != nil && a.OK:
		return "refused: " + err.Error() + "; Java reads it"
	case err == nil && !slices.Equal(lines(s), a.lines()):
		return fmt.Sprintf("got\n  %s\nJava has\n  %s", strings.Join(lines(s), "\n  "), strings.Join(a.lines(), "\n  "))
	}
	return ""
}

// record makes TestStructuresAgreeWithJava write what Java said about the
// first of its stores, for TestRecordedStructures. It is to be Java 17.
var record = flag.Bool("record", false, "write testdata/structures.jsonl")

const structuresFile = "testdata/structures.jsonl"

// A recorded is one line of structuresFile.
type recorded struct {
	Data     []byte
	Password *string
	OK       bool
	Lines    []string
}

// TestStructuresAgreeWithJava makes PKCS12 stores at random, with identifiers
// that match or not, aliases that clash, issuers that go in circles, safes
// clear or encrypted, DER or BER, and asks the installed Java about them.
func TestStructuresAgreeWithJava(t *testing.T) {
	needJava(t)
	rng := rand.New(rand.NewPCG(12, 2))
	var cases []javaCase
	for range 500 {
		cases = append(cases, randomStore(t, rng))
	}
	accepted := 0
	var lines bytes.Buffer
	for i, a := range askJava(t, cases) {
		if i < 80 {
			line, err := json.Marshal(recorded{cases[i].data, cases[i].password, a.OK, a.lines()})
			if err != nil {
				t.Fatal(err)
			}
			lines.Write(append(line, '\n'))
		}
		if a.OK {
			accepted++
		}
		if d := compare(cases[i], a); d != "" {
			t.Errorf("case %d: %s", i, d)
		}
	}
	if accepted < 330 {
		t.Errorf("Java accepted %d of %d only: the test does not test much", accepted, len(cases))
	}
	if *record {
		if err := os.WriteFile(structuresFile, lines.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRecordedStructures compares with what Java 17 said about stores of the
// same kind; it needs no Java.
func TestRecordedStructures(t *testing.T) {
	data, err := os.ReadFile(structuresFile)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range bytes.Lines(data) {
		n++
		var r recorded
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		s, err := read(r.Data, r.Password, ReadOptions{})
		switch {
		case (err == nil) != r.OK:
			t.Errorf("line %d: %v; Java reads it: %v", n, err, r.OK)
		case err == nil && !slices.Equal(lines(s), r.Lines):
			t.Errorf("line %d: got\n  %s\nJava has\n  %s", n, strings.Join(lines(s), "\n  "), strings.Join(r.Lines, "\n  "))
		}
	}
	if n != 80 {
		t.Errorf("%d stores, want 80", n)
	}
}

func randomStore(t *testing.T, rng *rand.Rand) javaCase {
	pick := func(s ...string) string { return s[rng.IntN(len(s))] }
	var pool [][]byte
	for range 2 + rng.IntN(6) {
		names := []string{"A", "B", "C", "D", "a ", " b"}
		s := certSpec{subject: pick(names...), issuer: pick(names...), key: rng.IntN(3), signer: rng.IntN(3),
			subjectID: pick("", "", "k1", "k2"), issuerID: pick("", "", "k1", "k2")}
		if rng.IntN(3) == 0 {
			s.issuer = s.subject
		}
		if rng.IntN(3) == 0 {
			s.signer = s.key
		}
		pool = append(pool, s.der(t))
	}
	password := pick("", "changeit")
	iterations := 1 + rng.IntN(3)
	var safes [][]byte
	for range 1 + rng.IntN(3) {
		var bags [][]byte
		for range rng.IntN(6) {
			bags = append(bags, randomBag(rng, pool))
		}
		content := maybeBER(rng, seq(bags...))
		if rng.IntN(3) == 0 {
			safes = append(safes, sealedSafeOf(password, iterations, content))
		} else {
			safes = append(safes, clearSafeOf(content))
		}
	}
	auth := maybeBER(rng, seq(safes...))
	c := javaCase{data: seq(number(3), seq(oid(oidData), ctx0(octets(auth)))), password: &password}
	if rng.IntN(2) == 0 {
		c.data = pfxWithMACOf(password, iterations, auth)
	}
	c.data = maybeBER(rng, c.data)
	if rng.IntN(5) == 0 {
		c.password = nil
	}
	return c
}

func randomBag(rng *rand.Rand, pool [][]byte) []byte {
	pick := func(s ...string) string { return s[rng.IntN(len(s))] }
	var at [][]byte
	if rng.IntN(4) != 0 {
		at = append(at, friendly(pick("x", "X", "y", "Z", "1", "2", "é", "É", "İ", "ΑΣ")))
	}
	if rng.IntN(4) != 0 {
		at = append(at, localKey(pick("1", "2", "01", "Time 1700000000000", "Time x", "00")))
	}
	if rng.IntN(8) == 0 {
		at = append(at, attribute("\x2a\x03", number(5)))
	}
	switch rng.IntN(10) {
	case 0, 1, 2, 3:
		return keyBagOf(at...)
	case 4, 5, 6, 7:
		if rng.IntN(4) == 0 {
			at = append(at, trustedUsage())
		}
		return certBagOf(pool[rng.IntN(len(pool))], at...)
	case 8:
		const plainKeyBag = "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x01"
		return bagOf(plainKeyBag, seq(), at...)
	}
	return secretBagOf(at...)
}

// maybeBER rewrites DER as BER now and then: all lengths that can be
// indefinite are, and some strings are in pieces. Only all or none: where the
// two kinds of length are mixed, Java loses its place.
func maybeBER(rng *rand.Rand, der []byte) []byte {
	if rng.IntN(4) != 0 {
		return der
	}
	return toBER(rng, der)
}

func toBER(rng *rand.Rand, der []byte) []byte {
	r := readerOf(der)
	e := r.next()
	if r.failed() {
		return der
	}
	if e.tag&constructed == 0 {
		if e.tag != tagOctets || len(e.content) < 2 || rng.IntN(3) != 0 {
			return tlv(e.tag, e.content)
		}
		cut := 1 + rng.IntN(len(e.content)-1)
		return indefinite(tagOctets|constructed, octets(e.content[:cut]), octets(e.content[cut:]))
	}
	var parts [][]byte
	for in := r.within(e); in.more(); {
		p := in.next()
		if in.failed() {
			return der
		}
		parts = append(parts, toBER(rng, tlv(p.tag, p.content)))
	}
	return indefinite(e.tag, parts...)
}

func fuzzRand() *rand.Rand { return rand.New(rand.NewPCG(1, 1)) }
