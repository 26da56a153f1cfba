package compat

import (
	"strings"

	"github.com/deploycluster/deploycluster/internal/product"
)

const (
	// through is the line of versions that an upgrade passes between 6.x and
	// 7.1: a direct one is not possible. (Vendor article on upgrades.)
	through      = "7.0.x"
	throughSince = "7.0.0"
	throughUntil = "7.1.0"
	// throughNewest is a version of that line for which its last conditions hold.
	throughNewest = "7.0.5"
	// oldestUpgrade is the oldest version that the vendor's pages on upgrades
	// cover.
	oldestUpgrade = "6.1"

	sourceUpgradePath = "vendor article: High Level Best Practices for UrbanCode Deploy Upgrades (2022)"
	sourceDowngrade   = "installer 7.0.0 ContainerInstaller, comparison of versions"
	sourceUpgrade     = "vendor page upgrade_server (7.0.2)"
	sourceJoin        = "vendor page: Setting up clusters of servers, before you begin; installer 7.0.0 ContainerInstaller, installation of a further member"
)

// passesThrough reports whether an upgrade has to stop at a version of through.
func passesThrough(from, to string) bool {
	return product.In(from, "", throughSince) && product.In(to, throughUntil, "")
}

// conditions returns what must hold before an upgrade of one leg: those of every
// upgrade, and those that begin to count after from and no later than to.
func conditions(from, to string) []Condition {
	out := []Condition{
		{ID: "stopped", Requirement: "Every member is stopped, cold standbys included, and the load balancer reaches none.",
			Why: "The first upgraded member changes the schema of the shared database.", Source: "vendor page ha_upgrading (7.0.2)"},
		{ID: "backup", Requirement: "Database, application data, conf, opt/tomcat and lib/ext of every member are backed up at the same moment.",
			Why: "There is no way back to an older version but a restore.", Source: sourceUpgrade + "; vendor page server_backup (7.0.2)"},
		{ID: "same-user", Requirement: "The installer runs as the user that the server runs as.",
			Why: "It creates the tree anew and gives it to whoever runs it.", Source: "vendor page upgradeInstall (7.3.2, 8.0.0)"},
		savedFiles(from, to),
		{ID: "key-path", Requirement: "encryption.keystore names the shared file, which exists and holds the active alias.",
			Why: "An upgrade makes a missing keystore anew, with another key, and keeps the old alias.", Source: "installer 7.0.0 ContainerInstaller"},
	}
	out = append(out, runsOn(to)...)
	for _, c := range milestones() {
		if c.holds(to) && !c.holds(from) {
			out = append(out, c)
		}
	}
	return out
}

// holds reports whether the condition counts at v. Licensing changed in two
// lines of versions.
func (c Condition) holds(v string) bool {
	return product.In(v, c.At, "") && !(c.ID == licensing && product.In(v, "8.0", "8.0.1.3"))
}

const licensing = "hcl-license"

func milestones() []Condition {
	return []Condition{
		{ID: "layout", At: product.Since(product.Layout, product.AppDataFolder), Requirement: "The shared storage has the layout of an application data folder, and the installer is given its path.",
			Why: "Older servers link single entries.", Source: "vendor page ha_upgrading (7.0.2)"},
		{ID: "relays", At: "6.2.3.1", Requirement: "Agent relays are upgraded together with the servers.",
			Why: "Relays up to 6.2.3.0 and later servers may not connect.", Source: sourceUpgrade},
		{ID: "web-socket", At: product.Since(product.Connection, product.WebSocket), Requirement: "Every member has its own agentcomm.uri, wss on a free port, which the other members and the agents reach.",
			Why: "A silent upgrade needs it in install.properties, and has no default.", Source: "installer 7.0.0 ContainerInstaller, prompt for the WebSocket URL"},
		{ID: "web-agents", At: throughUntil, Requirement: "Agents and relays that use JMS are migrated to WebSocket.",
			Why: "Later versions have no cluster connections over JMS, and warn of JMS agents.", Source: sourceUpgradePath + "; vendor upgrade notes (7.1.1)"},
		{ID: "driver", At: product.Until(product.Layout, product.HibernateDialect), Requirement: "lib/ext holds a driver of JDBC 4.2 or later for the database; hibernate.dialect is not relied on.",
			Why: "Hibernate 5.4 needs the one and removes the other.", Source: "vendor upgrade notes (7.1.1)"},
		{ID: "log-settings", At: product.Since(product.Logging, product.Log4j2), Requirement: "What was changed in log4j.properties is written down, to be carried over to log4j2.xml.",
			Why: "The new version does not read the old file.", Source: "vendor pages of 7.2.3 and later"},
		{ID: "aes-keys", At: product.Until(product.Keystore, product.TripleDESKeys), Requirement: "encryption.keystore holds no triple-DES key: every secret is encrypted anew with an AES key, and the old keys are deleted.",
			Why: "Triple-DES keys are no longer supported.", Source: "vendor pages of 7.3.0 on triple-DES keys"},
		{ID: licensing, At: "7.3.2.8", Requirement: "With HCL's media: an HCL license server in place of FlexNet.",
			Why: "FlexNet is no longer used.", Source: "vendor page serverInstall (8.1.0)"},
	}
}

// runsOn are the conditions that the rows about Java and databases make: they
// depend on the version to upgrade to alone. Beyond the table nothing is known to
// fit.
func runsOn(to string) []Condition {
	java := Condition{ID: "java", Requirement: "A supported release of Java is installed, and JAVA_HOME and bin/set_env name it.",
		Why: "The new version is not supported on others.", Source: product.SourceJava}
	if java.Values = product.Holding(product.Java, to); len(java.Values) > 0 {
		java.Requirement = "A supported release of Java is installed (" + strings.Join(java.Values, ", ") + " as far as is known), and JAVA_HOME and bin/set_env name it."
	}
	database := Condition{ID: "database", Requirement: "database.type is one that the new version supports.",
		Why: "The installer refuses others, or the new version does not support them.", Source: product.CodeDatabases + "; " + product.SourceDatabases}
	if database.Values = product.Holding(product.Database, to); len(database.Values) > 0 {
		database.Requirement = "database.type is one of " + strings.Join(database.Values, ", ") + "; a cluster never uses derby."
	}
	return []Condition{java, database}
}

// savedFiles are what an upgrade does not leave as it is. That later installers
// do as those of 6.2 and 7.0 is inferred.
func savedFiles(from, to string) Condition {
	log := product.Log4j1
	if product.In(from, product.Since(product.Logging, product.Log4j2), "") {
		log = product.Log4j2
	}
	return Condition{
		ID:          "saved-files",
		Requirement: "What was changed or added in the files that an upgrade overwrites is saved, to be put back after the last member.",
		Why:         "Every member's upgrade copies the media's files over them, renames patches to .off and empties lib and opt/tomcat.",
		Source:      "installer 7.0.0 ContainerInstaller; " + sourceUpgrade,
		Inferred:    !product.In(to, "", throughUntil),
		Files: []string{
			"appdata/" + log, "appdata/conf/server/notification-templates", "appdata/conf/collectors", "appdata/patches",
			"appdata/var/plugins", "bin/classpath.conf", "conf/server", "lib", "opt/tomcat",
		},
	}
}
