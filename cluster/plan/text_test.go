package plan

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/deploycluster/deploycluster/appdata"
)

// golden compares with a file under testdata, or rewrites it when
// UPDATE_GOLDEN is set.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := "testdata/" + name
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// rendered writes twice and wants the same bytes.
func rendered(t testing.TB, write func(io.Writer) error) []byte {
	t.Helper()
	var one, two bytes.Buffer
	if err := errors.Join(write(&one), write(&two)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Error("two writings differ")
	}
	return one.Bytes()
}

// samples are the plans of the golden files.
func samples() map[string]*Plan {
	warned := unixSample(appdata.InInstall).plan()
	warned.Warnings = warnings()
	refused := unixSample(appdata.InInstall).plan()
	refused.Refusals, refused.Warnings = refusals(), warnings()
	return map[string]*Plan{
		"folder-windows": windowsSample().plan(),
		"in-install":     warned,
		"linked":         unixSample(appdata.Linked).plan(),
		"refused":        refused,
		"shared":         sharedPlan(true),
		"nothing":        sharedPlan(false),
	}
}

func TestTextGolden(t *testing.T) {
	for name, p := range samples() {
		t.Run(name, func(t *testing.T) {
			golden(t, "text/"+name+".txt", rendered(t, p.WriteText))
		})
	}
}

// TestTextSaysItAll looks for what a reader must find, whatever the layout.
func TestTextSaysItAll(t *testing.T) {
	p := samples()["in-install"]
	out := string(rendered(t, p.WriteText))
	for _, s := range p.Steps {
		for _, want := range []string{"  " + s.ID + "  ", s.Title, s.Why, "[" + s.Source + "]", s.Undo, s.Expect} {
			if !strings.Contains(out, want) {
				t.Errorf("step %s: the text does not hold %q", s.ID, want)
			}
		}
		for _, c := range s.Commands {
			if !strings.Contains(out, c) {
				t.Errorf("step %s: the text does not hold %q", s.ID, c)
			}
		}
	}
	for _, want := range []string{
		"Plan 0123456789ab", "node1", p.Version, "- server.appdata.dir=..\n", "+ server.appdata.dir=/media/share/appdata\n",
		"[person]", "(inferred)", "Nothing is deleted unless you ask for purge, which deletes what was renamed aside: 2 originals.",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the text does not hold %q", want)
		}
	}
	if strings.Contains(out, "REFUSED – nothing will be changed") {
		t.Error("a plan without refusals is called refused")
	}
}

// Refusals come before everything that could be mistaken for something to do.
func TestTextRefusalsFirst(t *testing.T) {
	out := string(rendered(t, samples()["refused"].WriteText))
	at := strings.Index(out, "REFUSED – nothing will be changed")
	if at < 0 || at > strings.Index(out, "TGT011") || at > strings.Index(out, "s01") {
		t.Errorf("the refusals are not first:\n%s", out)
	}
	for _, r := range refusals() {
		for _, want := range []string{r.Rule, r.Path, r.Message, r.Fix, r.Source} {
			if !strings.Contains(out, want) {
				t.Errorf("the text does not hold %q", want)
			}
		}
	}
	if !strings.HasSuffix(out, "Refused: 2 reasons. Nothing will be changed.\n") {
		t.Errorf("the last line does not say so: %q", out[len(out)-80:])
	}
}

// limited fails after some bytes, as a full disk or a closed pipe does.
type limited struct {
	room int
	err  error
}

func (l *limited) Write(b []byte) (int, error) {
	if len(b) > l.room {
		return l.room, l.err
	}
	l.room -= len(b)
	return len(b), nil
}

func TestWriterErrorsReturn(t *testing.T) {
	broken := errors.New("broken pipe")
	for name, p := range samples() {
		for _, write := range []func(io.Writer) error{p.WriteText, p.WriteMarkdown} {
			for _, room := range []int{0, 1, 200} {
				if err := write(&limited{room, broken}); !errors.Is(err, broken) {
					t.Errorf("%s, room for %d bytes: %v", name, room, err)
				}
				if err := write(&limited{room, nil}); !errors.Is(err, io.ErrShortWrite) {
					t.Errorf("%s, room for %d bytes and no error: %v", name, room, err)
				}
			}
		}
	}
}

// Rendering reads a plan and nothing more.
func TestRenderingLeavesThePlan(t *testing.T) {
	for name, p := range samples() {
		var before, after bytes.Buffer
		if err := p.WriteJSON(&before); err != nil {
			t.Fatal(err)
		}
		rendered(t, p.WriteText)
		rendered(t, func(w io.Writer) error { return p.WriteRunbook(w, fullOptions()) })
		if err := p.WriteJSON(&after); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(before.Bytes(), after.Bytes()) {
			t.Errorf("%s: rendering changed the plan", name)
		}
	}
}

// Secrets are no part of a plan; one that a caller put there is hidden where
// the key or the value tells.
func TestRenderingHidesSecrets(t *testing.T) {
	const secret = "hunter2marker"
	p := unixSample(appdata.InInstall).plan()
	for i := range p.Steps {
		if e := p.Steps[i].Edit; e != nil && len(e.Set) > 0 {
			e.Set = append(e.Set, setting{Key: "server.keystore.password", Value: secret, Old: secret, Line: 4},
				setting{Key: "hibernate.connection.url", Value: "jdbc:mysql://u:" + secret + "@h/d?password=" + secret})
		}
	}
	for _, write := range []func(io.Writer) error{p.WriteText, p.WriteMarkdown} {
		if out := rendered(t, write); bytes.Contains(out, []byte(secret)) {
			t.Errorf("the secret is in\n%s", out)
		}
	}
}

// hostileSample puts one drawn name into every place that a server or a
// caller can name.
func hostileSample(t *rapid.T, scheme appdata.Scheme, windows bool) sample {
	x := unixSample(scheme)
	if windows {
		x = windowsSample()
	}
	// Not out of the folder again: that would be another plan.
	name := "x" + strings.ReplaceAll(anyName().Draw(t, "name"), "..", "")
	sep := "/"
	if windows {
		sep = `\`
	}
	x.install += sep + name
	x.target += sep + name
	x.entry += "/" + name
	x.old += name
	return x
}

func TestTextIsHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scheme := rapid.SampledFrom([]appdata.Scheme{appdata.Folder, appdata.InInstall, appdata.Linked}).Draw(t, "scheme")
		x := hostileSample(t, scheme, false)
		p := x.plan()
		name := anyName().Draw(t, "other")
		p.Node, p.Version, p.ID = name, name, name
		p.Refusals = []Refusal{{Rule: name, Path: name, Message: name, Fix: name, Source: name}}
		p.Steps[0].Commands, p.Steps[0].Expect = []string{name}, name
		var buf bytes.Buffer
		if err := p.WriteText(&buf); err != nil {
			t.Fatal(err)
		}
		if err := harmless(buf.String()); err != nil {
			t.Fatal(err)
		}
		// A name adds no line of its own.
		plain := unixSample(scheme).plan()
		plain.Refusals = []Refusal{{Rule: "x", Path: "x", Message: "x", Fix: "x", Source: "x"}}
		plain.Steps[0].Commands, plain.Steps[0].Expect = []string{"x"}, "x"
		var want bytes.Buffer
		if err := plain.WriteText(&want); err != nil {
			t.Fatal(err)
		}
		got := buf.String()
		if name != "" && strings.Count(got, "\n") != strings.Count(want.String(), "\n") {
			t.Fatalf("%q makes %d lines of %d", name, strings.Count(got, "\n"), strings.Count(want.String(), "\n"))
		}
	})
}
