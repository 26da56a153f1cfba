package props

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	_ fmt.Formatter  = Entry{}
	_ slog.LogValuer = Entry{}
	_ fmt.Formatter  = (*File)(nil)
	_ slog.LogValuer = (*File)(nil)
	_ fmt.Formatter  = Change{}
	_ slog.LogValuer = Change{}
)

// TestComparisonsShowNoSecret: go-cmp digs into whatever renders alike.
func TestComparisonsShowNoSecret(t *testing.T) {
	file := func(secret string) *File {
		return mustParse(t, "a=1\npassword="+secret+"\nu=https://u:"+secret+"@h/\n")
	}
	entry := func(f *File) Entry { e, _ := f.Lookup("password"); return e }
	one, two := file("PLANTEDx"), file("PLANTEDy") // of one length: they render alike
	moved := entry(one)
	moved.Pos.Line++
	type holder struct {
		F *File
		E Entry
		L []Entry
		M map[string]any
	}
	hold := func(f *File) holder {
		return holder{f, entry(f), entriesOf(f), map[string]any{"f": f, "e": entry(f)}}
	}
	for name, pair := range map[string][2]any{
		"files":           {one, two},
		"entries":         {entry(one), entry(two)},
		"entry pointers":  {ptr(entry(one)), ptr(entry(two))},
		"a moved entry":   {entry(one), moved},
		"lists":           {entriesOf(one), entriesOf(two)},
		"a shorter list":  {entriesOf(one), entriesOf(one)[:1]},
		"lists of files":  {[]*File{one}, []*File{two, one}},
		"maps":            {map[string]Entry{"e": entry(one)}, map[string]Entry{"e": entry(two)}},
		"holders":         {hold(one), hold(two)},
		"other types":     {entry(one), one},
		"nil and a file":  {(*File)(nil), one},
		"sets of changes": {Diff(one, two), Diff(two, nil)},
	} {
		diff := cmp.Diff(pair[0], pair[1])
		if diff == "" {
			t.Errorf("%s: no difference is seen", name)
		}
		if strings.Contains(diff, "PLANTED") {
			t.Errorf("%s: %s", name, diff)
		}
		if diff := cmp.Diff(pair[0], pair[0]); diff != "" {
			t.Errorf("%s differ from themselves: %s", name, diff)
		}
	}
	if diff := cmp.Diff(hold(one), hold(file("PLANTEDx"))); diff != "" {
		t.Error(diff)
	}
}

// TestEncodingsShowNoSecret: what cannot be encoded without its secret is an
// error or a redacted text.
func TestEncodingsShowNoSecret(t *testing.T) {
	f := mustParse(t, "a=1\npassword=PLANTED\n")
	e, _ := f.Lookup("password")
	type holder struct {
		File  *File
		Entry Entry
		List  []Entry
	}
	for name, v := range map[string]any{"file": f, "entry": e, "pointer": &e, "list": entriesOf(f), "holder": holder{f, e, entriesOf(f)}} {
		var out bytes.Buffer
		gobErr := gob.NewEncoder(&out).Encode(v)
		if gobErr == nil {
			t.Errorf("%s: gob encodes it", name)
		}
		if err := xml.NewEncoder(&out).Encode(v); err != nil {
			t.Errorf("%s: XML: %v", name, err)
		}
		if err := json.NewEncoder(&out).Encode(v); err != nil {
			t.Errorf("%s: JSON: %v", name, err)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		fmt.Fprintln(&out, gobErr)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "v", v)
		slog.New(slog.NewTextHandler(&out, nil)).Info("m", "v", v)
		if text := out.String(); strings.Contains(text, "PLANTED") || strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", "PLANTED")) {
			t.Errorf("%s shows its secret:\n%s", name, text)
		}
	}
	if text, err := xml.Marshal(e); err != nil || string(text) != "<Entry>password=(hidden)</Entry>" {
		t.Errorf("%s, %v", text, err)
	}
}

// TestMarksTellValuesApart and say nothing else: the rest of the rendering is
// that of every print.
func TestMarksTellValuesApart(t *testing.T) {
	one, again, two := Entry{Key: "password", Value: "x"}, Entry{Key: "password", Value: "x"}, Entry{Key: "password", Value: "y"}
	if one.String() != again.String() || one.String() == two.String() {
		t.Errorf("%s and %s", one.String(), two.String())
	}
	rest, mark, _ := strings.Cut(one.String(), " [")
	if rest != fmt.Sprint(one) || len(mark) != len("00000000]") {
		t.Errorf("%s", one.String())
	}
	if shown := (Entry{Key: "a", Value: "x"}); shown.String() != "a=x" {
		t.Error(shown.String())
	}
}

// TestDependencies lists what a program that imports this package takes along.
func TestDependencies(t *testing.T) {
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("the go command is not installed")
	}
	out, err := exec.Command(goTool, "list", "-deps", "-f", "{{if not .Standard}}{{with .Module}}{{.Path}}{{end}}{{end}}", ".").Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr(err))
	}
	modules := strings.Fields(string(out))
	slices.Sort(modules)
	for _, m := range slices.Compact(modules) {
		switch m {
		case "github.com/deploycluster/deploycluster", "github.com/spf13/afero", "github.com/magiconair/properties",
			"github.com/rogpeppe/go-internal", "golang.org/x/text", "golang.org/x/sys":
		default:
			t.Errorf("%s is a dependency", m)
		}
	}
	out, err = exec.Command(goTool, "list", "-deps", ".").Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr(err))
	}
	for p := range strings.FieldsSeq(string(out)) {
		const ours = "github.com/deploycluster/deploycluster/"
		if strings.HasPrefix(p, ours) && p != ours+"props" && !strings.HasPrefix(p, ours+"internal/") {
			t.Errorf("%s is imported", p)
		}
		if strings.HasPrefix(p, "github.com/rogpeppe/go-internal/") && p != "github.com/rogpeppe/go-internal/diff" {
			t.Errorf("%s is imported", p)
		}
	}
}

func ptr[T any](v T) *T { return &v }
