package sftpfs

import (
	"os"

	"github.com/pkg/sftp"
)

// info is a FileInfo that tells the owner in the way that deploycluster asks
// for: by a Sys with a method Owner. Which device a file is on, the protocol
// does not say.
type info struct{ os.FileInfo }

// Sys implements os.FileInfo.
func (i info) Sys() any {
	stat, _ := i.FileInfo.Sys().(*sftp.FileStat)
	return attributes{stat}
}

type attributes struct{ *sftp.FileStat }

// Owner returns the numeric owner and group.
func (a attributes) Owner() (uid, gid int, ok bool) {
	if a.FileStat == nil {
		return 0, 0, false
	}
	return int(a.UID), int(a.GID), true
}

// told wraps what a call has returned.
func told(i os.FileInfo, err error) (os.FileInfo, error) {
	if err != nil {
		return nil, err
	}
	return info{i}, nil
}

func toldAll(list []os.FileInfo) []os.FileInfo {
	out := make([]os.FileInfo, len(list))
	for i, entry := range list {
		out[i] = info{entry}
	}
	return out
}
