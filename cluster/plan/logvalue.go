package plan

import (
	"log/slog"
	"slices"
)

// group is a group in a structured log: its first n attributes, and of the others
// those that are not empty.
func group(n int, attrs ...slog.Attr) slog.Value {
	empty := func(a slog.Attr) bool {
		return a.Value.Equal(slog.StringValue("")) || a.Value.Equal(slog.Int64Value(0))
	}
	return slog.GroupValue(append(attrs[:n:n], slices.DeleteFunc(attrs[n:], empty)...)...)
}

// LogValue is the step in a structured log: its id, phase, action and title, and
// its member where the plan has several. What is edited is in the plan only.
func (s Step) LogValue() slog.Value {
	return group(4,
		slog.String("id", s.ID), slog.String("phase", s.Phase.String()), slog.String("action", s.Action.String()), slog.String("title", s.Title),
		slog.String("node", s.Node))
}

// LogValue is the event in a structured log: its kind, the id and the title of
// its step, the counts that are not zero, the path and the message.
func (e Event) LogValue() slog.Value {
	return group(3,
		slog.String("kind", e.Kind.String()), slog.String("step", e.Step.ID), slog.String("title", e.Step.Title),
		slog.Int64("files", e.Files), slog.Int64("totalFiles", e.TotalFiles), slog.Int64("bytes", e.Bytes), slog.Int64("totalBytes", e.TotalBytes),
		slog.Int64("working", e.Working), slog.String("path", e.Path), slog.String("message", e.Message))
}

// LogValue is the refusal in a structured log: its rule, path, message and fix.
func (r Refusal) LogValue() slog.Value {
	return group(1, slog.String("rule", r.Rule), slog.String("path", r.Path), slog.String("message", r.Message), slog.String("fix", r.Fix))
}
