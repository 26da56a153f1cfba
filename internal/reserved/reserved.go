// Package reserved names what nobody's data is: what this library leaves on a storage,
// and what file servers and operating systems keep at its root.
package reserved

import "strings"

const (
	// Folder is the folder in which the library keeps its records of a move, inside
	// an application data folder.
	Folder = ".deploycluster"
	// RetiredMark is between the name of an original that was set aside after its
	// copy was taken into use and what identifies that move.
	RetiredMark = ".retired-"
)

// Entry is a folder at the root of a storage, and who keeps it there.
type Entry struct{ Name, Source string }

// System returns what is at the root of storages without being data of anyone: an
// application data folder that holds nothing else is still empty.
func System() []Entry {
	return []Entry{
		{"lost+found", "ext file systems"},
		{".snapshot", "NFS file servers"},
		{".snapshots", "snapper and some file servers"},
		{"~snapshot", "file servers, as Windows clients see them"},
		{".zfs", "ZFS"},
		{"#recycle", "file servers of Synology"},
		{"@eaDir", "file servers of Synology"},
		{"System Volume Information", "Windows file systems"},
		{Folder, "this library's records of a move"},
	}
}

// IsSystem reports whether a name is one of System, in any letter case.
func IsSystem(name string) bool {
	for _, e := range System() {
		if strings.EqualFold(e.Name, name) {
			return true
		}
	}
	return false
}
