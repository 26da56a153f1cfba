package compat

import (
	"strings"
	"testing"
)

func TestConditionsAreSound(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range conditions("6.1.0.0.1", "8.2.2.0.1") {
		if c.ID == "" || seen[c.ID] {
			t.Errorf("%q: the id is missing or there twice", c.ID)
		}
		seen[c.ID] = true
		if c.Source == "" || !strings.HasSuffix(c.Requirement, ".") || !strings.HasSuffix(c.Why, ".") {
			t.Errorf("%s: source, requirement or reason is missing or no sentence", c.ID)
		}
	}
}
