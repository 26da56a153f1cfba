package check

import "github.com/deploycluster/deploycluster/internal/product"

// keyRules are about keystores: the key that Tomcat serves, its certificate,
// and the encryption key that the members share. Where users' TLS connections
// end at the balancer, nobody but the balancer sees the members' certificates:
// rules about what users see do not apply then, and age and strength are Info.
func keyRules() []Rule {
	return []Rule{
		{
			ID: "KEY001", Title: "The alias of the TLS key is in the Tomcat keystore", Severity: Error,
			Source: srcTomcat + ", getKeyManagers",
			Member: checkTLSAlias,
		},
		{
			ID: "KEY002", Title: "The alias of the TLS key is a private key", Severity: Error,
			Source: srcTomcat + ", getKeyManagers",
			Member: checkTLSPrivateKey,
		},
		{
			ID: "KEY003", Title: "Aliases are spelled as the keystore has them", Severity: Info,
			Source: srcJDK + ", JavaKeyStore.convertAlias",
			Member: checkAliasCase,
		},
		{
			ID: "KEY004", Title: "All members serve the same certificate", Severity: Error,
			Source:  srcCluster + ", step 6",
			Cluster: needs((*Pass).several, needs((*Pass).usersTLS, checkSameCertificate)),
		},
		{
			ID: "KEY005", Title: "The certificate is valid, and stays so for a while", Severity: Error,
			Source:  srcRFC5280 + ", section 6.1.3",
			Cluster: checkValidity,
		},
		{
			ID: "KEY006", Title: "The certificate covers the host that users open", Severity: Warning,
			Source:  inferredFrom + srcCluster + ", step 6; " + inferredFrom + srcRFC2818,
			Cluster: needs((*Pass).usersTLS, checkCovers),
		},
		{
			ID: "KEY007", Title: "The certificate is not the installer's own", Severity: Info,
			Source:  srcCode70 + ", keytool call",
			Cluster: needs((*Pass).usersTLS, checkInstallerDefault),
		},
		{
			ID: "KEY008", Title: "With several keys an alias chooses one", Severity: Warning,
			Source: srcTomcat + ", getKeyManagers",
			Member: checkSeveralKeys,
		},
		{
			ID: "KEY009", Title: "The active encryption alias is a secret key of the encryption keystore", Severity: Error, Stage: StageStorage,
			Source:  srcJDK + ", KeyStore.getKey; " + srcCode70 + ", keystore handling",
			Assumes: []PremiseKind{PremiseEncryptionStore, PremiseEncryptionAlias},
			Cluster: checkEncryptionAlias,
		},
		{
			ID: "KEY010", Title: "Keys and signatures are strong enough", Severity: Warning,
			Source:  srcStrength + "; " + srcSP800,
			Cluster: checkStrength,
		},
		{
			ID: "KEY011", Title: "Keystores do not have the default password", Severity: Info,
			Source:  srcCode70 + ", default passwords",
			Cluster: checkDefaultPassword,
		},
		{
			ID: "KEY012", Title: "server.xml and tomcat.key.alias name the same key", Severity: Warning,
			Source: inferredFrom + srcCluster + ", step 6; " + inferredFrom + srcConfig,
			Member: needs((*Pass).properties, checkTwoAliases),
		},
		{
			ID: "KEY013", Title: "The certificate chain is complete and in order", Severity: Warning,
			Source:  inferredFrom + srcRFC5246 + ", section 7.4.2",
			Cluster: needs((*Pass).usersTLS, checkChains),
		},
		{
			ID: "KEY014", Title: "All members read the same encryption keystore", Severity: Error, Stage: StageStop,
			Source:  srcCluster + ", step 2",
			Assumes: []PremiseKind{PremiseFolder, PremiseAppData, PremiseEncryptionStore},
			Denies:  []PremiseKind{PremiseEncryptionStore},
			Cluster: needs((*Pass).several, checkSameEncryptionStore),
		},
		{
			ID: "KEY015", Title: "No triple-DES keys are left", Severity: Warning,
			Source: inferredFrom + srcTripleDES,
			Since:  product.Until(product.Keystore, product.TripleDESKeys),
			Member: needs((*Pass).properties, checkTripleDES),
		},
		{
			ID: "KEY016", Title: "Key passwords are those of their keystores", Severity: Warning,
			Source:  srcStorePassword,
			Cluster: checkKeyPasswords,
		},
	}
}
