package product

// Names of rows about keystores, aliases and connections.
const (
	KeyAliasInXML    = "keyAlias in opt/tomcat/conf/server.xml"
	TomcatKeyAlias   = "tomcat.key.alias in installed.properties"
	EncryptionJCEKS  = "encryption.keystore is JCEKS"
	EncryptionPKCS12 = "encryption.keystore is PKCS12"
	ServerJKS        = "server.keystore is JKS"
	TomcatJKS        = "tomcat.keystore is JKS"
	TripleDESKeys    = "triple-DES keys"
	SeveralKeys      = "several key pairs in server.keystore"

	JMSMembers    = "JMS between members"
	JMSAgents     = "agents over JMS"
	JMSEncryption = "end-to-end encryption of JMS"
	WebSocket     = "WebSocket (agentcomm.uri)"
	FrontEnds     = "distributed front ends"
	AgentLimits   = "agentcomm.clientCertificate settings"

	CodeStationS3 = "CodeStation in S3"
)

// Between the installer of 7.0.0, which does not know tomcat.key.alias, and the
// pages of 7.1.0, which ask for it, nobody has seen which of the two is read.
func aliasRows() []Row {
	return []Row{
		{Name: KeyAliasInXML, Until: "7.0.1", Answer: Yes, Text: "Only keyAlias of the connector chooses the key.",
			Source: "installer 7.0.0 ContainerInstaller; configuration templates 7.0.0"},
		{Name: TomcatKeyAlias, Until: "7.0.1", Answer: No, Text: "The server does not know the property.",
			Source: "installer 7.0.0 ContainerInstaller; configuration templates 7.0.0"},
		{Name: TomcatKeyAlias, Since: "7.1.0", Answer: Yes, Text: "The property chooses the key.",
			Source: "vendor page: Setting up clusters of servers, step 6"},
	}
}

func keystoreRows() []Row {
	const templates = "configuration templates 7.0.0; installer 7.0.0 ContainerInstaller"
	return []Row{
		{Name: EncryptionJCEKS, Since: "6.2", Until: "7.0.3", Answer: Yes, Text: "The installer makes it so.",
			Source: "installer 7.0.0 ContainerInstaller; vendor page keystore_encryption_change_password (7.0.2)"},
		{Name: EncryptionPKCS12, Since: "7.3.0", Answer: Yes, Text: "The pages on keys describe it so.",
			Source: "vendor pages of 7.3.0 on triple-DES keys"},
		{Name: ServerJKS, Since: "6.2", Until: "7.0.1", Answer: Yes, Text: "The installer makes it so.", Source: templates},
		{Name: TomcatJKS, Since: "6.2", Until: "7.0.1", Answer: Yes, Text: "The installer makes it so.", Source: templates},
		{Name: TripleDESKeys, Until: "7.3.0", Answer: Yes, Text: "Old keys still decrypt.",
			Source: "vendor pages of 7.3.0 on triple-DES keys"},
		{Name: TripleDESKeys, Since: "7.3.0", Answer: No, Text: "They must be rotated away and deleted before the upgrade.",
			Source: "vendor pages of 7.3.0 on triple-DES keys"},
		{Name: SeveralKeys, Since: "8.0", Answer: Yes, Text: "Key pairs are added while the server runs; agents can pin several.",
			Source: "vendor pages on the server's key pairs (8.0.1 to 8.2.2)"},
	}
}

func connectionRows() []Row {
	return []Row{
		{Name: JMSMembers, Until: "7.2.0", Answer: Yes, Text: "Members connect to each other's JMS port, 7918; each needs a cluster connection for every member, itself included.",
			Source: "vendor page ha_config_server (7.0.2); vendor page settings_network (7.0.2)"},
		{Name: JMSMembers, Since: "7.2.0", Answer: No, Text: "Members use WebSocket connections alone.",
			Source: "vendor page: Setting up clusters of servers"},
		{Name: JMSEncryption, Since: "6.2.2", Until: "7.2.0", Answer: Yes, Text: "The clocks of servers and agents must agree within about five minutes.",
			Source: "vendor page ssl_addl_security_2 (7.0.2)"},
		{Name: JMSAgents, Until: "7.1.0", Answer: Yes, Text: "Agents may use JMS.",
			Source: "vendor page ha_config_server (7.0.2)"},
		{Name: JMSAgents, Since: "7.1.0", Until: "7.2.0", Answer: Yes, Text: "Agents may use JMS; from 7.1.1 on the server warns of them.",
			Source: "vendor upgrade notes (7.1.1)"},
		{Name: WebSocket, Until: "7.0.0", Answer: No, Text: "There is no agentcomm.uri.",
			Source: "installer 6.2.1.1 ContainerInstaller"},
		{Name: WebSocket, Since: "7.0.0", Answer: Yes, Text: "Every server needs an agentcomm.uri, wss on a separate port, 7919.",
			Source: "installer 7.0.0 ContainerInstaller; vendor pages on web agents (7.2.2 to 8.0.1)"},
		{Name: FrontEnds, Since: "7.0.3", Answer: Yes, Text: "Front ends share storage and database with the back-end servers.",
			Source: "vendor pages on distributed front ends"},
		{Name: AgentLimits, Since: "8.1", Answer: Yes, Text: "How old certificates of agents may be.",
			Source: "vendor page server_properties (8.1.0)"},
	}
}
