package plan

import (
	"context"
	"errors"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/compat"
	"github.com/deploycluster/deploycluster/internal/joining"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

const srcAdd = "vendor page ha_add_server (7.0.2)"

// JoinOptions are what the files do not tell of a server that joins a cluster.
// The zero value is good where the server mounts the storage as the cluster does
// and its host is declared in the topology.
type JoinOptions struct {
	// Like names the member whose settings are taken. Unset: the first other one.
	Like string
	// AppData is the cluster's application data folder as this server mounts it.
	// Unset: as that member writes it, or where the topology's mounts show it.
	// MountPoint is where the storage is mounted;
	// with it, a storage that is not mounted is noticed.
	AppData, MountPoint string
	// AgentURI is the server's own agentcomm.uri. Unset: the one that it has, if no
	// other member has it, or else its declared host with the port of the others.
	AgentURI string
	// Secrets are the names of references by property, for World.Secret. A property
	// without an entry is referred to by its own name, except server.key.password:
	// its password is that of server.keystore, so it is referred to as
	// server.keystore.password is.
	Secrets map[string]string
}

// Join plans how an existing stand-alone server becomes a further member of the
// cluster that the other nodes of c are: the vendor's page on adding servers, with
// what it leaves out. The server then uses the cluster's database and application
// data; what its own database holds is abandoned, which the first warning and the
// first step say. To add a server that is not installed yet, see ForMember in
// package installer.
//
// Everything that only the cluster can tell comes from a member's own files: the
// database, the keystores and the active encryption key, multiserver, the
// balancer's host, what members have alike, and the certificate where TLS ends at
// the servers. Passwords are references, see World.Secret. installed.properties
// is changed last and is the one commit point. A run that is cut off before that
// leaves a server whose installed.properties still names its own database and
// application data, while keystore, class path and passwords may be the cluster's
// already: do not start it until the plan is applied again or reverted. The server's own
// application data is then renamed aside, and nothing is deleted.
//
// Reasons against the plan are in Plan.Refusals: above all a version that is
// not exactly the cluster's, and a copied installation. The error is an
// Error of ReasonNode, that of a done context, or an I/O error.
func Join(ctx context.Context, c *cluster.Cluster, node string, o JoinOptions) (*Plan, error) {
	m, err := member(c, node)
	if err != nil {
		return nil, err
	}
	rest := joining.Without(c, node)
	if o.Like != "" {
		if _, err := member(rest, o.Like); err != nil {
			return nil, err
		}
	}
	p := newPlan(KindJoin, c, m)
	d := &draft{p: p}
	j := &joiner{builder: &builder{draft: d, m: m, v: m.FS(), c: c}, ctx: ctx, e: editorOf(c, d), o: o, rest: rest}
	if err := analyse(ctx, j.cluster, j.server, j.copied, j.place, j.settings); err != nil {
		return nil, err
	}
	if len(p.Refusals) == 0 {
		if err := j.steps(); err != nil {
			return nil, err
		}
	}
	return p, d.finish()
}

// joiner collects a plan of KindJoin.
type joiner struct {
	*builder
	ctx  context.Context
	e    *editor
	o    JoinOptions
	rest *cluster.Cluster // the cluster without the server
	like *cluster.Member
	// references are the secrets that the plan refers to.
	references []string
	store      *Step // the copy of the certificate, where there is one
	// abandons: the server leaves a database of its own.
	abandons bool
}

// cluster refuses a cluster that has not one answer to every question.
func (j *joiner) cluster() error {
	if len(j.rest.Members) == 0 {
		return j.end("JOI001", j.m.Node.Install, "declare the members of the cluster as nodes, too", srcAdd, "there is no cluster to join: the topology has one node only")
	}
	if j.like = j.rest.Members[0]; j.o.Like != "" {
		j.like = j.rest.Member(j.o.Like)
	}
	if j.like.Installed == nil {
		return j.end("PRP020", j.like.InstalledPath(), "give access to it", srcAdd, "cannot be read, so the settings of the cluster are not known")
	}
	r, err := check.Run(j.ctx, j.rest, check.Options{Only: joining.Premises()})
	if err != nil {
		return err
	}
	for _, f := range r.Findings {
		if f.Severity == check.Error || f.Rule == "VER002" {
			j.p.object(refusalOf(f))
		} else {
			j.p.warn(refusalOf(f))
		}
	}
	for _, u := range r.Unread {
		j.refuse("APP001", u.Path, "give access to it", srcAdd, "a file of %s that tells what the cluster is was not read: %s", u.Node, u.Reason)
	}
	return nil
}

// server refuses a server that cannot change over as it stands.
func (j *joiner) server() error {
	if err := j.identify(); err != nil {
		return err
	}
	j.stopped()
	for _, m := range []*cluster.Member{j.m, j.like} {
		if m.Scheme == appdata.Linked || m == j.like && m.Scheme != appdata.Folder {
			return j.end("JOI002", m.InstalledPath(), "make the same links on this server by hand, or upgrade all servers first", srcHA,
				"%s shares single folders by links and has no separate application data folder", m.Node.Name)
		}
	}
	shared := j.like.SharedVersion
	switch f := compat.CanJoin(j.m.Version, shared); f.Answer {
	case compat.No:
		j.refuse("VER001", j.m.InInstall("conf/installed.version"), "bring the server to the cluster's version first, build number included", f.Source, "%s A member has the version of the cluster", f.Text)
	case compat.Unknown:
		j.refuse("VER004", j.like.InInstall("conf/installed.version"), "correct conf/installed.version", srcAdd, "%s", f.Text)
	}
	return nil
}

// copied refuses a copied installation, which is not supported.
func (j *joiner) copied() error {
	r, err := check.Run(j.ctx, j.c, check.Options{Only: []string{"OPS004"}})
	if err != nil {
		return err
	}
	for _, f := range r.Findings {
		if !concerns(f, j.m) {
			continue
		}
		x := refusalOf(f)
		if f.Severity != check.Error {
			j.p.warn(x)
			continue
		}
		x.Message += ". " + joining.Copied
		j.p.object(x)
	}
	return nil
}

// place finds the cluster's application data as this server sees it.
func (j *joiner) place() error {
	path := j.o.AppData
	if path == "" {
		path = j.seen()
	}
	if serverpath.Abs(path) {
		path = serverpath.Clean(path)
	}
	j.t = Target{AppData: path, MountPoint: j.o.MountPoint}
	j.p.Target = j.t
	if err := j.writable(); err != nil {
		return err
	}
	var err error
	if j.to, err = findTarget(j.v, path); err != nil && !errors.Is(err, cluster.ErrNotLocated) {
		return err
	}
	switch {
	case err != nil:
		return j.end("TGT009", path, "declare a mount that holds it", srcAdd, "no storage that can be read holds it")
	case !j.to.exists():
		return j.end("TGT011", path, "mount the storage there, or name the folder as this server sees it (JoinOptions.AppData)", srcAdd, "the cluster's application data is not there on this server")
	}
	j.p.To = j.to.place
	if j.to.place != j.like.AppDataReal.Place && !sameFile(j.to.info, j.like.AppDataReal.Info) {
		return j.end("STO002", path, "mount the same storage, and declare it as the same storage", srcAdd, "is another folder than %s of %s: in the topology equal storage and root are one folder", j.like.AppData, j.like.Node.Name)
	}
	for _, r := range []*Refusal{j.p.unmounted(j.v, j.c.World()), unusable(j.v, path, j.m.Real.Info)} {
		if r != nil {
			j.p.object(*r)
		}
	}
	for _, key := range []string{cluster.KeyEncryptionStore, cluster.KeyServerStore} {
		if k, ok := j.like.Store(key); !ok || k.Real.Place != child(j.like.AppDataReal.Place, "conf/"+key) {
			j.refuse("PRP013", k.Path, "correct "+key+" of the cluster first", srcCode, "%s of %s leads outside the application data folder", key, j.like.Node.Name)
		}
	}
	j.p.AlreadyShared = j.to.place == j.m.AppDataReal.Place || sameFile(j.to.info, j.m.AppDataReal.Info)
	if o := j.neighbour(); o != nil && !j.p.AlreadyShared {
		j.refuse("TGT015", j.m.AppData, "find out which cluster that member belongs to", srcAdd, "member %s works with the server's application data as well", o.Node.Name)
	}
	return nil
}

// seen is the path by which this server sees the cluster's application data: that
// of the other members, as the vendor wants it, or else where its mounts show it.
func (j *joiner) seen() string {
	path := j.like.AppData
	if rel, in := serverpath.Within(j.like.Node.Install, path); in {
		path = j.m.InInstall(rel) // a mount point in the installation folder
	}
	want := j.like.AppDataReal.Place
	if at, err := j.v.Resolve(path); err == nil && at.Place == want {
		return path
	}
	if j.m.AppDataReal.Place == want {
		return j.m.AppData
	}
	if other, ok := serverPath(j.m.Node, want); ok {
		return other
	}
	return path
}

// neighbour is another member that works with the server's own application data.
func (j *joiner) neighbour() *cluster.Member {
	for _, m := range j.rest.Members {
		if at := m.AppDataReal.Place; at.Storage != "" && j.m.AppDataReal.Place.Storage != "" && placeIn(j.m.AppDataReal.Place, at) {
			return m
		}
	}
	return nil
}

// steps puts the plan together: what people prepare, the files, and what is left.
func (j *joiner) steps() error {
	files, err := j.e.todo(j.ctx, j.m)
	if err != nil || len(j.p.Refusals) > 0 {
		return err
	}
	if len(files) == 0 && j.store == nil {
		return nil
	}
	if j.abandons {
		j.warnFirst()
	}
	j.people(PhasePrepare, "join-before", j.newcomer())
	if j.store != nil {
		j.write("replace", *j.store, alignment{Node: j.m.Node.Name, Reference: j.like.Node.Name, Path: j.store.ServerTo})
	}
	for _, f := range files {
		j.e.step(f)
	}
	j.aside()
	for s := range j.p.of(ActionRetire) {
		j.moves = append(j.moves, move{from: spot{server: s.ServerFrom}})
	}
	j.mentions()
	j.people(PhaseSwitch, "join-after", j.newcomer())
	j.e.relyOnServers()
	j.e.facts.relyOnServer(j.like)
	j.e.facts.add(j.like.Node.Name, serverpath.Join(j.like.AppData, "conf/installed.version"), keyVersion)
	j.e.relyAlso()
	return nil
}
