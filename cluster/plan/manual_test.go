package plan_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster/plan"
)

// What people turn off or on before the move, they turn back after the first start,
// and a file that names an old place is looked at before it.
func TestManualStepsAreTakenBack(t *testing.T) {
	for _, scheme := range schemes() {
		fsys := tiny(t, scheme)
		must(t, afero.WriteFile(fsys, tinyInstall+"/bin/set_env", []byte("JAVA_OPTS=-Dx="+tinyInstall+"/appdata/patches\n# "+tinyInstall+"/patches\n"), 0o640))
		p, _ := populate(t, fsys, tinyInstall, plan.Target{AppData: tinyTarget})
		accepted(t, p)
		at := func(title string) int {
			return slices.IndexFunc(p.Steps, func(s plan.Step) bool { return strings.HasPrefix(s.Title, title) })
		}
		start := at("Start the server")
		if start < 0 || at("Turn off the automatic start") > start {
			t.Errorf("%v: the start is step %d", scheme, start)
		}
		if back := at("Turn the automatic start of the service on again"); back < start || p.Steps[back].Phase != plan.PhaseSwitch {
			t.Errorf("%v: the automatic start stays off", scheme)
		}
		on, off := at("Turn maintenance mode on"), at("Turn maintenance mode off")
		if known := scheme != appdata.Linked; known != (on >= 0) || known != (off > start) {
			t.Errorf("%v: maintenance mode is turned on by step %d and off by step %d", scheme, on, off)
		}

		var book bytes.Buffer
		must(t, p.WriteMarkdown(&book))
		_, first, _ := strings.Cut(book.String(), "## 5. First start")
		first, _, _ = strings.Cut(first, "## 6.")
		order := []string{"Start the server, log in", "Read the end of the server's log", "Turn the automatic start of the service on again"}
		from := 0
		for _, want := range order {
			i := strings.Index(first[from:], want)
			if i < 0 {
				t.Errorf("%v: %q is missing or comes too early in\n%s", scheme, want, first)
				break
			}
			from += i
		}
		if looked := strings.Contains(book.String(), "Look at line"); looked == (scheme == appdata.Linked) || strings.Contains(first, "Look at line") {
			t.Errorf("%v: the file that names an old place is not looked at before the start", scheme)
		}
	}
}
