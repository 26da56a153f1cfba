package plan_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

func TestPlanReadsBack(t *testing.T) {
	for _, scheme := range schemes() {
		p, _ := populate(t, tiny(t, scheme), tinyInstall, plan.Target{AppData: tinyTarget, MountPoint: tinyShare})
		var buf bytes.Buffer
		must(t, p.WriteJSON(&buf))
		q, err := plan.Read(&buf)
		must(t, err)
		if d := cmp.Diff(p, q); d != "" {
			t.Errorf("%s (-written +read):\n%s", scheme, d)
		}
	}
}

func TestSamePlanFromTheSameWorld(t *testing.T) {
	fsys := tiny(t, appdata.InInstall)
	a, _ := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget})
	b, _ := populate(t, fsys.Clone(), tinyInstall, plan.Target{AppData: tinyTarget})
	if d := cmp.Diff(a, b); d != "" {
		t.Error(d)
	}
}

// A plan that was edited is refused, wherever the edit is.
func TestChangedPlanIsRefused(t *testing.T) {
	fsys := tiny(t, appdata.InInstall)
	p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget})
	var buf bytes.Buffer
	must(t, p.WriteJSON(&buf))
	text := buf.String()
	for _, change := range [][2]string{
		{`"path": "/opt/ucd/server/patches"`, `"path": "/opt/ucd/server/lib"`},
		{`"value": "true"`, `"value": "false"`},
		{"patches.retired-", "lib.retired-"},
		{`"action": "rescan"`, `"action": "manual"`},
	} {
		if !strings.Contains(text, change[0]) {
			t.Fatalf("the plan does not hold %s", change[0])
		}
		q, err := plan.Read(strings.NewReader(strings.Replace(text, change[0], change[1], 1)))
		var bad *plan.Error
		if !errors.As(err, &bad) || bad.Reason != plan.ReasonPlan {
			t.Errorf("%s: read as %v, %v", change[1], q != nil, err)
		}
		if q != nil {
			if _, err := q.Apply(context.Background(), w, everything); !errors.As(err, &bad) || bad.Reason != plan.ReasonPlan {
				t.Errorf("%s: Apply: %v", change[1], err)
			}
		}
	}
}

// Taking the refusals out of a refused plan does not make it acceptable.
func TestRefusalsCannotBeTakenOut(t *testing.T) {
	fsys := tiny(t, appdata.Folder)
	replace(tinyProps, "database.type=mysql", "database.type=derby")(t, fsys)
	p, w := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget})
	p.Refusals = nil
	_, err := p.Apply(context.Background(), w, everything)
	var refused *plan.RefusedError
	if !errors.As(err, &refused) || refused.Refusals[0].Rule != "DBS001" {
		t.Error(err)
	}
}

func TestReadSaysWhere(t *testing.T) {
	for _, text := range []string{"", "{", "[]", `{"schema":1,"surprise":2}`, `{"schema":"1"}`, strings.Repeat("[", 1000)} {
		_, err := plan.Read(strings.NewReader(text))
		var at *plan.Error
		if !errors.As(err, &at) || at.Reason != plan.ReasonDocument {
			t.Errorf("%q: %v", text, err)
		}
	}
	_, err := plan.Read(strings.NewReader(`{"steps":[{"id":"a"},{"action":"burn"}]}`))
	if at, ok := err.(*plan.Error); !ok || at.Reason != plan.ReasonDocument || at.Path != "steps[1].action" || at.Offset != 31 || strings.Contains(err.Error(), "burn") {
		t.Errorf("an unknown action: %v", err)
	}
	_, err = plan.Read(strings.NewReader(`{"steps":[{"acton":"copy"}]}`))
	if at, ok := err.(*plan.Error); !ok || at.Reason != plan.ReasonDocument || at.Path != "steps[0].acton" || !strings.Contains(err.Error(), `unknown field "acton"; did you mean "action"?`) {
		t.Errorf("a slip: %v", err)
	}
	if _, err := plan.Read(strings.NewReader(`{"schema":2}`)); err == nil {
		t.Error("schema 2 is read")
	}
}

func FuzzRead(f *testing.F) {
	p, _ := populate(f, tiny(f, appdata.Folder), tinyInstall, plan.Target{AppData: tinyTarget})
	var buf bytes.Buffer
	must(f, p.WriteJSON(&buf))
	f.Add(buf.Bytes())
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := plan.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		var once, twice bytes.Buffer
		must(t, p.WriteJSON(&once))
		q, err := plan.Read(bytes.NewReader(once.Bytes()))
		must(t, err)
		must(t, q.WriteJSON(&twice))
		if !bytes.Equal(once.Bytes(), twice.Bytes()) {
			t.Errorf("a plan does not read back:\n%s\n%s", &once, &twice)
		}
	})
}
