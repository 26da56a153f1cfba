package cluster

import "github.com/deploycluster/deploycluster/internal/enum"

func roleNames() enum.Names { return enum.Names{"", "member", "standby", "front-end"} }
func gapKindNames() enum.Names {
	return enum.Names{"", "missing", "not a folder", "not a regular file", "denied", "malformed", "too large", "not located", "no version", "unreadable"}
}

func tlsEndNames() enum.Names { return enum.Names{"", "servers", "balancer"} }

func replicationNames() enum.Names {
	return enum.Names{"", "none", "synchronous", "asynchronous"}
}

// String returns "member", "standby" or "front-end", and "unset" for the zero
// value.
func (r Role) String() string { return roleNames().Text(int(r)) }

// MarshalText refuses the unset value.
func (r Role) MarshalText() ([]byte, error) { return roleNames().Marshal("role", int(r)) }

// UnmarshalText reads the text that MarshalText writes.
func (r *Role) UnmarshalText(b []byte) error {
	v, err := roleNames().Unmarshal("role", b)
	*r = Role(v)
	return err
}

// String returns the kind in words, and "unset" for the zero value.
func (k GapKind) String() string { return gapKindNames().Text(int(k)) }

// MarshalText refuses the unset value.
func (k GapKind) MarshalText() ([]byte, error) { return gapKindNames().Marshal("kind of gap", int(k)) }

// UnmarshalText reads the text that MarshalText writes.
func (k *GapKind) UnmarshalText(b []byte) error {
	v, err := gapKindNames().Unmarshal("kind of gap", b)
	*k = GapKind(v)
	return err
}

// String returns "servers" or "balancer", and "unset" for the zero value.
func (t TLSEnd) String() string { return tlsEndNames().Text(int(t)) }

// MarshalText refuses the unset value.
func (t TLSEnd) MarshalText() ([]byte, error) { return tlsEndNames().Marshal("end of TLS", int(t)) }

// UnmarshalText reads the text that MarshalText writes.
func (t *TLSEnd) UnmarshalText(b []byte) error {
	v, err := tlsEndNames().Unmarshal("end of TLS", b)
	*t = TLSEnd(v)
	return err
}

// String returns "none", "synchronous" or "asynchronous", and "unset" for the
// zero value.
func (r ReplicationMode) String() string { return replicationNames().Text(int(r)) }

// MarshalText refuses the unset value.
func (r ReplicationMode) MarshalText() ([]byte, error) {
	return replicationNames().Marshal("mode of replication", int(r))
}

// UnmarshalText reads the text that MarshalText writes.
func (r *ReplicationMode) UnmarshalText(b []byte) error {
	v, err := replicationNames().Unmarshal("mode of replication", b)
	*r = ReplicationMode(v)
	return err
}
