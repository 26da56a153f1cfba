package check

import "strings"

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

// Citation is one row of the source table.
type Citation struct {
	Label  string
	origin origin
	About  string
}

// Citations is the source table: a rule or finding that cites anything else
// fails the catalogue's test.
func Citations() []Citation {
	return []Citation{
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

// Ceiling returns the highest severity that a citation can carry: an error
// needs a document or code, a warning at least a conclusion from one. ok is
// false for a citation that is not in the table.
func Ceiling(source string) (s Severity, ok bool) {
	for _, part := range strings.Split(source, "; ") {
		text, inferred := strings.CutPrefix(part, inferredFrom)
		found := false
		for _, c := range Citations() {
			if text != c.Label && !strings.HasPrefix(text, c.Label+", ") {
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
