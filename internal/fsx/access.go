package fsx

import "bytes"

// CopyAccess makes the access lists of one open file those of another: on Linux
// the POSIX list and that of NFS version 4. A file without a list leaves none on
// its copy, not even one that the folder hands down. Elsewhere nothing is carried.
// Set the mode after the lists: setting one changes the mode's group bits.
func CopyAccess(from, to File) error {
	const posix, nfs4 = "system.posix_acl_access", "system.nfs4_acl"
	for _, name := range [...]string{posix, nfs4} {
		want, err := from.Attr(name)
		if err != nil && !noAttr(err) {
			return err
		}
		have, err := to.Attr(name)
		if err != nil && !noAttr(err) {
			return err
		}
		if bytes.Equal(want, have) || want == nil && name != posix { // NFS makes its list of the mode
			continue
		}
		if err := to.SetAttr(name, want); err != nil {
			return err
		}
	}
	return nil
}
