package cluster

const (
	// Keys of installed.properties that the library reads or sets. The installer
	// records the Java home in KeyJavaHome; the start scripts take theirs from
	// bin/set_env.
	KeyAppData         = "server.appdata.dir"
	KeyEncryptionStore = "encryption.keystore"
	KeyEncryptionAlias = "encryption.keystore.alias"
	KeyServerStore     = "server.keystore"
	KeyMultiserver     = "com.urbancode.ds.UDeployServer.multiserver"
	KeyTomcatAlias     = "tomcat.key.alias"
	KeyAgentURI        = "agentcomm.uri"
	KeyAgentStore      = "agentcomm.keystore"
	KeyDatabaseType    = "database.type"
	KeyDatabaseURL     = "hibernate.connection.url"
	KeyDriverClass     = "hibernate.connection.driver_class"
	KeyWebHost         = "install.server.web.host"
	KeyWebPort         = "install.server.web.port"
	KeyWebSecurePort   = "install.server.web.https.port"
	KeyAlwaysSecure    = "install.server.web.always.secure"
	KeyTempDir         = "java.io.tmpdir"
	KeyUniqueID        = "server.unique.id"
	KeyBrokerID        = "server.brokerId"
	KeyJavaHome        = "install.java.home"

	// TomcatStore is the Keystore.Property of the web server's keystore, which
	// server.xml names and no property does.
	TomcatStore = "tomcat.keystore"
	// JavaSet is JavaHome.Source for bin/set_env.
	JavaSet = "JAVA_HOME"

	// SourceKeyAlias is TLSChoice.Source where the connector in server.xml names
	// the alias, SourceOnlyKey where nothing does and Tomcat takes a key by itself.
	SourceKeyAlias = "keyAlias"
	SourceOnlyKey  = "only key"

	// What TLSChoice.Lacks can be.

	// LacksPlainPath: keystoreFile is a reference that only the running server
	// resolves.
	LacksPlainPath = "plain path"
	// LacksLimit: reading the store goes beyond a limit of package tlscert.
	LacksLimit = "limit"
	// LacksType: the store is of a type that this library does not know.
	LacksType = "type"
	// LacksProperty: keyAlias refers to a property that is not set.
	LacksProperty = "property"
	// LacksPassword: the store's password is not known.
	LacksPassword = "password"
	// LacksOneAlias: tomcat.key.alias and keyAlias differ, and which of the two this
	// version reads is not known.
	LacksOneAlias = "one alias"
)
