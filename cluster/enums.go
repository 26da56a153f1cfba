package cluster

import "github.com/deploycluster/deploycluster/internal/enum"

func roles() []Role { return []Role{RoleMember, RoleStandby, RoleFrontEnd} }
func gapKinds() []GapKind {
	return []GapKind{GapMissing, GapNotFolder, GapNotRegular, GapDenied, GapMalformed, GapTooLarge, GapNotLocated, GapNoVersion, GapUnreadable}
}

func tlsEnds() []TLSEnd { return []TLSEnd{TLSAtServers, TLSAtBalancer} }

func replicationModes() []ReplicationMode {
	return []ReplicationMode{ReplicationNone, ReplicationSynchronous, ReplicationAsynchronous}
}

// String returns "member", "standby" or "front-end", and "unset" for the zero
// value.
func (r Role) String() string { return enum.Text(r) }

// MarshalText refuses the unset value.
func (r Role) MarshalText() ([]byte, error) { return enum.Marshal("role", r, roles()...) }

// UnmarshalText reads the text that MarshalText writes.
func (r *Role) UnmarshalText(b []byte) error {
	return enum.Unmarshal("role", r, b, roles()...)
}

// String returns the kind in words, and "unset" for the zero value.
func (k GapKind) String() string { return enum.Text(k) }

// MarshalText refuses the unset value.
func (k GapKind) MarshalText() ([]byte, error) { return enum.Marshal("kind of gap", k, gapKinds()...) }

// UnmarshalText reads the text that MarshalText writes.
func (k *GapKind) UnmarshalText(b []byte) error {
	return enum.Unmarshal("kind of gap", k, b, gapKinds()...)
}

// String returns "servers" or "balancer", and "unset" for the zero value.
func (t TLSEnd) String() string { return enum.Text(t) }

// MarshalText refuses the unset value.
func (t TLSEnd) MarshalText() ([]byte, error) { return enum.Marshal("end of TLS", t, tlsEnds()...) }

// UnmarshalText reads the text that MarshalText writes.
func (t *TLSEnd) UnmarshalText(b []byte) error {
	return enum.Unmarshal("end of TLS", t, b, tlsEnds()...)
}

// String returns "none", "synchronous" or "asynchronous", and "unset" for the
// zero value.
func (r ReplicationMode) String() string { return enum.Text(r) }

// MarshalText refuses the unset value.
func (r ReplicationMode) MarshalText() ([]byte, error) {
	return enum.Marshal("mode of replication", r, replicationModes()...)
}

// UnmarshalText reads the text that MarshalText writes.
func (r *ReplicationMode) UnmarshalText(b []byte) error {
	return enum.Unmarshal("mode of replication", r, b, replicationModes()...)
}
