package compat

import (
	"fmt"

	"github.com/deploycluster/deploycluster/internal/enum"
	"github.com/deploycluster/deploycluster/internal/product"
)

// Answer is Yes, No or Unknown. The zero value is none of them.
type Answer string

const (
	Yes     Answer = "yes"
	No      Answer = "no"
	Unknown Answer = "unknown" // no source says
)

func answers() []Answer { return []Answer{Yes, No, Unknown} }

// String returns "yes", "no" or "unknown", and "unset" for the zero value.
func (a Answer) String() string { return enum.Text(a) }

// MarshalText returns what String does; the zero value is an error.
func (a Answer) MarshalText() ([]byte, error) { return enum.Marshal("answer", a, answers()...) }

// UnmarshalText reads what MarshalText writes; any other text is an error.
func (a *Answer) UnmarshalText(text []byte) error {
	return enum.Unmarshal("answer", a, text, answers()...)
}

// Fact is one answer about a version.
type Fact struct {
	// Name says what is asked, such as "17" among releases of Java.
	Name   string `json:"name"`
	Answer Answer `json:"answer"`
	// Text is a sentence that says more.
	Text string `json:"text,omitzero"`
	// Source names the document or code, empty where Answer is Unknown.
	Source string `json:"source,omitzero"`
	// Inferred: concluded from the source.
	Inferred bool `json:"inferred,omitzero"`
}

// Facts are what the table says about a version. Every list names all that the
// table knows of its kind, with Unknown where it says nothing about this version.
type Facts struct {
	Version string `json:"version"`
	// Covered: the table reaches this version. Otherwise every answer is Unknown.
	Covered bool `json:"covered"`
	// Layout is which files and folders there are, and how paths are stored.
	Layout []Fact `json:"layout"`
	// Logging is which configuration of log4j is read.
	Logging []Fact `json:"logging"`
	// Passwords is where passwords are kept.
	Passwords []Fact `json:"passwords"`
	// Alias is where the alias of the HTTPS key is read.
	Alias []Fact `json:"alias"`
	// Keystores are the types of keystores and of the keys in them.
	Keystores []Fact `json:"keystores"`
	// Connections is how members and agents reach a server.
	Connections []Fact `json:"connections"`
	// Databases are values of database.type; MariaDB is used as mysql.
	Databases []Fact `json:"databases"`
	// Java are releases of Java.
	Java []Fact `json:"java"`
	// Tomcat is the release line of the Tomcat inside.
	Tomcat []Fact `json:"tomcat"`
	// Storage is where artifacts can be kept.
	Storage []Fact `json:"storage"`
}

// For returns what the table says about a version. A version that it does not
// cover, an unreadable one and "dev" get Unknown throughout.
func For(version string) Facts {
	covered := product.Covers(version) && !product.IsDev(version)
	of := func(t product.Topic) []Fact { return facts(t, version, covered) }
	return Facts{
		Version: version, Covered: covered,
		Layout: of(product.Layout), Logging: of(product.Logging), Passwords: of(product.Passwords), Alias: of(product.Alias),
		Keystores: of(product.Keystore), Connections: of(product.Connection), Databases: of(product.Database),
		Java: of(product.Java), Tomcat: of(product.Tomcat), Storage: of(product.Storage),
	}
}

func facts(t product.Topic, version string, covered bool) []Fact {
	var out []Fact
	at := map[string]int{}
	for _, r := range product.Rows(t) {
		i, known := at[r.Name]
		if !known {
			i = len(out)
			at[r.Name] = i
			out = append(out, Fact{Name: r.Name, Answer: Unknown})
		}
		if covered && r.Covers(version) {
			out[i] = Fact{Name: r.Name, Answer: Answer(r.Answer), Text: r.Text, Source: r.Source, Inferred: r.Inferred}
		}
	}
	return out
}

// CanJoin reports whether a server whose version is member can join a cluster
// whose application data has shared in conf/installed.version. Both are the texts
// as the files have them: equal texts can join and different ones cannot, even
// where they mean one version.
//
// The answer is Unknown where a text is empty (a file that was not read) or is no
// version. A shared file that does not exist is a No that the caller knows: the
// installer fails without it.
func CanJoin(member, shared string) Fact {
	f := Fact{Name: "join", Answer: No, Source: sourceJoin}
	switch {
	case !product.Valid(member) || !product.Valid(shared):
		return Fact{Name: "join", Answer: Unknown, Text: fmt.Sprintf("%q and %q are not two versions that can be compared.", member, shared)}
	case member == shared:
		f.Answer, f.Text = Yes, "The versions are the same text."
	case product.Compare(member, shared) == 0:
		f.Text = fmt.Sprintf("%q and %q are one version in two spellings, which the installer finds different.", member, shared)
	case product.SamePrefix(member, shared):
		f.Text = fmt.Sprintf("%q and %q differ in length. They may be one build, but the installer compares the whole text.", member, shared)
	default:
		f.Text = fmt.Sprintf("%q and %q are different versions.", member, shared)
	}
	return f
}
