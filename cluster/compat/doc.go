// Package compat answers questions about versions of the product: whether a
// server can join a cluster, what an upgrade goes through and what must hold
// before each leg of it, and what a version runs on, stores and reads.
//
//   - Versions are plain strings such as "7.0.0.0.984935", ordered as the
//     product orders them (see cluster.CompareVersions).
//   - Every answer is Yes, No or Unknown, and names its source. What no source
//     says is Unknown: a version outside the table, 6.0 up to 8.3; a fact between
//     two versions of which one is known to have it and the other not to; a
//     development build.
//   - An answer that is concluded from a source rather than read in it is marked
//     Inferred.
//   - Joining compares texts, not versions: the installer of a new member wants
//     the shared conf/installed.version to hold its own version, build number
//     included. [installer 6.2.1.1 and 7.0.0; vendor page "Setting up clusters of
//     servers": every server runs the same version]
//   - An upgrade from 6.x to 7.1 or later passes through 7.0.x. [vendor article
//     on upgrades, 2022] A downgrade is not supported. [installer 7.0.0]
//
// Nothing here reads a server: Upgrade says what must hold, and Path.Rules turns
// that into rules for check.Run, which look whether it does.
package compat
