package product

// Sources of the rows about Java and databases.
const (
	SourceJava      = pagesInstalling
	SourceDatabases = pagesDatabases

	pagesInstalling = "vendor pages on installing the server (7.3.2 to 8.2.2)"
	pagesDatabases  = "vendor pages on installing, supported databases (8.1.2, 8.2.2)"
	pagesDerby      = "vendor pages on Derby (8.0.0 to 8.2.0)"
	sysRequire71    = "vendor page sysRequire (7.1.0)"
	sysRequire72    = "vendor page sysRequire (7.2.2)"
	CodeDatabases   = "installer 7.0.0 ContainerInstaller, database prompts"
	notesTomcat     = "vendor upgrade notes (7.1.2, 7.2.3)"
)

// javaRows are by release, a number as text. Between 7.2 and 8.1 nothing is
// known about releases above 11.
func javaRows() []Row {
	return []Row{
		{Name: "8", Since: "6.2.2", Until: "7.0.2", Answer: Yes, Text: "Java 8 is needed.",
			Source: "vendor page upgrade_server (7.0.2)"},
		// 7.0.2 to 7.1.0: the vendor's pages contradict each other.
		{Name: "8", Since: "7.1.0", Answer: No, Text: "Java 8 is no longer supported.",
			Source: sysRequire71 + "; " + sysRequire72},
		{Name: "11", Until: "7.0.2", Answer: No, Text: "Java 11 is supported from 7.0.2 on.", Source: sysRequire71, Inferred: true},
		{Name: "11", Since: "7.0.2", Until: "8.2", Answer: Yes, Text: "Java 11 is supported.",
			Source: sysRequire71 + "; " + pagesInstalling},
		{Name: "11", Since: "8.2", Answer: No, Text: "Java 17 is the minimum.", Source: pagesInstalling},
		{Name: "17", Since: "8.1", Answer: Yes, Text: "Java 17 is supported.", Source: pagesInstalling},
		{Name: "21", Since: "8.1", Answer: Yes, Text: "Java 21 is supported.", Source: pagesInstalling},
		{Name: "25", Since: "8.2", Answer: Yes, Text: "Java 25 is supported.", Source: pagesInstalling},
	}
}

// databaseRows are by value of database.type. MariaDB is used as mysql.
func databaseRows() []Row {
	var rows []Row
	for _, kind := range []string{"db2", "mysql", "oracle", "sqlserver"} {
		rows = append(rows, Row{Name: kind, Answer: Yes, Text: "Supported.", Source: CodeDatabases + "; " + pagesDatabases})
	}
	return append(rows,
		Row{Name: "db2zos", Until: "8.0", Answer: Yes, Text: "Supported.", Source: CodeDatabases},
		Row{Name: "derby", Until: "8.1", Answer: Yes, Text: "For evaluation by a single server, never in a cluster.",
			Source: CodeDatabases + "; " + pagesDerby},
		Row{Name: "derby", Since: "8.1", Answer: No, Text: "Derby is no longer shipped.", Source: pagesDerby},
		Row{Name: "postgres", Until: "7.0.0", Answer: Yes, Text: "Worked.", Source: "installer 6.2.1.1 ContainerInstaller"},
		Row{Name: "postgres", Since: "7.0.0", Until: "8.0", Answer: No, Text: "The installer refuses it.", Source: CodeDatabases},
		Row{Name: "postgres", Since: "8.1.2", Answer: No, Text: "It is not among the supported databases.", Source: pagesDatabases},
	)
}

// tomcatRows are by release line. 7.1.2 and 7.2.3 were updated side by side.
func tomcatRows() []Row {
	return []Row{
		{Name: "8.5", Since: "7.1.2.11", Until: "7.1.2.20", Answer: Yes, Text: "Tomcat 8.5.84.", Source: notesTomcat},
		{Name: "8.5", Since: "7.2.3.4", Until: "7.2.3.12", Answer: Yes, Text: "Tomcat 8.5.84.", Source: notesTomcat},
		{Name: "9.0", Since: "7.1.2.20", Until: "7.1.3", Answer: Yes, Text: "Tomcat 9.0.90.", Source: notesTomcat},
		{Name: "9.0", Since: "7.2.3.12", Until: "7.2.4", Answer: Yes, Text: "Tomcat 9.0, from 7.2.3.16 on 9.0.98.", Source: notesTomcat},
	}
}
