package strictjson_test

import (
	"testing"

	"github.com/deploycluster/deploycluster/internal/strictjson"
)

// TestDialect: "$schema" is passed over wherever it is among the members, and
// errors about the rest are where they would be without it.
func TestDialect(t *testing.T) {
	type doc struct {
		A int            `json:"a"`
		M map[string]int `json:"m"`
	}
	for text, ok := range map[string]bool{
		`{"$schema": "x"}`:                    true,
		`{"$schema": "x", "a": 1}`:            true,
		`{"a": 1, "$schema": "x"}`:            true,
		"{\n\"$schema\"\n:\n\"x\"\n,\"a\":1}": true,
		`{"a": 1, "$schema": "x", "m": {}}`:   true,
		`{"m": {"$schema": 1}, "a": 1}`:       true, // a key of a map like any other
		`{"$schema": 1}`:                      false,
		`{"$schema": "x", "$schema": "y"}`:    false,
		`{"$schema": "x", "b": 1}`:            false,
		`{"$schema": "x"`:                     false,
	} {
		var d doc
		err := strictjson.Read([]byte(text), &d)
		if (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
		if ok && len(text) > 20 && d.A != 1 {
			t.Errorf("%s: %+v", text, d)
		}
	}
	var d doc
	if err := strictjson.Read([]byte(`{"$schema": "x", "a": "y"}`), &d); err == nil || err.Path != "a" || err.Offset != 22 {
		t.Errorf("%+v", err)
	}
}
