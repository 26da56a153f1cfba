//go:build !unix

package bench

import "time"

// propsCPU is unknown here.
func propsCPU() time.Duration { return 0 }
