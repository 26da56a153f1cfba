package props

import (
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime is what the calling thread has used: other work on the machine does
// not count.
func cpuTime() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts); err != nil {
		panic(err)
	}
	return time.Duration(ts.Nano())
}
