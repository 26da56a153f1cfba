package product_test

import (
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/internal/product"
)

// TestTableIsSound holds every row to what Lookup and Window rely on.
func TestTableIsSound(t *testing.T) {
	type key struct {
		topic product.Topic
		name  string
	}
	for _, topic := range []product.Topic{
		product.Layout, product.Logging, product.Passwords, product.Alias, product.Keystore, product.Connection, product.Database, product.Java,
		product.Tomcat, product.Storage,
	} {
		rows := product.Rows(topic)
		if len(rows) == 0 {
			t.Errorf("topic %s has no rows", topic)
		}
		seen := map[key][]product.Row{}
		for _, r := range rows {
			id := string(topic) + ", " + r.Name + " since " + r.Since
			switch {
			case r.Name == "", r.Source == "", r.Answer != product.Yes && r.Answer != product.No:
				t.Errorf("%s: name, source or answer is missing", id)
			case !strings.HasSuffix(r.Text, "."):
				t.Errorf("%s: %q is not a sentence", id, r.Text)
			}
			for _, bound := range []string{r.Since, r.Until} {
				if bound != "" && (!product.Valid(bound) || !product.Covers(bound)) {
					t.Errorf("%s: bound %q is no version of the table", id, bound)
				}
			}
			if r.Since != "" && r.Until != "" && product.Compare(r.Since, r.Until) >= 0 {
				t.Errorf("%s: ends at %s before it begins", id, r.Until)
			}
			k := key{topic, r.Name}
			for _, o := range seen[k] {
				if overlap(o, r) {
					t.Errorf("%s: overlaps the row since %q", id, o.Since)
				}
			}
			seen[k] = append(seen[k], r)
		}
	}
}

// overlap: one of two windows holds the first version of the other.
func overlap(a, b product.Row) bool {
	first := func(r product.Row) string {
		if r.Since == "" {
			return product.Oldest
		}
		return r.Since
	}
	return a.Covers(first(b)) || b.Covers(first(a))
}

func TestLookup(t *testing.T) {
	for _, c := range []struct {
		topic   product.Topic
		name, v string
		want    product.Answer // zero: not known
	}{
		{product.Database, "postgres", "6.2.5.1.999", product.Yes},
		{product.Database, "postgres", "7.0.0.0.984935", product.No},
		{product.Database, "postgres", "7.3.2.8", product.No},
		{product.Database, "postgres", "8.0.1.3", ""},
		{product.Database, "postgres", "8.1.1.9", ""},
		{product.Database, "postgres", "8.1.2.0.1", product.No},
		{product.Database, "postgres", "dev", product.No},
		{product.Database, "derby", "8.0.1.3", product.Yes},
		{product.Database, "derby", "8.1.0.0.1", product.No},
		{product.Database, "db2zos", "7.0.5", product.Yes},
		{product.Database, "db2zos", "8.1.2", ""},
		{product.Database, "mysql", "8.2.2", product.Yes},
		{product.Database, "mysql", "8.3", ""},
		{product.Database, "mysql", "5.0", ""},
		{product.Database, "cassandra", "8.2.2", ""},
		{product.Java, "8", "7.0.2.1", ""},
		{product.Java, "8", "7.0.1", product.Yes},
		{product.Java, "8", "7.1.0", product.No},
		{product.Java, "11", "8.1.2", product.Yes},
		{product.Java, "11", "8.2.0.0.5", product.No},
		{product.Java, "17", "8.0.1.3", ""},
		{product.Java, "25", "8.1.2", ""},
		{product.Alias, product.TomcatKeyAlias, "7.0.0.0.984935", product.No},
		{product.Alias, product.TomcatKeyAlias, "7.0.5", ""},
		{product.Alias, product.TomcatKeyAlias, "7.1.0", product.Yes},
		{product.Tomcat, "9.0", "7.1.2.20", product.Yes},
		{product.Tomcat, "9.0", "7.2.0", ""},
		{product.Tomcat, "9.0", "8.2.2", ""},
		{product.Keystore, product.EncryptionPKCS12, "7.2.3", ""},
		{product.Logging, product.Log4j1, "unreadable", ""},
	} {
		if got, _ := product.Lookup(c.topic, c.name, c.v); got.Answer != c.want {
			t.Errorf("%s %s at %s: %v, want %v", c.topic, c.name, c.v, got.Answer, c.want)
		}
	}
}

// Layouts and rules ask for these names; without a window they would hold for
// every version.
func TestWindowsThatOthersUse(t *testing.T) {
	for _, c := range []struct {
		topic              product.Topic
		name, since, until string
	}{
		{product.Layout, product.AppDataFolder, "6.1.1.5", ""},
		{product.Layout, product.NotificationTemplates, "6.1.3", ""},
		{product.Layout, product.IdentityKeystore, "7.0.0", ""},
		{product.Layout, product.DatabaseScripts, "7.0.0", ""},
		{product.Layout, product.InstallLog, "7.0.0", ""},
		{product.Layout, product.StoredPrefix, "", "8.0"},
		{product.Layout, product.MaintenanceMode, "7.0.3", ""},
		{product.Logging, product.Log4j1, "", "7.2.3"},
		{product.Logging, product.Log4j2, "7.2.3", ""},
		{product.Passwords, product.SecuredProperties, "6.2.5.1", ""},
		{product.Connection, product.JMSMembers, "", "7.2.0"},
		{product.Connection, product.WebSocket, "7.0.0", ""},
		{product.Keystore, product.TripleDESKeys, "", "7.3.0"},
		{product.Storage, product.CodeStationS3, "7.0.5", ""},
	} {
		since, until, ok := product.Window(c.topic, c.name)
		if !ok || since != c.since || until != c.until {
			t.Errorf("%s %s: %q to %q (%v), want %q to %q", c.topic, c.name, since, until, ok, c.since, c.until)
		}
	}
}
