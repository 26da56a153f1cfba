package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/internal/hostname"
	"github.com/deploycluster/deploycluster/internal/joining"
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/props"
)

const (
	srcS3     = "vendor's announcement on CodeStation in S3 (7.0.5)"
	srcAgents = "vendor pages on web agents"
)

// settings are all edits of the server's files.
func (j *joiner) settings() error {
	if len(j.p.Refusals) > 0 {
		return errEnough
	}
	changes := false
	for _, s := range j.builder.settings() {
		j.set(s.Key, s.Value, s.Why, s.Source)
		changes = changes || s.Key != cluster.KeyMultiserver
	}
	changes = j.database() || changes
	j.abandons = changes
	for _, key := range joining.Alike(j.m.Version) {
		why, source := "members have it alike", srcCode
		if key == cluster.KeyEncryptionAlias {
			why, source = "the cluster's active key; secrets in the database name it", srcAdd
		}
		if j.alike(key, why, source) && key == cluster.KeyEncryptionAlias {
			changes = true
		}
	}
	j.addresses()
	j.storageOfArtifacts()
	if changes {
		j.passwords()
	}
	j.classpath()
	return j.certificate()
}

// database makes the server use the cluster's database.
func (j *joiner) database() (changes bool) {
	for _, key := range []string{
		cluster.KeyDatabaseType, cluster.KeyDatabaseURL, "hibernate.connection.username", cluster.KeyDriverClass,
		"hibernate.default_schema", "database.databasename",
	} {
		changes = j.alike(key, "all members use one database", srcAdd) || changes
	}
	return changes
}

// passwords are references to those of the cluster: an encrypted value of another
// server is of no use here. The secured file is changed before the one that needs
// them.
func (j *joiner) passwords() {
	for _, key := range []string{
		"hibernate.connection.password", "encryption.keystore.password", "server.keystore.password", "server.key.password", "javax.net.ssl.trustStorePassword",
	} {
		_, has := j.m.Property(key)
		if _, wanted := j.like.Property(key); !wanted {
			if has && key == "javax.net.ssl.trustStorePassword" {
				j.take(cluster.Edit{Op: opRemove, Key: key}, "it would outrank the password of the shared server.keystore", srcKeyPage)
			}
			continue
		}
		j.take(cluster.Edit{Op: opSet, Key: key, Secret: j.reference(key)},
			"it opens what the cluster shares; in plain text, as the server encrypts it at its next start", srcAdd)
	}
}

// addresses are the balancer's host, which all have, and the server's own address,
// which no other has.
func (j *joiner) addresses() {
	j.rely(cluster.KeyWebHost)
	if host := joining.Balancer(j.rest, j.like); host != "" && hostname.Fold(j.m.Value(cluster.KeyWebHost)) != host {
		j.set(cluster.KeyWebHost, host, "users come through the load balancer", srcAdd)
	}
	for _, key := range []string{
		cluster.KeyAlwaysSecure, cluster.KeyWebPort, cluster.KeyWebSecurePort, "server.external.web.url", "vendor.name",
	} {
		if (key == cluster.KeyWebPort || key == cluster.KeyWebSecurePort) && j.portsWrittenOut() {
			j.warn("PRP011", j.m.InInstall("opt/tomcat/conf/server.xml"), "see that the server listens on the ports of the other members", srcCode, "does not take its ports from installed.properties, so they stay as they are")
			continue
		}
		j.alike(key, "the balancer sees one behaviour of all members", srcCode)
	}
	if product.In(j.m.Version, "", product.Until(product.Connection, product.JMSMembers)) {
		j.alike("server.jms.mutualAuth", "the installer asks an added member for what the others expect", srcCode)
		j.alike("server.jms.port", "agents list the members with one port", srcCode)
	}
	if !since(j.m.Version, "7.0.0") {
		return
	}
	have := j.m.Value(cluster.KeyAgentURI)
	uri := cmp.Or(j.o.AgentURI, have)
	if j.o.AgentURI == "" && j.taken(have) {
		if j.m.Node.Host == "" {
			j.refuse("NET001", j.m.InstalledPath(), "give JoinOptions.AgentURI, or declare the node's host", srcAgents, "agentcomm.uri is not an address of this server alone, and its host is not known")
			return
		}
		uri = joining.AgentURI(j.rest, j.m.Node.Host)
	}
	switch {
	case j.taken(uri):
		j.refuse("NET002", j.m.InstalledPath(), "give an address of this server alone", srcAgents, "the address is that of another member, of the balancer, or of every machine")
	case uri != have:
		j.set(cluster.KeyAgentURI, uri, "agents and members reach each server under its own address", srcAgents)
	}
}

// taken reports whether an agentcomm.uri is not the server's alone.
func (j *joiner) taken(uri string) bool {
	host := hostname.Web(uri)
	if host == "" || hostname.Loopback(host) || host == joining.Balancer(j.rest, j.like) {
		return true
	}
	return slices.ContainsFunc(j.rest.Members, func(m *cluster.Member) bool {
		return strings.EqualFold(strings.TrimRight(m.Value(cluster.KeyAgentURI), "/"), strings.TrimRight(uri, "/"))
	})
}

// portsWrittenOut reports that server.xml has ports of its own.
func (j *joiner) portsWrittenOut() bool {
	return !j.m.ServerXMLRead || slices.ContainsFunc(slices.Concat(j.m.Connectors, j.m.PlainConnectors), func(c cluster.Connector) bool {
		return c.Port != "" && !strings.HasPrefix(c.Port, "${")
	})
}

// storageOfArtifacts makes the settings of object storage alike. Passwords are set
// with the others: encrypted ones cannot be compared.
func (j *joiner) storageOfArtifacts() {
	var keys, secrets []string
	for _, f := range []*props.File{j.like.Installed, j.like.Secured, j.m.Installed, j.m.Secured} {
		for e := range entries(f) {
			switch {
			case !strings.HasPrefix(e.Key, "codestation.s3.") && !strings.HasPrefix(e.Key, "versionArchive.s3."):
			case slices.Contains(keys, e.Key), slices.Contains(secrets, e.Key):
			case props.Sensitive(e.Key, e.Value):
				secrets = append(secrets, e.Key)
			default:
				keys = append(keys, e.Key)
			}
		}
	}
	const why = "every member has to find the artifacts"
	changes := false
	for _, key := range keys {
		changes = j.alike(key, why, srcS3) || changes
	}
	for _, key := range secrets {
		if changes || (j.like.Value(key) == "") != (j.m.Value(key) == "") {
			j.alike(key, why, srcS3)
		}
	}
}

// classpath leads the lines of bin/classpath.conf to the shared folder.
func (j *joiner) classpath() {
	c := j.m.Classpath
	if c == nil {
		return
	}
	moved, add := j.classpathChanges()
	if j.m.Scheme == appdata.Folder {
		add = []string{j.inTarget("conf"), j.inTarget("conf/server")}
	}
	const why = "the launcher uses these absolute paths as they are written"
	e := classpathEdit(c, j.confKeyword(), moved, add)
	for _, l := range e.Replace {
		j.take(cluster.Edit{File: fileClasspath, Op: opSet, Key: l.Old, Value: l.New}, why, srcCode)
	}
	for _, line := range e.Append {
		j.take(cluster.Edit{File: fileClasspath, Op: opAppend, Value: line}, why, srcCode)
	}
}

// certificate gives the server the cluster's certificate, where TLS ends at the
// servers or nobody says that it does not.
func (j *joiner) certificate() error {
	if lb := j.c.Topology.Facts.LoadBalancer; lb != nil && lb.TLSEnds == cluster.TLSAtBalancer {
		return nil
	}
	if j.like.TLS.None && j.m.TLS.None {
		return nil
	}
	report, err := check.Run(j.ctx, j.c, check.Options{Only: alignJudges()})
	if err != nil {
		return err
	}
	a := &aligner{editor: j.e, ref: j.like}
	refusals := len(j.p.Refusals)
	if !a.reference(report) {
		if lb := j.c.Topology.Facts.LoadBalancer; lb == nil || lb.TLSEnds != cluster.TLSAtServers {
			// Nobody says that the certificate matters.
			j.p.warn(j.p.Refusals[refusals:]...)
			j.p.Refusals = j.p.Refusals[:refusals]
		}
		return nil // the refusal says why
	}
	s, ok := a.copyStore(j.m)
	if !ok {
		return nil
	}
	j.store = &s
	a.alias(j.m)
	if a.samePassword(j.m) {
		return nil
	}
	if _, ok := j.m.Property(webPassword); ok {
		j.take(cluster.Edit{Op: opSet, Key: webPassword, Secret: j.reference(webPassword)}, "a keystore keeps the password that it was made with", srcKeyPage)
	}
	return nil
}

// reference is the name of the secret that a key gets.
func (j *joiner) reference(key string) string {
	ref := cmp.Or(j.o.Secrets[key], key)
	if key == "server.key.password" { // the key has the password of its store, unless somebody says otherwise
		ref = cmp.Or(j.o.Secrets[key], j.o.Secrets["server.keystore.password"], "server.keystore.password")
	}
	if !slices.Contains(j.references, ref) {
		j.references = append(j.references, ref)
	}
	return ref
}

// take adds an edit of the server.
func (j *joiner) take(x cluster.Edit, why, source string) {
	x.Node = j.m.Node.Name
	_ = j.e.take(x, reason{why, source}) // the member exists
}

func (j *joiner) set(key, value, why, source string) {
	j.take(cluster.Edit{Op: opSet, Key: key, Value: value}, why, source)
}

// rely makes the plan rely on a setting of the member that it takes settings from.
func (j *joiner) rely(key string) {
	j.e.also = append(j.e.also, Fact{Node: j.like.Node.Name, Path: pathOf(j.like, key), Key: key})
}

// alike makes a property what it is on the member that settings are taken from.
// One that holds a credential becomes a reference.
func (j *joiner) alike(key, why, source string) (changes bool) {
	want, have := j.like.Value(key), j.m.Value(key)
	j.rely(key)
	switch {
	case want == have:
		return false
	case want == "":
		j.take(cluster.Edit{Op: opRemove, Key: key}, why, source)
	case props.Sensitive(key, want):
		j.take(cluster.Edit{Op: opSet, Key: key, Secret: j.reference(key)}, why, source)
	default:
		j.set(key, want, why, source)
	}
	return true
}

func (j *joiner) warnFirst() {
	j.p.Warnings = slices.Insert(j.p.Warnings, 0, Refusal{
		Rule: "JOI003", Path: j.m.InstalledPath(), Source: srcAdd,
		Message: fmt.Sprintf("%s changes over to the cluster's database and application data: applications, components, processes, users and history in its own database, and artifacts and output in its own application data, are abandoned, and are not in the cluster", j.m.Node.Name),
		Fix:     "export what must survive and import it into a member of the cluster, before anything else",
	})
}
