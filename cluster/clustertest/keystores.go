package clustertest

import (
	"crypto/sha1"
	_ "embed"
	"encoding/binary"
	"errors"
	"time"
	"unicode/utf16"
)

// Facts about the keystores of every server that [Build] makes.
const (
	// StorePassword opens each keystore and each key in it.
	StorePassword = "changeit"
	// EncryptionAlias is the secret key in encryption.keystore unless
	// Spec.EncryptionAlias says otherwise.
	EncryptionAlias = "aes128keyq7x2"
	// ServerAlias is the private key in server.keystore, and in tomcat.keystore
	// unless Spec.TomcatKey says otherwise.
	ServerAlias = "server"
	// CertificateHost is the host that the certificate in tomcat.keystore
	// covers, from 2024-01-01 to 2044-01-01.
	CertificateHost = "ucd.example.com"
)

var (
	//go:embed fixtures/encryption.jceks
	encryptionStore string
	//go:embed fixtures/server.jks
	serverStore string
	//go:embed fixtures/tomcat.jks
	tomcatStore string
	//go:embed fixtures/identity.jceks
	identityStore string
)

// rekeyed gives a copy of a JKS or JCEKS store of one private key with another
// alias ("" keeps it) and creation date. Format: magic, version and number of
// entries, then the entry's tag, alias and date, its key and certificates, and
// at the end a SHA-1 over the password, a fixed phrase and all before it.
func rekeyed(store, alias string, created time.Time) ([]byte, error) {
	const head = 16 // magic, version, count, tag: four bytes each
	if len(store) < head+2 {
		return nil, errors.New("clustertest: keystore fixture is cut short")
	}
	old := int(binary.BigEndian.Uint16([]byte(store[head:])))
	rest := head + 2 + old + 8
	if len(store) < rest+sha1.Size {
		return nil, errors.New("clustertest: keystore fixture is cut short")
	}
	if alias == "" {
		alias = store[head+2 : head+2+old]
	}
	if len(alias) > 255 {
		return nil, errors.New("clustertest: alias is longer than 255 bytes")
	}
	out := []byte(store[:head])
	out = binary.BigEndian.AppendUint16(out, uint16(len(alias)))
	out = append(out, alias...)
	out = binary.BigEndian.AppendUint64(out, uint64(created.UnixMilli()))
	out = append(out, store[rest:len(store)-sha1.Size]...)
	sum := sha1.New()
	for _, unit := range utf16.Encode([]rune(StorePassword)) {
		sum.Write([]byte{byte(unit >> 8), byte(unit)})
	}
	sum.Write([]byte("Mighty Aphrodite"))
	sum.Write(out)
	return sum.Sum(out), nil
}
