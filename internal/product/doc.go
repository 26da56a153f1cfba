// Package product is the table of what differs between versions of the
// product: one row a fact, each with its source. Layouts, loading, rules and
// the public package cluster/compat read it, and keep no constants of their own.
//
// Functions take and return plain strings, as golang.org/x/mod/semver does, but
// the order of versions is the product's and not semver's:
//
//   - A version is cut at its dots; empty parts are dropped, so "7..0" reads as
//     "7.0". [installer 6.2.1.1 and 7.0.0, version comparison]
//   - A part that is a 32-bit signed integer is a number, blanks around it and
//     leading zeros ignored ("07" is 7). Every other part is text, and so is a
//     number above 2147483647. [same]
//   - Numbers compare as numbers; text is greater than any number; two texts
//     compare by their characters, case ignored. [same]
//   - Where all common parts are equal, the longer version is greater:
//     "7.0.0.0" comes before "7.0.0.0.984935". [same]
//   - "dev", in exactly this spelling, is a development build. The installer
//     skips its downgrade check when either side is "dev". In this order it
//     comes after every version that begins with a number, and the table reads
//     it as the newest version. [same; newest is this library's choice]
//   - The order does not decide about joining a cluster: the installer of a new
//     member wants the text of the shared conf/installed.version to be exactly
//     its own, build number included. [same, installation of a further member]
//   - A version told by a person ("7.0.2") and one read from a server
//     ("7.0.2.0.1020") may mean the same release. SamePrefix reports such a
//     pair. [inferred]
//
// The table reaches from 6.0 up to, but not including, 8.3. Inside that range a
// fact that no row states is unknown, and so is every fact outside it: Lookup
// then returns no row. A bound of a row says where the fact changes; a fact whose
// end nobody has seen ends where the last source for it does, and no row follows.
package product
