package plan_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var mutants = flag.Bool("mutants", false, "see that the tests of this package catch missing safeguards")

// The proofs are worth something only if they fail when a safeguard is missing.
// Each mutant is this package with one safeguard taken out of its source; the
// named tests are run on it and must fail. A mutant whose text is no longer in
// the source, or that does not compile, is a failure too.
func TestMutantsAreCaught(t *testing.T) {
	if !*mutants {
		t.Skip("builds and tests this package once a mutant, which takes minutes; run it with -mutants")
	}
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("needs the go command:", err)
	}
	const mover = "internal/mover/"
	for _, m := range []struct {
		name, file, old, new string
		caught               string // the tests that must fail
	}{
		{"files are not synced", mover + "batch.go",
			"cmp.Or(c.m.sync(out), out.Close())", "cmp.Or(nil, out.Close())",
			"TestDieAtEveryOperationThenResume/schemes/folder"},
		{"folders are not synced", mover + "run.go",
			"{ _ = d.Sync() }", "{}",
			"TestDieAtEveryOperationThenResume/schemes/folder"},
		{"originals are retired before copies are proven", mover + "batch.go",
			"c.leave(f, c.prove(ctx, sc, f))", "c.leave(f, nil)",
			"TestFailAtEveryOperationThenResume|TestKernelCopyFaults"},
		{"originals are retired without a look at them", mover + "retire.go",
			"if ok, err := m.disposable(ctx, it, o, layout); err != nil || !ok {\n\t\treturn false, err\n\t}\n", "",
			"TestSourceChangedAfterCopyIsNotRetired|TestSameStorageIsNeverRetired"},
		{"the journal is trusted over the disk: originals", mover + "originals.go",
			"err != nil || sum != j.want {", "err != nil || sum == \"\" {",
			"TestSourceChangedAfterCopyIsNotRetired"},
		{"an original is not looked at once more after it was read", mover + "originals.go",
			"err == nil && steady(x.info, now), err", "now != nil, nil",
			"TestFileChangedBetweenHashAndPurgeStays"},
		{"what was lost since it was counted goes, too", mover + "purge.go",
			"p.how.Gone && p.m.missed[p.m.lossKey(p.it, x.rel)]", "p.how.Gone",
			"TestPurgeGoneDeletesNoMoreThanWasCounted"},
		{"an original that changed since Retire is not read again", mover + "proven.go",
			"info.Size(), s.Changed.UnixNano()", "info.Size(), 0",
			"TestPurgeReadsWhatChangedSinceRetire"},
		{"an original that somebody can write to is not read again", mover + "originals.go",
			"f.same && f.alone", "f.same",
			"TestPurgeReadsWhatIsMapped"},
		{"the journal is trusted over the disk: copies", mover + "primed.go",
			"if p == nil || p.Source == nil || p.Target == nil || p.Mode != source.Mode() {\n\t\treturn false\n\t}",
			"if p != nil {\n\t\treturn true\n\t}",
			"TestPrime"},
		{"what is on the target is not compared", mover + "batch.go",
			"err != nil || !equal || f.left {", "err != nil || !equal && f.left || f.left {",
			"TestWhatStandsOnTheTargetIsCompared"},
		{"originals are not looked at again before the switch", "switch.go",
			"if err := r.m.Unchanged(ctx, it, changed); err != nil {\n\t\t\treturn err\n\t\t}\n", "",
			"TestSourceChangedBeforeTheSwitch"},
		{"the target is not handed over", "switch.go",
			"return r.m.HandOver(handedOver, []byte(r.p.ID))", "return nil",
			"TestTargetHandedOverIsNotOverwritten"},
		{"an original is looked for once under each name", mover + "source.go",
			"look < 2 &&", "look < 1 &&",
			"TestOriginalIsFoundUnderItsNewName"},
		{"a run that was overtaken as it began writes", mover + "run.go",
			"// A run that began before this folder was there did not sweep it.\n\treturn m.Look()", "return nil",
			"TestSuspendedBeginningIsOvertaken"},
		{"what a trial makes takes an original's place", mover + "trial.go",
			"case fsx.Same(full, own) ||", "case own == nil &&",
			"TestTrialWithoutAnOriginal"},
		{"what is left of a trial takes an original's place", mover + "trial.go",
			"elsewhere && full.IsDir()", "false",
			"TestTrialOfAnOriginalThatIsAside"},
		{"a run that comes for what is left does not look again", "apply.go",
			"func() error { return a.stillLeft(ctx) }, ", "",
			"TestPurgeOfWhatIsLeftStopsForANewRun"},
		{"records are forgotten that are not done", "record.go",
			"return x.done })", "return true })",
			"TestPurgeWithoutTheJournalForgetsNothing"},
		{"the records of a finished move are forgotten", "apply.go",
			"return a.forgetRest()", "return nil",
			"TestWhatAPurgeLeavesIsTold"},
		{"mounts of one device are not looked for", mover + "walk.go",
			"if errors.Is(err, syscall.EXDEV) {", "if err == nil {",
			"TestPurgeNeverCrossesAMount"},
		{"a folder is not looked at before something is put into it", mover + "put.go",
			"if err := to.Still(); err != nil {", "if err := error(nil); err != nil {",
			"TestSwappedFolderStopsTheRun"},
		{"an original that another run let be renamed stays where it is", mover + "trial.go",
			"there = trial.Place(trialFull, d.handle, name)", "there = nil",
			"TestTrialThatIsRemovedMovesNothing"},
		{"the files of other runs are not swept", mover + "sweep.go",
			"func (m *Mover) sweep() error {", "func (m *Mover) sweep() error { return nil }\n\nfunc (m *Mover) swept() error {",
			"TestSuspendedRunWritesNothingAfterSwitch"},
		{"originals are not held apart from their copies", mover + "retire.go",
			"if ok, err := m.allApart(it, o, layout); err != nil || !ok {\n\t\treturn false, err\n\t}\n", "",
			"TestSameStorageIsNeverRetired"},
		{"the plan of another installation is resumed", "resume.go",
			"if why := b.foreign(p); why != \"\" {", "if why := \"\"; why != \"\" {",
			"TestForeignPlanIsNotResumed"},
		{"a planted plan is trusted", "resume.go",
			"return r.Plan == p.ID && r.SHA256 == sum", "return r.Plan != \"\"",
			"TestPlantedPlanIsNotApplied"},
		{"losses are not counted", mover + "lost.go",
			"if p.Lost > 0 && (p.Path", "if p.Lost < 0 && (p.Path",
			"TestPurgeAfterCopiesVanishedKeepsOriginals"},
		{"the facts of a plan are not looked at", "facts.go",
			"if now != was {", "if false {",
			"TestPlanNamesTheFactThatChanged"},
		{"a file is replaced before it was kept", "edits_apply.go",
			"case st.kept == nil:\n\t\tkeep := o\n", "case false:\n\t\tkeep := o\n",
			"TestEditsRevertFromEveryPoint|TestEditsSimulateEqualsApply"},
		{"a file that was changed since is overwritten by Revert", "edits_look.go",
			"return err == nil && bytes.Equal(want, st.data), err", "return err == nil && bytes.Equal(want, want), err",
			"TestEditsKeepSecretsOut"},
		{"installed.properties is not the last file that is changed", "edits_plan.go",
			"kinds := []string{fileSecured, fileClasspath, fileServerXML, fileInstalled}", "kinds := []string{fileInstalled, fileSecured, fileClasspath, fileServerXML}",
			"TestJoin"},
		{"edits are made in any order", "edits_order.go",
			"if bad > budget {", "if bad > budget+s.all {",
			"TestEditsPassThroughNoError"},
		{"the cluster's own folder is put aside", "edits_look.go",
			"if placesOverlap(s.From, p.To) || sameFile(info, to) {", "if placesOverlap(s.From, p.To) || sameFile(nil, to) {",
			"TestJoinNeverPutsTheClustersFolderAside"},
		{"a copied installation joins", "join.go",
			"if f.Severity != check.Error {", "if true {",
			"TestJoinRefuses"},
		{"a server of another build joins", "join.go",
			"case compat.No:", "case compat.Answer(99):",
			"TestJoinRefuses"},
		{"a server that runs changes over", "join_manual.go",
			"if err := (&run{p: p, w: w, node: n}).quiet(); err != nil {", "if err := error(nil); err != nil {",
			"TestJoinLooksAgain"},
		{"a folder that is one with its copy is not noticed by a probe", mover + "probe.go",
			"seen := err == nil", "seen := err == nil && false",
			"TestOneStorageWithOtherNumbers"},
		{"links below the target are followed", "../../internal/fsx/path.go",
			"case info.Mode()&fs.ModeSymlink != 0:\n\t\treturn &fs.PathError{Op: \"open\", Path: path, Err: ErrNotFollowed}\n\tcase !info.IsDir():",
			"case info.Mode()&fs.ModeSymlink != 0:\n\t\treturn nil\n\tcase !info.IsDir():",
			"TestCopyBehindALinkIsNoCopy"},
		{"a declared mount point need not be one", "mounted.go",
			"} else if known && !is {", "} else if known && is && !is {",
			"TestMountPointMustBeOne|TestEveryRefusal"},
		{"a Revert that was begun does not bar Apply", "ours.go",
			"\tif begun {\n\t\treturn r.p.journal", "\tif begun && false {\n\t\treturn r.p.journal",
			"TestRevertBarsApply"},
		{"a file of the server is written by a run that was overtaken", "switch.go",
			", Guard: r.m.Look", "",
			"TestSuspendedEditIsNotMade"},
		{"what cannot be read is met in the middle of the copy", "survey.go",
			"\t\tv.readable(x, server)\n", "",
			"TestEveryRefusal"},
		{"a look that fails is read as not there", mover + "record.go",
			"return err == nil, removed(err)", "return err == nil, nil",
			"TestFailedLooksAreReported"},
	} {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel() // much of it is linking, which uses one core
			if strings.HasPrefix(m.caught, "TestPurgeReads") {
				onTimed(t) // or what is wrong does not show
			}
			source, err := os.ReadFile(m.file)
			must(t, err)
			if n := strings.Count(string(source), m.old); n != 1 {
				t.Fatalf("%s holds the text %d times:\n%s", m.file, n, m.old)
			}
			dir := t.TempDir()
			mutant := filepath.Join(dir, filepath.Base(m.file))
			must(t, os.WriteFile(mutant, []byte(strings.Replace(string(source), m.old, m.new, 1)), 0o600))
			place, err := filepath.Abs(m.file)
			must(t, err)
			overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{place: mutant}})
			must(t, err)
			must(t, os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600))
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
			defer cancel()
			run := exec.CommandContext(ctx, goTool, "test", "-count=1", "-failfast", "-vet=off", "-overlay", filepath.Join(dir, "overlay.json"), "-run", m.caught, ".", "-sample", "7")
			out, err := run.CombinedOutput()
			switch {
			case ctx.Err() != nil:
				t.Errorf("no test has failed in five minutes:\n%s", out)
			case err == nil:
				t.Errorf("no test of %s fails:\n%s", m.caught, out)
			case !bytes.Contains(out, []byte("--- FAIL: Test")):
				t.Errorf("it was not a test that failed:\n%s", out)
			}
		})
	}
}
