// Package accesslist carries the access list of one open file over to another.
//
//   - On Linux these are the POSIX list (system.posix_acl_access) and that of
//     NFS version 4 (system.nfs4_acl), as extended attributes. A file without a
//     list leaves none on its copy, not even one that the folder hands down.
//   - Elsewhere nothing is carried: Copy does nothing.
//
// Set the mode after the list: setting a list changes the mode's group bits.
package accesslist
