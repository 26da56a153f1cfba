package installer

// What the rows of the table cite.
const (
	srcSilent    = "vendor page server_install_silent (7.0.2)"
	srcCode70    = "installer 7.0.0"
	srcCode      = "installers 6.2.1.1 and 7.0.0"
	srcMedia     = "installation media of 7.0.0, install.properties"
	srcProps     = "vendor page server_properties (7.0.2)"
	srcTemplates = "configuration templates 7.0.0"
	srcCluster   = "vendor page: Setting up clusters of servers"
	srcAdd       = "vendor page ha_add_server (7.0.2)"
)

// Values of Key.File, and of Key.Required.
const (
	inInstalled = "installed"
	inSecured   = "secured"

	always    = "always"
	ofFirst   = "first"
	ofCluster = "cluster"
	ofMember  = "member"
)

// mediaKeys are the keys of the file as it comes with the media, and those that
// say how the installer runs.
func mediaKeys() []Key {
	return []Key{
		{Name: "version", Kind: KindVersion, Required: always, Asked: true, Source: srcMedia + "; " + srcCode70 + ", getInput",
			Note: "comes with the media and is never changed by hand: a further member is refused unless it is the text of <appdata>/conf/installed.version; it becomes installed.version"},
		{Name: "vendor.name", Kind: KindText, Required: always, Since: "7.0.0", Asked: true, Becomes: "vendor.name", File: inInstalled,
			Source: srcMedia + "; " + srcCode70 + ", licensePrompts", Note: "comes with the media: ibm or hcl"},
		{Name: "component.name", Kind: KindText, Asked: true, Source: srcMedia, Note: "comes with the media"},
		{Name: "component.directory", Kind: KindPath, Asked: true, Source: srcMedia, Note: "comes with the media; the default of install.server.dir ends in it"},
		{Name: "nonInteractive", Kind: KindFlag, Asked: true, Source: srcCode70 + ", install.with.groovy.xml; " + srcSilent + ", example",
			Note: "any text makes the installation silent, the text false too"},
		{Name: "install.accept.license", Kind: KindYesNo, Source: srcCode70 + ", init", Note: "is not read: a silent installation accepts the license"},
		{Name: "skip.jvm.version.check", Kind: KindText, Asked: true, Source: srcCode70 + ", installServer", Note: "any text skips the look at the Java version"},
		{Name: "ucd.install.suppresspager", Kind: KindFlag, Asked: true, Since: "7.0.0", Source: srcCode70 + ", init"},
		{Name: "check.indexed.fks", Kind: KindText, Asked: true, Source: srcCode + ", installOrUpgradeDatabase", Note: "any text makes the installer look for foreign keys without an index after it made the schema"},
		{Name: "server.initial.password", Kind: KindPassword, Required: ofFirst, Secret: true, Asked: true, Source: srcSilent + "; " + srcCode70 + ", getInput",
			Note: "the installer asks for it on the first server only, keeps it in the database, and empties it in the file"},
		{Name: "license.server.url", Kind: KindURI, Since: "7.0.0", Asked: true, Source: srcSilent + "; " + srcCode70 + ", licensePrompts",
			Note: "asked for on the first server only and kept in the database"},
	}
}

// placeKeys say where the server and its data are.
func placeKeys() []Key {
	return []Key{
		{Name: "install.server.dir", Kind: KindPath, Asked: true, Source: srcSilent,
			Note: "without it: /opt, or the program files folder, and component.directory"},
		{Name: "install.java.home", Kind: KindPath, Asked: true, Becomes: "install.java.home", File: inInstalled, Source: srcSilent,
			Note: "must be JAVA_HOME, its default; the installation script of 7.0.0 passes its own, which wins"},
		{Name: "install.ha", Kind: KindYesNo, Required: ofCluster, Default: "N", Asked: true, Becomes: "com.urbancode.ds.UDeployServer.multiserver", File: inInstalled,
			Source: srcSilent + "; " + srcCode70 + ", installServer", Note: "Y or yes, in any letter case, becomes true; any other text is no"},
		{Name: "com.urbancode.ds.UDeployServer.multiserver", Kind: KindFlag, Asked: true, Becomes: "com.urbancode.ds.UDeployServer.multiserver", File: inInstalled,
			Source: srcCode + ", initProperties", Note: "any text is read as install.ha=Y, the text false too, and becomes true"},
		{Name: "server.appdata.dir", Kind: KindPath, Required: ofCluster, Asked: true, Becomes: "server.appdata.dir", File: inInstalled, Source: srcSilent + "; " + srcCode70 + ", installServer",
			Note: "without it: appdata in the installation folder, which no other member shares; in a cluster the folder on network storage; two dots at the beginning are the installation folder"},
		{Name: "server.use.existing.appdata.dir", Kind: KindYesNo, Default: "Y", Asked: true, Source: srcCode70 + ", installServer",
			Note: "anything but Y or yes aborts the installation where the folder holds data"},
		{Name: "server.create.appdata.dir", Kind: KindYesNo, Default: "Y", Asked: true, Source: srcCode70 + ", installServer",
			Note: "anything but Y or yes aborts the installation where the folder is missing, as it is before the storage is mounted"},
	}
}

// webKeys are about the web interface.
func webKeys() []Key {
	return []Key{
		{Name: "install.server.web.host", Kind: KindHost, Required: ofCluster, Asked: true, Becomes: "install.server.web.host", File: inInstalled, Source: srcSilent + "; " + srcCode70 + ", installServer",
			Note: "the load balancer's host in a cluster; without it the canonical name of the machine; a colon and what follows it are cut off"},
		{Name: "install.server.web.port", Kind: KindPort, Default: "8080", Asked: true, Becomes: "install.server.web.port", File: inInstalled, Source: srcSilent},
		{Name: "install.server.web.https.port", Kind: KindPort, Default: "8443", Asked: true, Becomes: "install.server.web.https.port", File: inInstalled, Source: srcSilent},
		{Name: "install.server.web.ip", Kind: KindHost, Default: "0.0.0.0", Asked: true, Becomes: "install.server.web.ip", File: inInstalled, Source: srcSilent},
		{Name: "install.server.web.always.secure", Kind: KindYesNo, Default: "Y", Asked: true, Becomes: "install.server.web.always.secure", File: inInstalled, Source: srcSilent + "; " + srcCode + ", copyServerFiles",
			Note: "kept as it is spelled; only Y, in any letter case, installs a TLS connector, while yes asks for its port"},
		{Name: "server.external.web.url", Kind: KindURI, Asked: true, Becomes: "server.external.web.url", File: inInstalled, Source: srcCode + ", postContainerFileInstall",
			Note: "without it: made of the web host and port; the value in use is in the database"},
	}
}

// agentKeys are about agents and the other members.
func agentKeys() []Key {
	jms := "JMS is absent from the vendor's pages on clusters from 7.2.0 on"
	return []Key{
		{Name: "agentcomm.uri", Kind: KindURI, Required: always, Since: "7.0.0", PerHost: true, Asked: true, Becomes: "agentcomm.uri", File: inInstalled, Source: srcSilent + "; " + srcCode70 + ", initProperties",
			Note: "wss://host:port, different on every server and reachable by all; without it a silent installation stops"},
		{Name: "agentcomm.keystore", Kind: KindPath, Default: "../conf/server/s2s-client-identity.keystore", Since: "7.0.0", Asked: true, Becomes: "agentcomm.keystore", File: inInstalled, Source: srcSilent},
		{Name: "agentcomm.keystore.password", Kind: KindPassword, Secret: true, Since: "7.0.0", Asked: true, Becomes: "agentcomm.keystore.password", File: inSecured, Source: srcCode70 + ", initProperties",
			Note: "without it: the product's default password"},
		{Name: "server.jms.port", Kind: KindPort, Default: "7918", Asked: true, Becomes: "server.jms.port", File: inInstalled, Source: srcSilent, Note: jms},
		{Name: "server.jms.mutualAuth", Kind: KindYesNo, Default: "N", Asked: true, Becomes: "server.jms.mutualAuth", File: inInstalled, Source: srcCode + ", getInput",
			Note: "Y or yes becomes true; any other text, true included, becomes false, although the vendor's page says true; " + jms},
		{Name: "server.activemq.system.memory", Kind: KindMemory, Default: "512 mb", Since: "7.0.0", Asked: true, Becomes: "server.activemq.system.memory", File: inInstalled, Source: srcSilent + "; " + srcCode70 + ", initProperties"},
		{Name: "server.activemq.queue.memory", Kind: KindMemory, Default: "100 mb", Since: "7.0.0", Asked: true, Becomes: "server.activemq.queue.memory", File: inInstalled, Source: srcSilent + "; " + srcCode70 + ", initProperties"},
		{Name: "server.activemq.topic.memory", Kind: KindMemory, Default: "100 mb", Since: "7.0.0", Asked: true, Becomes: "server.activemq.topic.memory", File: inInstalled, Source: srcSilent + "; " + srcCode70 + ", initProperties"},
	}
}

// databaseKeys say which database the server uses.
func databaseKeys() []Key {
	return []Key{
		{Name: "skip.db.install", Kind: KindYesNo, Required: ofMember, Default: "N", Asked: true, Source: srcSilent + "; " + srcCode + ", getInput",
			Note: "Y or yes leaves the schema as it is, as a further member must; any other text creates it"},
		{Name: "skip.db.config", Kind: KindYesNo, Default: "N", Since: "7.0.0", Asked: true, Source: srcCode70 + ", initProperties",
			Note: "Y or yes leaves out all database settings; a script is to be run afterwards"},
		{Name: "database.type", Kind: KindText, Required: ofCluster, Default: "derby", Asked: true, Becomes: "database.type", File: inInstalled, Source: srcSilent + "; " + srcCode70 + ", getDbInput",
			Note: "mysql, oracle, sqlserver, db2 or db2zos; mysql is the default of a member of a cluster, which cannot use derby"},
		{Name: "database.databasename", Kind: KindText, Asked: true, Becomes: "database.databasename", File: inInstalled, Source: srcSilent, Note: "for db2zos only, which requires it"},
		{Name: "database.derby.port", Kind: KindPort, Default: "11377", Until: "8.1.0", Asked: true, Becomes: "database.derby.port", File: inInstalled, Source: srcSilent},
		{Name: "hibernate.connection.url", Kind: KindURI, Required: ofCluster, Asked: true, Becomes: "hibernate.connection.url", File: inInstalled, Source: srcSilent + "; " + srcCode70 + ", getDbInput",
			Note: "required unless the type is derby"},
		{Name: "hibernate.connection.username", Kind: KindText, Default: "ibm_ucd", Asked: true, Becomes: "hibernate.connection.username", File: inInstalled, Source: srcSilent},
		{Name: "hibernate.connection.password", Kind: KindPassword, Required: ofCluster, Default: "password", Secret: true, Asked: true, Becomes: "hibernate.connection.password", File: inSecured, Source: srcSilent + "; " + srcCode + ", getDbInput",
			Note: "empty, it is the word password; an upgrade reads this file before the server's own and so prefers it to the sealed value"},
		{Name: "hibernate.connection.driver_class", Kind: KindText, Asked: true, Becomes: "hibernate.connection.driver_class", File: inInstalled, Source: srcSilent, Note: "the default depends on the type"},
		{Name: "hibernate.default_schema", Kind: KindText, Asked: true, Becomes: "hibernate.default_schema", File: inInstalled, Source: srcSilent + "; " + srcCode70 + ", getDbInput", Note: "for oracle; becomes upper case"},
	}
}

// storeKeys are about keystores.
func storeKeys() []Key {
	return []Key{
		{Name: "server.keystore", Kind: KindPath, Source: srcSilent + "; " + srcCode70 + ", copyServerFiles",
			Note: "the installer always uses conf/server.keystore in the application data and records that"},
		{Name: "server.keystore.password", Kind: KindPassword, Secret: true, Asked: true, Becomes: "server.keystore.password", File: inSecured, Source: srcSilent,
			Note: "without it: the product's default password; a further member needs that of the shared store"},
		{Name: "encryption.keystore", Kind: KindPath, Asked: true, Source: srcCode + ", postContainerFileInstall",
			Note: "a first installation uses it for its own work but records ../conf/encryption.keystore; left out, the one in the application data is used and recorded"},
		{Name: "encryption.keystore.alias", Kind: KindText, Asked: true, Source: srcCode + ", createSecretKey",
			Note: "a first installation that is given an alias aes128key… records none, and replaces any other by the last aes128key… of the store; left out, it records that one"},
		{Name: "encryption.keystore.password", Kind: KindPassword, Secret: true, Asked: true, Becomes: "encryption.keystore.password", File: inSecured, Source: srcCode + ", initProperties",
			Note: "without it: that of server.keystore; a further member needs that of the shared store"},
		{Name: "tomcat.key.alias", Kind: KindText, Default: "server", Source: srcSilent + "; " + srcCode70,
			Note: "misspelled tomcat.key.alais on the page; not read by the installer of 7.0.0: set it afterwards, once tomcat.keystore holds the certificate"},
	}
}

// serviceKeys are about the Windows service.
func serviceKeys() []Key {
	return []Key{
		{Name: "install.service", Kind: KindYesNo, Default: "N", Asked: true, Source: srcSilent + "; " + srcCode70 + ", installServer", Note: "not needed where install.service.name is set"},
		{Name: "install.service.name", Kind: KindText, Asked: true, Becomes: "install.service.name", File: inInstalled, Source: srcSilent + "; " + srcCode70 + ", installServer", Note: "without blanks"},
		{Name: "install.service.login", Kind: KindText, Default: `.\localsystem`, Asked: true, Source: srcSilent + "; " + srcCode70 + ", installServer", Note: "the local system account may lack rights on network storage"},
		{Name: "install.service.password", Kind: KindPassword, Secret: true, Asked: true, Source: srcSilent},
		{Name: "install.service.autostart", Kind: KindYesNo, Default: "N", Asked: true, Source: srcSilent},
	}
}

// formerKeys are keys of earlier versions.
func formerKeys() []Key {
	agent := srcCode70 + ", removeExperimentalProperties"
	return []Key{
		{Name: "rcl.server.url", Kind: KindURI, Until: "7.0.0", Now: "license.server.url", Asked: true, Source: srcCode + ", initProperties"},
		{Name: "install.server.external.web.url", Kind: KindURI, Now: "server.external.web.url", Asked: true, Source: srcCode70 + ", checkForUpgrade", Note: "read at upgrades of old servers only"},
		{Name: "experimental.comm2017.server.agentcomm.host", Kind: KindHost, Until: "7.0.0", Now: "agentcomm.uri", Asked: true, Source: agent},
		{Name: "experimental.comm2017.server.agentcomm.port", Kind: KindPort, Until: "7.0.0", Now: "agentcomm.uri", Asked: true, Source: agent},
		{Name: "experimental.comm2017.server.keystore2017", Kind: KindPath, Until: "7.0.0", Now: "agentcomm.keystore", Asked: true, Source: agent},
		{Name: "experimental.comm2017.server.keystore2017.password", Kind: KindPassword, Secret: true, Until: "7.0.0", Now: "agentcomm.keystore.password", Asked: true, Source: agent},
		{Name: "hibernate.dialect", Kind: KindText, Until: "7.1.1", Source: srcCode70 + ", installOrUpgradeDatabase", Note: "the installer itself sets it for Oracle 12"},
	}
}
