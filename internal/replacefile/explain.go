package replacefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

// explain says what to do about errors of the operating system that do not say
// it themselves.
func explain(op, target string, err error) error {
	err = bare(err)
	var name syscall.Errno
	switch errors.As(err, &name); {
	case errors.Is(err, ErrChanged), errors.Is(err, ErrLink):
		return err
	case op == "rename" && name == syscall.EBUSY:
		return fmt.Errorf("%s is a mount, as a container mounts a single file, and cannot be replaced: "+
			"mount its folder, or edit the file where it is mounted from: %w", target, err)
	case name == syscall.ENAMETOOLONG:
		_, base := fsx.Split(target)
		return fmt.Errorf("the path is too long for this storage (%d bytes, its last name %d; most storages allow 255 a name): "+
			"use a shorter one: %w", len(target), len(base), err)
	case errors.Is(err, fs.ErrPermission) && op == "create":
		return fmt.Errorf("the folder %s may not be written by this user, which replacing a file in it needs: "+
			"save as a user who may: %w", fsx.Dir(target), err)
	case errors.Is(err, fs.ErrPermission) && op == "rename":
		return fmt.Errorf("the folder %s does not let this user replace %s (another user's file, or one that is immutable): "+
			"save as its owner: %w", fsx.Dir(target), target, err)
	case errors.Is(err, fs.ErrPermission) && op == "read":
		return fmt.Errorf("%s may not be read by this user: save as its owner: %w", target, err)
	}
	return err
}

// bare is an error without the path: the file is named already, and the
// temporary one means nothing to a person.
func bare(err error) error {
	switch e := err.(type) {
	case *fs.PathError:
		return e.Err
	case *os.LinkError:
		return e.Err
	}
	return err
}
