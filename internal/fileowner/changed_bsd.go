//go:build darwin || freebsd || netbsd

package fileowner

import (
	"syscall"
	"time"
)

func changed(st *syscall.Stat_t) time.Time {
	return time.Unix(int64(st.Ctimespec.Sec), int64(st.Ctimespec.Nsec)).UTC()
}
