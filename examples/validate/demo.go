package main

import (
	_ "embed"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/clustertest"
)

// demoTopology describes the cluster of a run without flags.
//
//go:embed demo.json
var demoTopology []byte

// demo builds that cluster in memory, below the folders that its topology
// names. Two members and a standby share one storage, and something is wrong
// with each of them.
func demo() (cluster.Topology, afero.Fs, error) {
	t, err := cluster.ReadTopology("demo.json", demoTopology)
	if err != nil {
		return t, nil, err
	}
	var dirs []string
	for _, s := range t.Storages {
		dirs = append(dirs, s.Dir)
	}
	disk, err := clustertest.NewFS(dirs...)
	if err != nil {
		return t, nil, err
	}
	for i, n := range t.Nodes {
		spec := clustertest.Spec{
			AppData: "/media/share/appdata", AppDataAt: "/mnt/inspect/share/appdata", Joined: i > 0,
			Multiserver: true, Node: n.Host, Spelling: n.Install, Alias: clustertest.ServerAlias, Seed: uint64(i + 1),
		}
		switch n.Name {
		case "ucd2":
			spec.Multiserver = false
			spec.Extra = map[string]string{"install.server.web.port": "9080"}
		case "ucd3":
			spec.Extra = map[string]string{
				"encryption.keystore.alias": "aes128keyold1",
				"tomcat.key.alais":          clustertest.ServerAlias,
			}
		}
		if err := clustertest.Build(disk, "/mnt/inspect/"+n.Name+n.Install, spec); err != nil {
			return t, nil, err
		}
		if err := disk.MkdirAll("/mnt/inspect/"+n.Name+"/media/share", 0o755); err != nil {
			return t, nil, err
		}
	}
	return t, disk, nil
}
