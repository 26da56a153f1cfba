package plan

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/internal/words"
	"github.com/deploycluster/deploycluster/tlscert"
)

const (
	srcStep6   = "vendor page: Setting up clusters of servers, step 6"
	srcTomcat  = "Tomcat SSLUtilBase"
	srcKeyPage = "vendor pages on keystores (7.0.2)"
)

// webStore is how cluster names the web server's keystore, and webPassword the
// property that holds its password from 6.2.5.1 on.
const (
	webStore    = "tomcat.keystore"
	webPassword = "tomcat.keystore.password"
)

// AlignCertificate plans how every other member gets the certificate of the
// reference member: step 6 of the vendor's page, for clusters whose TLS ends
// at the servers. The keystore is copied with mode 0600 and proven, the old
// one is kept beside it, and the alias is set where that member's version
// reads it. Passwords are never carried: setting tomcat.keystore.password is a
// manual step, as are taking the member out of the balancer, restarting it,
// probing it and putting it back. ApplyOptions.Confirm is how a program waits
// for those, one member at a time.
//
// Members that serve the same certificate already are left alone, whatever
// their alias, chain or store format. Reasons against the plan are in
// Plan.Refusals; the error is an Error of ReasonNode or that of a done context.
func AlignCertificate(ctx context.Context, c *cluster.Cluster, reference string) (*Plan, error) {
	ref, err := member(c, reference)
	if err != nil {
		return nil, err
	}
	p := newPlan(KindAlign, c, ref)
	a := &aligner{editor: editorOf(c, &draft{p: p}), ref: ref}
	report, err := check.Run(ctx, c, check.Options{Only: append(alignJudges(), "KEY005", "KEY010", "KEY013", "KEY016")})
	if err != nil {
		return nil, err
	}
	if a.reference(report) {
		for _, m := range c.Members {
			if m == ref {
				continue
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if err := a.member(ctx, m); err != nil {
				return nil, err
			}
		}
	}
	if !a.changes {
		p.Steps = []Step{}
	} else {
		a.relyOnServers()
		a.facts.relyOnServer(ref)
	}
	return p, a.finish()
}

// aligner collects a plan of KindAlign.
type aligner struct {
	*editor
	ref     *cluster.Member
	store   cluster.Keystore
	from    spot
	entry   tlscert.Entry
	changes bool
}

// alignJudges are the rules whose Errors about the reference leave nothing to
// copy. They are run, and not replaced by facts, because the refusal is to say what
// the report of the cluster says: the same words, fix and source.
func alignJudges() []string { return []string{"KEY001", "KEY002", "KEY008"} }

// reference finds what all members shall serve; false when there is nothing
// to copy.
func (a *aligner) reference(report *check.Report) bool {
	for _, f := range report.Findings {
		if f.Node != a.ref.Node.Name {
			continue
		}
		if slices.Contains(alignJudges(), f.Rule) && f.Severity == check.Error {
			a.p.object(refusalOf(f))
		} else {
			a.p.warn(refusalOf(f))
		}
	}
	if len(a.p.Refusals) > 0 {
		return false
	}
	choice := a.ref.TLS
	if len(choice.Entry.Chain) == 0 {
		why := choice.Unknown
		if _, err := a.ref.ServerCertificate(); why == "" && err != nil {
			why = err.Error()
		}
		a.p.object(Refusal{Rule: "KEY004", Path: a.ref.InInstall("opt/tomcat/conf"), Message: "the certificate that this member serves cannot be told: " + why, Fix: "give access to the keystore and its password", Source: srcStep6})
		return false
	}
	a.entry = choice.Entry
	a.store, _ = a.ref.Store(webStore)
	var err error
	if a.from, err = followed(a.ref.FS(), a.store.Path); err != nil || !a.from.exists() {
		a.p.object(Refusal{Rule: "KEY001", Path: a.store.Path, Message: "the keystore cannot be found", Fix: "give access to it", Source: srcStep6})
		return false
	}
	return true
}

// member plans the steps for one member, or none.
func (a *aligner) member(ctx context.Context, m *cluster.Member) error {
	replace, ok := a.copyStore(m)
	if !ok {
		return nil
	}
	a.changes = true
	manual := Step{Phase: PhaseSwitch, Action: ActionManual, Node: m.Node.Name}
	about := alignment{
		Node: m.Node.Name, Reference: a.ref.Node.Name, Path: replace.ServerTo,
		Port: cmp.Or(m.Value(cluster.KeyWebSecurePort), "8443"), Fingerprint: a.fingerprint(),
	}
	if !a.samePassword(m) {
		about.Password = m.SecuredPath() + ", property " + webPassword + ", in plain text: the server encrypts it at its next start"
		if m.Secured == nil {
			about.Password = m.InInstall("opt/tomcat/conf/server.xml") + ", the password of the HTTPS connector"
		}
	}
	a.write("align-before", manual, about)
	a.write("replace", replace, about)
	a.alias(m)
	if err := a.stepsOf(ctx, m); err != nil {
		return err
	}
	a.write("align-after", manual, about)
	return nil
}

// alignment is what the steps of a member say.
type alignment struct{ Node, Reference, Path, Password, Port, Fingerprint string }

// fingerprint is that of the certificate that all members shall serve.
func (a *aligner) fingerprint() string { return tlscert.Fingerprint(a.entry.Chain[0].Raw) }

// copyStore is the step that gives a member the keystore of the reference; ok is
// false where it serves the certificate already, or cannot be read.
func (a *aligner) copyStore(m *cluster.Member) (s Step, ok bool) {
	if have, err := m.ServerCertificate(); err == nil && have.Same(a.entry.Chain[0]) {
		return s, false
	}
	path := m.InInstall("opt/tomcat/conf/tomcat.keystore")
	if k, ok := m.Store(webStore); ok {
		path = k.Path
	}
	to, err := followed(m.FS(), path)
	if err != nil && !notThere(err) || to.place.Storage == "" {
		a.p.object(Refusal{Rule: "KEY004", Path: path, Message: fmt.Sprintf("member %s cannot be read here: %v", m.Node.Name, plain(err)), Fix: "declare a mount that holds it", Source: srcStep6})
		return s, false
	}
	old, err := readAll(m.FS(), path)
	if err != nil && !notThere(err) {
		a.p.object(Refusal{Rule: "KEY004", Path: path, Message: fmt.Sprintf("the keystore of %s cannot be read: %v", m.Node.Name, plain(err)), Fix: "give access to it", Source: srcStep6})
		return s, false
	}
	return Step{
		Phase: PhaseSwitch, Action: ActionReplace, Kind: appdata.File, Node: m.Node.Name, Mode: 0o600, Digest: digest([]byte(a.store.Data.Reveal())),
		From: a.from.place, To: to.place, Facts: []Fact{storeFact(path, old)}, ServerFrom: a.from.server, ServerTo: path,
	}, true
}

// alias sets the alias where this member's version reads it: the property
// from 7.1.0 on, server.xml before 7.0.1, and both in between, where it is not
// known which one counts.
func (a *aligner) alias(m *cluster.Member) {
	alias := a.entry.Alias
	set := func(file, key, why string) {
		_ = a.take(cluster.Edit{Node: m.Node.Name, File: file, Op: opSet, Key: key, Value: alias}, reason{why, srcStep6}) // the member exists
	}
	if m.Installed != nil && (since(m.Version, "7.0.1") || m.Value(cluster.KeyTomcatAlias) != "") && m.Value(cluster.KeyTomcatAlias) != alias {
		set("", cluster.KeyTomcatAlias, "the alias has to be one of the copied keystore")
	}
	for _, c := range m.Connectors {
		if c.KeyAlias == alias || c.KeyAlias == "" && since(m.Version, "7.1.0") || len(c.KeyAlias) > 1 && c.KeyAlias[0] == '$' {
			continue
		}
		path := m.ServerXMLPath()
		if data, err := readAll(m.FS(), path); err == nil && len(m.Connectors) == 1 {
			if _, ok := withKeyAlias(data, c, alias); ok {
				set(fileServerXML, keyAlias, "the connector names the entry by its keyAlias, and the copied keystore may not have that one")
				return
			}
		}
		a.write("alias", Step{Phase: PhaseSwitch, Action: ActionManual, Node: m.Node.Name, ServerFrom: path}, map[string]string{"Alias": alias, "Path": path})
		return
	}
}

// samePassword reports that both members store the same password in plain
// text; encrypted values cannot be compared.
func (a *aligner) samePassword(m *cluster.Member) bool {
	x, y := a.ref.Value(webPassword), m.Value(webPassword)
	return x != "" && x == y && !words.Encrypted(x)
}
