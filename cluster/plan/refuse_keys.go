package plan

import (
	"bytes"
	"errors"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/tlscert"
)

// keys refuses a server whose keystores are not all there: a server that
// starts on a storage without them makes new ones, and old secrets become
// unreadable.
func (b *builder) keys() error {
	for _, key := range []string{cluster.KeyEncryptionStore, cluster.KeyServerStore} {
		rel := "conf/" + key
		own := serverpath.Join(b.m.AppData, rel)
		k, named := b.m.Store(key)
		ownSpot, err := lookup(b.v, own)
		if err != nil && !notThere(err) {
			return err
		}
		switch {
		case named && k.Info == nil:
			b.refuse("APP001", k.Path, "restore the keystore from a backup, or correct "+key, srcCode, "%s names this file and it is not there; a server without it makes new keys", key)
		case named && !k.Info.Mode().IsRegular():
			b.refuse("APP003", k.Path, "restore the keystore from a backup", srcCode, "%s names this file and it is not a file", key)
		case !named && !ownSpot.exists():
			b.refuse("APP001", own, "restore the keystore from a backup", srcCode, "the keystore is missing; a server without it makes new keys")
		case named && k.Real.Place != ownSpot.place:
			if err := b.otherKeystore(key, rel, k, ownSpot); err != nil {
				return err
			}
		}
	}
	b.activeAlias()
	return nil
}

// otherKeystore is reached when a property leads to a keystore that is not
// the one of the application data folder.
func (b *builder) otherKeystore(key, rel string, k cluster.Keystore, own spot) error {
	if own.exists() {
		data, err := readAll(b.v, own.canon)
		if err != nil {
			return err
		}
		if k.Err != nil || !bytes.Equal(data, []byte(k.Data.Reveal())) {
			b.refuse("PRP013", k.Path, "find out which of the two holds the keys in use, set "+key+" to it, and keep the other as a backup elsewhere", srcCode,
				"%s leads here, and %s is another keystore; which one the server uses is not known", key, own.server)
		}
		return nil
	}
	if b.p.AlreadyShared {
		b.refuse("APP001", own.server, "copy "+k.Path+" there, compare both, and plan again", srcCode, "%s leads to %s, and the target does not hold the keystore: a server sent there would make new keys", key, k.Path)
		return nil
	}
	b.moves = append(b.moves, move{
		from: spot{server: k.Path, canon: k.Real.Path, place: k.Real.Place, info: k.Info}, keep: true,
		rel: rel, kind: appdata.File, source: srcCode,
		why: key + " leads to a file outside conf of the application data folder; all members need it, and the original stays",
	})
	return nil
}

// activeAlias looks for the alias in the encryption keystore, as far as the
// store can be listed without its password.
func (b *builder) activeAlias() {
	alias := b.m.Value(cluster.KeyEncryptionAlias)
	k, ok := b.m.Store(cluster.KeyEncryptionStore)
	if !ok || k.Err != nil || alias == "" {
		return
	}
	s, err := tlscert.List([]byte(k.Data.Reveal()))
	if err != nil {
		if errors.Is(err, tlscert.ErrPassword) {
			b.warn("KEY009", k.Path, "check with keytool -list that the alias is there", srcCode, "the store cannot be listed without its password, so the active alias was not looked for")
			return
		}
		b.refuse("KEY009", k.Path, "restore the keystore from a backup", srcCode, "cannot be read as a keystore: %v", err)
		return
	}
	e, err := s.Find(alias)
	switch {
	case err != nil && s.Format == tlscert.PKCS12:
		b.warn("KEY009", k.Path, "check with keytool -list that the alias is there", srcCode, "the store does not show all entries without its password, so the active alias was not found")
	case err != nil:
		b.refuse("KEY009", k.Path, "restore the keystore that holds the key, or correct encryption.keystore.alias", srcCode, "does not hold the active encryption key: %v", err)
	case e.Kind != tlscert.SecretKey:
		b.refuse("KEY009", k.Path, "correct encryption.keystore.alias", srcCode, "the active alias %q is a %s, not a secret key", alias, e.Kind)
	}
}
