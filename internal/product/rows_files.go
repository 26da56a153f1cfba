package product

// Names of rows about files that others ask for.
const (
	AppDataFolder         = "application data folder"
	NotificationTemplates = "conf/server/notification-templates"
	SharedVersion         = "conf/installed.version in the application data folder"
	SecuredProperties     = "conf/server/secured-installed.properties"
	IdentityKeystore      = "conf/server/s2s-client-identity.keystore"
	DatabaseScripts       = "database"
	InstallLog            = "var/install-log"
	KeyTools              = "bin/keycreate, keyrotate, keydelete"
	StoredPrefix          = "the installation's path stored as two dots"
	HibernateDialect      = "hibernate.dialect"
	MaintenanceMode       = "maintenance mode"
	VendorName            = "vendor.name"
	ListedDatabases       = "types of databases that the installer does not list are refused"

	Log4j1 = "conf/server/log4j.properties"
	Log4j2 = "conf/server/log4j2.xml"
)

func layoutRows() []Row {
	return []Row{
		{Name: AppDataFolder, Until: "6.1.1.5", Answer: No, Text: "Shared entries are linked one by one; there is no server.appdata.dir.",
			Source: "vendor page ha_config_server (7.0.2)"},
		{Name: AppDataFolder, Since: "6.1.1.5", Answer: Yes, Text: "server.appdata.dir names the folder; two dots mean that the server has none.",
			Source: "vendor page ha_config_server (7.0.2); vendor page arch_relocate_codestation (7.0.2)"},
		{Name: NotificationTemplates, Until: "6.1.3", Answer: No, Text: "The templates are in the installation folder.",
			Source: "installer 7.0.0 ContainerInstaller, a comment"},
		{Name: NotificationTemplates, Since: "6.1.3", Answer: Yes, Text: "The templates are in the application data folder. Vendor pages say from 6.2.0.2.",
			Source: "installer 7.0.0 ContainerInstaller, a comment"},
		{Name: SharedVersion, Until: "7.0.0", Answer: No, Text: "Only the installation of a cluster's first member writes it, no upgrade does.",
			Source: "installer 6.2.1.1 ContainerInstaller"},
		{Name: SharedVersion, Since: "7.0.0", Answer: Yes, Text: "Every installation and upgrade writes it.",
			Source: "installer 7.0.0 ContainerInstaller"},
		{Name: IdentityKeystore, Until: "7.0.0", Answer: No, Text: "There is no WebSocket identity.",
			Source: "installer 6.2.1.1 ContainerInstaller"},
		{Name: IdentityKeystore, Since: "7.0.0", Answer: Yes, Text: "The server makes it at its first start; it is never shared.",
			Source: "installer 7.0.0 ContainerInstaller; vendor page web_agents_security (7.1.0 to 8.2.0)"},
		{Name: DatabaseScripts, Since: "7.0.0", Answer: Yes, Text: "Scripts for a deferred creation of the schema.",
			Source: "installer 7.0.0 ContainerInstaller"},
		{Name: InstallLog, Since: "7.0.0", Answer: Yes, Text: "Logs of installations and upgrades.",
			Source: "installer 7.0.0 ContainerInstaller"},
		{Name: KeyTools, Until: "7.2.3", Answer: No, Text: "There are no tools for encryption keys.",
			Source: "vendor pages on encryption keys (7.2.3 to 8.0.0)"},
		{Name: KeyTools, Since: "7.2.3", Answer: Yes, Text: "Run on one member; the alias is then written on every member and each is restarted.",
			Source: "vendor pages on encryption keys (7.2.3 to 8.0.0)"},
		{Name: StoredPrefix, Until: "8.0", Answer: Yes, Text: "A path that begins with the text of the installation folder is stored with two dots in its place.",
			Source: "installer 7.0.0 ContainerInstaller, initProperties"},
		{Name: HibernateDialect, Until: "7.1.1", Answer: Yes, Text: "The property may be set.",
			Source: "installer 7.0.0 ContainerInstaller"},
		{Name: HibernateDialect, Since: "7.1.1", Answer: No, Text: "The upgrade removes it; drivers need JDBC 4.2.",
			Source: "vendor upgrade notes (7.1.1)"},
		{Name: ListedDatabases, Since: "7.0.0", Until: "8.0", Answer: Yes, Text: "The installer ends at a type that it does not list.",
			Source: CodeDatabases},
		{Name: VendorName, Since: "7.0.0", Answer: Yes, Text: "The property says whose media a server came from.",
			Source: "installer 7.0.0 ContainerInstaller"},
		{Name: MaintenanceMode, Since: "7.0.3", Answer: Yes, Text: "A server can be told to start no new process.",
			Source: "vendor pages on distributed front ends"},
	}
}

func loggingRows() []Row {
	return []Row{
		{Name: Log4j1, Until: "7.2.3", Answer: Yes, Text: "log4j 1 reads it.",
			Source: "configuration templates 7.0.0; vendor page: Setting up clusters of servers, step 5.3"},
		{Name: Log4j1, Since: "7.2.3", Answer: No, Text: "log4j 2 does not read it.",
			Source: "vendor pages of 7.2.3 and later"},
		{Name: Log4j2, Until: "7.2.3", Answer: No, Text: "log4j 1 does not read it.",
			Source: "vendor pages of 7.2.3 and later"},
		{Name: Log4j2, Since: "7.2.3", Answer: Yes, Text: "log4j 2 reads it.",
			Source: "vendor pages of 7.2.3 and later"},
	}
}

func passwordRows() []Row {
	return []Row{
		{Name: SecuredProperties, Until: "6.2.5.1", Answer: No, Text: "Passwords are in installed.properties, the web server's in server.xml.",
			Source: "installer 7.0.0 ContainerInstaller, updateKeystorePassToReference"},
		{Name: SecuredProperties, Since: "6.2.5.1", Answer: Yes, Text: "Passwords are in this file; server.xml refers to tomcat.keystore.password.",
			Source: "installer 7.0.0 ContainerInstaller, updateKeystorePassToReference"},
	}
}

func storageRows() []Row {
	return []Row{
		{Name: CodeStationS3, Until: "7.0.5", Answer: No, Text: "Artifacts are in var/repository.",
			Source: "vendor article: Moving CodeStation to S3 (7.0.5)"},
		{Name: CodeStationS3, Since: "7.0.5", Answer: Yes, Text: "Artifacts can be in S3; the server then leaves var/repository alone, so every member needs the settings.",
			Source: "vendor article: Moving CodeStation to S3 (7.0.5)"},
	}
}
