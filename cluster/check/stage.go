package check

import (
	"cmp"

	"github.com/deploycluster/deploycluster/internal/enum"
)

// Stage is the point at which a finding is to be dealt with. Stages have an order:
// a later one is safe, or makes sense, only when the earlier ones are done. A
// report lists what to fix first by it. The zero Stage is unset.
type Stage int

const (
	// StageRead is about what keeps a member from being read at all.
	StageRead Stage = iota + 1
	// StageStop is about servers that write, or are about to write, to data that is
	// not the cluster's: they are stopped before anything else is put right.
	StageStop
	// StageStorage is about the application data, what leads to it, and the keys in
	// it. An installer that does not find them makes others.
	StageStorage
	// StageDatabase is about the database that an installer or upgrade writes to.
	StageDatabase
	// StageInstall is about what an installer or an upgrade puts right.
	StageInstall
	// StageSettings is about properties and server.xml.
	StageSettings
	// StageKeys is about the keys and certificates for TLS.
	StageKeys
	// StageNetwork is about addresses, ports and the load balancer.
	StageNetwork
	// StageOperation is about running the cluster.
	StageOperation
	// StageRetire is about what is removed once everything else has proven itself.
	StageRetire
)

func stageNames() enum.Names {
	return enum.Names{"", "read", "stop", "storage", "database", "install", "settings", "keys", "network", "operation", "retire"}
}

// String returns the stage's text, such as "storage", and "unset" for the zero
// value.
func (s Stage) String() string { return stageNames().Text(int(s)) }

// MarshalText refuses the unset value.
func (s Stage) MarshalText() ([]byte, error) { return stageNames().Marshal("stage", int(s)) }

// UnmarshalText reads the text that MarshalText writes.
func (s *Stage) UnmarshalText(b []byte) error {
	v, err := stageNames().Unmarshal("stage", b)
	*s = Stage(v)
	return err
}

// familyStages are the stages of rules that name none, by the first three letters
// of the id. A family that is not listed comes with operation.
func familyStages() map[string]Stage {
	return map[string]Stage{
		"APP": StageStorage, "STO": StageStorage,
		"DBS": StageDatabase,
		"VER": StageInstall,
		"PRP": StageSettings,
		"KEY": StageKeys,
		"NET": StageNetwork, "LBR": StageNetwork,
	}
}

// stageOf is the stage of a rule that names none.
func stageOf(id string) Stage {
	return cmp.Or(familyStages()[id[:min(3, len(id))]], StageOperation)
}
