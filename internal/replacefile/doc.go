// Package replacefile replaces the content of one small file so that a reader
// sees the old bytes or the new ones, never a part of either.
//
//   - The new content goes to a temporary file beside the target, is synced,
//     closed, read back and compared, and is then renamed over the target; the
//     folder is synced last. Rename is atomic on a local file system. On NFS a
//     client whose reply was lost may report an error for a rename that took
//     place, and other clients may see the old file for as long as they cache
//     it.
//   - The temporary file has a fixed name (TempName), so a run that was
//     interrupted leaves one file at most, and the next run removes it. It is
//     created with O_EXCL and mode 0600: it may hold passwords. Two runs at once
//     on one file are not supported; a run that sees another one's result in
//     the target fails with ErrChanged.
//   - Mode and owner are those of the file that is replaced, as far as the
//     file system reports them; where they cannot be kept, nothing is replaced
//     (a server that runs as another user could not read the file). Access
//     control lists, extended attributes and times are not kept, and another
//     hard link keeps the old content.
//   - A symbolic link stays a link: the file it leads to is replaced. Links
//     are followed for 40 hops, as Linux does. A link that leads nowhere, that
//     cannot be read, or that the file system follows to another place than
//     its text says, is refused.
//   - A file system that does not offer Lstat is asked for the folder's
//     listing, which tells links from files on every operating system; a link
//     is then refused.
//   - A folder that cannot be opened or synced is no failure: Windows and many
//     network file systems have no such operation. A file that cannot be
//     synced is one, unless the caller says otherwise.
//   - An error before the rename leaves the target untouched and removes the
//     temporary file.
package replacefile
