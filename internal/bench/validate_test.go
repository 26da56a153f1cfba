package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

const (
	validateRounds   = 5
	validateAttempts = 2 // a busy machine can spoil one
	validateLeast    = 50
)

// TestValidateAgainstShell measures the validation of three members as a whole
// process, from its start to its end, against testdata/validate/validate.sh,
// which does with keytool, grep and diff what an administrator would. Both take
// turns on the same files; the medians of the time on the clock count. First
// both have to call a sound cluster sound, and see the same two defects in it.
//
//	go test -run TestValidateAgainstShell -v
func TestValidateAgainstShell(t *testing.T) {
	if testing.Short() {
		t.Skip("a measurement; not with -short")
	}
	for _, tool := range []string{"keytool", "sh", "diff", "comm", "cksum"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("not installed: " + tool)
		}
	}
	program := filepath.Join(t.TempDir(), "validate")
	build := exec.Command("go", "build", "-o", program, "./examples/validate")
	build.Dir = "../.." // whose module has all that the program needs
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	dir := t.TempDir()
	writeCluster(t, dir)
	ours := func() *exec.Cmd {
		return exec.Command(program, "-try-default-password", "-topology", filepath.Join(dir, "topology.json"))
	}
	shell := func() *exec.Cmd {
		cmd := exec.Command("sh", "testdata/validate/validate.sh", filepath.Join(dir, "node1"), filepath.Join(dir, "node2"), filepath.Join(dir, "node3"))
		cmd.Env = append(os.Environ(), "STOREPASS="+clustertest.StorePassword)
		return cmd
	}
	for name, cmd := range map[string]*exec.Cmd{"program": ours(), "script": shell()} {
		if code, out := outcome(t, cmd); code != 0 {
			t.Fatalf("the %s finds errors in the sound cluster: exit code %d\n%s", name, code, out)
		}
	}
	undo := seedDefects(t, dir)
	for name, cmd := range map[string]*exec.Cmd{"program": ours(), "script": shell()} {
		code, out := outcome(t, cmd)
		for _, says := range []string{"multiserver", "aes128keyzzzz", "node3"} {
			if code != 1 || !strings.Contains(out, says) {
				t.Fatalf("the %s does not see the defects (%s): exit code %d\n%s", name, says, code, out)
			}
		}
	}
	undo()
	var m comparison
	for range validateAttempts {
		if m = measureValidation(t, ours, shell); m.ratio >= validateLeast {
			break
		}
	}
	if compared(m); m.ratio < validateLeast {
		t.Errorf("%.0f times as fast as the shell, want %d", m.ratio, validateLeast)
	}
}

// measureValidation lets both take turns. The program takes more of them: it
// is over so soon that the start of a process on a busy machine would count.
func measureValidation(t *testing.T, ours, shell func() *exec.Cmd) comparison {
	t.Helper()
	var a, b []time.Duration
	for range validateRounds {
		for range 5 {
			a = append(a, timed(t, ours()))
		}
		b = append(b, timed(t, shell()))
	}
	program, script := middle(a), middle(b)
	ratio := script.Seconds() / program.Seconds()
	t.Logf("3 members, whole process: program %v (%d runs, %v to %v), script %v (%d runs, %v to %v): %.0f times as fast",
		program, len(a), slices.Min(a), slices.Max(a), script, len(b), slices.Min(b), slices.Max(b), ratio)
	return comparison{"validate 3 members, whole process", "keytool, grep, diff", program, script, ratio, validateLeast}
}

func middle(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

func timed(t *testing.T, cmd *exec.Cmd) time.Duration {
	t.Helper()
	start := time.Now()
	code, out := outcome(t, cmd)
	took := time.Since(start)
	if code != 0 {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	return took
}

func outcome(t *testing.T, cmd *exec.Cmd) (code int, out string) {
	t.Helper()
	var b bytes.Buffer
	cmd.Stdout, cmd.Stderr = &b, &b
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return exit.ExitCode(), b.String()
	case err != nil:
		t.Fatal(err)
	}
	return 0, b.String()
}

// writeCluster writes three members and the storage that they share; in each
// member's disk a link stands for the mount, so that the script finds it where
// the member does.
func writeCluster(t *testing.T, dir string) {
	t.Helper()
	share := filepath.Join(dir, "share")
	type mount struct {
		Path    string `json:"path"`
		Storage string `json:"storage"`
	}
	topology := map[string]any{"schema": 1, "name": "measured"}
	storages := []map[string]string{{"name": "share", "dir": share}}
	var nodes []map[string]any
	for n := range 3 {
		name := fmt.Sprintf("node%d", n+1)
		disk := filepath.Join(dir, name)
		if err := clustertest.Build(afero.NewOsFs(), disk+clustertest.Install, clustertest.Spec{
			Version: "7.2.1.0.1130000", Spelling: clustertest.Install, Node: name + ".example.com", Alias: clustertest.ServerAlias,
			AppData: clustertest.Share + "/appdata", AppDataAt: filepath.ToSlash(share) + "/appdata", Joined: n > 0, Multiserver: true, Seed: uint64(n + 1),
		}); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.MkdirAll(filepath.Join(disk, "media"), 0o755), os.Symlink(share, filepath.Join(disk, "media", "share"))); err != nil {
			t.Fatal(err)
		}
		storages = append(storages, map[string]string{"name": name, "dir": disk})
		nodes = append(nodes, map[string]any{
			"name": name, "host": name + ".example.com", "install": clustertest.Install,
			"mounts": []mount{{"/", name}, {clustertest.Share, "share"}},
		})
	}
	topology["storages"], topology["nodes"] = storages, nodes
	topology["facts"] = map[string]any{"loadBalancer": map[string]any{
		"host": clustertest.CertificateHost, "affinity": true, "ports": []int{8080, 8443}, "tlsEnds": "servers",
	}}
	data, err := json.Marshal(topology)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "topology.json"), data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// seedDefects breaks two members in ways that both sides look for, and
// returns what mends them.
func seedDefects(t *testing.T, dir string) (undo func()) {
	t.Helper()
	var mend []func()
	for node, change := range map[string][2]string{
		"node2": {"UDeployServer.multiserver=true", "UDeployServer.multiserver=false"},
		"node3": {"encryption.keystore.alias=" + clustertest.EncryptionAlias, "encryption.keystore.alias=aes128keyzzzz"},
	} {
		file := filepath.Join(dir, node+clustertest.Install, "conf/server/installed.properties")
		data, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(data, []byte(change[0])) {
			t.Fatalf("%s lacks %s: %v", file, change[0], err)
		}
		write := func(data []byte) {
			if err := os.WriteFile(file, data, 0o640); err != nil {
				t.Fatal(err)
			}
		}
		write(bytes.Replace(data, []byte(change[0]), []byte(change[1]), 1))
		mend = append(mend, func() { write(data) })
	}
	return func() {
		for _, f := range mend {
			f()
		}
	}
}
