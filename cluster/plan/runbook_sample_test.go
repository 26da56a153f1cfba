package plan

import (
	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// sample is a plan made by hand, as Populate makes them for a small server.
// What a server or a caller names comes from the fields; the texts around it
// are fixed.
type sample struct {
	scheme  appdata.Scheme
	install string // sets Windows by its spelling
	target  string
	mount   string
	entry   string // a folder that moves, a slash path below the application data
	old     string // the old value of server.appdata.dir
}

func unixSample(s appdata.Scheme) sample {
	return sample{
		scheme: s, install: "/opt/ibm-ucd/server", target: "/media/share/appdata", mount: "/media/share",
		entry: "var/repository", old: map[appdata.Scheme]string{appdata.Folder: "../appdata", appdata.InInstall: ".."}[s],
	}
}

func windowsSample() sample {
	return sample{
		scheme: appdata.Folder, install: `C:\Program Files\ibm-ucd\server`, target: `\\nas\deploy\appdata`, mount: `\\nas\deploy`,
		old: `..\appdata`,
	}
}

func (x sample) plan() *Plan {
	node := cluster.Node{Name: "node1", Install: x.install}
	p := &Plan{
		Schema: 1, ID: "0123456789ab", Kind: KindPopulate, Node: "node1", Version: "7.0.5.1.1041488", Scheme: x.scheme,
		AppData: x.install, Target: Target{AppData: x.target, MountPoint: x.mount},
		To:       cluster.Place{Storage: "share", Path: "/appdata"},
		Steps:    []Step{},
		Topology: cluster.Topology{Nodes: []cluster.Node{node}},
	}
	if x.scheme == appdata.Folder {
		p.AppData = serverpath.Join(x.install, "appdata")
	}
	if x.scheme == appdata.Linked {
		p.Version = "6.1.0.4.589412"
	}
	x.prepare(p)
	copies := x.copies(p)
	x.change(p, copies)
	p.Steps = append(p.Steps, Step{Phase: PhaseSwitch, Action: ActionManual,
		Title: "Start the server, log in, open an artifact and the output of an old process",
		Why:   "from here on the server writes to the new place, and the way back is a restore", Source: srcSeed, Expect: "all three work",
		Undo: "before the start: take the edits back; after it: restore the backup",
	}, Step{Phase: PhaseSwitch, Action: ActionManual,
		Title: "In the System Settings set External Agent URL and External User URL to the load balancer's address",
		Why:   "they are in the database and not in a file", Source: srcConvert,
	})
	x.retire(p, copies)
	return number(p)
}

// number names the steps.
func number(p *Plan) *Plan {
	for i := range p.Steps {
		p.Steps[i].ID = stepName(i)
	}
	return p
}

// must is a command of a template that is there.
func must(command string, err error) string {
	if err != nil {
		panic(err)
	}
	return command
}

func (x sample) prepare(p *Plan) {
	manual := func(source, title, why, expect, undo string, commands ...string) {
		p.Steps = append(p.Steps, Step{Phase: PhasePrepare, Action: ActionManual, Title: title, Why: why, Source: source, Expect: expect, Undo: undo, Commands: commands})
	}
	manual("vendor pages on maintenance mode (7.0.3 and later)", "Turn maintenance mode on and wait until no process runs",
		"a process that is cut off fails and does not continue elsewhere", "no running process in the web interface", "turn maintenance mode off")
	manual(srcSeed, "Stop the server and make sure that none of its processes is left", "a running server writes to its repository and keystores while they are copied",
		"no output", "start the server", must(p.command("stopped", nil)))
	manual(srcSeed, "Mount the network storage on this server", "copies made to a folder where nothing is mounted land on the local disk",
		"the network storage, mounted for reading and writing", "", must(p.command("mounted", nil)))
	manual("vendor page server_backup (7.0.2)", "Back up, at the same moment: the database, "+p.AppData+" and conf", "the vendor's list leaves out opt/tomcat/conf",
		"a backup whose restore has been tried", "")
}

// copies adds the folders and copies, and returns the copies by their number.
func (x sample) copies(p *Plan) []Step {
	p.Steps = append(p.Steps, Step{Phase: PhasePopulate, Action: ActionMakeDir, Kind: appdata.Dir, To: p.To, ServerTo: x.target, Mode: 0o755,
		Title: "Create " + x.target + ", the new application data folder, unless it is there", Why: "the entries keep their relative paths in the application data folder",
		Source: srcSeed, Undo: "remove the folder, which held nothing before"})
	var copies []Step
	add := func(from, rel string, kind appdata.Kind, exclude ...string) {
		to := x.target
		if rel != "" {
			to = serverpath.Join(to, rel)
		}
		s := Step{Phase: PhasePopulate, Action: ActionCopy, Kind: kind, ServerFrom: from, ServerTo: to, To: child(p.To, rel), Exclude: exclude,
			Title: "Copy " + from + " to " + to + " and compare every byte", Why: "all members have to read and write the same data",
			Source: srcHA, Undo: "delete the copy; the original is untouched"}
		copies = append(copies, s)
		p.Steps = append(p.Steps, s)
	}
	if x.scheme == appdata.Folder {
		add(p.AppData, "", appdata.Dir, "conf/installed.version", ownFolder, "lost+found", "System Volume Information")
	} else {
		add(serverpath.Join(x.install, x.entry), x.entry, appdata.Dir)
		add(serverpath.Join(x.install, "conf/encryption.keystore"), "conf/encryption.keystore", appdata.File)
	}
	add(serverpath.Join(x.install, "conf/installed.version"), "conf/installed.version", appdata.File)
	p.Steps = append(p.Steps, Step{Phase: PhasePopulate, Action: ActionRescan, Title: "Look at the originals again: nothing may have changed since it was copied",
		Why: "a file that changed after its copy was made would be lost with the original", Source: srcSafety, Undo: "nothing was changed"})
	return copies[:len(copies)-1]
}

// change adds the edits, or the links.
func (x sample) change(p *Plan, copies []Step) {
	const digest = "4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865"
	if x.scheme == appdata.Linked {
		for _, c := range copies {
			p.Steps = append(p.Steps, Step{Phase: PhaseSwitch, Action: ActionLink, Kind: c.Kind, ServerFrom: c.ServerFrom, ServerTo: c.ServerTo, Copies: "s06",
				ServerAside: asideName(c.ServerFrom, p.ID), Title: "Rename " + c.ServerFrom + " aside and put a link to " + c.ServerTo + " in its place",
				Why: "a server before 6.1.1.5 finds shared entries by links in the old places", Source: srcHA, Undo: "remove the link and rename the original back"})
		}
		sa := serverpath.Join(x.install, "var/sa")
		p.Steps = append(p.Steps, Step{Phase: PhaseSwitch, Action: ActionLink, Kind: appdata.Dir, ServerFrom: sa, ServerTo: serverpath.Join(x.target, "var/sa"), Inferred: true,
			ServerAside: asideName(sa, p.ID), Title: "Put a link at " + sa + ", which does not exist yet", Why: "the server will create this folder one day", Source: srcHA, Undo: "remove the link"})
		return
	}
	file := serverpath.Join(x.install, "bin/classpath.conf")
	p.Steps = append(p.Steps, Step{Phase: PhaseSwitch, Action: ActionEdit, Kind: appdata.File, ServerFrom: file, Inferred: true, Source: srcCode,
		Title: "Edit " + file, Why: "the launcher takes these absolute paths as they stand", Undo: "put the old lines back; Edit lists them",
		Edit: &FileChange{Before: digest,
			Replace: []lineChange{{Line: 3, Old: "dir " + serverpath.Join(p.AppData, "patches") + " !fail-on-conflict", New: "dir " + serverpath.Join(x.target, "patches") + " !fail-on-conflict"}},
			Append:  []string{"dir " + serverpath.Join(x.target, "conf")}}})
	file = serverpath.Join(x.install, "conf/server/installed.properties")
	p.Steps = append(p.Steps, Step{Phase: PhaseSwitch, Action: ActionEdit, Kind: appdata.File, ServerFrom: file, Source: srcSeed,
		Title: "Edit " + file + ": set server.appdata.dir, com.urbancode.ds.UDeployServer.multiserver", Why: "this is the point where the server reads the new place",
		Undo: "put the old lines back; Edit lists them",
		Edit: &FileChange{Before: digest, Set: []setting{
			{Key: "server.appdata.dir", Value: x.target, Old: x.old, Line: 12, Why: "tells the server where its application data is", Source: srcSeed},
			{Key: "com.urbancode.ds.UDeployServer.multiserver", Value: "true", Why: "turns on what a cluster member does", Source: srcConvert},
		}}})
}

func (x sample) retire(p *Plan, copies []Step) {
	p.Steps = append(p.Steps, Step{Phase: PhaseRetire, Action: ActionManual, Title: "Wait for one full business day without errors and one verified backup before the originals go",
		Why: "until then the old state can be brought back by renaming", Source: srcSafety, Expect: "a backup made after the first start"})
	for _, ph := range []Phase{PhaseRetire, PhasePurge} {
		for _, c := range copies {
			s := Step{Phase: ph, Action: ActionRetire, Kind: c.Kind, ServerFrom: c.ServerFrom, ServerTo: c.ServerTo, Copies: "s06", ServerAside: asideName(c.ServerFrom, p.ID),
				Title: "Rename " + c.ServerFrom + " aside, in its own folder", Why: "an original that stays in place can be read by mistake", Source: srcSeed + ", delete the original copies", Undo: "rename it back"}
			if ph == PhasePurge {
				s.Action, s.Title, s.Undo = ActionPurge, "Delete what "+c.ServerFrom+" was renamed to", "none: restore from a backup"
				s.Why = "the vendor asks for the originals to be deleted"
			}
			if ph == PhasePurge || x.scheme != appdata.Linked {
				p.Steps = append(p.Steps, s)
			}
		}
	}
}

// sharedPlan is a plan for a server whose data is at the target already; two
// settings are left, or none.
func sharedPlan(edits bool) *Plan {
	x := unixSample(appdata.Folder)
	p := x.plan()
	p.AlreadyShared, p.AppData = true, x.target
	steps := p.Steps
	p.Steps = []Step{}
	for _, s := range steps {
		if edits && s.Action == ActionEdit {
			p.Steps = append(p.Steps, s)
		}
	}
	return number(p)
}

func refusals() []Refusal {
	return []Refusal{
		{Rule: "OPS001", Path: "/opt/ibm-ucd/server/var/server.pid", Message: "exists, so the server runs or was killed", Fix: "stop the server", Source: srcSeed},
		{Rule: "TGT008", Message: "12 bytes are to be copied and room for 3 is declared"},
	}
}

func warnings() []Refusal {
	return []Refusal{{Rule: "TGT011", Path: "/media/share/appdata", Message: "no mount point is declared", Fix: "declare the mount point", Source: srcField}}
}
