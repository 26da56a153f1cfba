package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/internal/words"
)

// versionRules are about which version a server is.
func versionRules() []Rule {
	return []Rule{
		{
			ID: "VER001", Title: "All members run the same version", Severity: Error,
			Source:  srcCluster + ", before you begin",
			What:    "The text of conf/installed.version is the same on every member, cold standby included. If the members differ, the cluster's version is that of the shared conf/installed.version, or else that of most members.",
			Avoid:   "Upgrading members one after the other while others keep running.",
			Prefer:  "Stop all members, upgrade all of them with the same media, then start them.",
			Why:     "Members share one database schema and one set of plugins; the vendor supports one version for all only.",
			Denies:  []PremiseKind{PremiseVersion, PremiseAppData},
			Cluster: needs((*Pass).several, checkSameVersion),
		},
		{
			ID: "VER002", Title: "The shared installed.version is that of the members", Severity: Warning,
			Source:  srcCode70 + ", installation of a further member",
			Since:   product.Since(product.Layout, product.AppDataFolder),
			What:    "The version in the application data folder is, text by text, the member's own.",
			Avoid:   "Leaving the shared file as an old installer wrote it: upgrades of 6.x do not renew it.",
			Prefer:  "Once all members have one version, copy conf/installed.version of one of them into the application data folder.",
			Why:     "The installer of a new member compares the texts, build number included, and stops where they differ.",
			Assumes: []PremiseKind{PremiseAppData, PremiseVersion},
			Cluster: checkSharedVersion,
		},
		{
			ID: "VER003", Title: "The application data holds installed.version", Severity: Error,
			Source:  srcCluster + ", step 5.3",
			Since:   product.Since(product.Layout, product.AppDataFolder),
			What:    "A cluster's application data folder has conf/installed.version.",
			Avoid:   "Moving an application data folder of 6.x without adding the file, or moving the server's own file there.",
			Prefer:  "Copy, not move, conf/installed.version of the server into the folder.",
			Why:     "Without it the installer of a further member fails.",
			Assumes: []PremiseKind{PremiseAppData},
			Cluster: checkSharedVersionPresent,
		},
		{
			ID: "VER004", Title: "conf/installed.version holds a version", Severity: Error, Stage: StageRead,
			Source: srcCode70 + ", initProperties",
			What:   "The file is a properties file whose key installed.version holds a version such as 7.0.0.0.984935.",
			Avoid:  "Editing it, or writing a bare version into it.",
			Prefer: "Restore it from a backup of this server, or from another member of the same build.",
			Why:    "The installer and this library decide by it what the server is and which rules hold for it.",
			Member: checkVersionText,
		},
		{
			ID: "VER005", Title: "Versions are written with all their parts", Severity: Warning,
			Source:  inferredFrom + srcCode70 + ", installation of a further member",
			What:    "No member's version is merely the beginning of another's.",
			Avoid:   "Versions that a person typed, such as 7.0.2 beside 7.0.2.0.1020.",
			Prefer:  "The full text that the installer wrote, on every member.",
			Why:     "Such versions may or may not be the same build, and the installer treats them as different.",
			Denies:  []PremiseKind{PremiseVersion, PremiseAppData},
			Cluster: needs((*Pass).several, checkVersionLength),
		},
	}
}

// versioned returns the members whose version is known; the rule is blocked by
// the others.
func (p *Pass) versioned(c *cluster.Cluster) (out []*cluster.Member) {
	for _, m := range c.Members {
		if m.Version == "" {
			p.Blocked(m, m.VersionPath())
			continue
		}
		out = append(out, m)
	}
	return out
}

func checkSameVersion(p *Pass, c *cluster.Cluster) {
	compareVersions(p, c, false, func(odd, main group) Finding {
		if product.Compare(odd.value, main.value) == 0 || product.Compare(strings.TrimSpace(odd.value), strings.TrimSpace(main.value)) == 0 {
			return Finding{
				Severity: Warning, Source: inferredFrom + srcCode70 + ", installation of a further member",
				Message: fmt.Sprintf("the member has version %s and %s %s: one version in two spellings, which the installer treats as different", words.Quote(odd.value), main.have(), words.Quote(main.value)),
				Fix:     "write the text as the installer wrote it, without anything before or behind it",
			}
		}
		return Finding{
			Message: fmt.Sprintf("the member runs version %s, while %s %s %s", words.Quote(odd.value), main.names(), main.verb("runs", "run"), words.Quote(main.value)),
			Fix:     oneVersionFix(odd.value, main.value),
		}
	})
}

// oneVersionFix leads upwards: the schema of the database may be that of the newest
// member already, and a downgrade is not supported.
func oneVersionFix(odd, main string) string {
	if !product.Valid(odd) || !product.Valid(main) {
		return "restore conf/installed.version first, so that the versions can be compared"
	}
	newest := odd
	if product.Compare(main, odd) > 0 {
		newest = main
	}
	return "stop all members, back up database and application data, and upgrade those of an older version to " + words.Plain(newest) + " with the same installation media; a downgrade is not supported"
}

func checkVersionLength(p *Pass, c *cluster.Cluster) {
	compareVersions(p, c, true, func(odd, main group) Finding {
		return Finding{
			Message: fmt.Sprintf("the member has version %s and %s %s: whether this is one build cannot be told", words.Quote(odd.value), main.have(), words.Quote(main.value)),
			Fix:     "compare both files with the installation media, and write the full text into the shorter one",
		}
	})
}

// compareVersions reports the groups that differ from the largest, those that
// merely have another length or those that do not.
func compareVersions(p *Pass, c *cluster.Cluster, lengthOnly bool, tell func(odd, main group) Finding) {
	for odd, main := range oddOnes(p.byVersion(p.versioned(c))) {
		if product.SamePrefix(odd.value, main.value) != lengthOnly {
			continue
		}
		f := tell(odd, main)
		f.Node, f.Pos = odd.members[0].Node.Name, odd.members[0].VersionPos
		f.Path = odd.members[0].VersionPath()
		f.Denies = PremiseVersion.ofAll(odd.members)
		for _, m := range odd.members {
			if p.oddly[m] {
				f.Denies = append(f.Denies, PremiseAppData.Of(m))
			}
		}
		f.Related = odd.beside(main, func(m *cluster.Member) Related {
			return Related{Node: m.Node.Name, Path: m.VersionPath(), Pos: m.VersionPos, Message: "has " + words.Quote(m.Version)}
		})
		p.Report(f)
	}
}

// byVersion groups members by their version. The cluster's own comes first: that
// of the shared file, where a member has it, else the most frequent one. The
// storage has one version and the members have one each, so where they disagree
// it is the storage that knows.
func (p *Pass) byVersion(members []*cluster.Member) []group {
	all := groups(members, func(m *cluster.Member) string { return m.Version })
	shared := groups(slices.DeleteFunc(slices.Clone(members), func(m *cluster.Member) bool {
		return m.SharedVersion == "" || m.Scheme != appdata.Folder || p.homes[m].other
	}), func(m *cluster.Member) string { return m.SharedVersion })
	if len(shared) == 0 {
		return all
	}
	if i := slices.IndexFunc(all, func(g group) bool { return g.value == shared[0].value }); i > 0 {
		main := all[i]
		all = slices.Insert(slices.Delete(all, i, i+1), 0, main)
	}
	return all
}

func checkSharedVersion(p *Pass, c *cluster.Cluster) {
	all := p.byVersion(c.Members)
	judged := false
	for _, m := range c.Members {
		path := serverpath.Join(m.AppData, "conf/installed.version")
		p := p.Assume(PremiseAppData.Of(m))
		switch {
		case !p.scheme(m):
		case m.Scheme != appdata.Folder || m.SharedVersionMissing && m.Tree != nil:
			// one file, or none to compare
		case m.SharedVersion == "":
			p.Blocked(m, path)
		case m.Version == "":
			p.Blocked(m, m.VersionPath())
		case m.SharedVersion == m.Version:
			judged = true
		default:
			if main := all[0].value; m.Version != main && m.SharedVersion == main {
				p = p.Assume(PremiseVersion.Of(m)) // the file is right, and the member is not
			}
			f := Finding{
				Node: m.Node.Name, Path: path, Pos: m.SharedVersionPos,
				Fix:     sharedVersionFix(m, all),
				Related: []Related{{Node: m.Node.Name, Path: m.VersionPath(), Pos: m.VersionPos, Message: "has " + words.Quote(m.Version)}},
			}
			p.Report(f.predicate(fmt.Sprintf("says %s, and this member is %s: it runs, but no member of its version can be added", words.Quote(m.SharedVersion), words.Quote(m.Version))))
		}
	}
	if !judged {
		p.NotApplicable()
	}
}

// sharedVersionFix is safe to follow only while the members agree: copying the
// file of one that is odd would destroy the only right one.
func sharedVersionFix(m *cluster.Member, all []group) string {
	switch {
	case len(all) > 1:
		return "leave the file as it is, and bring all members to one version first"
	case versionKnown(m) && product.Valid(m.SharedVersion) && product.Compare(m.SharedVersion, m.Version) > 0:
		return "leave the file as it is until it is clear why it names a newer version: the folder may belong to another cluster, or a server of that version may have used it"
	}
	return "back it up, and copy " + m.VersionPath() + " over it"
}

// checkSharedVersionPresent reports a missing file once for each folder, not
// once for each member that uses it.
func checkSharedVersionPresent(p *Pass, c *cluster.Cluster) {
	if !c.Clustered() {
		p.NotApplicable()
		return
	}
	reported := map[cluster.Place]bool{}
	several := len(p.byVersion(c.Members)) > 1
	judged := false
	for _, m := range c.Members {
		path := serverpath.Join(m.AppData, "conf/installed.version")
		under := p.Assume(PremiseAppData.Of(m))
		switch {
		case !p.scheme(m), m.Scheme == appdata.Linked:
		case m.Tree == nil:
			p.Blocked(m, m.AppData)
		case m.Scheme == appdata.InInstall: // the server's own file
		case m.SharedVersion != "":
			judged = true
		case !m.SharedVersionMissing:
			under.Blocked(m, path)
		case !reported[m.AppDataReal.Place]:
			reported[m.AppDataReal.Place] = true
			f := Finding{Node: m.Node.Name, Path: path, Fix: "copy " + m.VersionPath() + " there; do not move it"}
			if several {
				f.Fix = "bring all members to one version first, then copy conf/installed.version of one of them there; do not move it"
			}
			under.Report(f.predicate("does not exist, so the installer of a further member fails"))
		}
	}
	if !judged {
		p.NotApplicable()
	}
}

func checkVersionText(p *Pass, m *cluster.Member) {
	path := m.VersionPath()
	switch versionStateOf(m) {
	case versionRead:
		if versionKnown(m) {
			return
		}
		p.Report(Finding{
			Path: path, Pos: m.VersionPos,
			Message: fmt.Sprintf("installed.version is %s, which is not a version such as 7.0.0.0.984935, so no rule about versions can be applied", words.Quote(m.Version)),
			Fix:     "restore the file from a backup of this server",
		})
	case versionAbsent:
		p.NotApplicable() // there is nothing to read
	case versionBad:
		g, _ := m.Gap(path)
		f := Finding{Path: path, Fix: "restore the file from a backup of this server"}
		p.Report(f.predicate(g.Reason() + ", so the version of the server is not known"))
	default:
		p.Blocked(m, path)
	}
}

// How reading a member's own conf/installed.version ended.
type versionState int

const (
	versionRead versionState = iota + 1
	versionAbsent
	versionBad // it is there and holds no version
	versionUnread
)

func versionStateOf(m *cluster.Member) versionState {
	g, ok := m.Gap(m.VersionPath())
	switch {
	case m.Version != "":
		return versionRead
	case !ok:
		return versionUnread // the folder around it was not read
	case g.Kind == cluster.GapMissing:
		return versionAbsent
	case g.Kind == cluster.GapNotRegular, g.Kind == cluster.GapNoVersion, g.Kind == cluster.GapMalformed:
		return versionBad
	}
	return versionUnread
}
