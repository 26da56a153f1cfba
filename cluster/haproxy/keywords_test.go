package haproxy

import (
	"strings"
	"testing"
)

// TestKeywordsAreWhole: no keyword is cut in two where its line ends.
func TestKeywordsAreWhole(t *testing.T) {
	for _, list := range []keywords{otherSections, passedOver, bindFlags, bindValues, serverFlags, serverValues} {
		for name := range strings.FieldsSeq(string(list)) {
			if strings.HasSuffix(name, "-") || !list.has(name) {
				t.Errorf("keyword %q", name)
			}
		}
	}
	for _, name := range []string{"email-alert", "force-persist"} {
		if !passedOver.has(name) {
			t.Errorf("%s is not passed over", name)
		}
	}
}
