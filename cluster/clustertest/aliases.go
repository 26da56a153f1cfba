package clustertest

import "github.com/deploycluster/deploycluster/internal/strictfs"

// These names have moved to internal/strictfs and go once nothing uses them.
type (
	StrictFs = strictfs.FS
	Options  = strictfs.Options
	Volume   = strictfs.Volume
	Call     = strictfs.Call
	Count    = strictfs.Count
	Op       = strictfs.Op
)

const OpClose = strictfs.OpClose

var (
	NewStrict   = strictfs.New
	NewSlow     = strictfs.NewSlow
	NewCounting = strictfs.NewCounting
	Intercept   = strictfs.Intercept
)
