package clustertest_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/internal/long"
	"github.com/deploycluster/deploycluster/internal/strictfs"
	"github.com/deploycluster/deploycluster/props"
	"github.com/deploycluster/deploycluster/tlscert"
)

// specs are servers of every scheme, layout window and spelling.
func specs() map[string]clustertest.Spec {
	return map[string]clustertest.Spec{
		"zero":               {},
		"dev":                {Version: "dev"},
		"7.3 log4j2":         {Version: "7.3.2.8.1200000", Alias: "www", TomcatKey: "www"},
		"7.0 elsewhere":      {AppData: "/media/share/appdata", Multiserver: true, Seed: 7},
		"7.0 in-install":     {Scheme: appdata.InInstall, CRLF: true},
		"6.2.1 cluster":      {Version: "6.2.1.1.788401", Multiserver: true, Alias: "old"},
		"6.2.1 alone":        {Version: "6.2.1.1.788401"},
		"6.1.2":              {Version: "6.1.2.0.700000"},
		"6.1.0 linked":       {Version: "6.1.0.4.650000"},
		"6.1.0 with links":   {Version: "6.1.0.4.650000", LinksTo: "/media/share/old"},
		"7.2.4 linked":       {Version: "7.2.4.0.1", Scheme: appdata.Linked, LinksTo: "/media/share/new"},
		"windows":            {Windows: true, CRLF: true},
		"windows in-install": {Windows: true, Scheme: appdata.InInstall},
		"windows share":      {Windows: true, AppData: `\\nas\ucd\appdata`, AppDataAt: "/mnt/nas/appdata"},
		"prefix trap":        {AppData: "..-appdata"},
		"bare":               {RepositoryFiles: -1, Plugins: -1, Logs: -1},
		"oracle":             {Database: clustertest.Database{Type: "oracle"}},
	}
}

const install = "/opt/ibm-ucd/server"

func dataFolder(s clustertest.Spec) string {
	switch {
	case s.LinksTo != "":
		return s.LinksTo
	case s.AppDataAt != "":
		return s.AppDataAt
	case s.Scheme != "" && s.Scheme != appdata.Folder, s.Version == "6.1.0.4.650000":
		return install
	case s.AppData == "":
		return install + "/appdata"
	case strings.HasPrefix(s.AppData, ".."):
		return install + s.AppData[2:]
	}
	return s.AppData
}

// TestBuiltServersAreWhatTheyClaim reads every server back with the library's
// own leaves: the scheme is found, all that belongs to the layout is there and
// nothing else is.
func TestBuiltServersAreWhatTheyClaim(t *testing.T) {
	ctx := context.Background()
	for name, spec := range specs() {
		t.Run(name, func(t *testing.T) {
			fsys := strictfs.New(strictfs.Options{RenameAsOS: true})
			if err := clustertest.Build(fsys, install, spec); err != nil {
				t.Fatal(err)
			}
			ver := parse(t, fsys, install+"/conf/installed.version")
			version, _ := ver.Get("installed.version")
			if want := cmp.Or(spec.Version, clustertest.DefaultVersion); version != want {
				t.Errorf("version %q, want %q", version, want)
			}
			p := parse(t, fsys, install+"/conf/server/installed.properties")
			text := install
			if spec.Windows {
				text = `C:\Program Files\ibm-ucd\server`
			}
			scheme, err := appdata.Detect(version, text, p)
			if err != nil {
				t.Fatal(err)
			}
			want := spec.Scheme
			switch {
			case spec.Version == "6.1.0.4.650000":
				want = appdata.Linked
			case want == "":
				want = appdata.Folder
			case want == appdata.Linked:
				want = appdata.InInstall // from 6.1.1.5 on a property, not the links, tells the scheme
			}
			if scheme != want {
				t.Errorf("scheme %v, want %v", scheme, want)
			}
			layout, err := appdata.Layout(version, scheme)
			if err != nil {
				t.Fatal(err)
			}
			tree, err := appdata.Scan(ctx, fsys, dataFolder(spec), layout)
			if err != nil {
				t.Fatal(err)
			}
			checked := appdata.Check(tree, layout)
			if len(checked.Foreign)+len(checked.WrongKind) > 0 {
				t.Errorf("foreign %v, wrong kind %v", checked.Foreign, checked.WrongKind)
			}
			var absent []string
			if name == "bare" {
				absent = []string{"logs", "var/plugins", "var/repository", "var/sa"}
			}
			if name == "6.2.1 alone" || name == "6.1.2" || spec.LinksTo != "" {
				absent = []string{"conf/installed.version"}
			}
			if name == "6.1.2" {
				absent = []string{"conf/installed.version"} // and no templates yet, by the layout
			}
			if diff := gocmp.Diff(absent, checked.Absent); diff != "" {
				t.Errorf("absent (-want +got):\n%s", diff)
			}
			if scheme == appdata.Folder {
				local, err := appdata.Scan(ctx, fsys, install, nil)
				if err != nil {
					t.Fatal(err)
				}
				// Against no layout at all: everything local must be known to stay.
				if c := appdata.Check(local, nil); len(c.Foreign) > 0 {
					t.Errorf("foreign in the install folder: %v", c.Foreign)
				}
			}
		})
	}
}

// TestBuildIsTheSameOnEveryFileSystem also shows that it is repeatable.
func TestBuildIsTheSameOnEveryFileSystem(t *testing.T) {
	for name, spec := range specs() {
		t.Run(name, func(t *testing.T) {
			if spec.LinksTo != "" || strings.HasPrefix(spec.AppData, "/") || spec.AppDataAt != "" {
				t.Skip("needs a folder outside of the temporary one")
			}
			spec.Spelling = cmp.Or(spec.Spelling, "/opt/ibm-ucd/server")
			temp := t.TempDir()
			var listings [3][]clustertest.Entry
			for i, fsys := range []afero.Fs{
				afero.NewOsFs(),
				afero.NewMemMapFs(),
				strictfs.New(strictfs.Options{}),
			} {
				if err := clustertest.Build(fsys, temp+"/x/server", spec); err != nil {
					t.Fatal(err)
				}
				list, err := clustertest.Walk(fsys, temp+"/x")
				if err != nil {
					t.Fatal(err)
				}
				listings[i] = list
			}
			if diff := gocmp.Diff(listings[0][1:], listings[1][1:]); diff != "" {
				t.Errorf("MemMapFs (-OsFs +MemMapFs):\n%s", diff)
			}
			if diff := gocmp.Diff(listings[0][1:], listings[2][1:]); diff != "" {
				t.Errorf("StrictFs (-OsFs +StrictFs):\n%s", diff)
			}
		})
	}
}

func TestBuildTwoMembers(t *testing.T) {
	fsys := strictfs.New(strictfs.Options{})
	if err := fsys.MkdirAll("/media/share", 0o755); err != nil {
		t.Fatal(err)
	}
	share := "/media/share/appdata"
	first := clustertest.Spec{AppData: share, Multiserver: true, Seed: 1}
	second := first
	second.Seed, second.Joined, second.Node = 2, true, "ucd2.example.com"
	if err := clustertest.Build(fsys, "/srv/1", first); err != nil {
		t.Fatal(err)
	}
	before, err := clustertest.Walk(fsys, share)
	if err != nil {
		t.Fatal(err)
	}
	if err := clustertest.Build(fsys, "/srv/2", second); err != nil {
		t.Fatal(err)
	}
	after, err := clustertest.Walk(fsys, share)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(before, after); diff != "" {
		t.Errorf("the second member changed the shared folder:\n%s", diff)
	}
	a := parse(t, fsys, "/srv/1/conf/server/installed.properties")
	b := parse(t, fsys, "/srv/2/conf/server/installed.properties")
	var differ []string
	for _, change := range props.Diff(a, b) {
		differ = append(differ, change.Key)
	}
	slices.Sort(differ)
	want := []string{"agentcomm.uri", "java.io.tmpdir", "server.brokerId", "server.enable.welcome.tab", "server.unique.id"}
	if diff := gocmp.Diff(want, differ); diff != "" {
		t.Errorf("keys that differ between members (-want +got):\n%s", diff)
	}
	one, two := read(t, fsys, "/srv/1/conf/server/s2s-client-identity.keystore"), read(t, fsys, "/srv/2/conf/server/s2s-client-identity.keystore")
	if bytes.Equal(one, two) {
		t.Error("both members have the same identity keystore")
	}
	if err := clustertest.Build(fsys, "/srv/1", first); !errors.Is(err, fs.ErrExist) {
		t.Errorf("building over a server: %v, want fs.ErrExist", err)
	}
}

func parse(t *testing.T, fsys afero.Fs, name string) *props.File {
	t.Helper()
	p, err := props.Parse(name, read(t, fsys, name))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func read(t *testing.T, fsys afero.Fs, name string) []byte {
	t.Helper()
	data, err := afero.ReadFile(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestKeytoolReadsTheStores lists keystores of a server with Java's own tool,
// which checks their digest.
func TestKeytoolReadsTheStores(t *testing.T) {
	if !long.Tests() {
		t.Skip("starts two Java processes")
	}
	keytool, err := exec.LookPath("keytool")
	if err != nil {
		t.Skip("keytool is not installed")
	}
	dir := t.TempDir()
	if err := clustertest.Build(afero.NewOsFs(), dir+"/s", clustertest.Spec{TomcatKey: "another-alias", EncryptionAlias: "aes128keyother", Seed: 99}); err != nil {
		t.Fatal(err)
	}
	stores := map[string]string{ // those whose bytes are changed after keytool made them
		"opt/tomcat/conf/tomcat.keystore":          "another-alias,",
		"conf/server/s2s-client-identity.keystore": "identity,",
		"appdata/conf/encryption.keystore":         "aes128keyother,",
		"appdata/conf/server.keystore":             "server,",
	}
	for _, name := range slices.Sorted(maps.Keys(stores)) {
		kind := "JKS"
		if strings.Contains(name, "s2s") || strings.Contains(name, "encryption") {
			kind = "JCEKS"
		}
		out, err := exec.Command(keytool, "-list", "-storetype", kind, "-storepass", clustertest.StorePassword,
			"-keystore", filepath.Join(dir, "s", name)).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "\n"+stores[name]) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

func ExampleBuild() {
	fsys := strictfs.New(strictfs.Options{})
	err := clustertest.Build(fsys, "/opt/ibm-ucd/server", clustertest.Spec{
		Version: "7.1.2.0.1107654",
		Scheme:  appdata.InInstall,
		Extra:   map[string]string{"server.jms.port": "7918"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	list, err := clustertest.Walk(fsys, "/opt/ibm-ucd/server/conf", "server")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range list {
		fmt.Println(e.Mode, e.Kind, e.Path)
	}
	// Output:
	// -rwxr-x--- folder .
	// -rwxr-x--- folder collectors
	// -rw-r----- file collectors/environment.patterns
	// -rw------- file encryption.keystore
	// -rw-r----- file installed.version
	// -rw------- file server.keystore
}

// TestForeignServer: a server with another EncryptionAlias has keystores of its own,
// which open, and is foreign to a cluster.
func TestForeignServer(t *testing.T) {
	s := clustertest.NewCluster(2, clustertest.Spec{})
	name := s.Add(clustertest.Spec{Seed: 7, EncryptionAlias: "aes128keyother"})
	c, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	odd, like := c.Member(name), c.Members[0]
	if v := odd.Value(cluster.KeyEncryptionAlias); v != "aes128keyother" {
		t.Errorf("the alias is %q", v)
	}
	for _, key := range []string{cluster.KeyEncryptionStore, cluster.KeyServerStore} {
		a, _ := odd.Store(key)
		b, _ := like.Store(key)
		if a.Data.Reveal() == b.Data.Reveal() {
			t.Errorf("%s has the bytes of the cluster's", key)
		}
		store, err := tlscert.Read([]byte(a.Data.Reveal()), clustertest.StorePassword)
		if err != nil || !store.Verified {
			t.Errorf("%s: %v", key, err)
		}
		if key != cluster.KeyEncryptionStore {
			continue
		}
		if e, err := store.Find("aes128keyother"); err != nil || e.Kind != tlscert.SecretKey {
			t.Errorf("%s: %v", key, err)
		}
	}
	r, err := s.Check(check.Options{Only: []string{"PRP002", "PRP006"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"PRP002", "PRP006"} {
		if !slices.ContainsFunc(r.Findings, func(f check.Finding) bool { return f.Rule == id && f.Node == name && f.Severity == check.Error }) {
			t.Errorf("%s does not tell that the server is foreign: %v", id, r.Findings)
		}
	}
}
