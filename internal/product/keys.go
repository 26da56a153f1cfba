package product

import (
	"iter"
	"strings"

	"github.com/deploycluster/deploycluster/internal/words"
)

// propertyKeys are the keys of installed.properties, secured-installed.properties
// and install.properties that the product knows, as far as its templates, its
// installer, its documentation and installed servers show them: one a line, with
// a line end before the first and after the last.
const propertyKeys = `
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
experimental.comm2017.server.agentcomm.host
experimental.comm2017.server.agentcomm.port
experimental.comm2017.server.keystore2017
experimental.comm2017.server.keystore2017.password
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
hibernate.jdbc.fetch_size
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
install.service
install.service.autostart
install.service.login
install.service.name
install.service.password
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
skip.jvm.version.check
tomcat.key.alias
tomcat.keystore.password
ucd.install.suppresspager
vendor.name
verify.client.identity
verify.server.identity
version
zos.search.batch.size
`

// keyFamilies are beginnings of keys whose rest has many values.
func keyFamilies() []string {
	return []string{"codestation.s3.", "versionArchive.s3.", "hibernate.c3p0.", "hibernate.cache.", "hibernate.jdbc."}
}

// PropertyKeys yields the keys in alphabetical order.
func PropertyKeys() iter.Seq[string] {
	return strings.SplitSeq(strings.Trim(propertyKeys, "\n"), "\n")
}

// KnownKey reports whether the product knows a key. Keys are compared letter by
// letter.
func KnownKey(key string) bool {
	if key == "" || strings.Contains(key, "\n") {
		return false
	}
	for _, f := range keyFamilies() {
		if len(key) > len(f) && strings.HasPrefix(key, f) {
			return true
		}
	}
	return ListedKey(key)
}

// ListedKey reports whether a key is in the table itself. A member of a family
// that is known by its first words alone may be a misspelling.
func ListedKey(key string) bool {
	low, high := 1, len(propertyKeys) // where lines begin
	for low < high {
		mid := low + (high-low)/2
		begin := strings.LastIndexByte(propertyKeys[:mid], '\n') + 1
		end := begin + strings.IndexByte(propertyKeys[begin:], '\n')
		switch strings.Compare(key, propertyKeys[begin:end]) {
		case 0:
			return true
		case -1:
			high = begin
		default:
			low = end + 1
		}
	}
	return false
}

// NearKey returns the known key that an unknown one is most likely meant to be.
// Where the likeness of the texts alone would find another one, public scripts
// and pages decide.
func NearKey(key string) (meant string, ok bool) {
	switch key {
	case "install.server.web.http.port":
		return "install.server.web.port", true
	case "secured-server.keystore.password":
		return "server.keystore.password", true
	case "db.type":
		return "database.type", true
	}
	return words.Near(key, PropertyKeys())
}
