// Package deploycluster is the root of a library for programs that set up and
// look after clusters of DevOps Deploy servers, formerly UrbanCode Deploy.
// From files and declared facts alone it answers: is this set of servers a
// sound cluster; what exactly must change so that it becomes one; what will
// the world look like then; and it makes the change without losing a byte.
//
// The packages stand on each other in one direction:
//
//		cluster/plan → cluster/check → cluster → appdata, tlscert → props
//
//	  - props reads installed.properties as Java does and edits it byte for
//	    byte as a person would.
//	  - tlscert lists JKS, JCEKS and PKCS12 keystores without any key's
//	    password, and knows what Tomcat does with an alias.
//	  - appdata knows the application data folder: its layout by version, and
//	    how the server finds it.
//	  - cluster reads servers into facts. It never writes.
//	  - cluster/check judges them by a catalogue of rules, each with its source.
//	  - cluster/haproxy reads from a haproxy.cfg what those rules ask about the
//	    load balancer, cluster/nginx from an NGINX configuration.
//	  - cluster/plan turns a change into data, simulates it as a file system of
//	    the future, and applies it. Nothing else here writes, except props.File.Save.
//	  - cluster/clustertest builds realistic servers, clusters and faulty file
//	    systems for tests, and tests rules.
//
// The first three and cluster state facts, cluster/check judges, cluster/plan changes. All of
// them work on spf13/afero file systems. Time, file systems, passwords and
// progress come from the caller; the library keeps no state, prints nothing
// and asks the machine for nothing.
//
// The sources of the product's facts are named at each rule and step: the
// vendor's pages, the scripts of the installers 6.2.1.1 and 7.0.0, Tomcat and
// the JDK. What rests on an inference says so.
package deploycluster
