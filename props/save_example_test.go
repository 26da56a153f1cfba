package props_test

import (
	"errors"
	"fmt"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/props"
)

// Two programs edit one file: the second is told, and nothing is overwritten.
func ExampleFile_Save() {
	fsys, path := afero.NewMemMapFs(), "/opt/ucd/server/conf/server/installed.properties"
	if err := afero.WriteFile(fsys, path, []byte("# ours\r\nserver.appdata.dir=..\r\n"), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	one, err := props.Load(fsys, path)
	if err != nil {
		fmt.Println(err)
		return
	}
	other, err := props.Load(fsys, path)
	if err != nil {
		fmt.Println(err)
		return
	}
	one.Set("server.appdata.dir", "/media/share/appdata")
	fmt.Println(one.Save(fsys, path))
	other.Set("server.appdata.dir", "/mnt/elsewhere")
	fmt.Println(errors.Is(other.Save(fsys, path), props.ErrChanged))
	saved, _ := afero.ReadFile(fsys, path)
	fmt.Printf("%q\n", saved)
	// Output:
	// <nil>
	// true
	// "# ours\r\nserver.appdata.dir=/media/share/appdata\r\n"
}
