package clustertest

import (
	_ "embed"
	"encoding/base64"
	"maps"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
)

// databaseKind is what goes with a value of database.type.
type databaseKind struct{ url, driver, jar string }

// databaseKinds are the types that installer 7.0.0 asks for, and postgres, which 6.2
// still took.
func databaseKinds() map[string]databaseKind {
	db2 := databaseKind{"jdbc:db2://db.example.com:50000/ucd", "com.ibm.db2.jcc.DB2Driver", "db2jcc4.jar"}
	return map[string]databaseKind{
		"derby":     {"jdbc:derby://localhost:11377/data", "org.apache.derby.jdbc.ClientDriver", "derbyclient.jar"},
		"mysql":     {"jdbc:mysql://db.example.com:3306/ibm_ucd", "com.mysql.jdbc.Driver", "mysql-connector-java-5.1.49.jar"},
		"oracle":    {"jdbc:oracle:thin:@db.example.com:1521:UCD", "oracle.jdbc.driver.OracleDriver", "ojdbc8.jar"},
		"sqlserver": {"jdbc:sqlserver://db.example.com:1433;DatabaseName=ibm_ucd", "com.microsoft.sqlserver.jdbc.SQLServerDriver", "mssql-jdbc-7.4.1.jre8.jar"},
		"db2":       db2,
		"db2zos":    db2,
		"postgres":  {"jdbc:postgresql://db.example.com:5432/ibm_ucd", "org.postgresql.Driver", "postgresql-9.4.1212.jar"},
	}
}

// dataPath is a path in the application data as the installer stores it: the
// install folder is written "..", wherever the value begins with it.
func (p *project) dataPath(name string) string {
	if p.dataVal == "" {
		return "../" + name
	}
	return p.dataVal + "/" + name
}

//go:embed fixtures/installed.properties
var commonProperties string

// installedProperties is what conf/server/installed.properties says.
func (p *project) installedProperties() map[string]string {
	java := "/opt/java/jdk-" + p.java()
	if p.Windows {
		java = `C:\Program Files\Java\jdk-` + p.java()
	}
	m := map[string]string{
		"database.type":                     p.Database.Type,
		"derby.system.home":                 p.dataPath("var/db"),
		"encryption.keystore":               p.dataPath("conf/encryption.keystore"),
		"encryption.keystore.alias":         p.EncryptionAlias,
		"hibernate.connection.driver_class": databaseKinds()[p.Database.Type].driver,
		"hibernate.connection.url":          p.Database.URL,
		"hibernate.connection.username":     p.Database.Username,
		"install.java.home":                 java,
		"install.server.web.host":           p.Host,
		"java.io.tmpdir":                    p.at("var", "temp"),
		"server.brokerId":                   p.letters("brokerId", 20),
		"server.endpointId":                 strings.Repeat("0", 20),
		"server.external.web.url":           "https://" + p.Host + ":8443",
		"server.keystore":                   p.dataPath("conf/server.keystore"),
		"server.unique.id":                  p.uuid("unique.id"),
	}
	for line := range strings.Lines(commonProperties) {
		if key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "="); ok {
			m[key] = value
		}
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
