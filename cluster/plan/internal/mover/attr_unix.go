//go:build unix

package mover

import (
	"errors"
	"syscall"
)

func noAttributes(err error) bool {
	return errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.EOPNOTSUPP)
}
