package appdata

import (
	"errors"
	"fmt"
	"slices"

	"github.com/deploycluster/deploycluster/internal/enum"
	"github.com/deploycluster/deploycluster/internal/product"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/props"
)

// Scheme says where a server keeps its application data, which decides how the
// data gets onto network storage. The zero value is no scheme.
type Scheme string

const (
	// Folder: version 6.1.1.5 or later with an application data folder of its
	// own. The folder moves as a whole. [vendor page "Setting up clusters of
	// servers", step 5.3, first case; its condition is on the 7.0.x page only]
	Folder Scheme = "folder"
	// InInstall: version 6.1.1.5 or later, upgraded from an earlier one, so
	// that the application data folder is the install folder itself. Ten
	// entries move into a new folder. [same page, second case]
	InInstall Scheme = "in-install"
	// Linked: version before 6.1.1.5, which knows no application data folder.
	// Ten entries move, and links lead from their old places to the new.
	// [vendor page ha_config_server of 7.0.x; later pages drop the case]
	Linked Scheme = "linked"
)

// keyAppData is the property that names the application data folder.
const keyAppData = "server.appdata.dir"

func schemes() []Scheme { return []Scheme{Folder, InInstall, Linked} }

// String returns "folder", "in-install" or "linked", and "unset" for the zero
// value.
func (s Scheme) String() string { return enum.Text(s) }

// MarshalText returns what String does; the zero value is an error.
func (s Scheme) MarshalText() ([]byte, error) { return enum.Marshal("scheme", s, schemes()...) }

// UnmarshalText reads what MarshalText writes; any other text is an error.
func (s *Scheme) UnmarshalText(text []byte) error {
	return enum.Unmarshal("scheme", s, text, schemes()...)
}

func (s Scheme) valid() bool { return slices.Contains(schemes(), s) }

// VersionError reports a text that cannot be read as a version of the product,
// so that nothing can be said about what belongs to it.
type VersionError struct {
	Version string
}

func (e *VersionError) Error() string {
	if e.Version == "" {
		return "appdata: the version is empty"
	}
	return fmt.Sprintf("appdata: %q is not a version such as 7.0.0.0.984935 or dev", e.Version)
}

// SchemeError reports a Scheme that is unset or unknown.
type SchemeError struct {
	Scheme Scheme
}

func (e *SchemeError) Error() string {
	return fmt.Sprintf("appdata: %v is not a scheme", e.Scheme)
}

// ErrNoProperties is Detect's answer when the version asks for
// installed.properties and there is no such file: the scheme is unknown. That is
// not the same as a file without the key.
var ErrNoProperties = errors.New("appdata: the scheme cannot be told without installed.properties")

// Detect tells the scheme of a server from its version, its install folder and
// its installed.properties:
//
//   - Below 6.1.1.5 the server is Linked, whatever its properties say; p may be
//     nil. [vendor page ha_config_server of 7.0.x]
//   - Else server.appdata.dir decides, not the server's history: if it leads to
//     the install folder, as ".." does, the scheme is InInstall; if it leads
//     elsewhere, it is Folder. [same; arch_relocate_codestation]
//   - The value is resolved first (see Resolve), then compared with install as
//     text, on Windows in any letter case and with either separator, so that "../", "./.." and the install folder's own path
//     count as "..". [inferred]
//   - Without the key, or with the value unset, the scheme is InInstall, which
//     is what the installer makes of it at the next upgrade. What the running
//     server does is unknown; callers should warn. [installer 7.0.0; advice
//     inferred]
//   - "dev" is the newest product.
//
// The error is a *VersionError for an unreadable version, or ErrNoProperties.
func Detect(ver, install string, p *props.File) (Scheme, error) {
	if !product.Valid(ver) {
		return "", &VersionError{Version: ver}
	}
	if !product.In(ver, product.Since(product.Layout, product.AppDataFolder), "") {
		return Linked, nil
	}
	if p == nil {
		return "", ErrNoProperties
	}
	value, ok := p.Get(keyAppData)
	if !ok || unset(value) || serverpath.Equal(Resolve(install, value), install) {
		return InInstall, nil
	}
	return Folder, nil
}
