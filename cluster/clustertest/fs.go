package clustertest

import (
	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/strictfs"
)

// NewFS returns an empty file system in memory that answers as a Linux one does,
// where afero.MemMapFs forgives: links, owners, device and inode numbers, the
// errors of the kernel. Each of mounts becomes a folder on which a volume with
// its own device number is mounted, as network storage is.
func NewFS(mounts ...string) (afero.Fs, error) {
	f := strictfs.New(strictfs.Options{})
	for _, m := range mounts {
		err := f.MkdirAll(m, 0o755)
		if err == nil {
			_, err = f.Mount(m, strictfs.Volume{})
		}
		if err != nil {
			return nil, err
		}
	}
	return f, nil
}
