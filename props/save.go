package props

import (
	"io/fs"
	"strings"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/internal/replacefile"
)

// Save replaces the file at path in one step: a reader sees the old bytes or
// the new ones. The bytes go to a temporary file in the same folder, are
// synced, read back and compared, and the temporary file is renamed into
// place. Mode and, where the file system reports it, owner stay those of the
// old file. On an error the old file is untouched and the temporary one
// removed. If the file holds the very bytes already, nothing is touched.
//
// The temporary file is called ".NAME.TOKEN.deploycluster-new", with a TOKEN
// that is random for each Save. What a killed Save leaves is harmless and may
// be deleted.
//
// Two Saves of one path may meet, in one process or in several: neither touches
// the other's temporary file, and the one that is too late fails with
// ErrChanged. On an *afero.OsFs, or a file system with a method
// OpenRoot(name string) (*os.Root, error), the folder is locked (flock) for the
// last look and the rename, so that no Save that succeeded is lost; there Save
// works through open handles, which nobody can turn to another file, and on
// Linux carries the access list over. On any other file system the last look
// and the rename are two steps, everything goes by name, and an access list
// is lost. Extended attributes and the time are those of a new file.
//
// A file that does not exist yet gets mode 0640, or 0600 if its name is
// secured-*.properties, whatever the umask.
//
// A link stays a link, and its target is replaced; ErrLink refuses one that
// cannot be followed safely. Another hard link keeps the old bytes. A file that
// is itself a mount, as containers mount single files, cannot be replaced, and
// neither can one whose owner this process may not give to a new file; the
// error says what to do.
//
// If the File was loaded from this path, what is there must still be what was
// loaded, or what the last Save wrote; otherwise, and where the file is gone,
// nothing is written and the error is ErrChanged. The path alone decides. To
// write it all the same, or to save it to the same path of another file system,
// save Parse(path, f.Bytes()). A nil File, as a Load that failed returns it, is
// not saved.
//
// Renaming is atomic on a local disk; on network storage other clients may see
// the old file for as long as they cache it. Save counts as an edit: nobody
// may use the File at the same time. Every error is a *FileError.
func (f *File) Save(fsys afero.Fs, path string) error {
	if f == nil { // what a Load that failed returns
		return &FileError{Op: "save", Path: path, Err: errNil}
	}
	d := f.read()
	text := d.text()
	opt := replacefile.Options{NewMode: newFileMode(path)}
	if d.disk != nil && d.disk.path == path {
		opt.Expect = []byte(d.disk.data)
	}
	if err := replacefile.Write(fsys, path, []byte(text), opt); err != nil {
		return &FileError{Op: "save", Path: path, Err: err}
	}
	if d.disk != nil && d.disk.path == path {
		d.disk = &onDisk{path: path, data: text}
	}
	return nil
}

// newFileMode is the mode of a file that Save makes: the secured file holds
// the passwords.
func newFileMode(path string) fs.FileMode {
	name := path[strings.LastIndexAny(path, `/\`)+1:]
	if strings.HasPrefix(name, "secured-") && strings.HasSuffix(name, ".properties") {
		return 0o600
	}
	return 0o640
}
