package installer

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/joining"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/props"
)

// draft is a file in the making.
type draft struct {
	c                *cluster.Cluster
	name             string
	machine          Machine
	like             *cluster.Member // whose answers are repeated
	Install, AppData string
}

// places are the installation folder and the application data folder. One that
// lies in the installation of the other members, as a mount point can, lies at
// the same place in the new one.
func (d *draft) places() (install, data string) {
	install = cmp.Or(d.machine.Install, d.like.Node.Install)
	data = d.machine.AppData
	if data == "" {
		data = d.like.AppData
		if rel, in := serverpath.Within(d.like.Node.Install, data); in {
			data = serverpath.Join(install, rel)
		}
	}
	return install, data
}

// file writes the answers, in the order in which people look for them.
func (d *draft) file() (*Answers, error) {
	const name = "install.properties"
	text := d.heading()
	if d.machine.Media != nil {
		text = append(d.machine.Media.File.Bytes(), text...)
	}
	a, err := Read(name, text)
	if err != nil {
		return nil, err
	}
	a.Node = d.name
	keys := keysByName()
	for _, line := range d.lines() {
		if line[1] != "" && keys[line[0]].known(d.like.Version) {
			a.File.Set(line[0], line[1])
		}
	}
	a.After = d.after()
	return a, nil
}

// heading are the comments of the file.
func (d *draft) heading() []byte {
	text := fmt.Appendf(nil, `# Answers for a further member, %s, made from the files of the cluster's other members.
# The installation media must be of version %s, build number included.
# Passwords are references; they are replaced when the file is used.
# server.initial.password is left out: an installation that finds no data stops.
`, strconv.QuoteToASCII(d.name), strconv.QuoteToASCII(d.like.Version))
	if alias := d.like.Value(cluster.KeyEncryptionAlias); alias != "" {
		text = fmt.Appendf(text, "# encryption.keystore.alias is left out: set it to %s once the installer is done, before the first start.\n", strconv.QuoteToASCII(alias))
	}
	for _, e := range d.after() {
		if e.Secret != "" {
			text = fmt.Appendf(text, "# %s, which the installer does not ask for, is to be set then to the secret %s.\n", e.Key, strconv.QuoteToASCII(e.Secret))
		}
	}
	return text
}

// lines are keys and answers; an empty answer is left out.
func (d *draft) lines() [][2]string {
	of := d.like.Value
	return [][2]string{
		{"nonInteractive", "true"},
		{"vendor.name", of("vendor.name")},
		{"version", d.like.Version},
		{"install.server.dir", d.Install},
		{"install.java.home", d.machine.JavaHome},
		{"install.ha", "Y"},
		{"server.appdata.dir", d.AppData},
		{"server.use.existing.appdata.dir", "Y"},
		{"server.create.appdata.dir", "N"},
		{"install.server.web.host", joining.Balancer(d.c, d.like)},
		{"install.server.web.always.secure", d.secure()},
		{"install.server.web.https.port", of(cluster.KeyWebSecurePort)},
		{"install.server.web.port", of(cluster.KeyWebPort)},
		{"server.external.web.url", d.open("server.external.web.url")},
		{"agentcomm.uri", joining.AgentURI(d.c, d.machine.Host)},
		{"server.jms.port", of("server.jms.port")},
		{"server.jms.mutualAuth", d.mutual()},
		{"skip.db.install", "Y"},
		{"database.type", of(cluster.KeyDatabaseType)},
		{"database.databasename", of("database.databasename")},
		{"hibernate.connection.driver_class", of(cluster.KeyDriverClass)},
		{"hibernate.connection.url", d.open(cluster.KeyDatabaseURL)},
		{"hibernate.connection.username", of("hibernate.connection.username")},
		{"hibernate.default_schema", of("hibernate.default_schema")},
		{"hibernate.connection.password", d.secret("hibernate.connection.password")},
		{"server.keystore.password", d.secret("server.keystore.password")},
		{"encryption.keystore.password", d.secret("encryption.keystore.password")},
	}
}

// secret is the reference in the place of a password.
func (d *draft) secret(key string) string { return reference(cmp.Or(d.machine.Secrets[key], key)) }

// open is the value of a key that should hold no credential, or a reference
// where it does.
func (d *draft) open(key string) string {
	v := d.like.Value(key)
	if props.Sensitive(key, v) {
		return d.secret(key)
	}
	return v
}

// secure is Y or N, as the first member's Tomcat is and not as it is spelled.
func (d *draft) secure() string {
	switch v := d.like.Value(cluster.KeyAlwaysSecure); {
	case v == "":
		return ""
	case strings.EqualFold(v, "Y") || yes(v) && len(d.like.Connectors) > 0:
		return "Y"
	}
	return "N"
}

// mutual is server.jms.mutualAuth as the installer asks for it.
func (d *draft) mutual() string {
	switch strings.ToLower(d.like.Value("server.jms.mutualAuth")) {
	case "":
		return ""
	case "true", "y", "yes":
		return "Y"
	}
	return "N"
}

// after are the settings that the installer does not ask for and that members
// have alike, or should.
func (d *draft) after() (out []cluster.Edit) {
	for _, key := range joining.Alike(d.like.Version) {
		if v := d.like.Value(key); v != "" {
			out = append(out, cluster.Edit{Node: d.name, File: inInstalled, Op: "set", Key: key, Value: v})
		}
	}
	if d.like.Secured == nil {
		return out
	}
	// The key of server.keystore has the password of the store.
	of := d.machine.Secrets
	for _, x := range [][2]string{
		{"server.key.password", cmp.Or(of["server.key.password"], of["server.keystore.password"], "server.keystore.password")},
		{"javax.net.ssl.trustStorePassword", cmp.Or(of["javax.net.ssl.trustStorePassword"], "javax.net.ssl.trustStorePassword")},
	} {
		if d.like.Value(x[0]) != "" {
			out = append(out, cluster.Edit{Node: d.name, File: inSecured, Op: "set", Key: x[0], Secret: x[1]})
		}
	}
	return out
}
