// Package cluster reads the servers of a DevOps Deploy cluster and judges
// whether they are one. It answers from files and declared facts alone: it
// opens no connection and changes nothing.
//
//	topology + storages ─Load→ Cluster (facts) ─Check→ Report (verdicts)
//
// A lone server is judged as the cluster that it is to become.
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
//     Member.TLSAlias.
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
// mistake stands. Fields are never renamed or reused; what is left out is not
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
//
// # Verdicts
//
//   - A Rule is a value; Rules is the catalogue, RULES.md its printed form.
//     Ids are never renamed or reused.
//   - Severity is law. Error: a documented must, or a confirmed mechanism by
//     which a server fails, loses data or joins the wrong data. Warning: a
//     documented should, or a must that is inferred. Info: field knowledge. Where
//     the sources of one rule differ case by case, severity and source are the
//     finding's own.
//   - Every rule and finding cites its source from one table: the vendor's
//     pages, the installers of 6.2.1.1 and 7.0.0, java.util.Properties, and so on.
//     A conclusion is cited as "inferred from …".
//   - What cannot be judged is Unknown, with what would be needed: never a
//     silent pass. A rule is listed as passed only if every member that it speaks
//     of was judged. What is not known of the product is not judged: PostgreSQL
//     in 8.x, what an upgrade to 8.x does to paths, spellings of true.
//   - One cause is reported once: a file that cannot be read is one Unknown
//     with the rules that wait for it; a server without an application data
//     folder is not also reported for being on the wrong device.
//   - A report holds no secret: values are shown as props.Redact shows them,
//     and text that comes from files is quoted or escaped, so that it cannot
//     write to a terminal or become markup.
//
// # The report as JSON
//
// WriteJSON writes one object of "schema": 1. Fields are never renamed or
// reused; lists are never null.
//
//   - name, date (World.Now, absent without a clock), error (options that could
//     not be followed; then no rule ran)
//   - counts: error, warning, info, unknown
//   - members: name, role, install, version, scheme, appData, retired
//   - findings, by severity, rule, member and place: rule, severity, title,
//     node (absent: the cluster), path, subject (property key or alias),
//     pos{name, line, column, offset}, message, why, fix, source,
//     related[node, path, pos, message], edit{node, path, key, value}
//   - unknown: rule (absent where several are concerned), rules, node, path,
//     reason, needs
//   - passed, notApplicable, notJudged: rule ids. A rule in notJudged may have
//     findings about other members.
//
// WriteSARIF writes the same for services that collect SARIF 2.1.0 logs.
package cluster
