// Package installer reads, checks and makes the files with which the product's
// installer runs silently: install.properties, beside it in the installation
// media. A further member of a cluster is installed with one; a copied
// installation is not supported. [vendor page "Setting up clusters of servers"]
// A server that is installed already and stands alone changes over with Join of
// package plan.
//
//	ForMember(cluster, name, machine) → Answers ─Resolve→ install.properties
//	Read(name, bytes)                 → Answers ─Check→ findings, as package check's
//
// # How the installer reads the file
//
//   - As java.util.Properties: of a key that stands twice the last line wins. It
//     cuts blanks off at both ends of a value, and an empty answer is none.
//     [installers 6.2.1.1 and 7.0.0]
//   - The file comes with vendor.name, component.name, component.directory and
//     version in it; answers are added to it. version is the text that a further
//     member must have in common with the cluster. [installation media of 7.0.0]
//   - Ant reads it, before the environment, and replaces ${name} where a property
//     of that name is set; any other ${…} stays in the value. [same,
//     install.with.groovy.xml]
//   - What is not answered gets a default; where there is none, a silent
//     installation stops. nonInteractive makes it silent, whatever its text.
//     [installer 7.0.0, prompt]
//   - An answer of Y or yes, in any letter case, is a yes, and everything else a
//     no: true is a no. For install.server.web.always.secure only Y is. [same]
//   - Only the keys that the installer asks for reach installed.properties, some
//     under another name, passwords in secured-installed.properties. Others are
//     lost, although the vendor's page says that all are copied. [same; vendor
//     page server_install_silent (7.0.2)]
//   - Two keys are traps: encryption.keystore and encryption.keystore.alias. Given
//     in the file, they keep the installer from recording the store in the
//     application data and the key that it has found there. [installers 6.2.1.1
//     and 7.0.0]
//   - An upgrade reads the file before the server's own properties, and its
//     answers win, the empty ones too. [same]
//   - The installer empties server.initial.password in the file; every other
//     password stays. [same]
//
// Keys is the table of all keys, with the source of each row.
//
// # Secrets
//
// A password of a made file is a reference, ${secret:NAME}, which
// Answers.Resolve replaces as the file is used. To an installer that is given
// the file as it is the text is a wrong password: the shared encryption keystore
// does not open, and the installation fails. No value of a key that can hold a secret is in
// findings, errors, logs or JSON.
//
// # Rules
//
// Ids are never renamed or reused. Severity is law, as in package check.
//
//   - ANS001 misspelled or unknown key
//   - ANS002 key that the version does not know any more, or not yet
//   - ANS003 required answer missing
//   - ANS004 address that works on one host only, such as localhost
//   - ANS005 agentcomm.uri malformed, shared, or the load balancer's
//   - ANS006 password in clear text
//   - ANS007 password empty
//   - ANS008 yes or no that the installer reads as the opposite
//   - ANS009 key twice with different values
//   - ANS010 answer that the installer does not carry over
//   - ANS011 port that does not exist, or clashes
//   - ANS012 path that Java or the installer reads otherwise
//   - ANS013 reference ${…} left to Ant
//   - ANS014 database that cannot be shared, or is not supported
//   - ANS015 files of one cluster, or a file and the cluster, that disagree
//   - ANS016 identity of another server
//   - ANS017 no file can be made: the server is installed already, or what it
//     needs is not known
package installer
