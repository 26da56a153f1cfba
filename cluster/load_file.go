package cluster

import (
	"bytes"
	"errors"

	"github.com/spf13/afero"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/internal/fsx"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/internal/words"
	"github.com/deploycluster/deploycluster/props"
)

// maxConfig bounds every configuration file and keystore that is read whole,
// in bytes. Real ones have a few kilobytes.
const maxConfig = 32 << 20

// keystores reads the stores' bytes; stores opens them.
func (l loader) keystores() {
	if l.Installed == nil {
		return
	}
	l.Keystores = make([]Keystore, 0, 4)
	for _, key := range []string{KeyEncryptionStore, KeyServerStore} {
		if v := l.Value(key); v != "" {
			e, _ := l.Property(key)
			l.store(key, e.Pos, appdata.ResolvePath(l.Node.Install, words.Clip(v)))
		}
	}
	l.tomcatKeystore()
	if v := l.Value(KeyAgentStore); v != "" {
		e, _ := l.Property(KeyAgentStore)
		l.store(KeyAgentStore, e.Pos, appdata.ResolvePath(l.Node.Install, words.Clip(v)))
	}
}

func (l loader) store(property string, pos props.Position, path string) {
	k := Keystore{Property: property, Pos: pos, Path: path, Guessed: property == TomcatStore && !l.ServerXMLRead}
	k.Real, k.Err = l.view.Resolve(path)
	l.storeData(&k)
	l.Keystores = append(l.Keystores, k)
}

// storeData reads the bytes of a keystore that was resolved, and records one that is
// there and could not be read. Whether a missing one is missed is for the rules to
// say.
func (l loader) storeData(k *Keystore) {
	if k.Err == nil {
		k.Info = k.Real.Info
		var data []byte
		data, k.Err = readBounded(l.view, k.Path)
		k.Data = NewSecret(string(data))
	}
	if k.Err != nil && !k.Absent() {
		l.gap(k.Path, k.Err)
	}
}

// sameStore is the keystore that a property names if it is the one that was
// resolved at its fixed place.
func (l loader) sameStore(k Keystore) (named Keystore, ok bool) {
	named, ok = l.Store(k.Property)
	return named, ok && k.Err == nil && named.Err == nil && named.Real.Place == k.Real.Place
}

// standardStores reads the keystores at their fixed places. Where a property
// leads to the same file its bytes are taken from there.
func (l loader) standardStores() {
	l.Standard = make([]Keystore, 0, 2)
	for _, key := range []string{KeyEncryptionStore, KeyServerStore} {
		k := Keystore{Property: key, Path: serverpath.Join(l.AppData, "conf/"+key)}
		k.Real, k.Err = l.view.Resolve(k.Path)
		if named, ok := l.sameStore(k); ok {
			k.Info, k.Data, k.Pos = named.Info, named.Data, named.Pos
		} else {
			l.storeData(&k)
		}
		l.Standard = append(l.Standard, k)
	}
}

func isNotRegular(err error) bool { return errors.Is(err, fsx.ErrNotRegular) }

// maxLines bounds classpath.conf and server.xml, of which every line may become
// a fact, in bytes. Real ones have less than 16 KiB.
const maxLines = 4 << 20

// readBounded reads a regular file whole, up to maxConfig bytes.
func readBounded(fsys afero.Fs, path string) ([]byte, error) { return readUpTo(fsys, path, maxConfig) }

func readUpTo(fsys afero.Fs, path string, limit int64) ([]byte, error) {
	data, err := fsx.ReadFile(fsys, path, limit)
	return data, sizeError(path, limit, err)
}

func sizeError(path string, limit int64, err error) error {
	if errors.Is(err, fsx.ErrTooLarge) {
		return tooLarge(path, limit)
	}
	return err
}

// sameFile reports whether two files have equal bytes.
func sameFile(fsys afero.Fs, a, b string) (bool, error) {
	x, err := readBounded(fsys, a)
	if err != nil {
		return false, err
	}
	y, err := readBounded(fsys, b)
	return err == nil && bytes.Equal(x, y), err
}
