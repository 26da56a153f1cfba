package check

import (
	"strings"

	"github.com/deploycluster/deploycluster/internal/product"
)

// origin is what kind of source a citation is; it bounds the severity of what
// rests on it.
type origin int

const (
	// originDocument is the vendor's own documentation.
	originDocument origin = iota + 1
	// originCode is code or a specification: the product's installer, its
	// configuration templates, the JDK, Tomcat.
	originCode
	// originField is operating experience without a source of the product.
	originField
)

// inferredFrom begins the citation of a conclusion; the source that it was
// drawn from follows.
const inferredFrom = "inferred from "

// The labels that citations begin with. A detail may follow after a comma.
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

// citation is one row of the source table.
type citation struct {
	label  string
	origin origin
	about  string
}

// citations is the source table: a rule or finding that cites anything else
// fails the catalogue's test.
func citations() []citation {
	return []citation{
		{srcCluster, originDocument, "the page on clusters; its steps are cited by number"},
		{srcConfig, originDocument, "the 7.0.x form of the same page, which still tells servers before 6.1.1.5 apart"},
		{srcAdd, originDocument, "adding servers to a cluster"},
		{srcConvert, originDocument, "converting a standalone server"},
		{srcOverview, originDocument, "clusters, cold standby, and what must not run"},
		{srcCold, originDocument, "installing a cold standby"},
		{srcRelocate, originDocument, "relocating CodeStation or the application data"},
		{srcSilent, originDocument, "silent installation and its properties"},
		{srcPropsPage, originDocument, "the table of server properties"},
		{srcDBPassword, originDocument, "changing the database password; plain text is encrypted at the next start"},
		{srcDBInstall, originDocument, "database types, URLs and drivers"},
		{srcWebAgents, originDocument, "agentcomm.uri and how members reach each other"},
		{srcLog4j2, originDocument, "log4j2.xml in place of log4j.properties"},
		{srcFrontEnd, originDocument, "front ends share storage and database with the back-end servers"},
		{srcStrength, originDocument, "keys and certificates of servers before 6.0.1.1"},
		{srcStorePassword, originDocument, "changing the password of server.keystore and of its key"},
		{srcAgentSecurity, originDocument, "end-to-end encryption of JMS, and the clocks that it needs"},
		{srcTripleDES, originDocument, "triple-DES keys must be gone before the upgrade to 7.3.0"},
		{srcDatabases, originDocument, "which databases the latest versions support"},
		{srcJava, originDocument, "which releases of Java a version runs on"},
		{srcRequire71, originDocument, "system requirements: Java 11 is supported, and Java 8 no longer"},
		{srcRequire72, originDocument, "system requirements: Java 8 is no longer supported"},
		{srcJavaChange, originDocument, "changing the Java of a server: JAVA_HOME, bin/set_env and install.java.home"},
		{srcS3, originDocument, "artifacts in S3 in place of var/repository"},
		{srcUpgradeUser, originDocument, "an upgrade gives the tree to the user who runs it"},
		{srcSettings, originDocument, "cluster connections of the JMS era"},
		{srcLicense, originDocument, "in the agent-based model every member needs a server license"},
		{srcCode70, originCode, "what the installer's own code of 7.0.0 reads, writes and refuses"},
		{srcCode62, originCode, "the same of 6.2.1.1"},
		{srcTemplates, originCode, "the property files, server.xml and log configuration that 7.0.0 installs"},
		{srcProps, originCode, "how Java reads a properties file"},
		{srcJDK, originCode, "how Java stores and finds keys under their aliases"},
		{srcTomcat, originCode, "which key Tomcat's connector serves, and when it does not start"},
		{srcConnector, originCode, "which connectors speak TLS, and on which port"},
		{srcRFC5280, originCode, "how a client validates certificates"},
		{srcRFC5246, originCode, "what a server sends as its certificate chain"},
		{srcRFC2818, originCode, "how a client compares a host with a certificate"},
		{srcSP800, originCode, "sizes of keys and signature algorithms"},
		{srcField, originField, "what administrators have seen, without a source of the product"},
	}
}

// ceiling returns the highest severity that a citation can carry: an error
// needs a document or code, a warning at least a conclusion from one. ok is
// false for a citation that is not in the table.
func ceiling(source string) (s Severity, ok bool) {
	for _, part := range strings.Split(source, "; ") {
		text, inferred := strings.CutPrefix(part, inferredFrom)
		found := false
		for _, c := range citations() {
			if text != c.label && !strings.HasPrefix(text, c.label+", ") {
				continue
			}
			found = true
			switch {
			case c.origin == originField:
				s = max(s, Info)
			case inferred:
				s = max(s, Warning)
			default:
				s = max(s, Error)
			}
		}
		if !found {
			return 0, false
		}
	}
	return s, true
}
