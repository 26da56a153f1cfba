package cluster

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/deploycluster/deploycluster/internal/serverpath"
	"github.com/deploycluster/deploycluster/props"
	"github.com/deploycluster/deploycluster/tlscert"
)

// errReference marks a file that is named in a way only the running server
// resolves.
var errReference = errors.New("is named by a reference that this server's files do not resolve")

// tomcatKeystore is the store of the web server's connector: where server.xml
// says, else where the installer puts it; nothing is concluded from it while
// server.xml was not read. Relative paths start at the Tomcat
// folder (Tomcat SSLHostConfigCertificate).
func (l loader) tomcatKeystore() {
	path := l.InInstall("opt/tomcat/conf/tomcat.keystore")
	i, ok := l.webConnector()
	if !ok || l.Connectors[i].KeystoreFile == "" {
		l.store(TomcatStore, props.Position{}, path)
		return
	}
	c := l.Connectors[i]
	named, ok := l.Expand(c.KeystoreFile)
	if !ok || strings.HasPrefix(named, "file:") || strings.Contains(named, "://") {
		l.Keystores = append(l.Keystores, Keystore{Property: TomcatStore, Pos: c.Pos, Path: c.KeystoreFile, Err: errReference, Guessed: !l.ServerXMLRead})
		return
	}
	if !serverpath.Abs(named) {
		named = serverpath.Join(l.InInstall("opt/tomcat"), named)
	}
	if named = serverpath.Clean(named); serverpath.Equal(named, path) {
		l.store(TomcatStore, props.Position{}, path)
		return
	}
	l.store(TomcatStore, c.Pos, named)
}

// reference returns the name in a text that is one ${name} as a whole.
func reference(text string) (name string, ok bool) {
	name, ok = strings.CutPrefix(text, "${")
	if !ok || !strings.HasSuffix(name, "}") || strings.Contains(name, "${") {
		return "", false
	}
	return strings.TrimSuffix(name, "}"), true
}

// Expand replaces the ${name} references of server.xml as Tomcat does: by the
// server's properties, its own two folders, or what follows ":-". ok is false
// where one of them has no value in this server's files.
func (m *Member) Expand(text string) (value string, ok bool) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		b.WriteString(before)
		if !found {
			return b.String(), true
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			b.WriteString("${" + rest)
			return b.String(), true
		}
		name, fallback, _ := strings.Cut(name, ":-")
		switch v := m.Value(name); {
		case v != "":
			b.WriteString(v)
		case name == "catalina.base" || name == "catalina.home":
			b.WriteString(m.InInstall("opt/tomcat"))
		case fallback != "":
			b.WriteString(fallback)
		default:
			return "", false
		}
		text = after
	}
}

// webConnector returns the index of the TLS connector that serves the web
// interface: the one on the HTTPS port of the properties, else the first that
// names a keystore, else the first.
func (m *Member) webConnector() (i int, ok bool) {
	if len(m.Connectors) == 0 {
		return 0, false
	}
	if port := m.Value(KeyWebSecurePort); port != "" {
		for i, c := range m.Connectors {
			if p, ok := m.Expand(c.Port); ok && p == port {
				return i, true
			}
		}
	}
	for i, c := range m.Connectors {
		if c.KeystoreFile != "" {
			return i, true
		}
	}
	return 0, true
}

// WebConnector returns the TLS connector that serves the web interface: the one on
// the HTTPS port of the properties, else the first that names a keystore, else
// the first.
func (m *Member) WebConnector() (Connector, bool) {
	i, ok := m.webConnector()
	if !ok {
		return Connector{}, false
	}
	return m.Connectors[i], true
}

// stores opens what the keystores' bytes show. The error is the context's.
func (l loader) stores(ctx context.Context, w World, cache *storeCache) error {
	for i := range l.Keystores {
		l.open(ctx, w, cache, &l.Keystores[i])
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	for i := range l.Standard {
		k := &l.Standard[i]
		if named, ok := l.sameStore(*k); ok {
			named.Path, named.Real = k.Path, k.Real
			*k = named
			continue
		}
		l.open(ctx, w, cache, k)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// open reads one keystore: with the password that World.Password has for it,
// failing that with the default one where the caller allows that, and else as
// far as its format shows itself without.
func (l loader) open(ctx context.Context, w World, cache *storeCache, k *Keystore) {
	k.Password, k.KeyPassword = l.passwordQuery(k), l.keyPasswordQuery(k)
	if a, b := k.KeyPassword, k.Password; a.Property != "" && !b.Stored.IsZero() {
		k.KeyPasswordSame = a.Stored == b.Stored
		k.KeyPasswordKnown = k.KeyPasswordSame || !a.Encrypted && !b.Encrypted
	}
	if k.Err != nil {
		return
	}
	data := k.Data.Reveal()
	try := func(password string) error {
		s, err := cache.read(data, &password)
		if err != nil {
			return err
		}
		k.Store = s
		// A store without a MAC and without an encrypted part opens by any
		// password, which proves nothing about this one.
		k.Opened = s.Verified
		if !s.Verified {
			listed, err := cache.read(data, nil)
			k.Opened = err == nil && listed.Sealed > 0
		}
		k.DefaultPassword = k.Opened && password == defaultPassword
		return nil
	}
	failed := ErrNoPassword
	if w.Password != nil {
		var password string
		if password, failed = w.Password(ctx, k.Password); failed == nil {
			if failed = try(password); failed == nil {
				l.keyPassword(ctx, w, k, password)
				return
			}
			if errors.Is(failed, tlscert.ErrPassword) {
				k.DefaultRefused = password == defaultPassword
				k.StoredRefused = asItStands(password) && k.Password.Stored == NewSecret(password)
			}
		}
	}
	if errors.Is(failed, ErrNoPassword) && w.TryDefaultPassword {
		err := try(defaultPassword)
		if err == nil {
			return
		}
		k.DefaultRefused = errors.Is(err, tlscert.ErrPassword)
	}
	listed, err := cache.read(data, nil)
	k.Store = listed
	switch {
	case err != nil:
		k.StoreErr = whyClosed(k.Path, 0, err)
	case !errors.Is(failed, ErrNoPassword):
		k.StoreErr = whyClosed(k.Path, listed.Sealed, failed)
	case listed.Sealed > 0:
		k.StoreErr = whyClosed(k.Path, listed.Sealed, ErrNoPassword)
	}
}

// asItStands reports that a stored text is the password itself: neither
// encrypted, in whatever form that is written as word{…}, nor with a ${…}
// reference in it.
func asItStands(stored string) bool {
	return !strings.Contains(stored, "${") && !(strings.HasSuffix(stored, "}") && strings.Contains(stored, "{"))
}

// keyPassword asks for the password of the store's key where its stored form
// does not tell whether it is the store's.
func (l loader) keyPassword(ctx context.Context, w World, k *Keystore, password string) {
	if k.KeyPassword.Property == "" || k.KeyPasswordKnown {
		return
	}
	if key, err := w.Password(ctx, k.KeyPassword); err == nil {
		k.KeyPasswordKnown, k.KeyPasswordSame = true, key == password
	}
}

// storeCache reads equal bytes with an equal password once in a Load, however
// many members have them.
type storeCache struct {
	mu    sync.Mutex
	known map[storeKey]func() (*tlscert.Store, error)
}

type storeKey struct {
	data, password string
	listed         bool
}

// read is tlscert.Read, or tlscert.List for a nil password.
func (c *storeCache) read(data string, password *string) (*tlscert.Store, error) {
	key := storeKey{data: data, listed: password == nil}
	if password != nil {
		key.password = *password
	}
	c.mu.Lock()
	if c.known == nil {
		c.known = map[storeKey]func() (*tlscert.Store, error){}
	}
	read := c.known[key]
	if read == nil {
		read = sync.OnceValues(func() (*tlscert.Store, error) {
			if key.listed {
				return tlscert.List([]byte(data))
			}
			return tlscert.Read([]byte(data), key.password)
		})
		c.known[key] = read
	}
	c.mu.Unlock()
	return read()
}

// shareOpened lets members that had no password for a keystore know what
// another member's password showed of the same bytes.
func shareOpened(members []*Member) {
	opened := map[string]*Keystore{}
	each := func(f func(k *Keystore)) {
		for _, m := range members {
			for _, list := range [][]Keystore{m.Keystores, m.Standard} {
				for i := range list {
					if list[i].Err == nil {
						f(&list[i])
					}
				}
			}
		}
	}
	each(func(k *Keystore) {
		if k.Opened && opened[k.Data.Reveal()] == nil {
			opened[k.Data.Reveal()] = k
		}
	})
	each(func(k *Keystore) {
		o := opened[k.Data.Reveal()]
		if o == nil || k.Opened || k.StoreErr != nil && !errors.Is(k.StoreErr, ErrNoPassword) {
			return
		}
		k.Store, k.StoreErr, k.Opened, k.DefaultPassword = o.Store, nil, true, o.DefaultPassword
	})
}
