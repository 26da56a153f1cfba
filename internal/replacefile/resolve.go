package replacefile

import (
	"fmt"
	"io/fs"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/fileowner"
	"github.com/deploycluster/deploycluster/internal/fsx"
)

// resolve follows path, where it is a link, to the file behind it. fi is nil
// where no file of that name exists.
func resolve(fsys afero.Fs, path string) (target string, fi fs.FileInfo, err error) {
	target, fi, err = fsx.Follow(fsys, path)
	if err == nil && target != path {
		err = agrees(fsys, path, target, fi)
	}
	return target, fi, err
}

// agrees makes sure that the file system follows the path to the same file. A
// file system that shows a part of another one (afero.BasePathFs) opens an
// absolute link outside of that part, while its text looks like a path within.
func agrees(fsys afero.Fs, path, target string, fi fs.FileInfo) error {
	followed, err := fsys.Stat(path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrLink, err)
	}
	if same, ok := fileowner.Same(followed, fi); ok && !same {
		return fmt.Errorf("%w: %s is not the file that the file system follows it to", ErrLink, target)
	}
	return nil
}
