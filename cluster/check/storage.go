package check

import (
	"fmt"
	"strconv"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/fileowner"
	"github.com/deploycluster/deploycluster/internal/words"
)

// storageRules are about where the application data lies.
func storageRules() []Rule {
	return []Rule{
		{
			ID: "STO001", Title: "The application data is not on the installation's device", Severity: Warning,
			Source:  srcCluster + ", step 2",
			What:    "The application data lies on network storage, so on another device than the installation folder.",
			Avoid:   "A local folder, or the empty mount point of a storage that is not mounted.",
			Prefer:  "The storage mounted before the server starts, and the folder on it.",
			Why:     "Other members cannot see a local folder. A server that exports the storage itself is the exception.",
			Assumes: []PremiseKind{PremiseAppData},
			Member:  needs((*Pass).tree, checkDevice),
		},
		{
			ID: "STO002", Title: "The same path shows the same application data on every member", Severity: Error, Stage: StageStop,
			Source:  srcCluster + ", step 2",
			What:    "Members with the same server.appdata.dir, or the same links, see the same keystores and version there, and each entry, through links and mounts, is the same for all of them.",
			Avoid:   "A member whose storage is not mounted, or that mounts another export.",
			Prefer:  "The same export on the same mount point, required by the service before it starts.",
			Why:     "Such a member has separate keys and artifacts, and nothing in its properties shows it.",
			Denies:  []PremiseKind{PremiseAppData},
			Cluster: checkSameContent,
		},
		{
			ID: "STO003", Title: "Members run as the same owner", Severity: Warning,
			Source:  inferredFrom + srcCode70 + ", listing of the application data folder",
			What:    "The installation folders of all members belong to the same user and group numbers.",
			Avoid:   "A service account that has another number on one machine.",
			Prefer:  "One account from a directory service, or equal numbers.",
			Why:     "What one member writes to the storage, another could not read or replace.",
			Cluster: needs((*Pass).several, checkOwners),
		},
	}
}

func checkDevice(p *Pass, m *cluster.Member) {
	if m.Scheme == appdata.Folder {
		same, known := sameDevice(m.Real, m.AppDataReal)
		p = p.Assume(PremiseAppData.Of(m))
		switch {
		case !known:
			p.Unknown(m.AppData, "the storage does not tell devices apart, so whether this is network storage is not known", "a separate mount for the network storage in the topology")
		case same:
			f := Finding{Path: m.AppData, Fix: "stop the server and mount the network storage; if the application data has been local all along, mount the storage elsewhere and move the data there"}
			p.Report(f.predicate("is on the same device as the installation folder, so other members cannot see it unless this machine exports it"))
		}
		return
	}
	if m.Scheme == appdata.InInstall {
		p.NotApplicable() // it is the installation folder
		return
	}
	var local []string
	unknown := false
	for _, it := range m.Items {
		if it.Item.Transfer != appdata.Move || it.Err != nil {
			continue
		}
		same, known := sameDevice(m.Real, it.Real)
		switch {
		case it.Real.Place.In(m.Real.Place) && (same || !known):
			local = append(local, it.Item.Path)
		case !known:
			unknown = true
		}
	}
	switch {
	case len(local) > 0:
		p.Report(Finding{
			Path: m.Node.Install, Source: srcConfig,
			Message: "these entries are local to this server: " + words.List(local),
			Fix:     "copy them to the network storage and put links in their places",
		})
	case unknown:
		p.Unknown(m.Node.Install, "the storage does not tell devices apart, so whether the links lead to network storage is not known", "a separate mount for the network storage in the topology")
	}
}

// sameDevice compares two folders. A topology that gives them different
// storages has answered already.
func sameDevice(a, b cluster.Resolved) (same, known bool) {
	if a.Place.Storage != b.Place.Storage {
		return false, true
	}
	if a.Info == nil || b.Info == nil {
		return false, false
	}
	x, okX := fileowner.Device(a.Info)
	y, okY := fileowner.Device(b.Info)
	return x.Dev == y.Dev, okX && okY
}

func checkOwners(p *Pass, c *cluster.Cluster) {
	owner := map[*cluster.Member]string{}
	var told []*cluster.Member
	for _, m := range c.Members {
		if m.Node.Windows() {
			continue // owners of Windows files are not numbers
		}
		if m.Real.Info == nil {
			p.Blocked(m, m.Node.Install)
			continue
		}
		uid, gid, ok := fileowner.Of(m.Real.Info)
		if !ok {
			p.unknownAt(m, m.Node.Install, "the storage does not tell who owns a file", "access through a file system that reports owners")
			continue
		}
		owner[m] = strconv.Itoa(uid) + ":" + strconv.Itoa(gid)
		told = append(told, m)
	}
	for odd, main := range oddOnes(groups(told, func(m *cluster.Member) string { return owner[m] })) {
		f := Finding{
			Node: odd.members[0].Node.Name, Path: odd.members[0].Node.Install,
			Fix: "run all members as the same user, with the same number on every machine",
		}
		f = f.predicate(fmt.Sprintf("belongs to %s, while that of %s belongs to %s (user:group)", odd.value, main.names(), main.value))
		f.Related = odd.beside(main, func(m *cluster.Member) Related {
			return Related{Node: m.Node.Name, Path: m.Node.Install, Message: "belongs to " + owner[m]}
		})
		p.Report(f)
	}
}
