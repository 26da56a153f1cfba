package installer

import "github.com/deploycluster/deploycluster/cluster/check"

// rules are all of them, in the order of their ids.
func rules() []rule {
	return []rule{
		{
			id: "ANS001", title: "Every key is one that the product knows", severity: check.Warning, source: "inferred from " + srcSilent,
			why: "Keys are compared letter by letter: the installer ignores a misspelled one and takes the default.",
			one: checkSpelling,
		},
		{
			id: "ANS002", title: "Every key is one of this version", severity: check.Warning, source: srcCode70,
			why: "The installer does not read a key that it does not know any more, or not yet, and takes the default.",
			one: checkWindow,
		},
		{
			id: "ANS003", title: "Required answers are given", severity: check.Error, source: srcSilent,
			why: "A silent installation cannot ask: it stops, or takes a default that is wrong for a cluster.",
			one: checkRequired,
		},
		{
			id: "ANS004", title: "Addresses mean the same on every host", severity: check.Error, source: srcSilent + "; " + srcCode70 + ", prompt for the address",
			why: "localhost is another machine on every host, and one machine's address is on no other.",
			one: checkLoopback,
		},
		{
			id: "ANS005", title: "agentcomm.uri is the server's own address", severity: check.Error, source: srcSilent + "; " + srcCode70 + ", prompt for the address",
			why: "Members register with this address and open connections to each other's: with one for all of them, or with the balancer's, messages end at the wrong server.",
			all: checkAgentURIs,
		},
		{
			id: "ANS006", title: "Passwords are references", severity: check.Warning, source: "inferred from " + srcCode + ", initProperties",
			why: "The installer empties the administrator's password in the file and leaves every other where it is, for whoever can read the installation media.",
			one: checkClear,
		},
		{
			id: "ANS007", title: "No password is left empty", severity: check.Error, source: srcSilent + "; " + srcCode + ", prompt",
			why: "A silent installation takes a default in its place, and an upgrade prefers the empty text to the sealed password of the server.",
			one: checkEmptyPasswords,
		},
		{
			id: "ANS008", title: "Yes and no are spelled as the installer reads them", severity: check.Error, source: srcSilent + "; " + srcCode,
			why: "Where the installer looks for Y, any other text is a no.",
			one: checkYesNo,
		},
		{
			id: "ANS009", title: "No key is set twice with different values", severity: check.Warning, source: "java.util.Properties, load",
			why: "Java keeps the last one; the line that is found first may be dead.",
			one: checkTwice,
		},
		{
			id: "ANS010", title: "The installer carries every answer over", severity: check.Warning, source: srcCode,
			why: "The value is lost, or the installed server gets another one, and nothing says so.",
			one: checkCarried,
		},
		{
			id: "ANS011", title: "Ports exist and do not clash", severity: check.Error, source: srcCode70 + ", prompts for the ports",
			why: "The second listener of a port cannot start.",
			one: checkPorts,
		},
		{
			id: "ANS012", title: "Paths are absolute and written as Java reads them", severity: check.Error, source: srcSilent + "; java.util.Properties, load",
			why: "Java drops single backslashes, and nothing expands a tilde: the server is installed, or looks for its data, elsewhere.",
			one: checkPaths,
		},
		{
			id: "ANS013", title: "No reference is left to Ant", severity: check.Warning, source: "inferred from " + srcCode70 + ", install.with.groovy.xml",
			why: "Ant replaces ${name} only where a property of that name is set before the file is read; elsewhere the text itself becomes the answer.",
			one: checkReferences,
		},
		{
			id: "ANS014", title: "Members can share the database", severity: check.Error, source: srcSilent,
			why: "A member with a separate database is a separate server, and a type that the version does not support ends the installation.",
			one: checkDatabase,
		},
		{
			id: "ANS015", title: "The files of one cluster agree", severity: check.Error, source: srcCluster,
			why: "Members run one version on one database and one application data folder.",
			all: checkAgreement,
		},
		{
			id: "ANS016", title: "No server brings another one's identity", severity: check.Warning, source: srcCluster + ", note",
			why: "The server makes these values at its first start. In a file of answers they are a sign that an installed server's files were copied.",
			one: checkIdentity,
		},
	}
}
