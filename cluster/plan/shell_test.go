package plan

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/deploycluster/deploycluster/cluster"
)

func TestQuoteFor(t *testing.T) {
	for _, c := range []struct{ in, unix, windows string }{
		{"/opt/ibm-ucd/server", "/opt/ibm-ucd/server", "'/opt/ibm-ucd/server'"},
		{"", "''", "''"},
		{"-rf", "'-rf'", "'-rf'"},
		{"a b", "'a b'", "'a b'"},
		{"it's", `'it'\''s'`, "'it''s'"},
		{"$HOME `id` !x \"q\" *", "'$HOME `id` !x \"q\" *'", "'$HOME `id` !x \"q\" *'"},
		{`C:\Program Files\ucd`, `'C:\Program Files\ucd'`, `'C:\Program Files\ucd'`},
		{"~root", "'~root'", "'~root'"},
		{"größe/数", "'größe/数'", "'größe/数'"},
		{"‘x’", "'‘x’'", "'‘‘x’’'"},
		{"a\nb", `"$(printf 'a\012b')"`, "('a' + [char]0x0a + 'b')"},
		{"a\n\n", `"$(printf 'a')${IFS#??}${IFS#??}"`, "('a' + [char]0x0a + [char]0x0a)"},
		{"\n", `"${IFS#??}"`, "('' + [char]0x0a)"},
		{"-\x1b[31m%s'", `"$(printf '\055\033\13331m\045s\047')"`, "('-' + [char]0x1b + '[31m%s''')"},
		{"a\u202eb", `"$(printf 'a\342\200\256b')"`, "('a' + [char]0x202e + 'b')"},
		{"a\xffb", `"$(printf 'a\377b')"`, "('a' + [char]0xfffd + 'b')"},
		{"\U000e0001", `"$(printf '\363\240\200\201')"`, "('' + [char]::ConvertFromUtf32(0xe0001))"},
		{"a\x00b", "ab", "'ab'"},
	} {
		if got := quotePOSIX(c.in); got != c.unix {
			t.Errorf("%q for sh:\n got %s\nwant %s", c.in, got, c.unix)
		}
		if got := quotePowerShell(c.in); got != c.windows {
			t.Errorf("%q for PowerShell:\n got %s\nwant %s", c.in, got, c.windows)
		}
	}
}

// anyName draws names of every kind: plain, hostile to shells, hostile to
// terminals, not UTF-8. The empty one and those with control characters are
// frequent.
func anyName() *rapid.Generator[string] {
	hostile := []rune("'\"`$\\!*?[]{}()<>|&;#~%^= \t\n\r\x1b\x07\x7f\u0085\u200b\u202e\u2028‘’äü数\U0001f600")
	return rapid.OneOf(
		rapid.String(),
		rapid.StringOfN(rapid.SampledFrom(hostile), 0, 24, -1),
		rapid.StringMatching(`-{0,2}[a-z/\\%.]{0,12}[\n ]{0,3}`),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 24), func(b []byte) string { return string(b) }),
	)
}

// shellProcess is a shell that waits for lines of a script.
type shellProcess struct {
	name string
	in   io.Writer
	out  *bufio.Reader
	// kill ends a shell that a wrong quote left waiting.
	kill func() error
}

// shellsHere starts every POSIX shell that is installed.
func shellsHere(t *testing.T) []shellProcess {
	t.Helper()
	var list []shellProcess
	for _, name := range []string{"sh", "dash", "bash", "ksh", "zsh", "busybox"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		cmd := exec.Command(path)
		if name == "busybox" {
			cmd = exec.Command(path, "sh")
		}
		cmd.Dir = t.TempDir()
		in, err1 := cmd.StdinPipe()
		out, err2 := cmd.StdoutPipe()
		cmd.Stderr = cmd.Stdout
		if err := errors.Join(err1, err2, cmd.Start()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { in.Close(); cmd.Wait() })
		list = append(list, shellProcess{name, in, bufio.NewReader(out), cmd.Process.Kill})
	}
	if len(list) == 0 {
		t.Skip("no POSIX shell is installed")
	}
	return list
}

// TestQuotePOSIXIsOneWord hands quoted names to every shell that is here and
// takes back what the shell made of them.
func TestQuotePOSIXIsOneWord(t *testing.T) {
	shells := shellsHere(t)
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(anyName(), 3, 3).Draw(t, "names")
		words := ""
		for _, name := range list {
			name = strings.ReplaceAll(name, "\x00", "")
			q := quotePOSIX(name)
			if !printable(q) || strings.Contains(q, "\n") {
				t.Fatalf("%q is quoted as %q, which is not printable", name, q)
			}
			words += " " + q
		}
		sh := shells[rapid.IntRange(0, len(shells)-1).Draw(t, "shell")]
		patience := time.AfterFunc(20*time.Second, func() { sh.kill() })
		defer patience.Stop()
		// A name may hold anything, so what comes back is read by its length.
		fmt.Fprintf(sh.in, "printf '<%%s>' %s; printf '<end>\\n'\n", words[1:])
		var expect strings.Builder
		for _, name := range list {
			expect.WriteString("<" + strings.ReplaceAll(name, "\x00", "") + ">")
		}
		expect.WriteString("<end>\n")
		got := make([]byte, expect.Len())
		if n, err := io.ReadFull(sh.out, got); err != nil || string(got) != expect.String() {
			t.Fatalf("%s: %v\n got %q\nwant %q", sh.name, err, got[:n], expect.String())
		}
	})
}

var powerShellPart = regexp.MustCompile(`^(?:'((?:[^'‘’‚‛]|''|‘‘|’’|‚‚|‛‛)*)'|\[char\]0x([0-9a-f]{2,4})|\[char\]::ConvertFromUtf32\(0x([0-9a-f]+)\))( \+ )?`)

// readPowerShell reads an expression of literal strings and characters, as
// PowerShell's language specification describes them.
func readPowerShell(s string) (string, error) {
	if strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")") {
		s = s[1 : len(s)-1]
	}
	var b strings.Builder
	for s != "" {
		m := powerShellPart.FindStringSubmatch(s)
		if m == nil {
			return "", fmt.Errorf("not an expression from %q", s)
		}
		s = s[len(m[0]):]
		if m[4] != "" && s == "" {
			return "", fmt.Errorf("nothing follows the last +")
		}
		if hex := m[2] + m[3]; hex != "" {
			n, err := strconv.ParseInt(hex, 16, 32)
			if err != nil {
				return "", err
			}
			b.WriteRune(rune(n))
			continue
		}
		for _, q := range []string{"'", "‘", "’", "‚", "‛"} {
			m[1] = strings.ReplaceAll(m[1], q+q, q)
		}
		b.WriteString(m[1])
	}
	return b.String(), nil
}

func TestQuotePowerShellIsOneExpression(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := anyName().Draw(t, "name")
		q := quotePowerShell(name)
		if !printable(q) {
			t.Fatalf("%q is quoted as %q, which is not printable", name, q)
		}
		// Windows names are UTF-16: what is no UTF-8 cannot be one.
		want := strings.ToValidUTF8(strings.ReplaceAll(name, "\x00", ""), "\x00")
		got, err := readPowerShell(q)
		if err != nil {
			t.Fatalf("%q as %s: %v", name, q, err)
		}
		if strings.Contains(want, "\x00") {
			return
		}
		if got != want {
			t.Fatalf("%q is quoted as %s, which reads %q", name, q, got)
		}
	})
	if pwsh, err := exec.LookPath("pwsh"); err == nil {
		const name = "it's ‘a’ $x `y\n\x1b%\u202e"
		out, err := exec.Command(pwsh, "-NoProfile", "-Command", "[Console]::Out.Write("+quotePowerShell(name)+")").Output()
		if err != nil || string(out) != name {
			t.Errorf("pwsh reads %q, %v", out, err)
		}
	}
}

// harmless reports whether a text can be printed on a terminal: line feeds
// aside, nothing in it controls or reorders.
func harmless(s string) error {
	for i, r := range s {
		if r == '\n' {
			continue
		}
		if r == utf8.RuneError && runeLen(s[i:]) == 1 || !unicode.IsPrint(r) {
			return fmt.Errorf("byte %d is %q", i, s[i:i+runeLen(s[i:])])
		}
	}
	return nil
}

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"/opt/größe 数": "/opt/größe 数", "a\x1b[2Jb": `a\x1b[2Jb`, "a\nb": `a\x0ab`, "\u202e": `\xe2\x80\xae`,
		"\xff": `\xff`, "�": "�", `C:\x`: `C:\x`, "": "",
	} {
		if got := visible(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := visible(anyName().Draw(t, "name"))
		if err := harmless(s); err != nil || strings.Contains(s, "\n") {
			t.Fatalf("%q: %v", s, err)
		}
	})
}

// TestStoppedCommand runs the command for a server that stands and one that
// left its pid file.
func TestStoppedCommand(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no sh is installed")
	}
	install := t.TempDir() + "/it's $here"
	if err := os.MkdirAll(install+"/var", 0o755); err != nil {
		t.Fatal(err)
	}
	p := &Plan{Node: "n", Topology: cluster.Topology{Nodes: []cluster.Node{{Name: "n", Install: install}}}}
	run := func() string {
		// The shell's own command line names the folder; in a window it does not.
		cmd := exec.Command(sh)
		cmd.Stdin = strings.NewReader(must(p.command("stopped", nil)))
		out, _ := cmd.Output()
		return string(out)
	}
	if out := run(); out != "" {
		t.Errorf("a stopped server prints %q", out)
	}
	if err := os.WriteFile(install+"/var/server.pid", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if out := run(); !strings.Contains(out, "server.pid") {
		t.Errorf("a pid file prints %q", out)
	}
}
