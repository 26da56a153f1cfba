// Package plan changes what package cluster judges. A change is first a
// value, a Plan: its steps can be read, mailed, simulated and refused before
// anything is written. Populate makes the one for step 5 of the vendor page
// "Setting up clusters of servers": the application data of a server goes to
// network storage, and the server is made to use it there.
//
// Edits makes the plan of any change of settings, Fix that of what findings ask
// for, Join that of a stand-alone server that becomes a member, and
// AlignCertificate that of one certificate for all members.
//
// # Three kinds of server
//
//   - A server with an application data folder (scheme Folder): the whole
//     folder is copied, and the properties lead to the copy. [vendor page
//     ha_config_server]
//   - A server that came from a version before 6.1.1.5, whose
//     server.appdata.dir is ".." (scheme InInstall): the ten entries of the
//     vendor's list are copied to an application data folder, each to its
//     own relative path. [vendor page, step 5]
//   - A server before 6.1.1.5 (scheme Linked): the ten entries are copied, and
//     links take their places. [vendor page ha_config_server]
//
// In all three <install>/conf/installed.version is copied and never moved.
// In the first two kinds four things lead to the data, and all are redirected:
// server.appdata.dir, encryption.keystore, server.keystore and the lines of
// bin/classpath.conf. A person who changes only the first leaves the server
// between two places [installer 7.0.0].
//
// # Phases
//
// Prepare is for people. Populate copies and proves. Switch edits the
// server's files; the edit of installed.properties is its last step and the
// one commit point. Retire renames the originals aside, in their own folder,
// to NAME.retired-<plan id>. Purge deletes those. Apply stops after Switch
// unless it is told to do more.
//
// # What Apply promises
//
//   - No original is deleted before its copy was read back and found equal
//     byte for byte, and the original is hashed again before it is renamed
//     and again before it is deleted; one call that does both leaves out the
//     second where a local storage tells that nobody has touched it in between.
//   - Files are brought to the target in batches by several workers. A batch is
//     written under temporary names in the target's .deploycluster folder, with
//     mode, owner and time; then its files are synced and closed; then each is
//     read back and compared with its original, whose size and time must not
//     have changed; and only then renamed to its place. A folder is synced once
//     all that it holds has its name. On NFS with several clients a rename is
//     not atomic for the others; no other client uses the target before the
//     switch.
//   - conf/installed.version is written last of all copies: until it is there
//     no installer joins the half-filled storage.
//   - Before the switch the originals are looked at again; what is new, gone
//     or changed stops the run. So does a target that is not there any more.
//   - From the switch on the target belongs to the server. Apply never writes
//     there again, except in its own folder .deploycluster.
//   - Two places that turn out to be one storage are neither copied nor
//     retired, whatever they are called.
//   - An owner or mode that did not arrive stops the run before the switch.
//
// One run at a time works on a target: the one that began last. A run writes a
// numbered run file into .deploycluster and sweeps what other runs were writing
// there; those stop at their next look, with an *Error of ReasonOvertaken. A run
// file that a killed process leaves stops nobody.
//
// # What is durable when
//
// Each line is durable before the next begins, as far as the storage can sync:
//
//  1. plan.json in .deploycluster, by a rename and a sync of the folder;
//  2. the content, mode and owner of a batch, before any of it gets its name;
//  3. the names of a folder's content, when the walk leaves the folder; the
//     manifest of the step, when the step ends;
//  4. conf/installed.version, after all other copies;
//  5. "switched", before the first of the server's files is edited;
//  6. each edit, by a temporary file, a rename and a sync of its folder, with
//     installed.properties last;
//  7. each retired name and each link; a purge comes after all of that.
//
// What a crash leaves is therefore one of: nothing of ours; our folder; copies,
// some of them not yet named or cut under temporary names; all copies and none,
// some or all of the edits; originals in place, or aside. Memory is bounded by
// the number of workers and the names of the largest folder, whatever the tree.
//
// Workers change neither the manifests, which keep the order of the walk, nor
// the events, which come one at a time and in the order of the walk.
//
// # Before the outage
//
// Prime copies while the server still runs. It is the same copying, into the
// same target, with a record of its own (<step>.primed.jsonl: also the time of
// change and the number of both files). After the stop Apply takes over what
// neither side has touched since, copies the rest again, and removes copies of
// what is gone; all that comes after is as without Prime.
//
// # An interrupted run
//
// On the target, .deploycluster holds the plan (plan.json), a file "switched"
// from the moment the first of the server's files is edited, and one manifest a
// copy (<step>.jsonl: JSON lines of path, mode, size, mtime, link and sha256,
// in the order of the walk, with a last line that says it is whole). A run
// that finds its own plan there, or one that makes the same copies and has not
// switched, continues: what is on the target is compared
// with its original and copied again where it differs, never trusted; what the
// target has and the originals do not stops the run. Once "switched" is
// there, a target that differs from its manifests is the server's, and nothing
// is copied over it, whatever the server's files say. What a
// half-made switch looks like is told from the server's own files: an edit is
// made or not, a link is in place, or missing while its original is aside. A
// lost journal costs time: originals are then compared with their copies
// before they go. The folder is removed after the last purge.
//
// # Settings, certificates and servers that join
//
// Plans of all kinds but KindPopulate replace files, each in one rename, and keep
// what each was beside it, under the name FILE.before-<plan id> (a keystore under
// FILE.retired-<plan id>), with the mode of the file. Join renames the server's own
// application data aside after the last edit, and changes installed.properties,
// its commit point, after all other files. Applied again, such a plan continues where
// it was cut off, and changes nothing once it is done. Preflight names the files
// that were changed and those that were not. Revert puts the kept files back, the
// last one first, unless one of them was changed since.
//
// # What a plan relies on
//
// Plan.Facts and Step.Facts are settings and files as they were when the plan was
// made: those that change, what they were derived from, and the version and
// identity of each server. Where one of them has changed since, Apply refuses
// before it writes anything, and Preflight says so; both name it. Anything else,
// such as a comment that was added, stops nothing. Once all steps are done, nothing
// is relied on any more. A plan of KindPopulate relies in addition on the whole
// content of the files that it edits, and is made again before it is applied.
//
// A secret is in no plan: an edit refers to it, World.Secret resolves the
// reference, a fact says only that the old one is there, and no digest of its
// file is kept. The server replaces plain text by its encrypted form at its next
// start; such a file is recognised by comparing it with the one kept aside.
//
// Errors are *RefusedError and *StaleError before anything is written,
// *StepError afterwards; it wraps an *Error, whose Reason a caller can
// branch on, or the file system's own error.
package plan
