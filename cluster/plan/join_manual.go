package plan

import (
	"fmt"
	"maps"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/tlscert"
)

// newcomer is what the steps for people say: first of what is abandoned, and, once
// the files are changed, of this server alone, and only then of the balancer and the
// agents.
type newcomer struct {
	Node, Reference     string
	Abandons            bool
	OtherDrivers        bool
	Drivers             string   // which the server has to have
	Secrets             []string // which the plan refers to
	Connectors          string   // the file whose connectors are other ones
	Password            string   // the file that takes the password of the keystore
	Standby, Connection bool     // members find each other by connections
	Port, Fingerprint   string   // of the certificate, where the server gets one
}

func (j *joiner) newcomer() newcomer {
	m, like := j.m, j.like
	x := newcomer{
		Node: m.Node.Name, Reference: like.Node.Name, Abandons: j.abandons, Secrets: j.references, Standby: m.Node.Role == cluster.RoleStandby,
		OtherDrivers: !maps.Equal(like.DriverSizes, m.DriverSizes), Drivers: strings.Join(like.Drivers, ", "),
		Connection: product.In(m.Version, "", product.Until(product.Connection, product.JMSMembers)),
	}
	if m.ServerXMLRead && like.ServerXMLRead && (len(m.Connectors) > 0) != (len(like.Connectors) > 0) {
		x.Connectors = m.ServerXMLPath()
	}
	if j.store != nil {
		x.Fingerprint = tlscert.Fingerprint(like.TLS.Entry.Chain[0].Raw)
		if _, ok := m.Property(webPassword); !ok {
			x.Password = m.InInstall("opt/tomcat/conf/server.xml")
		}
	}
	return x
}

// joinable refuses a plan of KindJoin that cannot be carried out now: its server runs,
// or the storage is not where it was planned for.
func (p *Plan) joinable(w cluster.World) error {
	if p.Kind != KindJoin {
		return nil
	}
	n, err := p.node()
	if err != nil {
		return err
	}
	if err := (&run{p: p, w: w, node: n}).quiet(); err != nil {
		return err
	}
	v := w.View(n)
	if r := p.unmounted(v, w); r != nil {
		return p.refused(*r)
	}
	if at, err := v.Resolve(p.Target.AppData); err != nil || at.Place != p.To {
		return p.refused(Refusal{Rule: "TGT011", Path: p.Target.AppData, Source: srcAdd, Fix: "mount the storage there",
			Message: fmt.Sprintf("the cluster's application data is not there on %s any more", p.Node)})
	}
	return nil
}
