package cluster

import "fmt"

// enum text, shared by every enumeration of this package: index 0 is the
// zero value, which is unset.
type enumNames []string

func (n enumNames) text(v int) string {
	if v > 0 && v < len(n) {
		return n[v]
	}
	if v == 0 {
		return "unset"
	}
	return fmt.Sprintf("invalid(%d)", v)
}

func (n enumNames) marshal(what string, v int) ([]byte, error) {
	if v <= 0 || v >= len(n) {
		return nil, fmt.Errorf("cluster: %s %s cannot be written", what, n.text(v))
	}
	return []byte(n[v]), nil
}

func (n enumNames) unmarshal(what string, b []byte) (int, error) {
	for i := 1; i < len(n); i++ {
		if n[i] == string(b) {
			return i, nil
		}
	}
	return 0, fmt.Errorf("cluster: %q is no %s; known are %q", b, what, []string(n[1:]))
}

func roleNames() enumNames     { return enumNames{"", "member", "standby", "front-end"} }
func tlsEndNames() enumNames   { return enumNames{"", "servers", "balancer"} }
func severityNames() enumNames { return enumNames{"", "info", "warning", "error"} }

func (r Role) String() string               { return roleNames().text(int(r)) }
func (r Role) MarshalText() ([]byte, error) { return roleNames().marshal("role", int(r)) }
func (r *Role) UnmarshalText(b []byte) error {
	v, err := roleNames().unmarshal("role", b)
	*r = Role(v)
	return err
}

func (t TLSEnd) String() string               { return tlsEndNames().text(int(t)) }
func (t TLSEnd) MarshalText() ([]byte, error) { return tlsEndNames().marshal("TLS end", int(t)) }
func (t *TLSEnd) UnmarshalText(b []byte) error {
	v, err := tlsEndNames().unmarshal("TLS end", b)
	*t = TLSEnd(v)
	return err
}

func (s Severity) String() string               { return severityNames().text(int(s)) }
func (s Severity) MarshalText() ([]byte, error) { return severityNames().marshal("severity", int(s)) }
func (s *Severity) UnmarshalText(b []byte) error {
	v, err := severityNames().unmarshal("severity", b)
	*s = Severity(v)
	return err
}
