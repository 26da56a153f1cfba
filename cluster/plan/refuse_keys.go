package plan

import (
	"bytes"
	"context"

	"github.com/deploycluster/deploycluster/appdata"
	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/serverpath"
)

// keys refuses a server whose keystores are not all there: a server that
// starts on a storage without them makes new ones, and old secrets become
// unreadable.
func (b *builder) keys(ctx context.Context) error {
	before := len(b.p.Refusals)
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
	if len(b.p.Refusals) > before {
		return nil // the keystore that holds the active key may be another one
	}
	return b.judged(ctx, "KEY009")
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
