package tlscert

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/deploycluster/deploycluster/internal/long"
)

// A javaCase is a file to ask Java about. A nil password lists without one.
type javaCase struct {
	data     []byte
	password *string
}

// A javaAnswer is what testdata/java/ListStore.java prints for one.
type javaAnswer struct {
	File    string
	OK      bool
	Type    string
	Error   string
	Entries []struct {
		Alias   string
		Kind    string
		Created *int64
		Chain   []string
	}
}

// needJava skips the test without -long, and where Java is not installed.
func needJava(t *testing.T) {
	t.Helper()
	if !long.Tests() {
		t.Skip("asks a live Java; only with -long")
	}
	if _, err := exec.LookPath("java"); err != nil {
		t.Skip("java is not installed")
	}
}

// askJava runs the installed Java once over all cases.
func askJava(t *testing.T, cases []javaCase) []javaAnswer {
	t.Helper()
	dir := t.TempDir()
	var list bytes.Buffer
	for i, c := range cases {
		file := filepath.Join(dir, strconv.Itoa(i))
		if err := os.WriteFile(file, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		pw := "-"
		if c.password != nil {
			pw = "+" + base64.StdEncoding.EncodeToString([]byte(*c.password))
		}
		fmt.Fprintf(&list, "%s\t%s\n", file, pw)
	}
	cmd := exec.Command("java", "-Xmx512m", "testdata/java/ListStore.java")
	cmd.Stdin = &list
	var out, msg bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &msg
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, msg.String())
	}
	var answers []javaAnswer
	lines := bufio.NewScanner(&out)
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		var a javaAnswer
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			t.Fatalf("%v in %.200s", err, lines.Bytes())
		}
		answers = append(answers, a)
	}
	if len(answers) != len(cases) {
		t.Fatalf("%d answers for %d cases\n%s", len(answers), len(cases), msg.String())
	}
	return answers
}
