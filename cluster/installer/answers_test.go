package installer_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/cluster/installer"
	"github.com/deploycluster/deploycluster/props"
)

func read(t *testing.T, text string) *installer.Answers {
	t.Helper()
	a, err := installer.Read("install.properties", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestReadRefusesWithPosition(t *testing.T) {
	var e *installer.FileError
	_, err := installer.Read("install.properties", []byte("nonInteractive=true\ninstall.server.dir=C:\\ucd\\server\n"))
	var syntax *props.SyntaxError
	if !errors.As(err, &e) || !errors.As(err, &syntax) || e.Pos.Line != 2 || e.Pos.Column != 22 {
		t.Errorf("a malformed escape: %v", err)
	}
	_, err = installer.Read("install.properties", make([]byte, 1<<20+1))
	if !errors.As(err, &e) || e.Pos.Name != "install.properties" || !strings.Contains(err.Error(), "1048577 bytes") {
		t.Errorf("a file that is too large: %v", err)
	}
	if _, err = installer.Read("install.properties", make([]byte, 1<<20)); err != nil {
		t.Errorf("a file of 1 MiB: %v", err)
	}
}

func TestGetReadsAsTheInstaller(t *testing.T) {
	a := read(t, "install.ha=N\ninstall.ha=  Y \t\ninstall.server.dir=\nversion\n")
	if v, ok := a.Get("install.ha"); v != "Y" || !ok {
		t.Errorf("install.ha is %q, %v", v, ok)
	}
	for _, key := range []string{"install.server.dir", "version", "vendor.name"} {
		if v, ok := a.Get(key); v != "" || ok {
			t.Errorf("%s is %q, %v", key, v, ok)
		}
	}
}

func TestResolve(t *testing.T) {
	a := read(t, "# mine\nhibernate.connection.password=${secret:db}\ninstall.server.web.host=${HOST}\nserver.initial.password = ${secret:admin}\n")
	secrets := map[string]string{"db": `pass=word#\`, "admin": "MARKER"}
	got, err := a.Resolve(t.Context(), func(_ context.Context, ref string) (string, error) { return secrets[ref], nil })
	if err != nil {
		t.Fatal(err)
	}
	want := "# mine\nhibernate.connection.password=pass\\=word\\#\\\\\ninstall.server.web.host=${HOST}\nserver.initial.password = MARKER\n"
	if got.Reveal() != want {
		t.Errorf("got %q, want %q", got.Reveal(), want)
	}
	noMarker(t, got)
	if v, _ := a.Get("server.initial.password"); v != "${secret:admin}" {
		t.Errorf("the file itself has changed: %s", v)
	}
}

func TestResolveRefuses(t *testing.T) {
	a := read(t, "nonInteractive=true\nhibernate.connection.password=${secret:db}\n")
	gone := errors.New("vault: MARKER is sealed")
	for name, secret := range map[string]func(context.Context, string) (string, error){
		"none":        nil,
		"an error":    func(context.Context, string) (string, error) { return "", gone },
		"empty":       func(context.Context, string) (string, error) { return "", nil },
		"blank":       func(context.Context, string) (string, error) { return "MARKER ", nil },
		"a reference": func(context.Context, string) (string, error) { return "MARKER${x}", nil },
	} {
		_, err := a.Resolve(t.Context(), secret)
		var e *installer.FileError
		if !errors.As(err, &e) || e.Pos.Line != 2 || e.Key != "hibernate.connection.password" || strings.Contains(err.Error(), "MARKER") {
			t.Errorf("%s: %v", name, err)
		}
		if (name == "an error") != errors.Is(err, gone) {
			t.Errorf("%s: cause %v", name, errors.Unwrap(err))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.Resolve(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a done context: %v", err)
	}
}

// TestCheckIsLinear holds the work on hostile files in proportion to their size.
func TestCheckIsLinear(t *testing.T) {
	for name, line := range map[string]func(i int) string{
		"duplicates": func(i int) string { return fmt.Sprintf("install.server.web.host=h%d\n", i) },
		"unknown":    func(i int) string { return fmt.Sprintf("some.key.of.nobody%d=x\n", i) },
		"misspelled": func(i int) string { return fmt.Sprintf("agent%c.comm.uri=x\n", rune('a'+i%26)) },
		"references": func(i int) string { return fmt.Sprintf("key%d=${secret:x}\n", i) },
	} {
		var b strings.Builder
		for i := 0; b.Len() < 1<<18; i++ {
			b.WriteString(line(i))
		}
		a := read(t, b.String())
		found, _ := installer.Check(installer.Options{}, a, a)
		if len(found) > 200 {
			t.Errorf("%s: %d findings", name, len(found))
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("nonInteractive=true\nagentcomm.uri=wss://[::1]:7919\nserver.jms.port=${x}\n", "hibernate.connection.password")
	f.Add("install.ha=Y\nserver.appdata.dir=..-appdata\ninstall.server.dir=C\\:\\\\ucd\nversion=dev\n", "server.initial.password")
	s := clustertest.NewCluster(2, clustertest.Spec{})
	c, err := s.Load()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, key string) {
		a, err := installer.Read("install.properties", []byte(text))
		if err != nil {
			return
		}
		a.File.Set("hibernate.connection.password", "MARKER")
		for _, o := range []installer.Options{{}, {Cluster: c}, {Version: "7.1"}} {
			found, unknown := installer.Check(o, a, a)
			if !strings.Contains(text, "MARKER") {
				noMarker(t, found, unknown)
			}
		}
	})
}
