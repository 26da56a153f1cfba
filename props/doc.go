// Package props reads and edits Java properties files, such as the
// installed.properties of a DevOps Deploy server, as two things at once: what
// Java sees in the file, and the bytes in which somebody wrote it down.
// Unedited bytes come back byte for byte; an edit changes the bytes it is
// about and no others.
//
// # Reading
//
// Parse agrees with java.util.Properties.load(InputStream) of Java SE 17,
// which the tests compare with recorded answers and, where java is installed,
// with its own:
//
//   - Bytes are ISO-8859-1 characters; \uXXXX is a UTF-16 unit. A byte order
//     mark is text.
//   - A line ends at LF, CR or CR LF. Blanks (space, tab, form feed) at its
//     beginning do not count. A line that then begins with # or ! is a
//     comment, whatever it ends with. Empty lines are skipped.
//   - An odd number of backslashes before a line end joins the next line, less
//     the blanks that begin it. That line may be empty or begin with # or !,
//     unless nothing was read before it: then it is an ordinary line.
//   - A backslash as the very last byte, or before the last line end, vanishes.
//     If it is all there is, it makes a pair of an empty key and an empty
//     value (before CR LF it makes nothing).
//   - The key ends at the first =, : or blank that no backslash escapes; blanks,
//     at most one = or :, and blanks again separate it from the value. Blanks
//     at the end belong to the value. Key and value may be empty.
//   - \t \n \r \f are what they are in Java; a backslash before any other
//     character vanishes. Only a malformed \u is an error: SyntaxError.
//   - A key that appears more than once keeps its place for Entries; for Get
//     and Lookup the last one wins.
//   - A surrogate without its other half is U+FFFD in a key or value, while the
//     bytes stay. Two keys that differ in nothing else are one key here.
//
// Lines that Ant's propertyfile task mangled (a pair that was indented becomes
// "=" and the pair, a line with an empty key) are read as Java reads them, and
// show in Entries.
//
// # Editing
//
//   - Set writes a value as java.util.Properties.store does: backslashes before
//     : = # ! \ and a leading space, \t \n \r \f, and \uXXXX in upper case for
//     everything that is not printable ASCII.
//   - Set touches the entry that wins, from the first byte of its value to the
//     last, over continuation lines and a backslash that dangles at the end. A
//     key without a separator gets the one that most lines of the file have.
//   - A new key becomes a line at the end, with the file's usual separator and
//     line ending. A last line that does not end, or that a backslash would
//     continue, is ended first, so that every pair stays what it is.
//   - Delete removes all lines of every entry of the key. Comments stay.
//   - Put, InsertAfter and Rename return an error where they cannot do what
//     they are asked; Set stores bytes that are not valid UTF-8 as U+FFFD.
//
// # Secrets
//
// The files hold passwords: in the clear, as pbe{…} or crypt_v1{…}, in JDBC
// and license URLs. Sensitive says which pairs; Redact says what may be shown.
// Words adds names to both. Entry, File and Change show no secret however they
// are printed, logged, compared by go-cmp or encoded as JSON, XML or gob; Diff
// and UnifiedDiff redact; no error quotes the file. Entry.Value, Get, Comments,
// Bytes and Properties return the plain text: that is what they are for.
// (Printing a struct that holds an Entry in an unexported field, or an Entry
// with %p, bypasses every method in Go's fmt; hold a *File, or export the
// field.)
//
// # Files
//
// Load and Save work on any afero file system. Save replaces the file in one
// step, keeps mode, owner and access list, edits a link at its target, and
// refuses to overwrite what somebody else wrote since Load; on the system's own
// files even if that happens during Save.
package props
