package clustertest

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
)

// databaseURL and the driver class of the types that installer 7.0.0 asks for,
// and postgres, which 6.2 still took.
func databaseURL(kind string) string {
	url, _ := database(kind)
	return url
}

func database(kind string) (url, driver string) {
	switch kind {
	case "derby":
		return "jdbc:derby://localhost:11377/data", "org.apache.derby.jdbc.ClientDriver"
	case "mysql":
		return "jdbc:mysql://db.example.com:3306/ibm_ucd", "com.mysql.jdbc.Driver"
	case "oracle":
		return "jdbc:oracle:thin:@db.example.com:1521:UCD", "oracle.jdbc.driver.OracleDriver"
	case "sqlserver":
		return "jdbc:sqlserver://db.example.com:1433;DatabaseName=ibm_ucd", "com.microsoft.sqlserver.jdbc.SQLServerDriver"
	case "db2", "db2zos":
		return "jdbc:db2://db.example.com:50000/ucd", "com.ibm.db2.jcc.DB2Driver"
	case "postgres":
		return "jdbc:postgresql://db.example.com:5432/ibm_ucd", "org.postgresql.Driver"
	}
	return "", ""
}

// driverJar is what stands in lib/ext for a type of database.
func driverJar(kind string) string {
	switch kind {
	case "mysql":
		return "mysql-connector-java-5.1.49.jar"
	case "oracle":
		return "ojdbc8.jar"
	case "sqlserver":
		return "mssql-jdbc-7.4.1.jre8.jar"
	case "db2", "db2zos":
		return "db2jcc4.jar"
	case "postgres":
		return "postgresql-9.4.1212.jar"
	case "derby":
		return "derbyclient.jar"
	}
	return "jdbc-driver.jar"
}

// dataPath is a path in the application data as the installer stores it: the
// install folder is written "..", wherever the value begins with it.
func (p *project) dataPath(name string) string {
	if p.dataVal == "" {
		return "../" + name
	}
	return p.dataVal + "/" + name
}

// installedProperties is what conf/server/installed.properties says.
func (p *project) installedProperties() map[string]string {
	_, driver := database(p.Database.Type)
	java := "/opt/java/jdk-" + p.java()
	if p.Windows {
		java = `C:\Program Files\Java\jdk-` + p.java()
	}
	m := map[string]string{
		"cleanup.archive.path": "",
		"cloud.logDir":         "../var/log",
		"cloud.logLevel":       "FATAL",
		"cloud.requestTimeout": "7200",
		"com.sun.jersey.core.util.ReaderWriter.BufferSize": "65536",
		"com.sun.jndi.ldap.read.timeout":                   "10000",
		"com.urbancode.resource.sync.interval":             "5",
		"database.databasename":                            "null", // the installer writes unset variables
		"database.derby.port":                              "null",
		"database.type":                                    p.Database.Type,
		"deploy.mail.storage":                              "../var/email",
		"derby.drda.logConnections":                        "false",
		"derby.language.logQueryPlan":                      "false",
		"derby.language.logStatementText":                  "false",
		"derby.stream.error.logSeverityLevel":              "30000",
		"derby.system.home":                                p.dataPath("var/db"),
		"encryption.keystore":                              p.dataPath("conf/encryption.keystore"),
		"encryption.keystore.alias":                        p.EncryptionAlias,
		"hibernate.c3p0.acquire_increment":                 "1",
		"hibernate.c3p0.idle_test_period":                  "60",
		"hibernate.c3p0.max_size":                          "90",
		"hibernate.c3p0.max_statements":                    "0",
		"hibernate.c3p0.min_size":                          "0",
		"hibernate.c3p0.preferredTestQuery":                "select ver from ds_db_version",
		"hibernate.c3p0.testConnectionOnCheckout":          "true",
		"hibernate.c3p0.timeout":                           "600",
		"hibernate.cache.provider_class":                   "net.sf.ehcache.hibernate.SingletonEhCacheProvider",
		"hibernate.cache.use_query_cache":                  "false",
		"hibernate.cache.use_second_level_cache":           "true",
		"hibernate.connection.driver_class":                driver,
		"hibernate.connection.isolation":                   "2",
		"hibernate.connection.provider_class":              "org.hibernate.connection.C3P0ConnectionProvider",
		"hibernate.connection.url":                         p.Database.URL,
		"hibernate.connection.username":                    p.Database.Username,
		"hibernate.current_session_context_class":          "thread",
		"hibernate.format_sql":                             "false",
		"hibernate.generate_statistics":                    "false",
		"hibernate.show_sql":                               "false",
		"hibernate.transaction.manager_lookup_class":       "com.urbancode.ds.hibernate.TransactionManagerLookup",
		"install.java.home":                                java,
		"install.server.web.always.secure":                 "Y",
		"install.server.web.host":                          p.Host,
		"install.server.web.https.port":                    "8443",
		"install.server.web.ip":                            "0.0.0.0",
		"install.server.web.port":                          "8080",
		"java.io.tmpdir":                                   p.at("var", "temp"),
		"server.brokerId":                                  p.letters("brokerId", 20),
		"server.endpointId":                                strings.Repeat("0", 20),
		"server.external.web.url":                          "https://" + p.Host + ":8443",
		"server.host":                                      "0.0.0.0",
		"server.jms.mutualAuth":                            "false",
		"server.jms.port":                                  "7918",
		"server.keystore":                                  p.dataPath("conf/server.keystore"),
		"server.ssl.enabledCiphers":                        "",
		"server.unique.id":                                 p.uuid("unique.id"),
	}
	if p.dataVal != "" {
		m["server.appdata.dir"] = p.dataVal
	}
	if since(p.Version, "7.0.0") {
		m["agentcomm.uri"] = "wss://" + p.Node + ":7919"
		m["agentcomm.keystore"] = "../conf/server/s2s-client-identity.keystore"
		m["server.activemq.system.memory"] = "512mb"
		m["server.activemq.queue.memory"] = "100mb"
		m["server.activemq.topic.memory"] = "100mb"
		m["vendor.name"] = "ibm"
		if p.Scheme == appdata.Folder && !p.Joined {
			m["server.enable.welcome.tab"] = "true" // the first member of a fresh installation
		}
	}
	if p.Alias != "" && since(p.Version, "7.1.0") {
		m["tomcat.key.alias"] = p.Alias
	}
	if p.Multiserver {
		m["com.urbancode.ds.UDeployServer.multiserver"] = "true"
	}
	if !p.secured() {
		maps.Copy(m, p.passwords())
	}
	maps.Copy(m, p.Extra)
	p.leaveOut(m)
	return m
}

// java is a release of Java that the version runs on.
func (p *project) java() string {
	switch {
	case since(p.Version, "8.2"):
		return "17"
	case since(p.Version, "7.0.2"):
		return "11"
	}
	return "8"
}

// secured says whether the passwords have their own file.
func (p *project) secured() bool { return since(p.Version, "6.2.5.1") }

// passwords are texts of the form that the server stores. They cannot be
// decrypted: there is nothing in them.
func (p *project) passwords() map[string]string {
	keys := []string{"hibernate.connection.password", "encryption.keystore.password", "server.keystore.password"}
	if p.secured() {
		keys = append(keys, "server.key.password", "tomcat.keystore.password")
	}
	if since(p.Version, "7.0.0") {
		keys = append(keys, "agentcomm.keystore.password")
	}
	m := map[string]string{}
	for _, key := range keys {
		m[key] = "pbe{" + base64.StdEncoding.EncodeToString(p.bytes(key, 32)) + "}"
	}
	return m
}

func (p *project) securedProperties() map[string]string {
	m := p.passwords()
	maps.Copy(m, p.Secured)
	p.leaveOut(m)
	return m
}

func (p *project) leaveOut(m map[string]string) {
	maps.DeleteFunc(m, func(key, _ string) bool { return slices.Contains(p.Without, key) })
}

// at is an absolute path in the install folder as the server writes it.
func (p *project) at(parts ...string) string {
	return p.text + p.sep + strings.Join(parts, p.sep)
}

// classpath is bin/classpath.conf. Where the application data has its own
// folder, the installer points the lines of the patches there and appends its
// two configuration folders, with forward slashes also on Windows.
func (p *project) classpath() []string {
	patches := p.text
	if p.Scheme == appdata.Folder {
		patches = p.dataTxt
	}
	patches += p.sep + "patches"
	if since(p.Version, "7.0.0") {
		patches += " !fail-on-conflict"
	}
	lines := []string{
		"dir " + patches,
		"set " + patches,
		"dir " + p.at("conf"),
		"dir " + p.at("conf", "server"),
		"set " + p.at("lib", "thirdparty"),
		"set " + p.at("lib", "ext"),
		"set " + p.at("lib"),
		"set " + p.at("opt", "tomcat", "bin"),
		"set " + p.at("opt", "tomcat", "lib"),
		"set " + p.at("extensions"),
		"nativedir " + p.at("native", "x64"),
	}
	if p.Scheme == appdata.Folder {
		lines = append(lines, "dir "+p.dataTxt+"/conf", "dir "+p.dataTxt+"/conf/server")
	}
	return lines
}
