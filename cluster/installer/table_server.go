package installer

// serverKeys are keys of installed.properties that the installer does not take
// from install.properties: it makes them, or the server does, or they are set
// after the installation.
func serverKeys() []Key {
	made := func(name string, kind Kind, perHost bool, note string) Key {
		return Key{Name: name, Kind: kind, PerHost: perHost, Secret: kind == KindPassword, Note: note, Source: srcCode70 + "; installed server of 6.2.1.1"}
	}
	set := func(name string, kind Kind, value, source string) Key {
		return Key{Name: name, Kind: kind, Default: value, Secret: kind == KindPassword, Source: source}
	}
	template := func(name string, kind Kind, value string) Key { return set(name, kind, value, srcTemplates) }
	since := func(v string, k Key) Key { k.Since = v; return k }
	return []Key{
		made("server.unique.id", KindText, true, "made at the first start; equal on two servers where an installation was copied"),
		made("server.brokerId", KindText, true, "made at the first start; equal on two servers where an installation was copied"),
		made("server.endpointId", KindText, false, "made at the first start"),
		made("server.host", KindHost, false, "the address of the JMS port; made at the first start, usually 0.0.0.0"),
		made("server.enable.welcome.tab", KindFlag, false, "set by the installer on the first server"),
		made("java.io.tmpdir", KindPath, false, "set by the installer: var/temp of the installation"),
		made("derby.system.home", KindPath, false, "set by the installer: var/db of the application data"),
		made("server.key.password", KindPassword, false, "set by the installer: the product's default password"),
		made("tomcat.keystore.password", KindPassword, false, "set by the installer: the product's default password"),

		since("7.0.0", set("javax.net.ssl.trustStorePassword", KindPassword, "", "vendor page keystore_change_password (7.0.2)")),
		since("7.1.0", set("agentcomm.proxy.uri", KindURI, "", "vendor page server_properties (7.1.0)")),
		since("8.1.0", set("agentcomm.clientCertificate.enforceExpiration", KindFlag, "", "vendor page server_properties (8.1.0)")),
		since("8.1.0", set("agentcomm.clientCertificate.maxAgeDays", KindNumber, "", "vendor page server_properties (8.1.0)")),
		set("verify.client.identity", KindFlag, "", "vendor page ssl_truststores (7.0.2)"),
		set("verify.server.identity", KindFlag, "", "vendor page ssl_truststores (7.0.2)"),
		set("agentcomm.serverTruststore", KindPath, "", "vendor page ssl_truststores (7.0.2)"),
		set("agentcomm.serverTruststore.password", KindPassword, "", "vendor page ssl_truststores (7.0.2)"),
		set("agentcomm.clientTruststore", KindPath, "", "vendor page ssl_truststores (7.0.2)"),
		set("agentcomm.clientTruststore.password", KindPassword, "", "vendor page ssl_truststores (7.0.2)"),
		set("server.ssl.enabledProtocols", KindText, "", srcProps),
		set("install.server.ssl.enabledProtocols", KindText, "", "configuration templates 7.0.0, activemq.xml"),
		set("server.agentCommunicationAlwaysEncrypted", KindFlag, "false", srcSilent),
		set("com.urbancode.ds.web.rest.integration.vsys.VsysHelper.timeout", KindNumber, "120", srcSilent),
		set("com.urbancode.ds.workflow.copyChildPropertiesToParentContext", KindFlag, "true", srcSilent),
		set("jmx.monitoring.enabled", KindFlag, "", "vendor page Mbeans_metrics (7.x)"),
		set("jmx.monitoring.ha.update.interval.minutes", KindNumber, "", "vendor page Mbeans_metrics (7.x)"),
		since("7.0.3", set("server.userIdAuthScheme.enabled", KindFlag, "", "vendor pages on distributed front ends")),
		set("com.urbancode.ds.cleanup.sourceConfig.fullCleanupSkip", KindFlag, "", srcProps),
		set("com.urbancode.ds.subsys.audit.AuditFactory.daysToKeepRestLog", KindNumber, "30", "vendor page server_properties (7.3.1)"),
		set("zos.search.batch.size", KindNumber, "", srcProps),
		set("cleanup.archive.path", KindPath, "", "installed server of 6.2.1.1"),
		set("com.sun.jersey.core.util.ReaderWriter.BufferSize", KindNumber, "", "installed server of 6.2.1.1"),
		set("hibernate.connection.isolation", KindNumber, "", "installed server of 6.2.1.1"),

		template("server.ssl.enabledCiphers", KindText, ""),
		template("com.urbancode.resource.sync.interval", KindNumber, "5"),
		template("com.sun.jndi.ldap.read.timeout", KindNumber, "10000"),
		template("deploy.mail.storage", KindPath, "../var/email"),
		template("cloud.logDir", KindPath, "../var/log"),
		template("cloud.logLevel", KindText, "FATAL"),
		template("cloud.requestTimeout", KindNumber, "7200"),
		template("derby.drda.logConnections", KindFlag, "false"),
		template("derby.language.logQueryPlan", KindFlag, "false"),
		template("derby.language.logStatementText", KindFlag, "false"),
		template("derby.stream.error.logSeverityLevel", KindText, "false"),
		template("hibernate.c3p0.acquire_increment", KindNumber, "1"),
		template("hibernate.c3p0.idle_test_period", KindNumber, "60"),
		template("hibernate.c3p0.max_size", KindNumber, "90"),
		template("hibernate.c3p0.max_statements", KindNumber, "0"),
		template("hibernate.c3p0.min_size", KindNumber, "0"),
		template("hibernate.c3p0.preferredTestQuery", KindText, "select ver from ds_db_version"),
		template("hibernate.c3p0.testConnectionOnCheckout", KindFlag, "true"),
		template("hibernate.c3p0.timeout", KindNumber, "600"),
		template("hibernate.cache.provider_class", KindText, "net.sf.ehcache.hibernate.SingletonEhCacheProvider"),
		template("hibernate.cache.use_query_cache", KindFlag, "false"),
		template("hibernate.cache.use_second_level_cache", KindFlag, "true"),
		template("hibernate.connection.provider_class", KindText, "org.hibernate.connection.C3P0ConnectionProvider"),
		template("hibernate.current_session_context_class", KindText, "thread"),
		template("hibernate.format_sql", KindFlag, "false"),
		template("hibernate.generate_statistics", KindFlag, "false"),
		template("hibernate.jdbc.fetch_size", KindNumber, "250"),
		template("hibernate.show_sql", KindFlag, "false"),
		template("hibernate.transaction.manager_lookup_class", KindText, "com.urbancode.ds.hibernate.TransactionManagerLookup"),
	}
}
