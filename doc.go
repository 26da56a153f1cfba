// Package deploycluster is the root of a library for programs that set up and
// manage clusters of DevOps Deploy servers, formerly UrbanCode Deploy.
// It answers from files and declared facts alone: is this set of servers a
// sound cluster, what must change so that it becomes one, what will it look
// like then. Then it makes the change without losing a byte.
//
// Imports run one way:
//
//	cluster/plan → cluster/check → cluster → appdata, tlscert → props
//
// The leaves and cluster state facts, cluster/check judges, cluster/plan changes:
//
//   - props reads installed.properties as Java does and edits it byte for byte.
//   - tlscert lists JKS, JCEKS and PKCS12 keystores without the password of any
//     key, and knows what Tomcat serves for an alias.
//   - appdata knows the application data folder: its layout by version, and
//     how the server finds it.
//   - cluster reads servers into facts. It never writes.
//   - cluster/check judges them by a catalogue of rules, each with its source.
//   - cluster/plan turns a change into data, previews it, and applies it. Nothing
//     else here writes, except props.File.Save.
//   - cluster/haproxy and cluster/nginx read a load balancer's configuration,
//     cluster/installer reads and makes silent-install answer files, and
//     cluster/compat tells which versions fit together.
//   - cluster/clustertest makes realistic servers and clusters for tests.
//
// All of them work on spf13/afero file systems. Time, file systems, passwords
// and progress come from the caller; the library keeps no state, prints nothing
// and asks the machine for nothing.
//
// Each rule and step names its source: the vendor's pages, the scripts of the
// installers 6.2.1.1 and 7.0.0, Tomcat, or the JDK. What rests on an inference
// says so.
package deploycluster
