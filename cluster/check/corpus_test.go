package check_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

// The corpus are clusters of three members, each with its own installation and
// disk and one network storage between them, in which nothing is wrong but one
// thing. Every rule of the catalogue has at least one such defect, and a defect
// draws findings of the rules that it is about, and of no other.

// ownPassword opens every keystore of the corpus: whoever has none but the
// product's default draws KEY011.
const ownPassword = "Zebra-7"

// corpusVersion reads tomcat.key.alias and agentcomm.uri.
const corpusVersion = "7.2.1.0.1130000"

// three is the sound cluster of the corpus: everything is declared, every
// keystore can be opened, and the certificate is one of an authority.
func three(t testing.TB, version string) *site {
	t.Helper()
	s := kitSite(t, clustertest.NewCluster(3, clustertest.Spec{Version: version, Alias: clustertest.ServerAlias}))
	s.ownKeystores()
	return s
}

// ownKeystores gives all members a certificate of an authority, and all their
// keystores another password, which the world knows.
func (s *site) ownKeystores() {
	s.t.Helper()
	s.world.Password = passwords(ownPassword)
	done := map[string]bool{}
	for _, m := range s.load().Members {
		for _, k := range m.Keystores {
			if at := k.Real.Place.Path; !done[at] {
				done[at] = true
				s.write(m.Node.Name, k.Path, reseal(s.read(m.Node.Name, k.Path), ownPassword))
			}
		}
		s.serve(reseal(good(), ownPassword), m.Node.Name)
	}
}

// defect is one thing that is wrong in a cluster which is sound without it.
type defect struct {
	rule, name string
	base       func(testing.TB) *site // unset: three of corpusVersion
	seed       func(s *site)
	// want are the findings that the sound cluster does not have, each as
	// "rule severity node", in the order of the report.
	want []string
	// says is what one of their messages or fixes has to contain, silent what none
	// may.
	says, silent []string
}

func (d defect) site(t testing.TB) *site {
	if d.base != nil {
		return d.base(t)
	}
	return three(t, corpusVersion)
}

// verdicts are a report's findings in short.
func verdicts(r *check.Report) []string {
	out := make([]string, 0, len(r.Findings))
	for _, f := range r.Findings {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Rule, f.Severity, f.Node)))
	}
	return out
}

// new are the verdicts of a report that another one lacks.
func added(r, base *check.Report) []string {
	out := verdicts(r)
	for _, v := range verdicts(base) {
		if i := slices.Index(out, v); i >= 0 {
			out = slices.Delete(out, i, i+1)
		}
	}
	return out
}

func TestSeededDefects(t *testing.T) {
	for _, d := range defects() {
		t.Run(d.rule+"/"+d.name, func(t *testing.T) {
			t.Parallel()
			d.compare(t)
		})
	}
}

// compare holds what the catalogue says of the cluster against the defect.
func (d defect) compare(t *testing.T) {
	t.Helper()
	base := d.site(t).check(check.Options{})
	if base.Count(check.Error) > 0 {
		t.Fatalf("the sound cluster has errors: %v", verdicts(base))
	}
	s := d.site(t)
	d.seed(s)
	r := s.check(check.Options{})
	if diff := cmp.Diff(append([]string{}, d.want...), added(r, base)); diff != "" {
		t.Errorf("findings (-want +got):\n%s%s", diff, texts(r, base))
	}
	all := ""
	for _, f := range r.Findings {
		all += f.Message + " " + f.Fix + "\n"
		if len(f.Edits) > 0 && !slices.ContainsFunc(check.Rules(), func(r check.Rule) bool { return r.ID == f.Rule && r.Edits != "" }) {
			t.Errorf("%s carries edits, and Rule.Edits says nothing", f.Rule)
		}
		if f.Message == "" || f.Fix == "" || f.Source == "" || f.Title == "" || f.Path == "" && f.Node != "" {
			t.Errorf("finding lacks what a reader needs: %+v", f)
		}
	}
	for _, part := range d.says {
		if !strings.Contains(all, part) {
			t.Errorf("nothing says %q:\n%s", part, all)
		}
	}
	for _, part := range d.silent {
		if strings.Contains(all, part) {
			t.Errorf("something says %q:\n%s", part, all)
		}
	}
}

// texts are the new findings in full, for a failure.
func texts(r, base *check.Report) string {
	var b strings.Builder
	for _, f := range r.Findings {
		if !slices.ContainsFunc(base.Findings, func(o check.Finding) bool { return o.Message == f.Message && o.Rule == f.Rule && o.Node == f.Node }) {
			fmt.Fprintf(&b, "%s %s %s %s: %s\n", f.Severity, f.Rule, f.Node, f.Path, f.Message)
			for _, rel := range f.Related {
				fmt.Fprintf(&b, "    %s %s: %s\n", rel.Node, rel.Path, rel.Message)
			}
		}
	}
	for _, u := range r.Unread {
		fmt.Fprintf(&b, "unread %v %s %s: %s\n", u.Rules, u.Node, u.Path, u.Reason)
	}
	for _, u := range r.Unknown {
		fmt.Fprintf(&b, "unknown %v %s %s: %s\n", u.Rules, u.Node, u.Path, u.Reason)
	}
	return b.String()
}

// TestCorpusIsSound also says exactly what the sound cluster of the corpus
// answers: nothing, and nothing is left unjudged.
func TestCorpusIsSound(t *testing.T) {
	r := three(t, corpusVersion).check(check.Options{})
	if len(r.Findings)+len(r.Unknown)+len(r.Unread) > 0 {
		t.Error(texts(r, &check.Report{}))
	}
}

// TestEveryRuleHasADefect holds the corpus against the catalogue.
func TestEveryRuleHasADefect(t *testing.T) {
	seeded := map[string]bool{}
	for _, d := range defects() {
		if !slices.ContainsFunc(d.want, func(v string) bool { return strings.HasPrefix(v, d.rule+" ") }) {
			t.Errorf("%s/%s does not expect its own rule", d.rule, d.name)
		}
		seeded[d.rule] = true
	}
	for _, r := range check.Rules() {
		if !seeded[r.ID] && r.ID != aboutOptions {
			t.Errorf("%s has no seeded defect", r.ID)
		}
		delete(seeded, r.ID)
	}
	for id := range seeded {
		t.Errorf("a defect for %s, which is not a rule", id)
	}
}

func defects() []defect {
	return slices.Concat(versionDefects(), appdataDefects(), storageDefects(), propertyDefects(),
		keyDefects(), databaseDefects(), balancerDefects(), networkDefects(), operationDefects(), foldedDefects(), serverDefects())
}

// copyTree copies a folder or file with its modes, as FS spells both.
func (s *site) copyTree(from, to string) {
	s.t.Helper()
	s.must(afero.Walk(s.fs, from, func(path string, fi os.FileInfo, err error) error {
		at := to + path[len(from):]
		if err != nil || fi.IsDir() {
			return errors.Join(err, s.fs.MkdirAll(at, 0o750))
		}
		data, err := afero.ReadFile(s.fs, path)
		return errors.Join(err, s.fs.MkdirAll(filepath.Dir(at), 0o750), afero.WriteFile(s.fs, at, data, fi.Mode().Perm()))
	}))
}
