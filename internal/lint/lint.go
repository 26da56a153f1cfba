// Package lint is a module of its own that pins the linter of .ci/run, so that
// nobody who imports the library downloads it.
package lint
