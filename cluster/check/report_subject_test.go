package check_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/internal/words"
)

// subject begins a sentence: a path, a setting, a member or a thing that it names.
var subject = regexp.MustCompile(`^(the |both |there (is|are) |entries |originals |these |keys of |alias |Java reads |TLS ends |External (User|Agent) URL |[A-Za-z]+[.][A-Za-z0-9_.]+ |conf/server |keyAlias |keyPass |keystorePass |"|/|\\\\|[A-Za-z]:[\\/]|[0-9]+ servers run$)`)

// sentences holds the messages of one cluster's report against subject, and the
// renderings against the messages, which they show as they are. TestVerdicts calls
// it for every cluster of the tests.
func sentences(t *testing.T, r *check.Report) {
	t.Helper()
	var text, doc strings.Builder
	if err := r.WriteText(&text, check.TextOptions{Width: -1}); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteJSON(&doc); err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		if !subject.MatchString(f.Message) {
			t.Errorf("%s: no subject: %s", f.Rule, f.Message)
		}
		if line := strings.Join(strings.Fields(words.Plain(f.Message)), " "); !strings.Contains(text.String(), line+"\n") {
			t.Errorf("%s: not in the text: %s", f.Rule, line)
		}
		if quoted, _ := json.Marshal(f.Message); !strings.Contains(doc.String(), string(words.JSON(quoted))) {
			t.Errorf("%s: not in the document: %s", f.Rule, quoted)
		}
	}
}

func TestSubjectIsAsked(t *testing.T) {
	for _, verb := range []string{"exists: a first installation", "is not a keystore", "holds no jar", "serves another certificate", "uses another database"} {
		if subject.MatchString(verb) {
			t.Errorf("a subject is seen in %q", verb)
		}
	}
}
