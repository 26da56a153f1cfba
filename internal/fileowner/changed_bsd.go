//go:build darwin || freebsd || netbsd

package fileowner

import (
	"io/fs"
	"syscall"
	"time"
)

// The fields' widths differ from system to system, so each is converted.
func changedOf(fi fs.FileInfo) (at time.Time, ok bool) {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok || st == nil {
		return time.Time{}, false
	}
	return time.Unix(int64(st.Ctimespec.Sec), int64(st.Ctimespec.Nsec)).UTC(), true
}
