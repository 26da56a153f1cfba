package plan

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/tlscert"
)

const (
	srcAgentsKeys = "vendor page web_agents_security (7.1.0)"
	srcLicenses   = "vendor page on clusters, note on licenses (7.2.3)"
)

// before is what people do first, above all to what is abandoned.
func (j *joiner) before() {
	if j.abandons {
		j.manual(PhasePrepare, srcAdd, Step{
			Title: "Export from " + j.m.Node.Name + " what must survive, and import it into a member of the cluster",
			Why:   "the server leaves its own database and application data: applications, components, processes, users, history and artifacts in them are abandoned", Expect: "whoever works with this server has seen the imported parts in the cluster",
			Undo: "delete what was imported",
		})
	}
	j.manualStop("a running server writes to the files that are changed, and to the data that is put aside", "a server that finds no keystore at the new place makes new keys")
	if !maps.Equal(j.like.DriverSizes, j.m.DriverSizes) {
		j.manual(PhasePrepare, srcAdd, Step{
			Title: fmt.Sprintf("Make %s hold the database drivers of the other members, and no others: %s", j.m.InInstall("lib/ext"), strings.Join(j.like.Drivers, ", ")),
			Why:   "the server needs the driver of the cluster's database", Expect: "the same files as on " + j.like.Node.Name,
		})
	}
	if len(j.references) > 0 {
		j.manual(PhasePrepare, srcAdd, Step{
			Title: "Have these secrets of the cluster at hand, where the program that applies the plan asks for them: " + strings.Join(j.references, ", "),
			Why:   "encrypted passwords of another server cannot be read here, and the plan holds none", Expect: "the vault returns a value for each reference",
		})
	}
}

// after is what people do once the files are changed: this server alone first, and
// only then the balancer and the agents.
func (j *joiner) after() {
	name := j.m.Node.Name
	for _, s := range j.p.Steps {
		if s.Action == ActionRetire {
			j.moves = append(j.moves, move{from: spot{server: s.ServerFrom}})
		}
	}
	for _, mention := range j.mentions() {
		j.manual(PhaseSwitch, srcField, mention)
	}
	if j.m.ServerXMLRead && j.like.ServerXMLRead && (len(j.m.Connectors) > 0) != (len(j.like.Connectors) > 0) {
		j.manual(PhaseSwitch, srcCode, Step{
			Title: "Make the connectors in " + j.m.ServerXMLPath() + " those of " + j.like.Node.Name + ", paths and passwords apart",
			Why:   "one of the two has an HTTPS connector and the other has none; " + cluster.KeyAlwaysSecure + " alone does not make one", Expect: "this server answers on the ports of the others",
		})
	}
	if _, ok := j.m.Property(webPassword); j.store != nil && !ok {
		j.manual(PhaseSwitch, srcKeyPage, Step{
			Title: "Set the password of the copied keystore at the HTTPS connector in " + j.m.InInstall("opt/tomcat/conf/server.xml"),
			Why:   "a keystore keeps the password it was made with", Expect: "the password of " + j.like.Node.Name + "'s keystore",
		})
	}
	if j.m.Node.Role == cluster.RoleStandby {
		j.manual(PhaseSwitch, "vendor page server_install_cold (7.0.2)", Step{
			Title: "Do not start " + name + ": it is a cold standby, and its service starts by hand only",
			Why:   "a standby that runs beside the cluster can damage the database",
		})
		return
	}
	j.manual(PhaseSwitch, srcAdd, Step{
		Title: "Start " + name + " alone, log in to it directly and not through the balancer, and open an artifact, the output of an old process and a secure property of the cluster",
		Why:   "a wrong key or password shows here, before users come to this server", Expect: "all of it is there, and the log names no error about a keystore, the repository or the database",
		Undo: "stop it, and go back before users have worked on it",
	})
	if j.store != nil {
		entry := j.like.TLS.Entry
		j.manual(PhaseSwitch, srcStep6, Step{
			Title: "Probe " + name + " directly, not through the balancer", Why: "a connector that did not start, or serves another certificate, is found before users find it",
			Expect: "SHA256 Fingerprint=" + tlscert.Fingerprint(entry.Chain[0].Raw),
		})
	}
	j.manual(PhaseSwitch, srcField, Step{Title: automaticStartOn, Why: "a member has to come back with its machine"})
	if product.In(j.m.Version, "", product.Until(product.Connection, product.JMSMembers)) {
		j.manual(PhaseSwitch, "vendor page settings_network (7.0.2)", Step{
			Title: "Create a cluster connection for " + name + " on a member of the cluster", Why: "members before 7.2.0 find each other by them",
		})
	}
	j.manual(PhaseSwitch, srcAdd, Step{
		Title: "See that External Agent URL and External User URL in the System Settings are the load balancer's, and that there is a server license for one more member",
		Why:   "both are in the cluster's database and not in a file",
	})
	j.manual(PhaseSwitch, srcAdd, Step{Title: "Add " + name + " to the load balancer", Why: "only now do users and agents come to it", Undo: "take it out again"})
	j.manual(PhaseSwitch, "vendor page configure_agent_failover (7.0.2)", Step{
		Title: "Give agents and relays the list of all members, " + name + " included", Why: "an agent that knows one server only is lost with it",
	})
	j.manual(PhaseSwitch, srcAgentsKeys, Step{
		Title: "Connect the agents that worked with " + name + " anew: they trust the key that it had", Inferred: true,
		Why: "from now on the server has the cluster's server.keystore",
	})
	j.manual(PhaseSwitch, srcSafety, Step{
		Title: "Keep the server's own database, and what was put aside, until one full business day without errors and one verified backup have passed",
		Why:   "until then the old state can be had back, without what was done since",
	})
}

// unjoinable is why a plan of KindJoin cannot be carried out now: its server runs,
// or the storage is not where it was planned for.
func (p *Plan) unjoinable(w cluster.World) (*Refusal, error) {
	if p.Kind != KindJoin {
		return nil, nil
	}
	n, err := p.node()
	if err != nil {
		return nil, err
	}
	var refused *RefusedError
	if err := (&run{p: p, w: w, node: n}).quiet(); errors.As(err, &refused) {
		return &refused.Refusals[0], nil
	} else if err != nil {
		return nil, err
	}
	v := w.View(n)
	if r := p.unmounted(v, w); r != nil {
		return r, nil
	}
	if at, err := v.Resolve(p.Target.AppData); err != nil || at.Place != p.To {
		return &Refusal{Rule: "TGT011", Path: p.Target.AppData, Source: srcAdd, Fix: "mount the storage there",
			Message: fmt.Sprintf("the cluster's application data is not there on %s any more", p.Node)}, nil
	}
	return nil, nil
}
