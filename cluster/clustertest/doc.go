// Package clustertest is a test kit for programs that manage clusters of
// DevOps Deploy servers: realistic servers to work on, seeded defects, and
// listings to compare the results with. It is meant for tests and examples, and
// it is what this library tests itself with.
//
//   - [NewCluster] is a sound cluster of servers, ready for cluster.Load; the
//     methods of [Site] seed a defect in it, and [Site.Try] compares what one
//     rule says with a [Want]. Rules of the catalogue and a caller's own are
//     tried alike.
//   - [Build] writes a server of a given version and scheme on any afero.Fs;
//     [Demo] writes the one that the examples use.
//   - [Walk] lists a tree in a form that go-cmp can compare.
//
// Everything is deterministic: the same calls give the same bytes, times and
// outcomes. Nothing here is fit for production data.
//
// # What a built server is made of
//
//   - conf/installed.version, a properties file with one key, in the install
//     folder; in the application data folder too from 7.0.0 on, before that for
//     cluster members only. [installers 6.2.1.1 and 7.0.0]
//   - conf/server/installed.properties with the keys of an installed 6.2.1.1,
//     from 7.0.0 on with those that its installer adds; written as
//     java.util.Properties.store does. [an installed server of 6.2.1.1,
//     installer 7.0.0, Java SE 17 Properties.store]
//   - conf/server/secured-installed.properties with the passwords from 6.2.5.1
//     on; before that they are in installed.properties, and in clear text in
//     server.xml. [installer 7.0.0]
//   - server.appdata.dir and the paths that follow it as the installer stores
//     them: ".." stands for the install folder. Absent before 6.1.1.5.
//     [installer 7.0.0]
//   - bin/classpath.conf with absolute paths, in the order that the installer
//     leaves: a folder of its own for the application data stands last, with
//     forward slashes also on Windows; "!fail-on-conflict" from 7.0.0 on.
//     [an installed server of 6.2.1.1, installer 7.0.0]
//   - opt/tomcat/conf/server.xml and tomcat.keystore; keyAlias only if asked
//     for, tomcat.key.alias from 7.1.0 on. [installer 7.0.0, vendor page
//     ha_config_server]
//   - The application data: both keystores, collectors, notification templates,
//     log4j.properties or from 7.2.3 on log4j2.xml, patches, and what a running
//     server adds: plugins, the repository, logs, an empty var/sa. [vendor page
//     "Setting up clusters of servers", installers, vendor pages of 7.2.3]
//   - The database is MySQL unless the Spec says otherwise: Derby, the
//     installer's default, is not allowed in a cluster. [installer 7.0.0]
//
// File contents beyond these (templates, logs, libraries) are placeholders.
// Values of the form pbe{…} hold nothing that could be decrypted.
package clustertest
