package check_test

// foldedDefects show in many places: the rule that names the cause is the only
// one that speaks.
func foldedDefects() []defect {
	return []defect{
		{rule: "VER001", name: "a version from before 6.1.1.5", seed: func(s *site) {
			s.write("node3", versionFile, versionText("6.1.0.4.665694"))
		}, want: []string{"VER001 error node3"}},
		{rule: "PRP003", name: "two dots and nothing else", seed: func(s *site) { s.set("node3", "server.appdata.dir", "..") },
			want: []string{"PRP003 error node3"}},
		{rule: "APP001", name: "a typing error in the folder", seed: func(s *site) { s.set("node3", "server.appdata.dir", "/media/share/appdta") },
			want: []string{"APP001 error node3"}},
		{rule: "OPS004", name: "a copied installation, address included", seed: func(s *site) {
			s.remove("node3", install)
			s.copyTree("/node2"+install, "/node3"+install)
		}, want: []string{"OPS004 error node3"}},
		{rule: "APP012", name: "two members run one installation", seed: func(s *site) { s.topo.Nodes[2].Mounts = s.topo.Nodes[1].Mounts },
			want: []string{"APP012 error node3"}},
		{rule: "APP012", name: "two members with one conf/server", seed: func(s *site) {
			s.move("/node2"+install+"/conf/server", "/share/confserver")
			s.remove("node3", install+"/conf/server")
			s.link("node2", "/media/share/confserver", install+"/conf/server")
			s.link("node3", "/media/share/confserver", install+"/conf/server")
		}, want: []string{"APP012 error node3"}},
	}
}
