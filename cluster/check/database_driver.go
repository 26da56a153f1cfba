package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/internal/words"
)

// driverVendor tells the product from the driver's class name.
func driverVendor(class string) string {
	for _, d := range [][2]string{
		{"org.apache.derby.", "derby"}, {"com.mysql.", "mysql"}, {"org.mariadb.", "mysql"},
		{"oracle.jdbc.", "oracle"}, {"com.microsoft.sqlserver.", "sqlserver"},
		{"com.ibm.db2.", "db2"}, {"org.postgresql.", "postgres"},
	} {
		if strings.HasPrefix(class, d[0]) {
			return d[1]
		}
	}
	return ""
}

func checkDriver(p *Pass, m *cluster.Member) {
	if !p.properties(m) {
		return
	}
	d := m.Database
	kind := d.Type
	if kind == "db2zos" {
		kind = "db2"
	}
	if strings.TrimSpace(m.Value(cluster.KeyDatabaseType)) == "" {
		kind = ""
	}
	class := strings.TrimSpace(m.Value(cluster.KeyDriverClass))
	vendor := driverVendor(class)
	var wrong []string
	if d.Vendor != "" && kind != "" && d.Vendor != kind {
		wrong = append(wrong, fmt.Sprintf("%s is %s and the URL is one of %s", cluster.KeyDatabaseType, show(cluster.KeyDatabaseType, kind), d.Vendor))
	}
	if d.Vendor != "" && vendor != "" && d.Vendor != vendor {
		wrong = append(wrong, fmt.Sprintf("the driver %s is one of %s and the URL is one of %s", show(cluster.KeyDriverClass, class), vendor, d.Vendor))
	}
	if len(wrong) > 0 {
		f := atProperty(m, cluster.KeyDatabaseURL)
		f.Message = strings.Join(wrong, "; ")
		f.Fix = "set the three properties as the vendor's page for the database lists them"
		p.Report(f)
		return
	}
	if d.Vendor == "" || vendor == "" || kind == "" {
		p.Unknown(m.InstalledPath(), "type, driver or URL of the database is not set or not known to this library, so they cannot be compared", cluster.KeyDatabaseType+", "+cluster.KeyDriverClass+" and "+cluster.KeyDatabaseURL+" as the vendor's page for the database lists them")
	}
}

func checkDriverJars(p *Pass, c *cluster.Cluster) {
	var with []*cluster.Member
	derby := 0
	for _, m := range c.Members {
		path := m.InInstall("lib/ext")
		g, gap := m.Gap(path)
		switch {
		case m.Installed != nil && m.Database.Derby():
			derby++ // Derby's driver comes with the product
		case m.Real.Info == nil || !m.Real.Info.IsDir() || gap && g.Kind != cluster.GapMissing:
			p.Blocked(m, path)
		case len(m.Drivers) == 0:
			f := Finding{Node: m.Node.Name, Path: path, Fix: "copy the driver's jar there, the same as on the other members"}
			p.Report(f.predicate("holds no jar, so there is no database driver"))
		default:
			with = append(with, m)
			for _, jar := range m.Drivers {
				if _, ok := m.DriverSizes[jar]; !ok {
					p.Blocked(m, serverpath.Join(path, jar))
				}
			}
		}
	}
	if derby == len(c.Members) {
		p.NotApplicable()
	}
	// Members of another kind of database need other jars, and of a URL
	// that was not understood it is not known which.
	understood := slices.DeleteFunc(with, func(m *cluster.Member) bool { return !m.Database.Read })
	for _, kind := range groups(understood, func(m *cluster.Member) string { return m.Database.Type }) {
		p.otherJars(kind.members)
	}
}

func (p *Pass) otherJars(members []*cluster.Member) {
	all := groups(members, func(m *cluster.Member) string { return strings.Join(m.Drivers, "\x00") })
	for _, odd := range all[min(1, len(all)):] {
		f := Finding{
			Node: odd.members[0].Node.Name, Path: odd.members[0].InInstall("lib/ext"),
			Severity: Warning, Source: inferredFrom + srcCode70 + ", check of lib/ext",
			Fix:     "bring the same jars to every member",
			Related: []Related{{Node: all[0].members[0].Node.Name, Path: all[0].members[0].InInstall("lib/ext"), Message: "holds other jars"}},
		}
		p.Report(f.predicate(fmt.Sprintf("holds %s, while that of %s holds %s", words.List(odd.members[0].Drivers), all[0].names(), words.List(all[0].members[0].Drivers))))
	}
	for _, g := range all {
		for _, jar := range g.members[0].Drivers {
			p.otherSizes(g.members, jar)
		}
	}
}

// otherSizes compares one jar that all of the members have. Their bytes are
// not read: jars of one name and size count as the same.
func (p *Pass) otherSizes(members []*cluster.Member, jar string) {
	var seen []*cluster.Member
	for _, m := range members {
		if _, ok := m.DriverSizes[jar]; ok {
			seen = append(seen, m)
		}
	}
	all := groups(seen, func(m *cluster.Member) string { return strconv.FormatInt(m.DriverSizes[jar], 10) })
	for _, odd := range all[min(1, len(all)):] {
		m, ref := odd.members[0], all[0].members[0]
		f := Finding{
			Node: m.Node.Name, Path: serverpath.Join(m.InInstall("lib/ext"), jar),
			Severity: Warning, Source: inferredFrom + srcCode70 + ", check of lib/ext",
			Fix: "bring the same jar to every member",
		}
		f = f.predicate(fmt.Sprintf("has %s bytes, while that of %s has %s: they are different files of one name", odd.value, all[0].names(), all[0].value))
		for _, o := range append(slices.Clone(odd.members[1:]), ref) {
			f.Related = append(f.Related, Related{Node: o.Node.Name, Path: serverpath.Join(o.InInstall("lib/ext"), jar), Message: fmt.Sprintf("has %d bytes", o.DriverSizes[jar])})
		}
		p.Report(f)
	}
}
