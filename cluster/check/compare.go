package check

import "slices"

// Delta is what changed between two reports about the same cluster. Every
// finding of either report is in exactly one list.
type Delta struct {
	// New are findings that only the later report has.
	New []Finding `json:"new"`
	// Fixed are findings that only the earlier report has, and of which the later
	// one says that they no longer hold: it is complete, and it ran and judged
	// their rule for their member.
	Fixed []Finding `json:"fixed"`
	// Kept are findings of both reports, as the later one has them, and findings of
	// the earlier one that the later one did not read or did not judge, or that it
	// suppresses.
	Kept []Finding `json:"kept"`
}

// Compare returns what changed from one report to a later one, by the
// findings' fingerprints. What the later report did not read or did not judge,
// or has suppressed, is Kept, never Fixed.
func Compare(before, after *Report) Delta {
	d := Delta{New: []Finding{}, Fixed: []Finding{}, Kept: []Finding{}}
	had := map[string]bool{}
	for _, f := range before.Findings {
		had[f.Fingerprint] = true
	}
	has := map[string]bool{}
	for _, s := range after.Suppressed {
		has[s.Finding.Fingerprint] = true
	}
	shown := map[string]bool{}
	for _, f := range after.Findings {
		shown[f.Fingerprint] = true
		if had[f.Fingerprint] {
			d.Kept = append(d.Kept, f)
		} else {
			d.New = append(d.New, f)
		}
	}
	for _, f := range before.Findings {
		switch {
		case shown[f.Fingerprint]:
		case has[f.Fingerprint] || !after.settles(f):
			d.Kept = append(d.Kept, f)
		default:
			d.Fixed = append(d.Fixed, f)
		}
	}
	return d
}

// settles reports whether the absence of a finding from the report means that
// it no longer holds.
func (r *Report) settles(f Finding) bool {
	if !r.Complete() || !r.ran(f.Rule) {
		return false
	}
	return !slices.ContainsFunc(r.Unknown, func(u Unknown) bool {
		return (u.Node == "" || u.Node == f.Node) && (u.Rule == f.Rule || slices.Contains(u.Rules, f.Rule))
	})
}

// ran reports whether the rule was run at all.
func (r *Report) ran(rule string) bool {
	for _, ids := range [][]string{r.Passed, r.NotApplicable, r.NotJudged, r.Explained} {
		if slices.Contains(ids, rule) {
			return true
		}
	}
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Rule == rule })
}
