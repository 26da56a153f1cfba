package compat_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/deploycluster/deploycluster/cluster/compat"
)

func ExampleCanJoin() {
	fmt.Println(compat.CanJoin("7.0.0.0.984935", "7.0.0.0.984935").Answer)
	join := compat.CanJoin("7.0.0.0.984935", "7.0.0.0")
	fmt.Println(join.Answer, "-", join.Text)
	// Output:
	// yes
	// no - "7.0.0.0.984935" and "7.0.0.0" differ in length. They may be one build, but the installer compares the whole text.
}

func ExampleUpgrade() {
	path := compat.Upgrade("6.2.1.1.788401", "8.1.2.0.1234567")
	fmt.Println(path.Answer, "-", path.Why)
	for _, leg := range path.Legs {
		fmt.Println(leg.From, "to", leg.To)
		for _, c := range leg.Conditions {
			if c.At != "" {
				fmt.Println("  from", c.At+":", c.Requirement)
			}
		}
	}
	// Output:
	// yes - An upgrade from 6.x has to stop at 7.0.x first.
	// 6.2.1.1.788401 to 7.0.x
	//   from 6.2.3.1: Agent relays are upgraded together with the servers.
	//   from 7.0.0: Every member has its own agentcomm.uri, wss on a free port, which the other members and the agents reach.
	// 7.0.x to 8.1.2.0.1234567
	//   from 7.1.0: Agents and relays that use JMS are migrated to WebSocket.
	//   from 7.1.1: lib/ext holds a driver of JDBC 4.2 or later for the database; hibernate.dialect is not relied on.
	//   from 7.2.3: What was changed in log4j.properties is written down, to be carried over to log4j2.xml.
	//   from 7.3.0: encryption.keystore holds no triple-DES key: every secret is encrypted anew with an AES key, and the old keys are deleted.
	//   from 7.3.2.8: With HCL's media: an HCL license server in place of FlexNet.
}

func ExampleFor() {
	for _, f := range compat.For("8.0.1.3").Java {
		fmt.Println(f.Name, f.Answer)
	}
	// Output:
	// 8 no
	// 11 yes
	// 17 unknown
	// 21 unknown
	// 25 unknown
}

func TestCanJoin(t *testing.T) {
	for _, c := range []struct {
		member, shared string
		want           compat.Answer
	}{
		{"7.0.0.0.984935", "7.0.0.0.984935", compat.Yes},
		{"9.9.0.0.1", "9.9.0.0.1", compat.Yes}, // the rule has no window
		{"dev", "dev", compat.Yes},
		{"7.0.0.0.984935", "7.0.0.0.984936", compat.No},
		{"7.0.0.0.984935", "7.0.0.0", compat.No},
		{"7.0.0.0", "7.0.0.0.984935", compat.No},
		{"7.0.0.0.984935", "7.0.0.0.0984935", compat.No}, // equal in order, not as texts
		{"7.0.0.0.984935", "7.0.0.0.984935 ", compat.No},
		{"8.0.1.3", "dev", compat.No},
		{"", "7.0.0.0.984935", compat.Unknown},
		{"7.0.0.0.984935", "", compat.Unknown},
		{"seven", "seven", compat.Unknown},
	} {
		got := compat.CanJoin(c.member, c.shared)
		if got.Answer != c.want || got.Text == "" || got.Answer != compat.Unknown && got.Source == "" {
			t.Errorf("CanJoin(%q, %q) = %+v, want %v", c.member, c.shared, got, c.want)
		}
	}
}

func TestUpgradeAnswers(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     compat.Answer
		legs     string
	}{
		{"7.0.5.1.1041488", "8.2.2.0.1", compat.Yes, "8.2.2.0.1"},
		{"6.2.1.1.788401", "7.0.5.1", compat.Yes, "7.0.5.1"},
		{"6.2.1.1.788401", "7.1.0.0", compat.Yes, "7.0.x 7.1.0.0"},
		{"6.2.1.1.788401", "7.1", compat.Yes, "7.0.x 7.1"},
		{"6.1.1.4.1", "8.0.1.3", compat.Yes, "7.0.x 8.0.1.3"},
		{"7.2.3.0.1", "7.2.3.1.2", compat.Yes, "7.2.3.1.2"},
		{"8.0.1.3.1", "8.0.1.3.1", compat.Yes, ""},
		{"8.0.1.3.1", "08.0.1.3.1", compat.Yes, ""},
		{"8.0.1.3.1", "7.3.2.8.1", compat.No, ""},
		{"8.0.1.3.1", "8.0.1.3", compat.Unknown, ""},
		{"8.0.1.3", "8.0.1.3.1", compat.Unknown, ""},
		{"6.0.1.1", "7.0.5.1", compat.Unknown, "7.0.5.1"},
		{"5.0", "8.0", compat.Unknown, "7.0.x 8.0"},
		{"8.0.1.3", "8.3.0.0.1", compat.Unknown, "8.3.0.0.1"},
		{"8.0.1.3", "10.0", compat.Unknown, "10.0"},
		{"dev", "8.0.1.3", compat.Unknown, ""},
		{"8.0.1.3", "dev", compat.Unknown, ""},
		{"8.0.1.3", "latest", compat.Unknown, ""},
		{"", "8.0.1.3", compat.Unknown, ""},
	} {
		p := compat.Upgrade(c.from, c.to)
		var legs []string
		for _, l := range p.Legs {
			legs = append(legs, l.To)
		}
		if p.Answer != c.want || strings.Join(legs, " ") != c.legs || p.Why == "" {
			t.Errorf("Upgrade(%q, %q) = %v by %q (%s), want %v by %q", c.from, c.to, p.Answer, legs, p.Why, c.want, c.legs)
		}
	}
}

// TestUpgradeConditions asks for the conditions at both sides of the version at
// which each begins to count.
func TestUpgradeConditions(t *testing.T) {
	ids := func(from, to string) []string {
		var out []string
		for _, l := range compat.Upgrade(from, to).Legs {
			for _, c := range l.Conditions {
				out = append(out, c.ID)
			}
		}
		return out
	}
	for _, c := range []struct{ id, from, to string }{
		{"aes-keys", "7.2.3.0.1", "7.3.0.0.1"},
		{"web-agents", "7.0.5.1.1", "7.1.0.0.1"},
		{"web-socket", "6.2.7.1.1", "7.0.0.0.1"},
		{"driver", "7.1.0.0.1", "7.1.1.0.1"},
		{"log-settings", "7.2.2.0.1", "7.2.3.0.1"},
		{"layout", "6.1.1.4.1", "6.1.1.5.1"},
		{"relays", "6.2.3.0.1", "6.2.3.1.1"},
		{"hcl-license", "8.0.1.2.1", "8.0.1.3.1"},
		{"hcl-license", "7.3.2.7.1", "7.3.2.8.1"},
	} {
		if !slices.Contains(ids(c.from, c.to), c.id) {
			t.Errorf("%s to %s: no condition %s", c.from, c.to, c.id)
		}
		if slices.Contains(ids(c.to, c.to+".1"), c.id) {
			t.Errorf("%s and later: condition %s comes again", c.to, c.id)
		}
	}
	if slices.Contains(ids("7.3.2.8.1", "8.0.1.3.1"), "hcl-license") {
		t.Error("7.3.2.8 has the new license system already")
	}
	for _, id := range []string{"stopped", "backup", "same-user", "saved-files", "key-path", "java", "database"} {
		if !slices.Contains(ids("8.0.1.3.1", "8.1.2.0.1"), id) {
			t.Errorf("no condition %s", id)
		}
	}
}

func TestConditionValues(t *testing.T) {
	values := func(to, id string) []string {
		for _, c := range compat.Upgrade("7.2.3.0.1", to).Legs[0].Conditions {
			if c.ID == id {
				return c.Values
			}
		}
		return nil
	}
	if got := values("8.2.2.0.1", "java"); !slices.Equal(got, []string{"17", "21", "25"}) {
		t.Errorf("Java for 8.2.2: %q", got)
	}
	if got := values("8.1.2.0.1", "database"); !slices.Equal(got, []string{"db2", "mysql", "oracle", "sqlserver"}) {
		t.Errorf("databases for 8.1.2: %q", got)
	}
	if got := values("9.0", "java"); got != nil {
		t.Errorf("Java for 9.0: %q, beyond the table", got)
	}
}

// TestBeyondTheTable: nothing is said of versions that the table does not cover.
func TestBeyondTheTable(t *testing.T) {
	for _, v := range []string{"5.0", "8.3", "9.0.0.0.1", "dev", "latest", ""} {
		f := compat.For(v)
		data, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		if f.Covered || strings.Contains(string(data), `"yes"`) || strings.Contains(string(data), `"no"`) {
			t.Errorf("For(%q) = %s", v, data)
		}
	}
	if f := compat.For("8.2.2"); !f.Covered || !slices.ContainsFunc(f.Java, func(f compat.Fact) bool { return f.Name == "21" && f.Answer == compat.Yes }) {
		t.Errorf("For(8.2.2) = %+v", f)
	}
}

func TestAnswerText(t *testing.T) {
	for _, a := range []compat.Answer{compat.Yes, compat.No, compat.Unknown} {
		text, err := a.MarshalText()
		var back compat.Answer
		if err != nil || back.UnmarshalText(text) != nil || back != a {
			t.Errorf("%v: %q, %v", a, text, err)
		}
	}
	if _, err := compat.Answer("").MarshalText(); err == nil {
		t.Error("the zero value can be written")
	}
}
