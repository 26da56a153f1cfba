package installer_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster/installer"
	"github.com/deploycluster/deploycluster/internal/product"
)

func TestTableHasEveryKey(t *testing.T) {
	keys := installer.Keys()
	has := map[string]bool{}
	for i, k := range keys {
		has[k.Name] = true
		switch {
		case k.Name == "" || k.Source == "" || k.Kind == "":
			t.Errorf("%q lacks a part: %+v", k.Name, k)
		case i > 0 && keys[i-1].Name >= k.Name:
			t.Errorf("%s stands behind %s", k.Name, keys[i-1].Name)
		case k.Secret != (k.Kind == installer.KindPassword):
			t.Errorf("%s: secret %v, kind %v", k.Name, k.Secret, k.Kind)
		case (k.Becomes == "") != (k.File == "") || k.Becomes != "" && !k.Asked:
			t.Errorf("%s becomes %q in %q", k.Name, k.Becomes, k.File)
		case k.Secret && k.File == "installed":
			t.Errorf("%s is kept with the open properties", k.Name)
		case !slices.Contains([]string{"", "always", "first", "cluster", "member"}, k.Required):
			t.Errorf("%s is required %q", k.Name, k.Required)
		}
		if k.Now != "" && !slices.ContainsFunc(keys, func(o installer.Key) bool { return o.Name == k.Now && o.Now == "" }) {
			t.Errorf("%s is now %s, which is no current key", k.Name, k.Now)
		}
		if k.Becomes != "" && !slices.ContainsFunc(keys, func(o installer.Key) bool { return o.Name == k.Becomes }) {
			t.Errorf("%s becomes %s, which is no key", k.Name, k.Becomes)
		}
		data, err := json.Marshal(k)
		var back installer.Key
		if err == nil {
			err = json.Unmarshal(data, &back)
		}
		if err != nil || back != k {
			t.Errorf("%s as JSON: %s, %v", k.Name, data, err)
		}
	}
	n := 0
	for name := range product.PropertyKeys() {
		n++
		if !has[name] {
			t.Errorf("%s is not in the table", name)
		}
	}
	if n != len(keys) {
		t.Errorf("the table has %d keys, the product %d", len(keys), n)
	}
}

// base is a sound file of a cluster's first server.
func base(version string) map[string]string {
	return map[string]string{
		"vendor.name": "ibm", "version": version, "nonInteractive": "true", "install.ha": "Y",
		"server.appdata.dir": "/media/share/appdata", "install.server.web.host": "ucd.example.com", "agentcomm.uri": "wss://ucd1.example.com:7919",
		"database.type": "mysql", "hibernate.connection.url": "jdbc:mysql://db.example.com:3306/ibm_ucd",
		"hibernate.connection.password": "${secret:db}", "server.initial.password": "${secret:admin}",
	}
}

// judge checks a file of pairs and returns the rules that have a finding about a
// key.
func judge(t *testing.T, pairs map[string]string, key string) (rules []string, messages string) {
	t.Helper()
	var text strings.Builder
	for k, v := range pairs {
		text.WriteString(k + "=" + v + "\n")
	}
	a, err := installer.Read("install.properties", []byte(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	found, unknown := installer.Check(installer.Options{}, a)
	noMarker(t, found, unknown, a)
	for _, f := range found {
		if f.Subject == key {
			rules = append(rules, f.Rule)
			messages += f.Message + "\n"
		}
	}
	return rules, messages
}

// TestEveryKey tries each key of the table in a file that is sound without it.
func TestEveryKey(t *testing.T) {
	const version = "7.0.0.0.984935"
	for _, k := range installer.Keys() {
		with := func(value string) map[string]string {
			pairs := base(version)
			pairs[k.Name] = value
			return pairs
		}
		has := func(what, rule string, pairs map[string]string, key string) {
			t.Helper()
			if rules, _ := judge(t, pairs, key); !slices.Contains(rules, rule) {
				t.Errorf("%s, %s: rules %v, want %s", k.Name, what, rules, rule)
			}
		}
		good := good(k)
		rules, messages := judge(t, with(good), k.Name)
		switch now := k.Since != "7.0.3" && k.Since != "7.1.0" && k.Since != "8.1.0" && k.Until != "7.0.0"; {
		case !now:
			has("outside of its versions", "ANS002", with(good), k.Name)
		case k.PerHost && !k.Asked:
			has("made by the server", "ANS016", with(good), k.Name)
		case !k.Asked || k.Name == "encryption.keystore" || k.Name == "encryption.keystore.alias":
			has("not carried over", "ANS010", with(good), k.Name)
		case k.Now != "":
			has("old name", "ANS002", with(good), k.Name)
		case len(rules) > 0:
			t.Errorf("%s=%s: %s", k.Name, good, messages)
		}

		// A misspelled key is found, and the one that is meant is named.
		wrong := k.Name[:len(k.Name)-2] + k.Name[len(k.Name)-1:]
		pairs := base(version)
		delete(pairs, k.Name)
		pairs[wrong] = good
		if len(wrong) >= 8 {
			if rules, messages := judge(t, pairs, wrong); !slices.Contains(rules, "ANS001") || !strings.Contains(messages, "; "+k.Name+" is\n") {
				t.Errorf("%s: rules %v, %s", wrong, rules, messages)
			}
		}

		if k.Secret {
			has("clear", "ANS006", with("MARKER"), k.Name)
			if k.Asked && k.Name != "server.initial.password" {
				has("empty", "ANS007", with(""), k.Name)
			}
		}
		if k.Kind == installer.KindYesNo && k.Asked && k.Since == "" {
			has("true", "ANS008", with("true"), k.Name)
		}
		if k.Kind == installer.KindPort && k.Until == "" {
			has("0", "ANS011", with("0"), k.Name)
		}
		if k.Kind == installer.KindPath && k.Name != "component.directory" {
			has("single backslashes", "ANS012", with(`C:\data`), k.Name)
		}
		if (k.Required == "first" || k.Required == "cluster" || k.Name == "agentcomm.uri") && !(k.Secret && k.Required == "cluster") && k.Name != "install.ha" {
			pairs := base(version)
			delete(pairs, k.Name)
			has("missing", "ANS003", pairs, k.Name)
		}
	}
}

// good is a value that no rule of its own objects to.
func good(k installer.Key) string {
	if v, ok := base("7.0.0.0.984935")[k.Name]; ok {
		return v
	}
	switch {
	case k.Name == "com.urbancode.ds.UDeployServer.multiserver":
		return "true"
	case k.Default != "" && k.Kind != installer.KindPassword && !strings.Contains(k.Default, `\`):
		return k.Default
	}
	switch k.Kind {
	case installer.KindHost:
		return "ucd.example.com"
	case installer.KindPort:
		return "7920"
	case installer.KindURI:
		return "https://ucd.example.com:8443"
	case installer.KindPath:
		return "/opt/ibm-ucd/x"
	case installer.KindYesNo:
		return "Y"
	case installer.KindFlag:
		return "true"
	case installer.KindNumber:
		return "30"
	case installer.KindPassword:
		return "${secret:x}"
	}
	return "text"
}
