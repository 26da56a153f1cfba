package installer

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/internal/hostname"
	"github.com/deploycluster/deploycluster/internal/joining"
	"github.com/deploycluster/deploycluster/props"
)

// Machine is what the files of a cluster cannot tell of a new member.
type Machine struct {
	// Host is the name by which the other members reach the machine. It may be
	// left out where the topology declares it.
	Host string
	// Install is the installation folder. Unset: as on the first member.
	Install string
	// AppData is the cluster's application data folder as this machine mounts
	// it. Unset: as on the first member.
	AppData string
	// JavaHome is install.java.home; unset, the installer takes JAVA_HOME.
	JavaHome string
	// Media is the install.properties that came with the installation media, from
	// which the file is then made. Its version must be the cluster's. Without
	// it the keys of the media are left out but for version and vendor.name, and
	// it is for people to see that the media are of that version.
	Media *Answers
	// Secrets are the names of references by property. A property without an entry
	// is referred to by its own name:
	// hibernate.connection.password=${secret:hibernate.connection.password}.
	// The exception is server.key.password: its password is that of server.keystore,
	// so it is referred to as server.keystore.password is.
	Secrets map[string]string
}

// MemberError says why no file can be made for a further member.
type MemberError struct {
	// Name is the name of the member.
	Name string
	// Findings are the reasons, in the order in which to remove them: rules of
	// package check about the cluster as it is, and of this package about the
	// file as it would be.
	Findings []check.Finding
	// Unknown is what about the cluster could not be read or judged.
	Unknown []check.Unknown
}

// Error gives the first reason.
func (e *MemberError) Error() string {
	text := fmt.Sprintf("no answer file for the member %q: ", e.Name)
	n := len(e.Findings) + len(e.Unknown)
	switch {
	case len(e.Findings) > 0:
		text += e.Findings[0].Message
	case len(e.Unknown) > 0:
		text += "not known: " + e.Unknown[0].Reason
	}
	if n > 1 {
		text += fmt.Sprintf(" (and %d more)", n-1)
	}
	return text
}

// ForMember makes the file of answers for a further member of a cluster, the
// documented way to add one, from what the members' own files say: the version
// with its build number, the existing application data, the shared database
// without the creation of a schema, the load balancer's host, an agentcomm.uri
// that no other member has. Passwords are references, see Answers.Resolve. What
// the installer does not ask is in Answers.After, the active encryption alias
// first.
//
// Two answers protect the cluster's data. server.create.appdata.dir=N ends an
// installation on a machine where the storage is not mounted; and without
// server.initial.password, which belongs to a first server, one that finds the
// folder empty ends as well, before it makes keys. (Installer 7.0.0.)
//
// The error is that of a done context, or a *MemberError: where the cluster's rules find that it has not
// one answer, where name is an installed server already, as a
// copied installation is, and where the file would have an Error.
func ForMember(ctx context.Context, c *cluster.Cluster, name string, m Machine) (*Answers, error) {
	refuse := &MemberError{Name: name}
	rest := joining.Without(c, name)
	if declared := c.Member(name); declared != nil {
		if declared.Version != "" || declared.Installed != nil {
			refuse.add(declared.Node.Install, strconv.Quote(name)+" is installed already, as a member of this cluster or as a copy of one. "+joining.Copied,
				"give the new server's own name; where it was copied, take the copy away first")
			return nil, refuse
		}
		m.Host, m.Install = cmp.Or(m.Host, declared.Node.Host), cmp.Or(m.Install, declared.Node.Install)
	}
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		refuse.add("", "the name is empty, or has control characters", "give the member a name")
	}
	switch host := hostname.Bare(m.Host); {
	case m.Host == "":
		refuse.add("", "the host of the new member is not known", "give Machine.Host")
	case hostname.Fold(m.Host) != host:
		refuse.add("", "the host of the new member is given with more than a name or an address", "give Machine.Host without scheme and port, such as ucd4.example.com")
	}
	if len(rest.Members) == 0 {
		refuse.add("", "there is no member to take the answers from", "load the cluster's members")
	}
	if len(refuse.Findings) > 0 {
		return nil, refuse
	}
	if err := refuse.cluster(ctx, rest); err != nil {
		return nil, err
	}
	if len(refuse.Findings)+len(refuse.Unknown) > 0 {
		return nil, refuse
	}
	d := draft{c: rest, name: name, machine: m, like: rest.Members[0]}
	d.Install, d.AppData = d.places()
	if m.Media != nil {
		if v, _ := m.Media.Get("version"); v != d.like.Version {
			refuse.add(m.Media.Name, fmt.Sprintf("the installation media are of version %q, the cluster of %q; the installer refuses any other text", v, d.like.Version), "use media of the cluster's version, build number included")
			return nil, refuse
		}
	}
	a, err := d.file()
	if err != nil {
		return nil, err
	}
	found, _ := Check(Options{Cluster: rest}, a)
	for _, f := range found {
		if f.Severity == check.Error {
			refuse.Findings = append(refuse.Findings, asked(f))
		}
	}
	if len(refuse.Findings) > 0 {
		return nil, refuse
	}
	return a, nil
}

// asked makes a finding about an answer that the caller gave one about the caller's
// field: there is no file yet in which to change the answer.
func asked(f check.Finding) check.Finding {
	fix := map[string]string{
		"agentcomm.uri":      "give as Machine.Host the name by which the others reach the new machine, and no other",
		"server.appdata.dir": "give as Machine.AppData the folder as the new machine mounts it",
		"install.server.dir": "give another Machine.Install",
		"install.java.home":  "give another Machine.JavaHome",
	}[f.Subject]
	if fix != "" {
		f.Path, f.Pos, f.Fix = "", props.Position{}, fix
	}
	return f
}

// add adds a reason that is no rule of package check.
func (e *MemberError) add(path, message, fix string) {
	e.Findings = append(e.Findings, check.Finding{
		Rule: "ANS017", Title: "A further member is installed", Severity: check.Error, Node: e.Name, Path: path,
		Message: message, Fix: fix, Why: "Members are made by the installer, from the answers that the cluster gives.", Source: srcCluster + ", note; " + srcAdd,
	})
}

// cluster adds what the rules find in the cluster that keeps it from having one
// answer.
func (e *MemberError) cluster(ctx context.Context, c *cluster.Cluster) error {
	r, err := check.Run(ctx, c, check.Options{Only: joining.Premises()})
	if err != nil {
		return err
	}
	for _, f := range r.Findings {
		if f.Severity == check.Error || f.Rule == "VER002" {
			e.Findings = append(e.Findings, f)
		}
	}
	for _, u := range r.Unknown {
		if u.Rule != "KEY009" && !slices.Equal(u.Rules, []string{"KEY009"}) { // a closed store is no reason
			e.Unknown = append(e.Unknown, u)
		}
	}
	for _, u := range r.Unread {
		e.Unknown = append(e.Unknown, check.Unknown{Rules: u.Rules, Node: u.Node, Path: u.Path, Reason: u.Reason, Needs: u.Needs})
	}
	return nil
}
