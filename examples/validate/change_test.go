package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// properties is a member's file on this machine's disk.
func (s *site) properties(member string) string {
	return filepath.Join(s.root, member, "opt", "ibm-ucd", "server", "conf", "server", "installed.properties")
}

func (s *site) edit(t *testing.T, member, old, with string) {
	t.Helper()
	data, err := os.ReadFile(s.properties(member))
	must(t, err)
	if !strings.Contains(string(data), old) {
		t.Fatalf("%s has no %q", member, old)
	}
	must(t, os.WriteFile(s.properties(member), []byte(strings.Replace(string(data), old, with, 1)), 0o640))
}

const multiserver = "com.urbancode.ds.UDeployServer.multiserver"

func TestWhatIf(t *testing.T) {
	s := newSite(t)
	topology := s.file(t)
	before, err := os.ReadFile(s.properties("ucd2"))
	must(t, err)
	code, out, errOut := call(t, "-topology", topology, "-set", "ucd2:agentcomm.uri=wss://ucd1.example.com:7919")
	if code != exitErrors || errOut != "" || !strings.Contains(out, "After this plan: 1 new, 0 fixed") || !strings.Contains(out, "new   error NET002 ucd2") {
		t.Errorf("exit code %d, %s\n%s", code, errOut, out)
	}
	code, out, errOut = call(t, "-topology", topology, "-remove", "ucd2:"+multiserver)
	if code != exitErrors || errOut != "" || !strings.Contains(out, "new   error PRP005 ucd2") {
		t.Errorf("exit code %d, %s\n%s", code, errOut, out)
	}
	after, err := os.ReadFile(s.properties("ucd2"))
	must(t, err)
	if string(after) != string(before) {
		t.Error("a preview has written")
	}
}

// A plan is made by one, approved by another, and carried out by a third.
func TestFixThroughApproval(t *testing.T) {
	s := newSite(t)
	topology, file := s.file(t), filepath.Join(s.root, "plan.json")
	s.edit(t, "ucd2", multiserver+"=true", "# no cluster")
	code, out, errOut := call(t, "-topology", topology, "-fix", "-plan", file)
	if code != exitSound || errOut != "" || !strings.Contains(out, "0 new, 1 fixed") || !strings.Contains(out, "fixed error PRP005 ucd2") {
		t.Fatalf("exit code %d, %s\n%s", code, errOut, out)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the plan: %v, %v", info, err)
	}
	if code, _, errOut := call(t, "-topology", topology, "-set", "ucd2:cloud.logLevel=DEBUG", "-plan", file); code != exitFailure || !strings.Contains(errOut, "a plan that was approved") {
		t.Errorf("another plan in its place: exit code %d, %s", code, errOut)
	}
	code, _, errOut = call(t, "-topology", topology, "-plan", file, "-apply")
	if code != exitSound || !strings.Contains(errOut, "done 1, done before 0") {
		t.Errorf("exit code %d, %s", code, errOut)
	}
	if data, _ := os.ReadFile(s.properties("ucd2")); !strings.Contains(string(data), multiserver+"=true") {
		t.Errorf("not applied:\n%s", data)
	}
	code, _, errOut = call(t, "-topology", topology, "-plan", file, "-apply")
	if code != exitSound || !strings.Contains(errOut, "done 0, done before 1") {
		t.Errorf("applied again: exit code %d, %s", code, errOut)
	}
}

func TestApprovedPlanOfAnotherWorld(t *testing.T) {
	s := newSite(t)
	topology, file := s.file(t), filepath.Join(s.root, "plan.json")
	if code, _, errOut := call(t, "-topology", topology, "-set", "ucd3:cloud.logLevel=DEBUG", "-plan", file); code != exitSound || errOut != "" {
		t.Fatalf("exit code %d, %s", code, errOut)
	}
	s.edit(t, "ucd3", "cloud.logLevel=FATAL", "cloud.logLevel=INFO")
	code, _, errOut := call(t, "-topology", topology, "-plan", file, "-apply")
	if code != exitFailure || !strings.Contains(errOut, `cloud.logLevel is now "INFO"`) || !strings.Contains(errOut, "plan again") {
		t.Errorf("exit code %d, %s", code, errOut)
	}
}

func TestChangeIsRefused(t *testing.T) {
	topology := newSite(t).file(t)
	code, out, _ := call(t, "-topology", topology, "-set", "ucd1:hibernate.connection.password=MARKER")
	if code != exitErrors || !strings.Contains(out, "EDT003") || strings.Contains(out, "MARKER") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	for _, args := range [][]string{
		{"-apply"}, {"-plan", "x"}, {"-set", "ucd1"}, {"-set", "ucd1:key"}, {"-remove", "ucd1"}, {"-fix", "-set", "ucd1:a=b"}, {"-fix", "-join", "ucd1"}, {"-join", "ucd9"}, {"-set-secret", "ucd1:key"},
		{"-fix", "-format", "sarif"}, {"-fix", "-baseline", "x"}, {"-set", "ucd9:cloud.logLevel=DEBUG"},
	} {
		if code, _, errOut := call(t, append(args, "-topology", topology)...); code != exitFailure || errOut == "" {
			t.Errorf("%v: exit code %d, %q", args, code, errOut)
		}
	}
}

// A password is set by reference: without the secrets the plan is shown and refused.
func TestSecretByReference(t *testing.T) {
	s := newSite(t)
	topology, secrets := s.file(t), filepath.Join(s.root, "secrets.properties")
	must(t, os.WriteFile(secrets, []byte("ucd/db=MARKER-new\n"), 0o600))
	set := []string{"-topology", topology, "-set-secret", "ucd2:hibernate.connection.password=ucd/db"}
	code, out, errOut := call(t, set...)
	if code != exitErrors || !strings.Contains(errOut, "EDT003") || !strings.Contains(out, "(the secret ucd/db)") {
		t.Errorf("exit code %d, %s\n%s", code, errOut, out)
	}
	code, out, errOut = call(t, append(set, "-secrets", secrets, "-apply")...)
	if code != exitSound || !strings.Contains(errOut, "done 1,") || strings.Contains(out+errOut, "MARKER") {
		t.Errorf("exit code %d, %s\n%s", code, errOut, out)
	}
	file := strings.Replace(s.properties("ucd2"), "installed.properties", "secured-installed.properties", 1)
	if data, err := os.ReadFile(file); err != nil || !strings.Contains(string(data), "MARKER-new") {
		t.Errorf("not set: %v\n%s", err, data)
	}
}

// A server that stood alone joins the cluster of the other nodes of its topology.
func TestJoin(t *testing.T) {
	s := newSite(t)
	topology := s.file(t)
	code, out, errOut := call(t, "-topology", topology, "-join", "ucd3")
	if code != exitSound || errOut != "" || !strings.Contains(out, "member of the cluster already") {
		t.Errorf("a member: exit code %d, %s\n%s", code, errOut, out)
	}
	// Its database is another one.
	s.edit(t, "ucd3", "3306/ibm_ucd", "3306/of_its_own")
	code, out, errOut = call(t, "-topology", topology, "-join", "ucd3")
	if code != exitErrors || !strings.Contains(errOut, "EDT003") || !strings.Contains(out, "JOI003") || !strings.Contains(out, "Export from ucd3") {
		t.Errorf("exit code %d, %s\n%s", code, errOut, out)
	}
	secrets := filepath.Join(s.root, "secrets.properties")
	must(t, os.WriteFile(secrets, []byte("hibernate.connection.password=a\nencryption.keystore.password=b\nserver.keystore.password=b\n"), 0o600))
	code, out, errOut = call(t, "-topology", topology, "-join", "ucd3", "-secrets", secrets, "-apply")
	if code != exitSound || !strings.Contains(out, "fixed error DBS002") || !strings.Contains(errOut, "applied plan") {
		t.Errorf("exit code %d, %s\n%s", code, errOut, out)
	}
}
