package check_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/tlscert"
)

// TestPasswordDecides: what is opened, listed or left closed depends on the
// function alone, whatever is in the server's files.
func TestPasswordDecides(t *testing.T) {
	broken := errors.New("vault says " + marker)
	none := func(context.Context, cluster.PasswordQuery) (string, error) {
		return "", fmt.Errorf("nothing here: %w", cluster.ErrNoPassword)
	}
	for _, c := range []struct {
		name     string
		password func(context.Context, cluster.PasswordQuery) (string, error)
		try      bool
		store    func(testing.TB) string
		stored   string // tomcat.keystore.password
		want     string // what became of tomcat.keystore
		cause    error
	}{
		{name: "none, JKS", want: "listed"},
		{name: "none, JKS, plain in the file", stored: "changeit", want: "listed"},
		{name: "none, PKCS12", store: p12, want: "listed, encrypted parts were not read, for want of a password: 1 part", cause: cluster.ErrNoPassword},
		{name: "none given, PKCS12", password: none, store: p12, want: "listed, encrypted parts were not read, for want of a password: 1 part", cause: cluster.ErrNoPassword},
		{name: "given, JKS", password: passwords("changeit"), want: "opened by the default"},
		{name: "given, PKCS12", password: passwords("changeit"), store: p12, want: "opened by the default"},
		{name: "own, JKS", password: passwords("Zebra-7"), store: func(testing.TB) string { return reseal(good(), "Zebra-7") }, want: "opened"},
		{name: "wrong, JKS", password: passwords(marker), want: "listed, the password does not open it: wrong password, or the keystore was changed: the digest does not agree", cause: tlscert.ErrPassword},
		{name: "wrong, PKCS12", password: passwords(marker), store: p12, want: "listed, the password does not open it", cause: tlscert.ErrPassword},
		{name: "wrong, and the default allowed", password: passwords(marker), try: true, want: "listed, the password does not open it", cause: tlscert.ErrPassword},
		{name: "empty, JKS", password: passwords(""), store: func(testing.TB) string { return reseal(good(), "") }, want: "opened"},
		{name: "failing, JKS", password: func(context.Context, cluster.PasswordQuery) (string, error) { return "", broken }, want: "listed, the password function failed", cause: broken},
		{name: "failing, and the default allowed", password: func(context.Context, cluster.PasswordQuery) (string, error) { return "", broken }, try: true, want: "listed, the password function failed", cause: broken},
		{name: "default, JKS", try: true, want: "opened by the default"},
		{name: "default, PKCS12", try: true, password: none, store: p12, want: "opened by the default"},
		{name: "default refused", try: true, store: func(testing.TB) string { return reseal(good(), "Zebra-7") }, want: "listed, default refused"},
		{name: "stored, plain", password: cluster.StoredPasswords, stored: "changeit", want: "opened by the default"},
		{name: "stored, encrypted", password: cluster.StoredPasswords, want: "listed"},
		{name: "stored, empty", password: cluster.StoredPasswords, stored: "null", want: "listed"},
		{name: "no keystore", password: passwords("changeit"), store: func(testing.TB) string { return "text" }, want: "closed, keystore: byte 0", cause: tlscert.ErrFormat},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := single(t)
			s.world.Password, s.world.TryDefaultPassword = c.password, c.try
			if c.store != nil {
				s.serve(c.store(t), "node1")
			}
			if c.stored != "" {
				s.setIn(secFile, "node1", "tomcat.keystore.password", c.stored)
			}
			k, _ := s.load().Members[0].Store("tomcat.keystore")
			if got := became(k); !strings.HasPrefix(got, c.want) {
				t.Errorf("got %s\nwant %s", got, c.want)
			}
			var se *cluster.FileError
			switch {
			case c.cause == nil && k.StoreErr != nil:
				t.Errorf("error %v", k.StoreErr)
			case c.cause != nil && (!errors.Is(k.StoreErr, c.cause) || !errors.As(k.StoreErr, &se) || se.Path != tomcatFile):
				t.Errorf("error %v, want one of %v about %s", k.StoreErr, c.cause, tomcatFile)
			case c.cause != nil && strings.Contains(k.StoreErr.Error(), marker):
				t.Errorf("error %v", k.StoreErr)
			}
			if k.Store != nil && len(k.Store.Entries) != 1 {
				t.Errorf("%d entries", len(k.Store.Entries))
			}
		})
	}
}

// became tells in words how a keystore was read.
func became(k cluster.Keystore) string {
	what := "listed"
	switch {
	case k.Store == nil:
		what = "closed"
	case k.Opened:
		what = "opened"
	}
	if k.DefaultPassword {
		what += " by the default"
	}
	if k.DefaultRefused {
		what += ", default refused"
	}
	if k.Store != nil && k.Store.Verified != k.Opened {
		what += ", though verified is not opened"
	}
	var se *cluster.FileError
	if errors.As(k.StoreErr, &se) {
		what += ", " + se.Reason
	}
	return what
}

// TestPasswordQueries: each store is asked for once, with where its password
// stands.
func TestPasswordQueries(t *testing.T) {
	ask := func(s *site) []string {
		var mu sync.Mutex
		var asked []string
		s.world.Password = func(_ context.Context, q cluster.PasswordQuery) (string, error) {
			mu.Lock()
			defer mu.Unlock()
			form := "none"
			switch {
			case q.Encrypted:
				form = "encrypted"
			case !q.Stored.IsZero():
				form = "plain " + q.Stored.Reveal()
			}
			asked = append(asked, fmt.Sprintf("%s %s %s %s", q.Node, q.Path, q.Property, form))
			return "", cluster.ErrNoPassword
		}
		s.load()
		return asked
	}
	want := []string{
		"node1 " + encFile + " encryption.keystore.password encrypted",
		"node1 " + srvFile + " server.keystore.password plain Zebra-7",
		"node1 " + tomcatFile + " tomcat.keystore.password none",
		"node1 " + install + "/conf/server/s2s-client-identity.keystore agentcomm.keystore.password encrypted",
	}
	s := single(t)
	s.setIn(secFile, "node1", "server.keystore.password", "Zebra-7")
	s.setIn(secFile, "node1", "tomcat.keystore.password", "")
	if d := cmp.Diff(want, ask(s)); d != "" {
		t.Error(d)
	}

	// Before 6.2.5.1 the connector has the password itself.
	s = linked(t)
	s.topo.Nodes = s.topo.Nodes[:1]
	want = []string{
		"node1 " + install + "/conf/encryption.keystore encryption.keystore.password encrypted",
		"node1 " + install + "/conf/server.keystore server.keystore.password encrypted",
		"node1 " + tomcatFile + " keystorePass plain changeit",
	}
	if d := cmp.Diff(want, ask(s)); d != "" {
		t.Error(d)
	}

	// A connector may refer to any property.
	s = single(t)
	s.edit("node1", xmlFile, "${tomcat.keystore.password}", "${server.keystore.password}")
	if asked := ask(s); !strings.Contains(asked[2], tomcatFile+" server.keystore.password encrypted") {
		t.Error(asked[2])
	}
}

// TestKeyPasswordIsAskedForOnce the store has opened, and only then.
func TestKeyPasswordIsAskedForOnce(t *testing.T) {
	for word, want := range map[string]int{"changeit": 1, "wrong": 0} {
		s := single(t)
		asked := 0
		s.world.Password = func(_ context.Context, q cluster.PasswordQuery) (string, error) {
			if q.Property == "server.key.password" {
				asked++
			}
			return word, nil
		}
		k, _ := s.load().Members[0].Store("server.keystore")
		if asked != want || k.KeyPasswordKnown != (want == 1) || k.KeyPasswordSame != k.KeyPasswordKnown {
			t.Errorf("%s: asked %d times, known %v, same %v", word, asked, k.KeyPasswordKnown, k.KeyPasswordSame)
		}
	}
}

// TestEqualStoresAreReadOnce, however many members have them.
func TestEqualStoresAreReadOnce(t *testing.T) {
	for _, members := range []int{1, 40} {
		topology, world := many(t, members)
		for name, want := range map[string]int{"listed": 4, "opened": 4} {
			if name == "opened" {
				world.Password = passwords("changeit")
			}
			c, err := cluster.Load(context.Background(), topology, world)
			if err != nil {
				t.Fatal(err)
			}
			stores := map[*tlscert.Store]bool{}
			for _, m := range c.Members {
				for _, k := range m.Keystores {
					stores[k.Store] = true
				}
			}
			if len(stores) != want {
				t.Errorf("%d members, %s: %d keystores read, want %d", members, name, len(stores), want)
			}
		}
	}
}

// TestOneMembersPasswordServesAll: what one member's password showed, the
// others know of the same bytes, unless their own password was wrong.
func TestOneMembersPasswordServesAll(t *testing.T) {
	s := trio(t)
	s.serve(p12(t), "node1", "node2", "node3")
	s.world.Password = func(_ context.Context, q cluster.PasswordQuery) (string, error) {
		switch q.Node {
		case "node2":
			return "changeit", nil
		case "node3":
			return "wrong", nil
		}
		return "", cluster.ErrNoPassword
	}
	c := s.load()
	for i, want := range []string{"opened by the default", "opened by the default", "listed, the password does not open it"} {
		k, _ := c.Members[i].Store("tomcat.keystore")
		if got := became(k); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s", c.Members[i].Node.Name, got, want)
		}
	}
}

// TestPasswordEndsWithTheContext: a function that ends the context ends Load.
func TestPasswordEndsWithTheContext(t *testing.T) {
	s := single(t)
	ctx, cancel := context.WithCancel(context.Background())
	asked := 0
	s.world.Password = func(ctx context.Context, _ cluster.PasswordQuery) (string, error) {
		asked++
		cancel()
		return "", ctx.Err()
	}
	if _, err := cluster.Load(ctx, s.topo, s.world); !errors.Is(err, context.Canceled) || asked != 1 {
		t.Errorf("%v after %d questions", err, asked)
	}
}
