//go:build !unix

package mover

func noAttributes(error) bool { return false }
