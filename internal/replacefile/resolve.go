package replacefile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/fileowner"
)

// hops is how many links Linux follows before it gives up.
const hops = 40

// resolve follows path, where it is a link, to the file behind it. fi is nil
// where no file of that name exists.
func resolve(fsys afero.Fs, path string) (target string, fi fs.FileInfo, err error) {
	target = path
	for range hops + 1 {
		fi, err = lstat(fsys, target)
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				return "", nil, err
			}
			if target != path {
				return "", nil, fmt.Errorf("%w: it leads to %s: %w", ErrLink, target, fs.ErrNotExist)
			}
			return target, nil, nil
		}
		if fi.Mode()&fs.ModeSymlink == 0 {
			return target, fi, agrees(fsys, path, target, fi)
		}
		reader, ok := fsys.(afero.LinkReader)
		if !ok {
			return "", nil, fmt.Errorf("%w: %w", ErrLink, afero.ErrNoReadlink)
		}
		to, err := reader.ReadlinkIfPossible(target)
		if err != nil {
			return "", nil, fmt.Errorf("%w: %w", ErrLink, err)
		}
		if target, err = join(target, to), nil; to == "" {
			return "", nil, fmt.Errorf("%w: it is empty", ErrLink)
		}
	}
	return "", nil, fmt.Errorf("%w: more than %d links follow each other", ErrLink, hops)
}

// agrees makes sure that the file system follows the path to the same file. A
// file system that shows a part of another one (afero.BasePathFs) opens an
// absolute link outside of that part, while its text looks like a path within.
func agrees(fsys afero.Fs, path, target string, fi fs.FileInfo) error {
	if path == target {
		return nil
	}
	followed, err := fsys.Stat(path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrLink, err)
	}
	if same, ok := fileowner.Same(followed, fi); ok && !same {
		return fmt.Errorf("%w: %s is not the file that the file system follows it to", ErrLink, target)
	}
	return nil
}

// lstat describes the path itself. A file system without Lstat follows links;
// there the folder's listing says whether the path is one.
func lstat(fsys afero.Fs, path string) (fs.FileInfo, error) {
	if l, ok := fsys.(afero.Lstater); ok {
		fi, did, err := l.LstatIfPossible(path)
		if did || err != nil {
			return fi, err
		}
	}
	fi, statErr := fsys.Stat(path)
	if statErr != nil && !errors.Is(statErr, fs.ErrNotExist) {
		return nil, statErr
	}
	_, base := split(path)
	dir, err := fsys.Open(folder(path))
	if err != nil {
		return nil, errors.Join(statErr, err)
	}
	defer dir.Close()
	for {
		list, err := dir.Readdir(256)
		for _, entry := range list {
			if entry.Name() == base && entry.Mode()&fs.ModeSymlink != 0 {
				return entry, nil
			}
		}
		if err == io.EOF || err == nil && len(list) == 0 {
			return fi, statErr
		}
		if err != nil {
			return nil, err
		}
	}
}

// split cuts a path behind its last separator. Both separators count: a
// Windows server's files are named with either.
func split(path string) (dir, base string) {
	i := strings.LastIndexAny(path, `/\`) + 1
	return path[:i], path[i:]
}

// folder is the folder that holds the path.
func folder(path string) string {
	dir, _ := split(path)
	switch trimmed := strings.TrimRight(dir, `/\`); {
	case dir == "":
		return "."
	case trimmed == "" || strings.HasSuffix(trimmed, ":"):
		return dir
	default:
		return trimmed
	}
}

// join places a link's text beside the link. Nothing is shortened: what ".."
// means behind a linked folder, the file system knows.
func join(link, to string) string {
	if to != "" && (to[0] == '/' || to[0] == '\\' || len(to) > 1 && to[1] == ':') {
		return to
	}
	dir, _ := split(link)
	return dir + to
}
