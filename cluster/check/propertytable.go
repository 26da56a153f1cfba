package check

import (
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/words"
)

// keySet are the keys that the product knows, as far as its templates, its
// installer, its documentation and installed servers show them: one a line,
// with a line end before the first and after the last.
type keySet string

func (k keySet) has(key string) bool {
	return !strings.Contains(key, "\n") && strings.Contains(string(k), "\n"+key+"\n")
}

// near returns the known key that an unknown one is most likely meant to be:
// the same but for letter case and separators, or one letter more, less,
// other or swapped. Short keys have too many neighbours to guess.
func (k keySet) near(key string) (meant string, ok bool) {
	if len(key) < 8 || len(key) > 100 {
		return "", false
	}
	folded := words.FoldKey(key)
	for known := range strings.SplitSeq(strings.Trim(string(k), "\n"), "\n") {
		if words.FoldKey(known) != folded && !words.OneApart(key, known) {
			continue
		}
		if meant == "" || known < meant {
			meant = known
		}
	}
	return meant, meant != ""
}

// knownKeys are all of them, one a line. A key that is missing here is never
// reported for that alone; it only takes part in the search for misspellings.
const knownKeys keySet = `
agentcomm.clientCertificate.enforceExpiration
agentcomm.clientCertificate.maxAgeDays
agentcomm.clientTruststore
agentcomm.clientTruststore.password
agentcomm.keystore
agentcomm.keystore.password
agentcomm.proxy.uri
agentcomm.serverTruststore
agentcomm.serverTruststore.password
agentcomm.uri
check.indexed.fks
cleanup.archive.path
cloud.logDir
cloud.logLevel
cloud.requestTimeout
com.sun.jersey.core.util.ReaderWriter.BufferSize
com.sun.jndi.ldap.read.timeout
com.urbancode.ds.UDeployServer.multiserver
com.urbancode.ds.cleanup.sourceConfig.fullCleanupSkip
com.urbancode.ds.subsys.audit.AuditFactory.daysToKeepRestLog
com.urbancode.ds.web.rest.integration.vsys.VsysHelper.timeout
com.urbancode.ds.workflow.copyChildPropertiesToParentContext
com.urbancode.resource.sync.interval
component.directory
component.name
database.databasename
database.derby.port
database.type
deploy.mail.storage
derby.drda.logConnections
derby.language.logQueryPlan
derby.language.logStatementText
derby.stream.error.logSeverityLevel
derby.system.home
encryption.keystore
encryption.keystore.alias
encryption.keystore.password
hibernate.c3p0.acquire_increment
hibernate.c3p0.idle_test_period
hibernate.c3p0.max_size
hibernate.c3p0.max_statements
hibernate.c3p0.min_size
hibernate.c3p0.preferredTestQuery
hibernate.c3p0.testConnectionOnCheckout
hibernate.c3p0.timeout
hibernate.cache.provider_class
hibernate.cache.use_query_cache
hibernate.cache.use_second_level_cache
hibernate.connection.driver_class
hibernate.connection.isolation
hibernate.connection.password
hibernate.connection.provider_class
hibernate.connection.url
hibernate.connection.username
hibernate.current_session_context_class
hibernate.default_schema
hibernate.dialect
hibernate.format_sql
hibernate.generate_statistics
hibernate.show_sql
hibernate.transaction.manager_lookup_class
install.accept.license
install.ha
install.java.home
install.server.dir
install.server.external.web.url
install.server.ssl.enabledProtocols
install.server.web.always.secure
install.server.web.host
install.server.web.https.port
install.server.web.ip
install.server.web.port
install.service.name
java.io.tmpdir
javax.net.ssl.trustStorePassword
jmx.monitoring.enabled
jmx.monitoring.ha.update.interval.minutes
license.server.url
nonInteractive
rcl.server.url
server.activemq.queue.memory
server.activemq.system.memory
server.activemq.topic.memory
server.agentCommunicationAlwaysEncrypted
server.appdata.dir
server.brokerId
server.create.appdata.dir
server.enable.welcome.tab
server.endpointId
server.external.web.url
server.host
server.initial.password
server.jms.mutualAuth
server.jms.port
server.key.password
server.keystore
server.keystore.password
server.ssl.enabledCiphers
server.ssl.enabledProtocols
server.unique.id
server.use.existing.appdata.dir
server.userIdAuthScheme.enabled
skip.db.config
skip.db.install
tomcat.key.alias
tomcat.keystore.password
vendor.name
verify.client.identity
verify.server.identity
version
zos.search.batch.size
`

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

// agreements is the table of the rule on agreement. Properties with a rule of their own
// are not in it, nor are passwords, which sharedPasswords lists.
func agreements() []agreement {
	inferred := func(source string) string { return inferredFrom + source }
	return []agreement{
		{key: cluster.KeyWebHost, severity: Warning, source: srcAdd, why: "it is the balancer's host on every member"},
		{key: cluster.KeyAlwaysSecure, severity: Warning, source: inferred(srcCode70), why: "the balancer sees one behaviour of all members"},
		{key: "server.external.web.url", severity: Info, source: srcField, why: "the file's copy may be stale; the value in use is in the database"},
		{key: "server.jms.mutualAuth", severity: Warning, source: inferred(srcCode70), until: "7.2.0", flag: true, why: "the installer asks an added member for what the others expect"},
		{key: keyJMSPort, severity: Info, source: srcField, until: "7.2.0", why: "agents list the members with one port"},
		{key: "server.agentCommunicationAlwaysEncrypted", severity: Warning, source: inferred(srcPropsPage), flag: true, why: "agents may reach any member"},
		{key: "server.ssl.enabledCiphers", severity: Warning, source: inferred(srcPropsPage), why: "agents may reach any member"},
		{key: "server.ssl.enabledProtocols", severity: Warning, source: inferred(srcPropsPage), why: "agents may reach any member"},
		{key: "install.server.ssl.enabledProtocols", severity: Warning, source: inferred(srcTemplates), why: "agents may reach any member"},
		{key: "verify.client.identity", severity: Info, source: srcField, flag: true, why: "a connection is accepted by one member and refused by another"},
		{key: "verify.server.identity", severity: Info, source: srcField, flag: true, why: "a connection is accepted by one member and refused by another"},
		{key: "agentcomm.clientCertificate.enforceExpiration", severity: Info, source: srcField, since: "8.1", flag: true, why: "an agent is accepted by one member and refused by another"},
		{key: "agentcomm.clientCertificate.maxAgeDays", severity: Info, source: srcField, since: "8.1", why: "an agent is accepted by one member and refused by another"},
		{key: "hibernate.connection.username", severity: Info, source: srcField, why: "accounts may see different schemas"},
		{key: cluster.KeyDriverClass, severity: Warning, source: inferred(srcDBInstall), why: "one database is used through one driver"},
		{key: "hibernate.dialect", severity: Warning, source: inferred(srcCode70), until: "7.1.1", why: "it decides the SQL that a member sends"},
		{key: "vendor.name", severity: Warning, source: inferred(srcCode70), since: "7.0.0", why: "it tells which vendor's media a member came from"},
		{key: keyUserIDAuth, severity: Warning, source: inferred(srcFrontEnd), since: "7.0.3", flag: true, why: "every back-end server needs it where front ends exist"},
	}
}
