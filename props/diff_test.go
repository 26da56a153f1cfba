package props

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestDiff(t *testing.T) {
	a := mustParse(t, "a=1\nb=2\ndup=1\nsame=\\u0041\nx.password=old\nurl=jdbc:mysql://u:p1@h/d\ndup=2\nboth.password=1\n")
	b := mustParse(t, "# c\nsame=A\nnew.token=t\nb=3\ndup=2\nx.password=new\nurl=jdbc:mysql://u:p2@h/d\nadded=\nboth.password=1\ndup = 3\n")
	var got []string
	for _, c := range Diff(a, b) {
		got = append(got, fmt.Sprintf("%+v %v", c, c.Redacted))
	}
	want := []string{
		`f:1:1: removed a: was "1" false`,
		`f:4:1: changed b: "2" -> "3" false`,
		`f:10:1: changed dup: "2" -> "3" false`,
		`f:6:1: changed x.password: another value, shown as "(hidden)" true`,
		`f:7:1: changed url: another value, shown as "jdbc:mysql://(hidden)@h/d" true`,
		`f:3:1: added new.token: "(hidden)" true`,
		`f:8:1: added added: "" false`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got := Diff(a, a.Clone()); got != nil {
		t.Errorf("a file differs from its clone: %v", got)
	}
	if got := Diff(nil, new(File)); got != nil {
		t.Errorf("nothing differs from nothing: %v", got)
	}
	if got := Diff(nil, a); len(got) != 7 {
		t.Errorf("%d changes from nothing, want one a key: %v", len(got), got)
	}

	data, err := json.Marshal(Diff(a, b)[1])
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(data), `{"key":"b","kind":"changed","old":"2","new":"3","oldPos":{"name":"f","line":2,"column":1,"offset":4},"newPos":{"name":"f","line":4,"column":1,"offset":23}}`; got != want {
		t.Errorf("JSON is\n%s, want\n%s", got, want)
	}
	var back Change
	if err := json.Unmarshal(data, &back); err != nil || back != Diff(a, b)[1] {
		t.Errorf("read back as %+v, %v", back, err)
	}
	if _, err := json.Marshal(Change{}); err == nil {
		t.Error("an unset kind is written")
	}
}

func TestUnifiedDiff(t *testing.T) {
	long := strings.Repeat("#\n", 10)
	for _, c := range []struct{ name, a, b, want string }{
		{"equal", "a=1\n", "a=1\n", ""},
		{"one line", "a=1\nb=2\nc=3\n", "a=1\nb=9\nc=3\n", "@@ -1,3 +1,3 @@\n a=1\n-b=2\n+b=9\n c=3\n"},
		{"from nothing", "", "a=1\n", "@@ -0,0 +1,1 @@\n+a=1\n"},
		{"to nothing", "a=1\n", "", "@@ -1,1 +0,0 @@\n-a=1\n"},
		{"two hunks", "a=1\n" + long + "b=2\n", "a=2\n" + long + "b=2\nc=3\n",
			"@@ -1,4 +1,4 @@\n-a=1\n+a=2\n #\n #\n #\n@@ -10,3 +10,4 @@\n #\n #\n b=2\n+c=3\n"},
		{"one hunk", "a=1\n#1\n#2\nb=2\n", "a=2\n#1\n#2\nb=3\n", "@@ -1,4 +1,4 @@\n-a=1\n+a=2\n #1\n #2\n-b=2\n+b=3\n"},
		{"moved", "a=1\nb=2\nc=3\n", "b=2\nc=3\na=1\n", "@@ -1,3 +1,3 @@\n-a=1\n b=2\n c=3\n+a=1\n"},
		{"secrets", "x.password=old\ny.password=ctx\nz=1\n", "x.password=new\ny.password=ctx\nz=2\n",
			"@@ -1,3 +1,3 @@\n-x.password=(hidden)\n+x.password=(hidden)\n y.password=(hidden)\n-z=1\n+z=2\n"},
		{"continued secret", "x.pass\\\n  word = ol\\\n  d\nz=1\n", "x.pass\\\n  word = ol\\\n  d\nz=2\n",
			"@@ -1,4 +1,4 @@\n x.pass\\\n   word = (hidden)\n (hidden)\n-z=1\n+z=2\n"},
		{"secret behind a continuation", "x.password=\\\n  old\nz=1\n", "x.password=\\\n  old\nz=2\n",
			"@@ -1,3 +1,3 @@\n x.password=\\\n   (hidden)\n-z=1\n+z=2\n"},
		{"URL", "u=jdbc\\:mysql\\://u\\:p@h/d\nz=1\n", "u=jdbc\\:mysql\\://u\\:p@h/d\nz=2\n",
			"@@ -1,2 +1,2 @@\n u=jdbc\\:mysql\\://(hidden)@h/d\n-z=1\n+z=2\n"},
		{"comments", "#x.password=old\n# the password is foo\n#u=http://u:p@h/\n! see http://u:p@h/\n# fine\n#pwd=a\\\n#b\nz=1",
			"#x.password=old\n# the password is foo\n#u=http://u:p@h/\n! see http://u:p@h/\n# fine\n#pwd=a\\\n#b\n#\n#\n#\nz=2",
			"@@ -5,4 +5,7 @@\n # fine\n #pwd=(hidden)\n #(hidden)\n-z=1 (no line end)\n+#\n+#\n+#\n+z=2 (no line end)\n"},
		{"line ends", "#\r\na=1\r\nb=2\n", "#\r\na=1\r\nb=2\r\n", "@@ -1,3 +1,3 @@\n #\n a=1\n-b=2 (LF)\n+b=2\n"},
		{"control characters", "a=\x1b[1m\xe9\n", "", "@@ -1,1 +0,0 @@\n-a=\\u001B[1m\u00e9\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := c.want
			if want != "" {
				want = "--- f\n+++ f\n" + want
			}
			if diff := cmp.Diff(want, UnifiedDiff(mustParse(t, c.a), mustParse(t, c.b))); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestUnifiedDiffShowsOnlyTheIntendedLines edits a file as a plan does.
func TestUnifiedDiffShowsOnlyTheIntendedLines(t *testing.T) {
	a := mustParse(t, "#\r\n#Mon Nov 01 10:00:00 UTC 2026\r\nencryption.keystore=../conf/encryption.keystore\r\nhibernate.connection.password=pbe{abc\\=}\r\nserver.appdata.dir=..\r\nzz=1\r\n")
	b := a.Clone()
	b.Set("server.appdata.dir", "/media/share/appdata")
	b.Set("com.urbancode.ds.UDeployServer.multiserver", "true")
	want := `--- f
+++ f
@@ -2,5 +2,6 @@
 #Mon Nov 01 10:00:00 UTC 2026
 encryption.keystore=../conf/encryption.keystore
 hibernate.connection.password=(hidden)
-server.appdata.dir=..
+server.appdata.dir=/media/share/appdata
 zz=1
+com.urbancode.ds.UDeployServer.multiserver=true
`
	if diff := cmp.Diff(want, UnifiedDiff(a, b)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestUnifiedDiffLosesNoLine rebuilds both texts from a diff.
func TestUnifiedDiffLosesNoLine(t *testing.T) {
	texts := rapid.Custom(func(t *rapid.T) string {
		lines := rapid.SliceOfN(rapid.SampledFrom([]string{"a=1", "b=2", "c=3", "#", "", "d=4", "e=5", "f=6"}), 0, 30).Draw(t, "lines")
		return strings.Join(append(lines, ""), "\n")
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := texts.Draw(t, "a"), texts.Draw(t, "b")
		fa, err := Parse("", []byte(a))
		if err != nil {
			t.Fatal(err)
		}
		fb, err := Parse("", []byte(b))
		if err != nil {
			t.Fatal(err)
		}
		old, out := strings.SplitAfter(a, "\n"), []string{}
		at, bt := 0, 0
		for _, line := range strings.SplitAfter(UnifiedDiff(fa, fb), "\n") {
			switch {
			case line == "" || strings.HasPrefix(line, "---") || strings.HasPrefix(line, "+++"):
			case line[0] == '@':
				var fromA, fromB string
				if _, err := fmt.Sscanf(line, "@@ -%s +%s @@", &fromA, &fromB); err != nil {
					t.Fatal(line, err)
				}
				start, count := 0, 1
				if n, _ := fmt.Sscanf(fromA, "%d,%d", &start, &count); n == 2 && count == 0 {
					start++
				}
				for ; at < start-1; at++ {
					out, bt = append(out, old[at]), bt+1
				}
				startB, countB := 0, 1
				if n, _ := fmt.Sscanf(fromB, "%d,%d", &startB, &countB); n == 2 && countB == 0 {
					startB++
				}
				if startB-1 != bt {
					t.Fatalf("hunk %q begins at line %d of b, not %d", line, startB, bt+1)
				}
			case line[0] == ' ', line[0] == '-':
				if at >= len(old) || old[at] != line[1:] {
					t.Fatalf("line %d of a is not %q", at+1, line)
				}
				at++
				if line[0] == ' ' {
					out, bt = append(out, line[1:]), bt+1
				}
			case line[0] == '+':
				out, bt = append(out, line[1:]), bt+1
			}
		}
		out = append(out, old[at:]...)
		if got := strings.Join(out, ""); got != b {
			t.Fatalf("a becomes %q, want %q", got, b)
		}
	})
}
