package check

import (
	"fmt"
	"strings"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/internal/words"
)

// The checks of this file are about application data paths that the installer
// does not write back as it read them; their rules are in propertyRules.

// checkTwiceInstall asks the installer's two rules, of writing and of reading,
// whether they agree about the folder.
func checkTwiceInstall(p *Pass, m *cluster.Member) {
	if m.Scheme != appdata.Folder {
		return
	}
	stored := appdata.Stored(m.Node.Install, m.AppData)
	back := appdata.Resolve(m.Node.Install, stored)
	if serverpath.Equal(back, m.AppData) {
		return
	}
	if product.Reads(product.Layout, product.StoredPrefix, m.Version) != product.Yes {
		p.Unknown(m.InstalledPath(), "the path of the application data contains the text of the installation folder twice; whether an upgrade of this version mangles it is not known", "a path that contains it once at most")
		return
	}
	f := atProperty(m, cluster.KeyAppData)
	f.Message = fmt.Sprintf("%s is %s, which contains the text of the installation folder %s more than once; an upgrade stores it as %s and reads that as %s",
		cluster.KeyAppData, words.Quote(m.AppData), words.Quote(m.Node.Install), words.Quote(stored), words.Quote(back))
	f.Fix = "move the folder to a path outside the installation, before the next upgrade"
	p.Report(f)
}

func checkPrefixTrap(p *Pass, m *cluster.Member) {
	value := m.Value(cluster.KeyAppData)
	stored := len(value) > 2 && strings.HasPrefix(value, "..") && value[2] != '/' && value[2] != '\\'
	if m.Scheme != appdata.Folder || !stored && !appdata.HasTrapPrefix(m.Node.Install, m.AppData) {
		return
	}
	if product.Reads(product.Layout, product.StoredPrefix, m.Version) != product.Yes {
		p.Unknown(m.InstalledPath(), "the path of the application data begins with the text of the installation folder; whether an upgrade of this version mangles it is not known", "a path that begins differently")
		return
	}
	f := atProperty(m, cluster.KeyAppData)
	f.Message = fmt.Sprintf("%s is %s, whose text begins with that of the installation folder %s", cluster.KeyAppData, words.Quote(m.AppData), words.Quote(m.Node.Install))
	f.Fix = "move the folder to a path that does not begin with that text, before the next upgrade"
	p.Report(f)
}
