package check

import "github.com/deploycluster/deploycluster/internal/product"

// inferredFrom begins the citation of a conclusion; the source that it was
// drawn from follows.
const inferredFrom = "inferred from "

// The labels that citations begin with. A detail may follow after a comma. What each
// of them is, and how severe what rests on it may be, the catalogue's test knows: a
// rule or finding that cites anything else fails it.
const (
	srcCluster    = "vendor page: Setting up clusters of servers"
	srcConfig     = "vendor page ha_config_server (7.0.2)"
	srcAdd        = "vendor page ha_add_server (7.0.2)"
	srcConvert    = "vendor page ha_convert_server (7.0.2)"
	srcOverview   = "vendor page ha_overview (7.0.2)"
	srcCold       = "vendor page server_install_cold (7.0.2)"
	srcRelocate   = "vendor page arch_relocate_codestation (7.0.2)"
	srcSilent     = "vendor page server_install_silent (7.0.2)"
	srcPropsPage  = "vendor page server_properties (7.0.2)"
	srcDBPassword = "vendor page db_change_password (7.0.2)"
	srcDBInstall  = "vendor pages dbinstall (7.0.2)"
	srcWebAgents  = "vendor pages on web agents (7.2.2 to 8.0.1)"
	srcLog4j2     = "vendor pages of 7.2.3 and later"
	srcFrontEnd   = "vendor pages on distributed front ends"
	srcStrength   = "vendor page upgrade_key_strength (7.0.2)"
	// srcStorePassword is about server.keystore.
	srcStorePassword = "vendor page keystore_change_password (7.0.2)"
	srcTripleDES     = "vendor pages of 7.3.0 on triple-DES keys"
	srcAgentSecurity = "vendor page ssl_addl_security_2 (7.0.2)"
	srcDatabases     = product.SourceDatabases
	srcJava          = product.SourceJava
	srcRequire71     = "vendor page sysRequire (7.1.0)"
	srcRequire72     = "vendor page sysRequire (7.2.2)"
	srcJavaChange    = "vendor page jre_change (7.0.2)"
	srcS3            = "vendor article: Moving CodeStation to S3 (7.0.5)"
	srcUpgradeUser   = "vendor page upgradeInstall (7.3.2, 8.0.0)"
	srcSettings      = "vendor page settings_network (7.0.2)"
	srcLicense       = "vendor page clusters-setting-up-servers (7.2.3), note on licenses"
	srcConnector     = "Tomcat, HTTP Connector"

	srcCode70    = "installer 7.0.0 ContainerInstaller"
	srcCode62    = "installer 6.2.1.1 ContainerInstaller"
	srcTemplates = "configuration templates 7.0.0"
	srcProps     = "java.util.Properties"
	srcJDK       = "OpenJDK 17 keystores"
	srcTomcat    = "Tomcat SSLUtilBase"
	srcRFC5280   = "RFC 5280"
	srcRFC5246   = "RFC 5246"
	srcRFC2818   = "RFC 2818"
	srcSP800     = "NIST SP 800-131A revision 2"
	srcField     = "operating experience"
)
