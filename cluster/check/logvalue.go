package check

import "log/slog"

// LogValue is the finding in a structured log: rule, severity, member, place,
// message, fix and fingerprint. It has what the text report has, and no secret.
func (f Finding) LogValue() slog.Value {
	var attrs []slog.Attr
	add := func(key, value string) {
		if value != "" || key == "rule" || key == "message" {
			attrs = append(attrs, slog.String(key, value))
		}
	}
	add("rule", f.Rule)
	add("severity", f.Severity.String())
	add("node", f.Node)
	add("path", f.Path)
	add("subject", f.Subject)
	if f.Pos.Line > 0 {
		attrs = append(attrs, slog.Int("line", f.Pos.Line))
	}
	add("message", f.Message)
	add("fix", f.Fix)
	add("fingerprint", f.Fingerprint)
	return slog.GroupValue(attrs...)
}
