package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/words"
)

// connectorRules are about the connectors of opt/tomcat/conf/server.xml.
func connectorRules() []Rule {
	return []Rule{
		{
			ID: "KEY017", Title: "There is a TLS connector where TLS ends at the servers", Severity: Error,
			Source: srcConnector + ", SSLEnabled; " + srcCluster + ", step 6",
			What:   "Where TLS is declared to end at the servers, server.xml of every member has a connector with SSLEnabled, an SSLHostConfig or a keystore. secure and scheme do not make one.",
			Avoid:  "A server.xml of an installation without HTTPS, or one from before the balancer was changed to pass TLS through.",
			Prefer: "The TLS connector of the installer's server.xml on every member.",
			Why:    "Nothing answers on the HTTPS port, so users and the load balancer find it closed.",
			Member: checkTLSConnector,
		},
		{
			ID: "PRP024", Title: "The ports in server.xml are those of the properties", Severity: Warning,
			Source: srcTemplates + ", server.xml; " + srcConnector + ", port",
			What:   "The connectors listen on install.server.web.port and install.server.web.https.port, by reference or by the same number.",
			Avoid:  "A port written out in server.xml that differs from the property.",
			Prefer: "${install.server.web.port} and ${install.server.web.https.port}, as the installer writes them.",
			Why:    "Tomcat listens on what server.xml says, while the balancer, the session cookie's name and the installer use the properties.",
			Member: needs((*Pass).properties, checkConnectorPorts),
		},
	}
}

func checkTLSConnector(p *Pass, m *cluster.Member) {
	switch {
	case tlsEnds(p.cluster) != cluster.TLSAtServers:
		p.NotApplicable()
	case len(m.Connectors) > 0:
	case !m.ServerXMLRead:
		p.Blocked(m, m.ServerXMLPath())
	default:
		f := Finding{
			Path: m.ServerXMLPath(),
			Fix:  "add the TLS connector of the installer's server.xml for " + cluster.KeyWebSecurePort + ", or declare that TLS ends at the load balancer if it does",
		}
		f = f.predicate("has no TLS connector, and TLS is declared to end at the servers: nothing answers on the HTTPS port")
		if port := m.Value(cluster.KeyWebSecurePort); port != "" {
			f.Message += " " + words.Quote(port)
		}
		p.Report(f)
	}
}

func checkConnectorPorts(p *Pass, m *cluster.Member) {
	if !m.ServerXMLRead {
		p.Blocked(m, m.ServerXMLPath())
		return
	}
	for _, side := range []struct {
		kind, key  string
		connectors []cluster.Connector
	}{
		{"HTTP", cluster.KeyWebPort, m.PlainConnectors},
		{"HTTPS", cluster.KeyWebSecurePort, m.Connectors},
	} {
		p.connectorPort(m, side.kind, side.key, side.connectors)
	}
}

// connectorPort reports that none of a member's connectors of one kind listens on
// the port of the property.
func (p *Pass) connectorPort(m *cluster.Member, kind, key string, connectors []cluster.Connector) {
	want, err := strconv.Atoi(strings.TrimSpace(m.Value(key)))
	if err != nil || len(connectors) == 0 {
		return // not set, not a port, or no such connector
	}
	var odd []cluster.Connector
	var ports []string
	for _, c := range connectors {
		text, ok := m.Expand(c.Port)
		n, err := strconv.Atoi(strings.TrimSpace(text))
		switch {
		case !ok || err != nil:
			p.Unknown(m.ServerXMLPath(), fmt.Sprintf("the port of the connector in line %d is not told by this server's files", c.Pos.Line), "a number, or a reference to "+key)
			return
		case n == want:
			return
		case n > 0: // 0 and below is a connector that is switched off
			odd = append(odd, c)
			ports = append(ports, strconv.Itoa(n))
		}
	}
	if len(odd) == 0 {
		return
	}
	f := Finding{
		Path: m.ServerXMLPath(), Pos: odd[0].Pos, Subject: key,
		Message: fmt.Sprintf("the %s connector in server.xml listens on %s, while %s is %d", kind, words.List(slices.Compact(ports)), key, want),
		Fix:     "write port=\"${" + key + "}\" in server.xml and the right port in installed.properties, and tell the balancer",
		Related: []Related{relatedKey(m, key)},
	}
	p.Report(f)
}
