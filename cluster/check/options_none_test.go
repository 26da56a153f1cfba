package check_test

import (
	"testing"

	"github.com/deploycluster/deploycluster/cluster/check"
)

// TestOptionsThatChooseNothing: what was not judged is not clean.
func TestOptionsThatChooseNothing(t *testing.T) {
	r := pair(t).check(check.Options{Only: []string{"NET001"}, Except: []string{"NET001"}})
	if len(r.Passed) > 0 || len(r.Unknown) != 1 || r.Unknown[0].Reason == "" {
		t.Errorf("%+v", r)
	}
}
