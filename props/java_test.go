package props

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/deploycluster/deploycluster/internal/long"
)

// vector is one answer of Java 17.
type vector struct {
	Case          string
	Class         string
	Input         []byte
	OK            bool
	Puts          [][2]string
	Error         string
	LoneSurrogate bool
}

func vectors(t testing.TB) []vector {
	t.Helper()
	file, err := os.Open("testdata/java/java17.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all []vector
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v vector
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.DisallowUnknownFields()
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// pairsOf lists what a file holds.
func pairsOf(f *File) []pair {
	var pairs []pair
	for e := range f.Entries() {
		pairs = append(pairs, pair{e.Key, e.Value})
	}
	return pairs
}

// checkAgainst compares Parse with Java's answer for one input. Java's strings
// were written as JSON escapes; decoding those makes an unpaired surrogate
// U+FFFD, which is what this package promises for it.
func checkAgainst(t *testing.T, name string, input []byte, ok bool, puts [][2]string) {
	t.Helper()
	f, err := Parse(name, input)
	if !ok {
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%s: Java refuses %q, Parse returns %v", name, input, err)
		} else if syntax.Offset >= len(input) || input[syntax.Offset] != '\\' || input[syntax.Offset+1] != 'u' {
			t.Errorf("%s: offset %d of %q is no escape", name, syntax.Offset, input)
		}
		return
	}
	if err != nil {
		t.Errorf("%s: Java accepts %q, Parse returns %v", name, input, err)
		return
	}
	var want []pair
	last := map[string]string{}
	for _, put := range puts {
		want = append(want, pair{put[0], put[1]})
		last[put[0]] = put[1]
	}
	if diff := cmp.Diff(want, pairsOf(f), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s: input %q: -java +got\n%s", name, input, diff)
	}
	for k, v := range last {
		if got, ok := f.Get(k); !ok || got != v {
			t.Errorf("%s: input %q: Get(%q) = %q, %v; Java has %q", name, input, k, got, ok, v)
		}
	}
	if !bytes.Equal(f.Bytes(), input) {
		t.Errorf("%s: input %q: Bytes returns %q", name, input, f.Bytes())
	}
}

// classes is how many vectors there are of each class: a test that quietly
// reads fewer fails.
var classes = map[string]int{
	"backslash-at-eof": 18, "backslash-count": 28, "blank-ws-line": 9, "bom-utf16": 2, "bom-utf8": 6,
	"comment": 12, "comment-at-eof": 5, "comment-backslash-eol": 9, "comment-char-in-kv": 13,
	"continuation-blank-next": 8, "continuation-key": 14, "continuation-mixed-eol": 4,
	"continuation-separator": 15, "continuation-value": 21, "double-backslash-u": 4, "duplicate-key": 5,
	"empty-file": 9, "empty-key": 8, "empty-value": 7, "eol": 14, "escape-in-key": 49, "escape-in-value": 50,
	"expansion": 8, "fuzz-atoms": 58, "fuzz-bytes": 39, "fuzz-lines": 60, "gen-tri": 45, "gen-tri-kv": 30,
	"high-bytes": 27, "key-leading-ws": 11, "key-trailing-ws": 21, "lone-surrogate": 11, "long-line": 7,
	"nul-control": 6, "realistic": 13, "separator": 58, "surrogate-pair": 8, "trailing-ws-value": 18,
	"unicode-escape": 55, "unicode-malformed": 50, "unicode-upper-U": 4, "utf8-invalid": 9, "utf8-valid": 7,
}

// TestAgreesWithJava reads every recorded answer of Java 17, and then, where
// java is installed, asks it about inputs nobody has seen before.
func TestAgreesWithJava(t *testing.T) {
	t.Run("recorded", func(t *testing.T) {
		count := map[string]int{}
		refused, lone := 0, 0
		for _, v := range vectors(t) {
			count[v.Class]++
			if !v.OK {
				refused++
			}
			if v.LoneSurrogate {
				lone++
				replaced := false
				for _, put := range v.Puts {
					replaced = replaced || strings.Contains(put[0]+put[1], "\ufffd")
				}
				if !replaced {
					t.Errorf("case %s: no U+FFFD stands for the lone surrogate", v.Case)
				}
			}
			checkAgainst(t, v.Class+" "+v.Case, v.Input, v.OK, v.Puts)
		}
		if diff := cmp.Diff(classes, count); diff != "" {
			t.Errorf("vectors per class: -want +got\n%s", diff)
		}
		total := 0
		for n := range maps.Values(count) {
			total += n
		}
		if total != 855 || refused != 45 || lone != 11 {
			t.Errorf("%d vectors, %d refused, %d with lone surrogates; want 855, 45, 11", total, refused, lone)
		}
		t.Logf("%d vectors in %d classes agree with Java 17: %d refused, %d with lone surrogates", total, len(count), refused, lone)
	})
	t.Run("live", func(t *testing.T) {
		java := lookJava(t)
		inputs := generated(rand.New(rand.NewPCG(1, 2)), 8000)
		stream := filepath.Join(t.TempDir(), "stream")
		var records []byte
		for _, in := range inputs {
			records = binary.BigEndian.AppendUint32(records, uint32(len(in)))
			records = append(records, in...)
		}
		if err := os.WriteFile(stream, records, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(java, "testdata/java/JavaProps.java", "-stream", stream).Output()
		if err != nil {
			t.Fatalf("%v: %s", err, stderr(err))
		}
		lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
		if len(lines) != 2*len(inputs) { // one answer as ISO-8859-1, one as UTF-8
			t.Fatalf("java answered %d lines for %d inputs", len(lines), len(inputs))
		}
		refused := 0
		for i, in := range inputs {
			var answer struct {
				OK   bool
				Puts [][2]string
			}
			if err := json.Unmarshal([]byte(lines[2*i]), &answer); err != nil {
				t.Fatal(err)
			}
			if !answer.OK {
				refused++
			}
			checkAgainst(t, fmt.Sprintf("generated %d", i), in, answer.OK, answer.Puts)
			if t.Failed() {
				break
			}
		}
		t.Logf("%d generated inputs agree with the installed java, which refuses %d of them", len(inputs), refused)
	})
	t.Run("live escapes", func(t *testing.T) {
		java := lookJava(t)
		rng := rand.New(rand.NewPCG(3, 4))
		values := []string{"", " ", "  lead", "trail  ", "a b", "#x!", "a=b:c", `C:\x`, "\t\n\r\f\v\x00\x7f", "é\u0080€\uffff😀", "=", ":", "\ufeff"}
		for range 2000 {
			var text []rune
			for range rng.IntN(12) {
				text = append(text, []rune(" \t\n\r\f=:#!\\ab\x00\x1f~\x7f\u0080é€\ufffd😀u0")[rng.IntN(23)])
			}
			values = append(values, string(text))
		}
		var in strings.Builder
		for _, v := range values {
			in.WriteString(base64.StdEncoding.EncodeToString([]byte(v)) + "\n")
		}
		cmd := exec.Command(java, "testdata/java/StoreProps.java")
		cmd.Stdin = strings.NewReader(in.String())
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %s", err, stderr(err))
		}
		lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
		if len(lines) != len(values) {
			t.Fatalf("java stored %d lines for %d values", len(lines), len(values))
		}
		for i, v := range values {
			if got := escapeKey(v) + "=" + escapeValue(v); got != lines[i] {
				t.Errorf("%q: Java stores %q, we write %q", v, lines[i], got)
			}
		}
		t.Logf("%d keys and values are escaped as Properties.store escapes them", len(values))
	})
}

func lookJava(t *testing.T) string {
	t.Helper()
	java, err := exec.LookPath("java")
	if err != nil {
		t.Skip("java is not installed: the live comparison is left out")
	}
	if !long.Tests() {
		t.Skip("the live comparison with java runs only with -long")
	}
	return java
}

func stderr(err error) []byte {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.Stderr
	}
	return nil
}

// generated makes n inputs out of what matters to the grammar.
func generated(rng *rand.Rand, n int) [][]byte {
	atoms := []string{
		"a", "b", "key", "=", ":", " ", "\t", "\f", "\n", "\r", "\r\n", "\\", "\\\n", "\\\r\n", "\\\r", "\\\\",
		"#", "!", "# c", "\\u0041", "\\ud83d", "\\ude00", "\\u00", "\\u", "\\U0041", "\\t", "\\n", "\\ ", "\\=",
		"\\:", "\\#", "\xe9", "\x00", "\v", "\x85", "value", "  ", "\n\n", "\ufeff", "${a}",
	}
	inputs := make([][]byte, n)
	for i := range inputs {
		var in []byte
		for range rng.IntN(14) {
			in = append(in, atoms[rng.IntN(len(atoms))]...)
		}
		inputs[i] = in
	}
	return inputs
}
