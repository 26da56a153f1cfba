// Package appdata models the application data of a DevOps Deploy server: which
// files and folders it consists of, where a server keeps them, how paths in
// properties lead to them, and what a folder on disk holds of them. It reads,
// and returns facts; it judges nothing and changes nothing.
//
// # Where the data lies
//
//   - Servers from 6.1.1.5 on have an application data folder, named by
//     server.appdata.dir in conf/server/installed.properties. [vendor pages
//     ha_config_server, arch_relocate_codestation]
//   - A server upgraded from an earlier version has ".." there: the install
//     folder is its application data folder. Version alone cannot tell; the
//     property decides. [same]
//   - Servers before 6.1.1.5 have no such folder; their storage is shared by
//     links from the single entries' old places. [ha_config_server of 7.0.x]
//   - These are the schemes Folder, InInstall and Linked; see Detect.
//
// # How paths are read
//
//   - The server runs in install/bin, and relative paths start there. [start
//     scripts of installer 6.2.1.1]
//   - server.appdata.dir alone follows another rule: two dots at its beginning
//     stand for the install folder's text. [installers 6.2.1.1 and 7.0.0] See
//     Resolve, ResolvePath, Stored and HasTrapPrefix.
//   - Windows paths are read on any machine: drives, UNC, both separators, any
//     letter case. [installed server of 6.2.1.1]
//
// # What belongs to it
//
// The vendor's page lists ten entries for network storage, relative to the
// install folder and, on the storage, to the application data folder [vendor
// page "Setting up clusters of servers", step 5.3]. It describes them in four
// ways that have to be read together:
//
//   - It calls them "folders"; seven are folders, three are files:
//     encryption.keystore, server.keystore and log4j.properties. [installed
//     server of 6.2.1.1]
//   - It says "move", then "copy", then to delete the originals: the entries
//     move, safely. Item.Transfer is Move.
//   - One more file, conf/installed.version, is copied and not moved: the
//     original says that a server is installed here, the copy lets members
//     join. The list to verify forgets it. Item.Transfer is Copy.
//   - "Some of these files and folders might not exist yet": all are Optional
//     but the two keystores, which every server that has run once has, and
//     which an installer silently makes anew, with other keys, if it does not
//     find them. [installer 7.0.0]
//
// Further rules:
//
//   - log4j.properties is replaced by log4j2.xml in 7.2.3, although the page
//     still lists the former. [vendor pages of 7.2.3 and later]
//   - notification-templates are in an application data folder since 6.1.3 (a
//     comment of the installer) or 6.2.0.2 (vendor pages). In an install folder
//     they are on the list at every version.
//   - logs holds the output of processes; the server's own log is var/log, which
//     stays on the server. [configuration templates of 6.2.1.1 and 7.0.0]
//   - An inner link or mount, such as var/repository on another volume, is
//     documented and normal. [arch_relocate_codestation]
//   - What else is known to be in such folders, what must stay in an install folder
//     included, is in the list Stays of Check.
//
// # What files tell of a server's state
//
//   - install/var/server.pid: the server runs, or was killed.
//   - appdata/incomplete.tmp: a first installation has not finished.
//   - install/conf/installed.version: a server is installed here.
//   - appdata/conf/installed.version: the version that members must have exactly.
//     Servers of 6.x do not write it unless installed for a cluster, and do not
//     renew it at upgrades, so it may be missing or stale. [installers 6.2.1.1
//     and 7.0.0; installed server of 6.2.1.1]
//
// All reading goes through an afero.Fs. Scan never looks below an
// item, so its cost does not grow with the repository.
package appdata
