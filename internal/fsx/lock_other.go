//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package replacefile

import "os"

const dontWait = 0

// lock does nothing on this system.
func lock(*os.File) (unlock func(), err error) { return func() {}, nil }
