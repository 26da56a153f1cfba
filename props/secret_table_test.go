package props

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// table reads a file of testdata/secrets: the rows, each as its columns.
func table(t testing.TB, name string) [][]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata/secrets", name))
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && line[0] != '#' {
			rows = append(rows, strings.Split(line, "\t"))
		}
	}
	return rows
}

// TestSecretTables judges keys and values whose right answers are listed.
func TestSecretTables(t *testing.T) {
	keys, values, shown := table(t, "keys.tsv"), table(t, "values.tsv"), table(t, "shown.tsv")
	for _, row := range keys {
		key, want := row[0], row[1] == "hidden"
		for _, value := range []string{"true", "/x/y", "8080", "PLANTED"} {
			if got := Sensitive(key, value); got != want {
				t.Errorf("Sensitive(%q, %q) = %v", key, value, got)
			}
			if got := Redact(key, value); (got == Hidden) != want || !want && got != value {
				t.Errorf("Redact(%q, %q) = %q", key, value, got)
			}
		}
	}
	for _, row := range values {
		value := row[1]
		got := Redact("k", value)
		if strings.Contains(got, "PLANTED") || !strings.Contains(got, Hidden) || !Sensitive("k", value) {
			t.Errorf("%s: Redact of %s shows %s", row[0], value, got)
		}
		if again := Redact("k", got); again != got {
			t.Errorf("%s: redacted again, %s becomes %s", row[0], got, again)
		}
	}
	for _, row := range shown {
		if got := Redact("k", row[0]); got != row[0] || Sensitive("k", row[0]) {
			t.Errorf("a false alarm: %s is shown as %s", row[0], got)
		}
	}
	if n := len(keys) + len(values) + len(shown); n < 300 {
		t.Errorf("%d answers, fewer than 300", n)
	}
	t.Logf("%d keys, %d values with a secret, %d without", len(keys), len(values), len(shown))
}

func TestWords(t *testing.T) {
	w := Words{"kennzahl", "smtp.code"}
	for key, want := range map[string]bool{
		"kennzahl": true, "db.kennzahl": true, "dbKennzahl": true, "DB_KENNZAHL_2": true, "smtp.code": true, "smtpCode": true,
		"SMTP_CODE": true, "smtpcode": true, "x.smtp.code.old": true, "code": false, "smtp.port": false, "code.smtp": false,
		"kennzahlen": false, "db.password": true, "tomcat.key.alias": false,
	} {
		if got := w.Sensitive(key, "x"); got != want {
			t.Errorf("Sensitive(%q) = %v", key, got)
		}
		if got := w.Redact(key, "x"); (got == Hidden) != want {
			t.Errorf("Redact(%q) = %q", key, got)
		}
	}
	if got := w.Redact("u", "https://h/?kennzahl=PLANTED&x=1"); got != "https://h/?kennzahl=(hidden)&x=1" {
		t.Error(got)
	}
	a, b := mustParse(t, "kennzahl=old\n#smtpCode: old\n"), mustParse(t, "kennzahl=new\n#smtpCode: new\n")
	if got := w.Diff(a, b); len(got) != 1 || got[0].Old != Hidden || got[0].New != Hidden || !got[0].Redacted {
		t.Errorf("%+v", got)
	}
	want := "--- f\n+++ f\n@@ -1,2 +1,2 @@\n-kennzahl=(hidden)\n-#smtpCode: (hidden)\n+kennzahl=(hidden)\n+#smtpCode: (hidden)\n"
	if got := w.UnifiedDiff(a, b); got != want {
		t.Errorf("%s", got)
	}
}
