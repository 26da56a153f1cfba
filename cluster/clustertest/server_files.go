package clustertest

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
)

// emptyJar is a ZIP file without entries.
const emptyJar = "PK\x05\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

func (p *project) write(w *writer) error {
	p.writeConf(w)
	p.writeBin(w)
	p.writeTomcat(w)
	p.writeLocal(w)
	if !p.Joined {
		p.writeSharedConf(w)
		p.writeRuntime(w)
	}
	if p.LinksTo != "" {
		p.writeLinks(w)
	}
	return w.finish()
}

// writeConf writes what is in conf of the install folder and not shared.
func (p *project) writeConf(w *writer) {
	conf := p.install + "/conf"
	w.file(conf+"/installed.version", fileMode, p.installedVersion())
	w.file(conf+"/server/installed.properties", fileMode, storeProperties(p.installedProperties(), buildTime, p.CRLF, ""))
	if p.secured() {
		w.file(conf+"/server/secured-installed.properties", fileMode, storeProperties(p.securedProperties(), buildTime, p.CRLF, ""))
	}
	if since(p.Version, "7.0.0") {
		w.file(conf+"/server/s2s-client-identity.keystore", secretMode, w.rekeyed(identityStore, "", p.created()))
	}
	if !since(p.Version, "7.1.0") {
		w.text(conf+"/server/security-installed.properties", p.CRLF, "db.type="+p.Database.Type)
	}
	for _, name := range []string{"activemq.xml", "ehcache.xml"} {
		w.text(conf+"/server/"+name, p.Windows, `<?xml version="1.0" encoding="UTF-8"?>`, "<configuration/>")
	}
	for _, name := range []string{"ds-navigation.config", "java.security", "replication.whitelist", "RCL_Log_Config.txt"} {
		w.text(conf+"/server/"+name, p.Windows, "# "+name)
	}
	w.file(conf+"/server/urbancode.key", fileMode, []byte(hex.EncodeToString(p.bytes("urbancode.key", 32))+"\n"))
}

func (p *project) installedVersion() []byte {
	return storeProperties(map[string]string{"installed.version": p.Version}, buildTime, p.CRLF)
}

func (p *project) writeBin(w *writer) {
	bin := p.install + "/bin"
	w.text(bin+"/classpath.conf", p.Windows, p.classpath()...)
	w.file(bin+"/launcher.jar", fileMode, []byte(emptyJar))
	tomcat := p.at("opt", "tomcat")
	if p.Windows {
		java := p.installedProperties()["install.java.home"]
		w.text(bin+"/set_env.cmd", true, "@echo off",
			`set JAVA_OPTS=-Xmx4096m -Dcatalina.base="`+tomcat+`" -Dcatalina.home="`+tomcat+`" %UC_JAVA_OPTS%`,
			"set JAVA_HOME="+java)
		w.text(bin+"/server.cmd", true, "@echo off", `call "`+p.at("bin", "set_env.cmd")+`"`)
		return
	}
	w.text(bin+"/set_env", false, "#!/bin/sh",
		`JAVA_OPTS="-Xmx4096m -Dcatalina.base=`+tomcat+` -Dcatalina.home=`+tomcat+` ${UC_JAVA_OPTS}"`,
		`JAVA_HOME="`+p.installedProperties()["install.java.home"]+`"`,
		"export JAVA_OPTS JAVA_HOME")
	for _, name := range []string{"server", "init/server"} {
		w.file(bin+"/"+name, programMode, []byte("#!/bin/sh\ncd \""+p.at("bin")+"\" || exit 1\n. ./set_env\n"))
	}
}

// serverXML is server.xml with PASSWORD and ALIAS in the place of what differs.
//
//go:embed fixtures/server.xml
var serverXML string

func (p *project) writeTomcat(w *writer) {
	tomcat := p.install + "/opt/tomcat"
	password, alias := StorePassword, "" // in clear text, as installed before 6.2.5.1
	if p.secured() {
		password = "${tomcat.keystore.password}"
	}
	if p.Alias != "" && !since(p.Version, "7.1.0") {
		alias = ` keyAlias="` + p.Alias + `"`
	}
	text := strings.NewReplacer("PASSWORD", password, "ALIAS", alias).Replace(strings.TrimSuffix(serverXML, "\n"))
	w.text(tomcat+"/conf/server.xml", p.Windows, strings.Split(text, "\n")...)
	w.file(tomcat+"/conf/tomcat.keystore", secretMode, w.rekeyed(tomcatStore, p.TomcatKey, buildTime))
	w.text(tomcat+"/webapps/ROOT/connTest.txt", false, "ok")
}

// writeLocal writes the rest of what stays on the machine.
func (p *project) writeLocal(w *writer) {
	w.file(p.install+"/lib/ext/"+cmp.Or(databaseKinds()[p.Database.Type].jar, "jdbc-driver.jar"), fileMode, []byte(emptyJar))
	w.file(p.install+"/lib/thirdparty/ehcache.jar", fileMode, []byte(emptyJar))
	for _, name := range []string{"endorsed", "extensions", "licenses", "native/x64", "var/temp", "var/email"} {
		w.folder(p.install + "/" + name)
	}
	at := buildTime.Format("2006-01-02 15:04:05")
	w.text(p.install+"/var/log/deployserver.out", p.Windows, at+",000 INFO  main - server started", at+",512 INFO  main - version "+p.Version)
	if since(p.Version, "7.0.0") {
		w.text(p.install+"/var/install-log/install-"+buildTime.Format("20060102-150405")+".log", p.Windows, "Installing version "+p.Version)
		w.folder(p.install + "/database")
	}
}

// writeSharedConf writes the configuration in the application data.
func (p *project) writeSharedConf(w *writer) {
	conf := p.shared + "/conf"
	encryption, server := []byte(encryptionStore), []byte(serverStore)
	if p.EncryptionAlias != EncryptionAlias {
		encryption = w.rekeyed(encryptionStore, p.EncryptionAlias, p.created())
		server = w.rekeyed(serverStore, "", p.created())
	}
	w.file(conf+"/encryption.keystore", secretMode, encryption)
	w.file(conf+"/server.keystore", secretMode, server)
	w.text(conf+"/collectors/environment.patterns", p.Windows, "# names of variables that are not collected", ".*PASSWORD.*")
	if p.Scheme == appdata.Folder && (since(p.Version, "7.0.0") || p.Multiserver) {
		w.file(conf+"/installed.version", fileMode, p.installedVersion())
	}
	if since(p.Version, "7.2.3") {
		w.text(conf+"/server/log4j2.xml", p.Windows, `<?xml version="1.0" encoding="UTF-8"?>`,
			`<Configuration><Appenders><File name="file" fileName="../var/log/deployserver.out"/></Appenders></Configuration>`)
	} else {
		w.text(conf+"/server/log4j.properties", p.Windows, "log4j.rootLogger=WARN, file",
			"log4j.appender.file=org.apache.log4j.RollingFileAppender", "log4j.appender.file.File=../var/log/deployserver.out")
	}
	if since(p.Version, "6.2") && p.Scheme != appdata.Linked {
		w.text(conf+"/server/getting-started-custom-urls.properties", p.CRLF, "# no custom addresses")
	}
	templates := conf
	if p.Scheme == appdata.Folder && !since(p.Version, "6.1.3") {
		templates = p.install + "/conf"
	}
	for _, name := range []string{"ApplicationDeploymentFailure", "ApplicationDeploymentSuccess", "ApprovalCreated"} {
		w.text(templates+"/server/notification-templates/"+name+".xml", p.Windows, `<?xml version="1.0" encoding="UTF-8"?>`, "<notification/>")
	}
	w.file(p.shared+"/patches/sample-fix.jar", fileMode, []byte(emptyJar))
}

// writeRuntime writes what the running server adds to the application data.
func (p *project) writeRuntime(w *writer) {
	if p.Plugins >= 0 {
		for _, kind := range []string{"command", "source"} {
			w.folder(p.shared + "/var/plugins/" + kind + "/stage")
			w.folder(p.shared + "/var/plugins/" + kind + "/repo")
		}
	}
	for i := range p.Plugins {
		kind := "command"
		if i%4 == 3 {
			kind = "source"
		}
		name := fmt.Sprintf("%s/var/plugins/%s/repo/plugin-%d.%d.zip", p.shared, kind, i+1, 100000+i)
		w.file(name, fileMode, append(p.bytes(name[len(p.shared):], 600), emptyJar...))
	}
	if p.RepositoryFiles >= 0 {
		for _, name := range []string{"var/repository/blob", "var/repository/ptr", "var/repository/stage", "var/sa"} {
			w.folder(p.shared + "/" + name)
		}
	}
	for i := range p.RepositoryFiles {
		data := p.bytes(fmt.Sprintf("blob %d", i), p.RepositoryBytes)
		sum := sha256.Sum256(fmt.Appendf(nil, "%d %d", p.Seed, i))
		id := hex.EncodeToString(sum[:])
		w.file(p.shared+"/var/repository/blob/"+id[:2]+"/"+id[2:4]+"/"+id, fileMode, data)
		if w.err != nil {
			return
		}
	}
	if p.Logs >= 0 {
		w.folder(p.shared + "/logs/store")
	}
	for i := range p.Logs {
		id := p.uuid(fmt.Sprintf("log %d", i))
		w.text(p.shared+"/logs/store/"+id[:2]+"/"+id[2:4]+"/"+id+"/stdOut.txt", p.Windows, "step "+fmt.Sprint(i+1)+" started", "step ended with 0")
	}
}

// writeLinks makes links in place of the entries that are on the storage.
func (p *project) writeLinks(w *writer) {
	names := []string{
		"conf/server/notification-templates", "conf/encryption.keystore", "conf/server.keystore",
		"conf/collectors", "patches", "conf/server/log4j.properties",
	}
	if since(p.Version, "7.2.3") {
		names[len(names)-1] = "conf/server/log4j2.xml"
	}
	if p.Plugins >= 0 {
		names = append(names, "var/plugins")
	}
	if p.RepositoryFiles >= 0 {
		names = append(names, "var/repository", "var/sa")
	}
	if p.Logs >= 0 {
		names = append(names, "logs")
	}
	for _, name := range names {
		w.link(p.shared+"/"+name, p.install+"/"+name)
	}
}
