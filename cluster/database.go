package cluster

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/deploycluster/deploycluster/internal/hostname"
	"github.com/deploycluster/deploycluster/internal/jdbc"
	"github.com/deploycluster/deploycluster/internal/words"
)

// Database is what a member's properties say about its database. User names,
// passwords and options of the URL are not kept; but a URL that is badly written
// may have any of them in what reads as the database's name.
type Database struct {
	// Type is database.type in lower case, postgres for every spelling of
	// PostgreSQL; where it is not set, Vendor.
	Type string
	// Read: hibernate.connection.url has a form that this library reads. The
	// fields from Vendor to Embedded are empty otherwise.
	Read bool
	// Vendor is whose URL it is, as database.type names it: mysql for MariaDB, db2
	// for Db2 for z/OS.
	Vendor string
	// Hosts are the hosts in the order of the URL, folded for comparing; Address is
	// the hosts with their ports, sorted.
	Hosts   []string
	Address string
	// Name is the database, service or SID, folded as the vendor folds it.
	Name string
	// SID: Name is an Oracle SID.
	SID bool
	// Lookup says who resolves Name where that is not the database server: "ldap"
	// or "tnsnames".
	Lookup string
	// Embedded: a Derby database inside the server.
	Embedded bool
	// Schema is hibernate.default_schema, else that of the URL, else for Oracle
	// the user, who is its schema; in capitals.
	Schema string
	// Catalog is database.databasename of Db2 for z/OS, in capitals.
	Catalog string
}

// String tells the type alone, since the rest may hold more than it should.
func (d Database) String() string { return "database of type " + words.Quote(d.Type) }

// Format is String, whatever the verb.
func (d Database) Format(f fmt.State, _ rune) { io.WriteString(f, d.String()) }

// LogValue is String in structured logs.
func (d Database) LogValue() slog.Value { return slog.StringValue(d.String()) }

// Derby reports the database that belongs to a single server.
func (d Database) Derby() bool { return d.Type == "derby" || d.Vendor == "derby" }

// Loopback reports that every host is the machine of whoever uses the URL.
func (d Database) Loopback() bool {
	for _, h := range d.Hosts {
		if !hostname.Loopback(h) {
			return false
		}
	}
	return d.Embedded || len(d.Hosts) > 0
}

// database is what the member's properties say about its database.
func (m *Member) database() Database {
	d := Database{Type: strings.ToLower(strings.TrimSpace(m.Value(KeyDatabaseType)))}
	if strings.HasPrefix(d.Type, "postgres") {
		d.Type = "postgres"
	}
	u, ok := jdbc.Parse(m.Value(KeyDatabaseURL))
	if ok {
		d.Read, d.Vendor, d.Name, d.SID, d.Lookup, d.Embedded = true, u.Vendor, u.Name, u.SID, u.Lookup, u.Embedded
		d.Address, d.Schema = u.Address(), u.Schema
		for _, a := range u.Addresses {
			d.Hosts = append(d.Hosts, a.Host)
		}
	}
	if d.Type == "" {
		d.Type = d.Vendor
	}
	if s := m.Value("hibernate.default_schema"); s != "" {
		d.Schema = s
	}
	if d.Schema == "" && d.Type == "oracle" {
		d.Schema = m.Value("hibernate.connection.username")
	}
	if d.Type == "db2zos" {
		d.Catalog = strings.ToUpper(m.Value("database.databasename"))
	}
	d.Schema = strings.ToUpper(d.Schema)
	return d
}

// Host is the name of the member's machine, folded for comparing: the declared
// one, else that of agentcomm.uri where this can be right. It is empty where
// neither tells.
func (m *Member) Host() string {
	if h := hostname.Fold(m.Node.Host); h != "" {
		return h
	}
	// A list of addresses tells nothing.
	if u, _ := hostname.Parse(m.Value(KeyAgentURI)); !strings.ContainsAny(u.Host, ",()") && !hostname.Loopback(u.Host) {
		return u.Host
	}
	return ""
}
