package check

import "github.com/deploycluster/deploycluster/internal/enum"

func severityNames() enum.Names { return enum.Names{"", "info", "warning", "error"} }

// String returns "info", "warning" or "error", and "unset" for the zero value.
func (s Severity) String() string { return severityNames().Text(int(s)) }

// MarshalText refuses the unset value.
func (s Severity) MarshalText() ([]byte, error) { return severityNames().Marshal("severity", int(s)) }

// UnmarshalText reads the text that MarshalText writes.
func (s *Severity) UnmarshalText(b []byte) error {
	v, err := severityNames().Unmarshal("severity", b)
	*s = Severity(v)
	return err
}
