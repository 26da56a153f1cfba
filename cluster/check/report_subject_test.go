package check_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster/check"
)

// TestFindingsHaveASubject: the first line of a finding is a sentence, also where
// its message begins with a verb.
func TestFindingsHaveASubject(t *testing.T) {
	verb := regexp.MustCompile(`^(ERROR|WARNING|INFO) \w{6} (?:[\w-]+: )?(exists|is|are|has|holds|does|leads|lacks|belongs|names|opens|differs|runs|says|uses|may|not|in|stands|contains|ends|line)\b`)
	seen := 0
	for _, d := range defects() {
		s := d.site(t)
		d.seed(s)
		r := judge(t, s.load(), check.Options{})
		var b strings.Builder
		if err := r.WriteText(&b, check.TextOptions{Width: -1}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if verb.MatchString(line) {
				t.Errorf("%s: no subject: %s", d.rule, line)
			}
			if strings.HasPrefix(line, "ERROR ") || strings.HasPrefix(line, "WARNING ") {
				seen++
			}
		}
		for _, f := range r.Findings {
			if strings.HasPrefix(f.Message, "exists") && !strings.Contains(b.String(), ": "+f.Path+" exists") {
				t.Errorf("%s: the first line does not show %s", d.rule, f.Path)
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d findings", seen)
	}
}
