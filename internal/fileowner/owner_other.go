//go:build !unix

package fileowner

import (
	"io/fs"
	"time"
)

// Elsewhere FileInfo.Sys does not tell.

func ownerOf(fs.FileInfo) (uid, gid int, ok bool) { return 0, 0, false }

func deviceOf(fs.FileInfo) (id FileID, ok bool) { return FileID{}, false }

func allocatedOf(fs.FileInfo) (bytes int64, ok bool) { return 0, false }

func changedOf(fs.FileInfo) (at time.Time, ok bool) { return time.Time{}, false }
