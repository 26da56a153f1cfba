package check

import "log/slog"

// LogValue is the finding in a structured log: rule, severity, member, place,
// message, fix and fingerprint. It has what the text report has, and no secret.
func (f Finding) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("rule", f.Rule), slog.String("severity", f.Severity.String())}
	for _, t := range []struct{ key, value string }{
		{"node", f.Node},
		{"path", f.Path},
		{"subject", f.Subject},
	} {
		if t.value != "" {
			attrs = append(attrs, slog.String(t.key, t.value))
		}
	}
	if f.Pos.Line > 0 {
		attrs = append(attrs, slog.Int("line", f.Pos.Line))
	}
	attrs = append(attrs, slog.String("message", f.Message))
	for _, t := range []struct{ key, value string }{{"fix", f.Fix}, {"fingerprint", f.Fingerprint}} {
		if t.value != "" {
			attrs = append(attrs, slog.String(t.key, t.value))
		}
	}
	return slog.GroupValue(attrs...)
}
