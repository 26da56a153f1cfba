package cluster

import (
	"slices"
	"strings"
)

// keySet are the keys that the product knows, as far as its templates, its
// installer, its documentation and installed servers show them.
type keySet map[string]bool

func (k keySet) has(key string) bool { return k[key] }

// near returns the known key that an unknown one is most likely meant to be:
// the same but for letter case and separators, or one letter more, less,
// other or swapped. Short keys have too many neighbours to guess.
func (k keySet) near(key string) (meant string, ok bool) {
	if len(key) < 8 || len(key) > 100 {
		return "", false
	}
	folded := foldKey(key)
	for known := range k {
		if foldKey(known) != folded && !oneApart(key, known) {
			continue
		}
		if meant == "" || known < meant {
			meant = known
		}
	}
	return meant, meant != ""
}

// foldKey drops what people vary: letter case and separators.
func foldKey(key string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r == '_' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(key))
}

// oneApart reports whether one insertion, deletion, replacement or swap of
// neighbours makes a of b.
func oneApart(a, b string) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	if len(a)-len(b) > 1 {
		return false
	}
	i := 0
	for i < len(b) && a[i] == b[i] {
		i++
	}
	if len(a) > len(b) {
		return a[i+1:] == b[i:]
	}
	switch {
	case i == len(a):
		return false // the same key
	case a[i+1:] == b[i+1:]:
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// knownKeys are listed by area. A key that is missing here is never reported
// for that alone; it only takes part in the search for misspellings.
func knownKeys() keySet {
	set := keySet{}
	for _, group := range [][2]string{
		{"", "component.name component.directory nonInteractive vendor.name version check.indexed.fks skip.db.install skip.db.config"},
		{"", "javax.net.ssl.trustStorePassword java.io.tmpdir com.sun.jersey.core.util.ReaderWriter.BufferSize com.sun.jndi.ldap.read.timeout"},
		{"agentcomm.", "uri keystore keystore.password proxy.uri serverTruststore serverTruststore.password clientTruststore clientTruststore.password clientCertificate.enforceExpiration clientCertificate.maxAgeDays"},
		{"cleanup.archive.", "path"},
		{"cloud.", "logDir logLevel requestTimeout"},
		{"com.urbancode.", "ds.UDeployServer.multiserver ds.cleanup.sourceConfig.fullCleanupSkip ds.subsys.audit.AuditFactory.daysToKeepRestLog ds.web.rest.integration.vsys.VsysHelper.timeout ds.workflow.copyChildPropertiesToParentContext resource.sync.interval"},
		{"database.", "databasename derby.port type"},
		{"deploy.mail.", "storage"},
		{"derby.", "drda.logConnections language.logQueryPlan language.logStatementText stream.error.logSeverityLevel system.home"},
		{"encryption.", "keystore keystore.alias keystore.password"},
		{"hibernate.c3p0.", "acquire_increment idle_test_period max_size max_statements min_size preferredTestQuery testConnectionOnCheckout timeout"},
		{"hibernate.cache.", "provider_class use_query_cache use_second_level_cache"},
		{"hibernate.connection.", "driver_class isolation password provider_class url username"},
		{"hibernate.", "current_session_context_class default_schema dialect format_sql generate_statistics show_sql transaction.manager_lookup_class"},
		{"install.", "java.home service.name ha accept.license server.dir server.external.web.url server.ssl.enabledProtocols"},
		{"install.server.web.", "always.secure host https.port ip port"},
		{"jmx.monitoring.", "enabled ha.update.interval.minutes"},
		{"", "license.server.url rcl.server.url"},
		{"server.", "activemq.system.memory activemq.queue.memory activemq.topic.memory agentCommunicationAlwaysEncrypted appdata.dir brokerId create.appdata.dir enable.welcome.tab endpointId external.web.url host initial.password jms.mutualAuth jms.port key.password keystore keystore.password ssl.enabledCiphers ssl.enabledProtocols unique.id use.existing.appdata.dir userIdAuthScheme.enabled"},
		{"tomcat.", "key.alias keystore.password"},
		{"verify.", "client.identity server.identity"},
		{"zos.", "search.batch.size"},
	} {
		for _, key := range strings.Fields(group[1]) {
			set[group[0]+key] = true
		}
	}
	return set
}

// pathKey reports whether the value of a key is a path by which the server
// finds data.
func pathKey(key string) bool {
	return slices.Contains([]string{
		KeyAppData, KeyEncryptionStore, KeyServerStore, KeyAgentStore, KeyTempDir,
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

// agreements is the table behind PRP015. Properties with a rule of their own
// are not in it, nor are encrypted values: the same password encrypted twice
// need not give the same text.
func agreements() []agreement {
	inferred := func(source string) string { return inferredFrom + source }
	return []agreement{
		{key: KeyWebHost, severity: Warning, source: srcAdd, why: "it is the balancer's host on every member"},
		{key: KeyAlwaysSecure, severity: Warning, source: inferred(srcCode70), why: "the balancer sees one behaviour of all members"},
		{key: "server.external.web.url", severity: Info, source: srcField, why: "the file's copy may be stale; the value in use is in the database"},
		{key: "server.jms.mutualAuth", severity: Warning, source: inferred(srcCode70), until: "7.2.0", flag: true, why: "the installer asks an added member for what the others expect"},
		{key: "server.jms.port", severity: Info, source: srcField, until: "7.2.0", why: "agents list the members with one port"},
		{key: "server.agentCommunicationAlwaysEncrypted", severity: Warning, source: inferred(srcPropsPage), flag: true, why: "agents may reach any member"},
		{key: "server.ssl.enabledCiphers", severity: Warning, source: inferred(srcPropsPage), why: "agents may reach any member"},
		{key: "server.ssl.enabledProtocols", severity: Warning, source: inferred(srcPropsPage), why: "agents may reach any member"},
		{key: "install.server.ssl.enabledProtocols", severity: Warning, source: inferred(srcTemplates), why: "agents may reach any member"},
		{key: "verify.client.identity", severity: Info, source: srcField, flag: true, why: "a connection is accepted by one member and refused by another"},
		{key: "verify.server.identity", severity: Info, source: srcField, flag: true, why: "a connection is accepted by one member and refused by another"},
		{key: "agentcomm.clientCertificate.enforceExpiration", severity: Info, source: srcField, since: "8.1", flag: true, why: "an agent is accepted by one member and refused by another"},
		{key: "agentcomm.clientCertificate.maxAgeDays", severity: Info, source: srcField, since: "8.1", why: "an agent is accepted by one member and refused by another"},
		{key: "hibernate.connection.username", severity: Info, source: srcField, why: "accounts may see different schemas"},
		{key: KeyDriverClass, severity: Warning, source: inferred(srcDBInstall), why: "one database is used through one driver"},
		{key: "hibernate.dialect", severity: Warning, source: inferred(srcCode70), until: "7.1.1", why: "it decides the SQL that a member sends"},
		{key: "vendor.name", severity: Warning, source: inferred(srcCode70), since: "7.0.0", why: "it tells which vendor's media a member came from"},
		{key: "server.userIdAuthScheme.enabled", severity: Warning, source: inferred(srcFrontEnd), since: "7.0.3", flag: true, why: "every back-end server needs it where front ends exist"},
	}
}
