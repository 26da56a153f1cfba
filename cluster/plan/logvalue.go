package plan

import "log/slog"

// LogValue is the step in a structured log: its id, phase, action and title, and
// its member where the plan has several. What is edited is in the plan only.
func (s Step) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("id", s.ID), slog.String("phase", s.Phase.String()),
		slog.String("action", s.Action.String()), slog.String("title", s.Title),
	}
	if s.Node != "" {
		attrs = append(attrs, slog.String("node", s.Node))
	}
	return slog.GroupValue(attrs...)
}

// LogValue is the event in a structured log: its kind, the id and the title of
// its step, the counts that are not zero, the path and the message.
func (e Event) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("kind", e.Kind.String()), slog.String("step", e.Step.ID), slog.String("title", e.Step.Title),
	}
	for _, n := range []struct {
		key   string
		value int64
	}{
		{"files", e.Files},
		{"totalFiles", e.TotalFiles},
		{"bytes", e.Bytes},
		{"totalBytes", e.TotalBytes},
		{"working", e.Working},
	} {
		if n.value != 0 {
			attrs = append(attrs, slog.Int64(n.key, n.value))
		}
	}
	for _, t := range []struct{ key, value string }{{"path", e.Path}, {"message", e.Message}} {
		if t.value != "" {
			attrs = append(attrs, slog.String(t.key, t.value))
		}
	}
	return slog.GroupValue(attrs...)
}

// LogValue is the refusal in a structured log: its rule, path, message and fix.
func (r Refusal) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("rule", r.Rule)}
	for _, t := range []struct{ key, value string }{{"path", r.Path}, {"message", r.Message}, {"fix", r.Fix}} {
		if t.value != "" {
			attrs = append(attrs, slog.String(t.key, t.value))
		}
	}
	return slog.GroupValue(attrs...)
}
