// Package check judges whether the servers that package cluster has read are a
// sound cluster. A lone server is judged as the cluster that it is to become.
//
//	topology + storages ─cluster.Load→ Cluster (facts) ─Run→ Report (verdicts)
//
// # Verdicts
//
//   - A Rule is a value; Rules is the catalogue, RULES.md its printed form. Ids
//     are never renamed or reused. A caller's rules run beside the catalogue
//     (Options.Extra): both see members only through what package cluster exports.
//   - Severity is law. Error: a documented must, or a confirmed mechanism by
//     which a server fails, loses data or joins the wrong data. Warning: a
//     documented should, or a must that is inferred. Info: field knowledge. Where
//     the sources of one rule differ case by case, severity and source are the
//     finding's own.
//   - Every rule and finding cites its source from one table: the vendor's
//     pages, the installers of 6.2.1.1 and 7.0.0, java.util.Properties, and so on.
//     A conclusion is cited as "inferred from …".
//   - What cannot be judged is Unknown, with what would be needed: never a
//     silent pass. A rule is listed as passed only if every member that it is about
//     was judged. What is not known of the product is not judged: PostgreSQL from
//     8.0 to 8.1.1, what an upgrade to 8.x does to paths, spellings of true.
//   - What should have been read and was not, such as a member, a storage or a file,
//     is one Unread with the rules that need it, and a report with any is not
//     complete. Where a finding is about that very file, it is one Unknown.
//   - Where the options leave rules out (Report.LeftOut), the report says nothing
//     about the cluster as a whole.
//   - One cause is reported once. A finding denies premises (Finding.Denies), such as
//     that a member has the cluster's application data; what another rule reports
//     under such a premise (Pass.Assume) is dropped, and a rule that is left with
//     nothing is explained, not passed. Rules do not know each other.
//   - A report holds no secret: values are shown as props.Redact shows them, and
//     text that comes from files is quoted or escaped, so that it cannot write to a
//     terminal or become markup.
//   - A report lists what to fix first by the Stage of its findings: what keeps a
//     member from being read, servers to stop, storage and database come before
//     anything that runs an installer, which makes new keys where the storage is
//     missing.
//   - A Message is a whole sentence, the same in every rendering.
//
// # The report as JSON
//
// WriteJSON writes one object of "schema": 1. Fields are never renamed or reused;
// lists are never null.
//
//   - name, date (World.Now, absent without a clock)
//   - complete: whether all that should have been read was read
//   - counts: error, warning, info, unknown, unread, rules (that ran), leftOut
//   - members: name, read, role, install, version, scheme, appData, retired
//   - findings, by severity, rule, member and place: rule, severity, stage, title,
//     node (absent: the cluster), path, subject (property key or alias), pos{name,
//     line, column, offset}, message, why, fix, source, related[node, path, pos,
//     message], edits[node, file, op, key, value, secret], fingerprint
//   - unknown: rule (absent where several are concerned), rules, node, path,
//     reason, needs
//   - unread: node, path, reason, needs, rules
//   - suppressed: finding, reason, until
//   - passed, notApplicable, explained, notJudged, leftOut: rule ids. A rule in
//     notJudged may have findings about other members.
//
// Package sarif writes the same for services that collect SARIF 2.1.0 logs.
package check
