// Package replacefile replaces the content of one small file so that a reader
// sees the old bytes or the new ones, never a part of either.
//
//   - The new content goes to a temporary file beside the target, is synced,
//     closed, read back and compared, and is then renamed over the target; the
//     folder is synced last. Rename is atomic on a local file system. On NFS a
//     client whose reply was lost may report an error for a rename that took
//     place, and other clients may see the old file for as long as they cache
//     it.
//   - The temporary file is called ".NAME.TOKEN.deploycluster-new", with a TOKEN
//     that is random for each run, and is created with O_EXCL and mode 0600: it
//     may hold passwords. Runs at once do not touch each other's. One that a
//     killed run left is harmless and may be deleted; a caller who knows that
//     nobody else writes the file has it removed (Options.Sole).
//   - A run whose file became another one since it first looked fails with
//     ErrChanged. Where the file is the system's own, the folder is locked
//     (flock) from the last look to the rename, so that of two runs at once one
//     fails; a program that does not take the lock may still write between
//     the two. After the rename the file is looked at once more: a run that was
//     overtaken fails with ErrChanged too.
//   - Where the file is the system's own (the file system is an *afero.OsFs, or
//     has a method OpenRoot), all of this happens below one open folder, and
//     mode, owner and access list are set through the open temporary file: who
//     swaps files or folders meanwhile cannot turn the run to another file.
//     Every other file system is used as it is, by names, and never unwrapped.
//   - Mode and owner are those of the file that is replaced, as far as the
//     file system reports them, and so is its access list on Linux, where the
//     file is the system's own. Where they cannot be kept, nothing is replaced
//     (a server that runs as another user could not read the file). Other
//     extended attributes and times are not kept, and another hard link keeps
//     the old content.
//   - A symbolic link stays a link: the file it leads to is replaced. Links
//     are followed for 40 hops, as Linux does. A link that leads nowhere, that
//     cannot be read, or that the file system follows to another place than
//     its text says, is refused.
//   - A file system that does not offer Lstat is asked for the folder's
//     listing, which tells links from files on every operating system; a link
//     is then refused.
//   - A folder that cannot be synced is not a failure: Windows and many network
//     file systems have no such operation. A file that cannot be synced is
//     one, unless the caller says otherwise.
//   - An error before the rename leaves the target untouched and removes the
//     temporary file.
package replacefile
