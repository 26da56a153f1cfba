package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/internal/words"
	"github.com/deploycluster/deploycluster/props"
)

// The prefixes of the properties that put artifacts into an object storage.
const (
	codeStationS3    = "codestation.s3."
	versionArchiveS3 = "versionArchive.s3."
)

// objectStorageRules are about artifacts that are not on the network storage.
func objectStorageRules() []Rule {
	return []Rule{
		{
			ID: "PRP022", Title: "Artifacts in S3 are set up alike on all members", Severity: Warning,
			Source:  inferredFrom + srcS3,
			Since:   product.Since(product.Storage, product.CodeStationS3),
			What:    "The properties codestation.s3.* and versionArchive.s3.*, their secrets apart, are the same on every member.",
			Avoid:   "Setting them on the member that was at hand.",
			Prefer:  "The same lines in installed.properties of every member, and one restart of all that run.",
			Why:     "A server so set up does not look at var/repository at all, and the others look nowhere else: each has artifacts that the other lacks.",
			Cluster: checkObjectStorage,
		},
	}
}

// inS3 reports that a member keeps its artifacts in S3, so that what is in
// var/repository does not matter.
func inS3(m *cluster.Member) bool {
	enabled := strings.TrimSpace(m.Value(codeStationS3 + "enabled"))
	if enabled != "" {
		return strings.EqualFold(enabled, "true")
	}
	return m.Value(codeStationS3+"url") != "" || m.Value(codeStationS3+"bucket") != ""
}

func checkObjectStorage(p *Pass, c *cluster.Cluster) {
	members := p.inWindow(c)
	settings := map[string]bool{}
	for _, m := range members {
		for _, f := range filesOf(m) {
			for e := range f.Entries() {
				named := strings.HasPrefix(e.Key, codeStationS3) || strings.HasPrefix(e.Key, versionArchiveS3)
				if named && !props.Sensitive(e.Key, e.Value) {
					settings[e.Key] = true
				}
			}
		}
	}
	if len(settings) == 0 {
		p.NotApplicable()
		return
	}
	keys := slices.Sorted(maps.Keys(settings))
	all := groups(members, func(m *cluster.Member) string {
		var b strings.Builder
		for _, k := range keys {
			fmt.Fprintf(&b, "%q\n", s3Value(m, k))
		}
		return b.String()
	})
	if len(all) < 2 {
		return
	}
	// Whoever has the settings has meant something; the others lack them.
	main := all[0]
	if i := slices.IndexFunc(all, func(g group) bool { return inS3(g.members[0]) }); i >= 0 {
		main = all[i]
	}
	for _, g := range all {
		if g.value == main.value {
			continue
		}
		p.otherObjectStorage(g, main, keys)
	}
}

// s3Value is a setting as it is compared: a flag without its letter case.
func s3Value(m *cluster.Member, key string) string {
	v := strings.TrimSpace(m.Value(key))
	if strings.EqualFold(v, "true") || strings.EqualFold(v, "false") {
		return strings.ToLower(v)
	}
	return v
}

func (p *Pass) otherObjectStorage(odd, main group, keys []string) {
	m, ref := odd.members[0], main.members[0]
	var differ []string
	for _, k := range keys {
		if s3Value(m, k) != s3Value(ref, k) {
			differ = append(differ, k)
		}
	}
	f := atProperty(m, differ[0])
	f.Message = fmt.Sprintf("the settings for S3 differ from those of %s in %s", main.names(), words.List(differ))
	if inS3(m) != inS3(ref) {
		f.Message += "; only one side keeps its artifacts in S3 and does not read var/repository"
	}
	f.Fix = "set " + codeStationS3 + "* and " + versionArchiveS3 + "* alike on all members, and restart those that run together; first make sure that every artifact is in the storage that all will use"
	f.Related = odd.beside(main, func(o *cluster.Member) Related { return relatedKey(o, differ[0]) })
	p.Report(f)
}
