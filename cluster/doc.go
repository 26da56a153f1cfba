// Package cluster reads the servers of a DevOps Deploy cluster into facts: what
// they are, what they read, where it really is. It answers from files and
// declared facts alone, opens no connection and changes nothing. Package check
// judges what it has read.
//
//	topology + storages ─Load→ Cluster (facts) ─check.Run→ Report (verdicts)
//
// # The servers
//
//   - All members run the same version, and are stopped together for upgrades.
//     [vendor page "Setting up clusters of servers"]
//   - Versions have the product's own order, see CompareVersions; joining needs
//     equal text, build number included. [installers 6.2.1.1 and 7.0.0]
//   - conf/installed.version in the installation folder says that a server is
//     installed; the one in the application data folder lets members join. It
//     is copied, never moved. [same]
//   - Each server is installed by the installer, on a system of its own; a copied
//     installation is no member. [same page]
//   - Each member keeps conf/server, its identity keystore and its temporary
//     folder to itself. [same page; vendor pages on web agents]
//   - A cold standby is installed like a member and never runs beside the
//     cluster. [vendor pages server_install_cold, ha_overview]
//
// # What a member reads
//
//   - conf/server/installed.properties and, from 6.2.5.1 on,
//     secured-installed.properties: both as Java reads them, the first file to
//     define a key wins. [java.util.Properties; the order is the installer's,
//     its effect inferred] The empty value and the word null are unset.
//   - server.appdata.dir by the installer's rule for two dots, every other path
//     relative to bin. [installers 6.2.1.1 and 7.0.0] See package appdata.
//   - bin/classpath.conf, absolute paths that follow the application data;
//     conf/server of the installation stands before the shared one, so a local
//     log4j file is found first. [installer 7.0.0]
//   - opt/tomcat/conf/server.xml for its TLS connectors; references in it are
//     replaced by the server's properties. [Tomcat Digester]
//   - Keystores: their entries and certificates, by package tlscert. A password
//     comes from the caller alone (World.Password); without one a store is
//     listed as far as its format allows. No key is opened.
//   - The key that Tomcat serves: tomcat.key.alias from 7.1.0 on, keyAlias in
//     server.xml before. [vendor pages on clusters, 7.0.x and 7.1.0] What
//     happens between 7.0.1 and 7.1.0 is not known and not judged. See
//     Member.TLS.
//   - Markers: var/server.pid, incomplete.tmp; originals that a move has set
//     aside (NAME.retired-…) and the folder .deploycluster are known to it.
//
// Paths are the server's own, on Windows servers too: drives, UNC, either
// separator, any letter case. A Topology says for each member which storage
// shows which of its folders (Mount), and a View follows links across them as
// the server would. Load makes the same number of calls however much a server
// stores: it never descends into the repository, the plugins or the logs. What
// it cannot read is a Gap, not an error.
//
// # The topology as JSON
//
// ReadTopology reads one object of "schema": 1, strictly, and says where a
// mistake is. Fields are never renamed or reused; what is left out is not
// declared, and rules that need it answer Unknown.
//
//   - name
//   - storages: name, dir (what a program opens as World.FS; the library opens
//     nothing). Where there are any, every mount has to name one.
//   - nodes: name, role (member, standby or front-end; default member), install,
//     mounts[path, storage, root (default "/")], running, host, autostart.
//     Mounts may lie inside each other, the longest path wins; equal paths, in
//     any spelling, are refused.
//   - facts: see Facts
package cluster
