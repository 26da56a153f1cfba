package check_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/props"
)

func TestFindingLogValue(t *testing.T) {
	f := check.Finding{
		Rule: "PRP005", Severity: check.Error, Node: "ucd2", Path: "/x/installed.properties", Pos: props.Position{Line: 7},
		Subject: "key", Message: "key is not set", Fix: "set it", Fingerprint: "abc", Why: "because", Source: "somewhere",
	}
	for want, f := range map[string]check.Finding{
		`f.rule=PRP005 f.severity=error f.node=ucd2 f.path=/x/installed.properties f.subject=key f.line=7 f.message="key is not set" f.fix="set it" f.fingerprint=abc`: f,
		`f.rule=LBR001 f.severity=warning f.message="no affinity"`: {Rule: "LBR001", Severity: check.Warning, Message: "no affinity"},
	} {
		var out strings.Builder
		h := slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}})
		slog.New(h).Info("m", "f", f)
		if diff := cmp.Diff("level=INFO msg=m "+want+"\n", out.String()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}
