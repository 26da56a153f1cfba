package installer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/internal/hostname"
)

func checkLoopback(p *pass, s *sheet) {
	together := s.ha || len(p.sheets) > 1
	if u, _ := hostname.Parse(s.get("agentcomm.uri")); hostname.Loopback(u.Host) {
		f := check.Finding{
			Message: fmt.Sprintf("agentcomm.uri names the host %q, which no other server reaches", u.Host),
			Fix:     "set it to wss:// with the name of the machine that this file is for, and a port, such as wss://ucd1.example.com:7919",
		}
		if !together {
			f.Severity, f.Source = check.Info, srcSilent
			f.Message += "; that is right only as long as there is one server"
		}
		p.report("agentcomm.uri", f)
	}
	if host := hostname.Bare(s.get("install.server.web.host")); hostname.Loopback(host) {
		f := check.Finding{Source: srcSilent, Message: fmt.Sprintf("install.server.web.host is %q, which is another machine for every user", host), Fix: "set it to the load balancer's host"}
		if !together {
			f.Severity, f.Source, f.Fix = check.Warning, "inferred from "+srcSilent, "set it to the name by which users reach the server"
		}
		p.report("install.server.web.host", f)
	}
	if host := hostname.Web(s.get("server.external.web.url")); hostname.Loopback(host) {
		p.report("server.external.web.url", check.Finding{Severity: check.Warning, Source: "inferred from " + srcCode,
			Message: fmt.Sprintf("server.external.web.url names the host %q, which is another machine for every user", host), Fix: "name the load balancer, or leave the line out"})
	}
	if url := s.get("hibernate.connection.url"); namesItself(url) && together && !strings.EqualFold(s.get("database.type"), "derby") {
		p.report("hibernate.connection.url", check.Finding{Severity: check.Warning, Source: "inferred from " + srcCluster + ", step 1",
			Message: "hibernate.connection.url names this machine, which is another one on every server", Fix: "use the name by which all servers reach the database, unless a local proxy forwards to it"})
	}
	checkListenAddress(p, s)
}

// checkListenAddress judges install.server.web.ip, which only one host can have.
func checkListenAddress(p *pass, s *sheet) {
	ip := s.get("install.server.web.ip")
	f := check.Finding{Severity: check.Warning, Source: "inferred from " + srcSilent, Fix: "use 0.0.0.0, or an address of the machine that this file is for"}
	switch {
	case ip == "" || ip == "0.0.0.0" || ip == "::":
		return
	case hostname.Loopback(ip):
		f.Message = fmt.Sprintf("install.server.web.ip is %q, where neither users nor the load balancer come in", ip)
	default:
		i := slices.IndexFunc(p.sheets, func(other *sheet) bool { return other.get("install.server.web.ip") == ip })
		if p.sheets[i] == s {
			return
		}
		f.Related = []check.Related{related(p.sheets[i], "install.server.web.ip", "the same address")}
		f.Message = fmt.Sprintf("install.server.web.ip is %s, as in another file, and one machine alone has that address", strconv.Quote(ip))
	}
	p.report("install.server.web.ip", f)
}

// checkAgentURIs judges the form of every address, and that no two are the same.
func checkAgentURIs(p *pass) {
	const key = "agentcomm.uri"
	first := map[string]*sheet{}
	balancers := p.balancers()
	for _, s := range p.sheets {
		p.at = s
		value := s.get(key)
		if _, ref := referenced(value); value == "" || ref {
			continue
		}
		u, at, ok := parseAgentURI(value)
		f := check.Finding{Fix: "set it to wss:// with the name of the machine that this file is for, and a port, such as wss://ucd1.example.com:7919"}
		switch {
		case !ok:
			f.Message = "agentcomm.uri is not of the form wss://host:port"
		case hostname.Loopback(u.Host):
			continue // ANS004 judges it
		case slices.Contains(balancers, u.Host) || balancers == nil && s.ha && u.Host == hostname.Bare(s.get("install.server.web.host")):
			f.Message = fmt.Sprintf("agentcomm.uri names %q, the host of the load balancer", u.Host)
		case first[at] != nil:
			f.Message = fmt.Sprintf("agentcomm.uri is %q, as in another file", at)
			f.Related = []check.Related{related(first[at], key, "the same address")}
		default:
			first[at] = s
			if m := p.memberAt(at, s.Node); m != nil {
				f.Message = fmt.Sprintf("agentcomm.uri is %q, the address of the member %s", at, m.Node.Name)
				f.Related = []check.Related{relatedMember(m, key, "this member's")}
				break
			}
			continue
		}
		p.report(key, f)
	}
}

// balancers are the declared hosts of the load balancer.
func (p *pass) balancers() []string {
	if p.Cluster == nil {
		return nil
	}
	return p.Cluster.Topology.Facts.LoadBalancer.Hosts()
}

// memberAt is the member of the cluster with that address, apart from the one
// that the file is for.
func (p *pass) memberAt(at, node string) *cluster.Member {
	if p.Cluster == nil {
		return nil
	}
	for _, m := range p.Cluster.Members {
		if _, address, ok := parseAgentURI(m.Value(cluster.KeyAgentURI)); ok && m.Node.Name != node && address == at {
			return m
		}
	}
	return nil
}

func relatedMember(m *cluster.Member, key, message string) check.Related {
	e, _ := m.Property(key)
	return check.Related{Node: m.Node.Name, Path: m.InstalledPath(), Pos: e.Pos, Message: message}
}

func checkPorts(p *pass, s *sheet) {
	used := map[string]string{}
	for _, key := range []string{"install.server.web.port", "install.server.web.https.port", "server.jms.port", "agentcomm.uri"} {
		k := p.table[key]
		port := s.get(key)
		if key == "agentcomm.uri" {
			u, _ := hostname.Parse(port)
			port = u.Port
		} else if port == "" {
			port = k.Default
		}
		if port == "" || strings.Contains(port, "${") || key == "install.server.web.https.port" && no(s.get("install.server.web.always.secure")) {
			continue
		}
		n, err := strconv.Atoi(port)
		if err != nil || n < 1 || n > 65535 {
			p.report(key, check.Finding{Message: fmt.Sprintf("%s is %s, which is not a port", key, shown(key, port)), Fix: "use a port from 1 to 65535"})
			continue
		}
		other, taken := used[strconv.Itoa(n)]
		if !taken {
			used[strconv.Itoa(n)] = key
			continue
		}
		f := check.Finding{Message: fmt.Sprintf("port %d is also that of %s", n, other), Fix: "give each of them a different port"}
		if s.get(other) != "" {
			f.Related = []check.Related{related(s, other, "the same port")}
		}
		p.report(key, f)
	}
}
