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
	for odd, main := range oddOnes(all) {
		m, ref := odd.members[0], main.members[0]
		f := Finding{
			Node: m.Node.Name, Path: m.InInstall("lib/ext"),
			Severity: Warning, Source: inferredFrom + srcCode70 + ", check of lib/ext",
			Fix:     "bring the same jars to every member",
			Related: []Related{{Node: ref.Node.Name, Path: ref.InInstall("lib/ext"), Message: "holds other jars"}},
		}
		p.Report(f.predicate(fmt.Sprintf("holds %s, while that of %s holds %s", words.List(m.Drivers), main.names(), words.List(ref.Drivers))))
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
	path := func(m *cluster.Member) string { return serverpath.Join(m.InInstall("lib/ext"), jar) }
	size := func(m *cluster.Member) string { return strconv.FormatInt(m.DriverSizes[jar], 10) }
	for odd, main := range oddOnes(groups(seen, size)) {
		f := Finding{
			Node: odd.members[0].Node.Name, Path: path(odd.members[0]),
			Severity: Warning, Source: inferredFrom + srcCode70 + ", check of lib/ext",
			Fix: "bring the same jar to every member",
			Related: odd.beside(main, func(o *cluster.Member) Related {
				return Related{Node: o.Node.Name, Path: path(o), Message: "has " + size(o) + " bytes"}
			}),
		}
		p.Report(f.predicate(fmt.Sprintf("has %s bytes, while that of %s has %s: they are different files of one name", odd.value, main.names(), main.value)))
	}
}
