package strictfs_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/cluster/clustertest"
	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// A program that copies a server's keystore to a share is tested: on a strict
// file system, with a share that fills up, and with a loss of power at the end.
func Example() {
	const from, to = "/opt/ibm-ucd/server/appdata/conf/server.keystore", "/media/share/server.keystore"
	fsys := strictfs.New(strictfs.Options{RenameAsOS: true})
	if err := errors.Join(
		clustertest.Build(fsys, "/opt/ibm-ucd/server", clustertest.Spec{}),
		fsys.MkdirAll("/media/share", 0o755),
	); err != nil {
		fmt.Println(err)
		return
	}
	fsys.SyncAll() // the scene is set

	full := strictfs.NewFailing(fsys.Clone(), strictfs.Fault{Op: strictfs.OpWrite, Path: "/media/share/*", Err: syscall.ENOSPC})
	fmt.Println("full share:", errors.Is(copyFile(full, from, to), syscall.ENOSPC))

	if err := copyFile(fsys, from, to); err != nil {
		fmt.Println(err)
	}
	fmt.Println("at risk:", fsys.Pending(), fsys.Unsynced())
	lost := 0
	for choice := range strictfs.Choices(len(fsys.Pending()), strictfs.DataStates(), 10, 1) {
		list, err := clustertest.Walk(fsys.Crash(choice), to)
		if err != nil || list[0].Size == 0 {
			lost++
		}
	}
	fmt.Println("the copy can be lost:", lost > 0)
	// Output:
	// full share: true
	// at risk: [{added /media/share/server.keystore }] [/media/share/server.keystore]
	// the copy can be lost: true
}

// copyFile forgets to sync.
func copyFile(fsys afero.Fs, from, to string) error {
	in, err := fsys.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := fsys.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
