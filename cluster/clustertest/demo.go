package clustertest

import (
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
)

// DemoVersion is the version of the server that [Demo] makes.
const DemoVersion = "7.1.2.0.1107654"

// Demo writes the server of the examples: a 7.1.2 that was once upgraded from
// before 6.1.1.5, so that it has no application data folder and
// server.appdata.dir is "..". It stands alone, has plugins, a repository and
// logs, and its properties files have the line ends that Java writes on
// Windows, because that is where they were last saved.
func Demo(fsys afero.Fs, install string) error {
	return Build(fsys, install, Spec{
		Version:         DemoVersion,
		Scheme:          appdata.InInstall,
		CRLF:            true,
		Alias:           ServerAlias,
		Plugins:         9,
		RepositoryFiles: 40,
		RepositoryBytes: 2048,
		Logs:            12,
		Seed:            1,
	})
}
