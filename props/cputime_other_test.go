//go:build !linux

package props

import "time"

var began = time.Now()

// cpuTime is the time that has passed, for want of a better one.
func cpuTime() time.Duration { return time.Since(began) }
