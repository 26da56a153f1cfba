package product

import "slices"

// The versions that the table covers.
const (
	Oldest = "6.0" // the first version that the table covers
	Beyond = "8.3" // the first version that it does not cover
)

// Topic is what a row is about.
type Topic string

const (
	Layout     Topic = "layout"     // files and folders, by path, and how paths are stored
	Logging    Topic = "logging"    // generation of log4j
	Passwords  Topic = "passwords"  // where passwords are kept
	Alias      Topic = "alias"      // where the alias of the HTTPS key is read
	Keystore   Topic = "keystore"   // types of keystores and of keys
	Connection Topic = "connection" // how members and agents reach a server
	Database   Topic = "database"   // values of database.type
	Java       Topic = "java"       // releases of Java
	Tomcat     Topic = "tomcat"     // releases of Tomcat
	Storage    Topic = "storage"    // where artifacts can be kept
)

// Answer says whether a row's fact holds. The zero value is no answer.
type Answer string

const (
	Yes Answer = "yes"
	No  Answer = "no"
)

// Row is one fact. It covers the versions from Since up to, but not including,
// Until; an empty bound is that of the table. Rows of one topic and name do not
// overlap.
type Row struct {
	Topic        Topic
	Name         string
	Since, Until string
	Answer       Answer
	// Text is a sentence about the fact.
	Text string
	// Source names the document or code that says so; Inferred marks a
	// conclusion from it.
	Source   string
	Inferred bool
}

// table holds the rows of each topic. It is made once, because every reading of a
// server asks it a hundred times, and nothing changes it.
var table = newTable()

func newTable() map[Topic][]Row {
	t := map[Topic][]Row{
		Layout: layoutRows(), Logging: loggingRows(), Passwords: passwordRows(), Alias: aliasRows(), Keystore: keystoreRows(),
		Connection: connectionRows(), Database: databaseRows(), Java: javaRows(), Tomcat: tomcatRows(), Storage: storageRows(),
	}
	for topic, rows := range t {
		for i := range rows {
			rows[i].Topic = topic
		}
	}
	return t
}

// Rows returns the rows of a topic, by name and then by version.
func Rows(t Topic) []Row { return slices.Clone(table[t]) }

// Covers reports whether the table covers version v: it can be read, and lies
// between Oldest and Beyond. "dev" is covered, as the newest version.
func Covers(v string) bool { return IsDev(v) || In(v, Oldest, Beyond) }

// Covers reports whether the row covers version v.
func (r Row) Covers(v string) bool { return Covers(v) && In(v, r.Since, r.Until) }

// Lookup returns the row of a topic and name that covers version v. ok is false
// where the table does not say.
func Lookup(t Topic, name, v string) (r Row, ok bool) {
	for _, r := range table[t] {
		if r.Name == name && r.Covers(v) {
			return r, true
		}
	}
	return Row{}, false
}

// Holding are the names of a topic that hold at v.
func Holding(t Topic, v string) (names []string) {
	for _, r := range table[t] {
		if r.Answer == Yes && r.Covers(v) {
			names = append(names, r.Name)
		}
	}
	return names
}

// Reads is the answer of Lookup for readers of files, which have to take every
// version for some one: a version outside the table is read as the nearest one in
// it. It is zero where the table does not say.
func Reads(t Topic, name, v string) Answer {
	for _, r := range table[t] {
		if r.Name == name && In(v, r.Since, r.Until) {
			return r.Answer
		}
	}
	return ""
}

// Window returns the bounds between which a fact holds, for rules and layouts
// that carry a window. Names that have no Yes row have no window: ok is false.
func Window(t Topic, name string) (since, until string, ok bool) {
	for _, r := range table[t] {
		if r.Name == name && r.Answer == Yes {
			return r.Since, r.Until, true
		}
	}
	return "", "", false
}

// Since is the version from which on a fact holds; it is for facts that the
// table is known to hold, and empty for one that it lacks.
func Since(t Topic, name string) string {
	since, _, _ := Window(t, name)
	return since
}

// Until is the version at which a fact ends, likewise.
func Until(t Topic, name string) string {
	_, until, _ := Window(t, name)
	return until
}
