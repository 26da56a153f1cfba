package check

import (
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/product"
)

// pathKey reports whether the value of a key is a path by which the server
// finds data.
func pathKey(key string) bool {
	return slices.Contains([]string{
		cluster.KeyAppData, cluster.KeyEncryptionStore, cluster.KeyServerStore, cluster.KeyAgentStore, cluster.KeyTempDir,
		"derby.system.home", "install.java.home", "deploy.mail.storage", "cloud.logDir", "cleanup.archive.path",
		"agentcomm.serverTruststore", "agentcomm.clientTruststore",
	}, key)
}

// passwordKey reports whether the server keeps the value of a key encrypted.
func passwordKey(key string) bool {
	lower := strings.ToLower(key)
	return strings.HasSuffix(lower, "password") || lower == "keystorepass"
}

// agreement is one property that members should have alike.
type agreement struct {
	key          string
	severity     Severity
	source       string
	since, until string
	// flag: an absent value means false; otherwise texts are compared.
	flag bool
	why  string
}

// agreements is the table of the rule on agreement. Properties with a separate rule
// are not in it, nor are passwords, which sharedPasswords lists.
func agreements() []agreement {
	inferred := func(source string) string { return inferredFrom + source }
	return []agreement{
		{key: cluster.KeyWebHost, severity: Warning, source: srcAdd, why: "it is the balancer's host on every member"},
		{key: cluster.KeyAlwaysSecure, severity: Warning, source: inferred(srcCode70), why: "the balancer sees one behaviour of all members"},
		{key: "server.external.web.url", severity: Info, source: srcField, why: "the file's copy may be stale; the value in use is in the database"},
		{key: "server.jms.mutualAuth", severity: Warning, source: inferred(srcCode70), until: product.Until(product.Connection, product.JMSMembers), flag: true, why: "the installer asks an added member for what the others expect"},
		{key: keyJMSPort, severity: Info, source: srcField, until: product.Until(product.Connection, product.JMSMembers), why: "agents list the members with one port"},
		{key: "server.agentCommunicationAlwaysEncrypted", severity: Warning, source: inferred(srcPropsPage), flag: true, why: "agents may reach any member"},
		{key: "server.ssl.enabledCiphers", severity: Warning, source: inferred(srcPropsPage), why: "agents may reach any member"},
		{key: "server.ssl.enabledProtocols", severity: Warning, source: inferred(srcPropsPage), why: "agents may reach any member"},
		{key: "install.server.ssl.enabledProtocols", severity: Warning, source: inferred(srcTemplates), why: "agents may reach any member"},
		{key: "verify.client.identity", severity: Info, source: srcField, flag: true, why: "a connection is accepted by one member and refused by another"},
		{key: "verify.server.identity", severity: Info, source: srcField, flag: true, why: "a connection is accepted by one member and refused by another"},
		{key: "agentcomm.clientCertificate.enforceExpiration", severity: Info, source: srcField, since: product.Since(product.Connection, product.AgentLimits), flag: true, why: "an agent is accepted by one member and refused by another"},
		{key: "agentcomm.clientCertificate.maxAgeDays", severity: Info, source: srcField, since: product.Since(product.Connection, product.AgentLimits), why: "an agent is accepted by one member and refused by another"},
		{key: "hibernate.connection.username", severity: Info, source: srcField, why: "accounts may see different schemas"},
		{key: cluster.KeyDriverClass, severity: Warning, source: inferred(srcDBInstall), why: "one database is used through one driver"},
		{key: "hibernate.dialect", severity: Warning, source: inferred(srcCode70), until: product.Until(product.Layout, product.HibernateDialect), why: "it decides the SQL that a member sends"},
		{key: "vendor.name", severity: Warning, source: inferred(srcCode70), since: product.Since(product.Layout, product.VendorName), why: "it tells which vendor's media a member came from"},
		{key: keyUserIDAuth, severity: Warning, source: inferred(srcFrontEnd), since: product.Since(product.Connection, product.FrontEnds), flag: true, why: "every back-end server needs it where front ends exist"},
	}
}
