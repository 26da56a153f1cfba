// Package killtest holds the test that kills a program while it moves the
// application data of a server, over and over, and looks for what was lost. It
// has no code but that.
package killtest
