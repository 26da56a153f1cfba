package tlscert

import (
	"crypto"
	"crypto/aes"
	"crypto/des"
	"crypto/pbkdf2"
)

// Object identifiers of the algorithms, as their content bytes.
const (
	oidPBES2  = "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d" // 1.2.840.113549.1.5.13
	oidPBKDF2 = "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c" // 1.2.840.113549.1.5.12
	oidAES128 = "\x60\x86\x48\x01\x65\x03\x04\x01\x02" // 2.16.840.1.101.3.4.1.2
	oidAES256 = "\x60\x86\x48\x01\x65\x03\x04\x01\x2a" // 2.16.840.1.101.3.4.1.42

	oidMD5DES = "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x03" // 1.2.840.113549.1.5.3
	pkcs12PBE = "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01" // 1.2.840.113549.1.12.1
	oidHMAC   = "\x2a\x86\x48\x86\xf7\x0d\x02"         // 1.2.840.113549.2
	oidSHA1   = "\x2b\x0e\x03\x02\x1a"                 // 1.3.14.3.2.26
	oidSHA2   = "\x60\x86\x48\x01\x65\x03\x04\x02"     // 2.16.840.1.101.3.4.2
)

// minSalt is the shortest salt that Java takes.
const minSalt = 8

// A scheme is one way in which Java encrypts a safe: how many bytes of key
// and IV it derives and how it decrypts with them.
type scheme struct {
	derive  derivation
	hash    crypto.Hash
	key, iv int
	open    func(key, iv, data []byte) ([]byte, bool)
}

type derivation uint8

const (
	byPKCS12 derivation = iota // RFC 7292, key and IV apart
	byPBKDF1                   // key and IV from one block of MD5
	byPBKDF2                   // the IV stands in the parameters
)

// pkcs12Scheme gives the older schemes that Java has: those of RFC 7292,
// appendix C, but for the two-key triple DES (1.2.840.113549.1.12.1.4), which
// no Java opens, and one of PKCS #5.
func pkcs12Scheme(oid string) (scheme, bool) {
	switch oid {
	case pkcs12PBE + "\x01": // PBEWithSHA1AndRC4_128
		return scheme{byPKCS12, crypto.SHA1, 16, 0, openRC4}, true
	case pkcs12PBE + "\x02": // PBEWithSHA1AndRC4_40
		return scheme{byPKCS12, crypto.SHA1, 5, 0, openRC4}, true
	case pkcs12PBE + "\x03": // PBEWithSHA1AndDESede
		return scheme{byPKCS12, crypto.SHA1, 24, 8, openBlocks(des.NewTripleDESCipher)}, true
	case pkcs12PBE + "\x05": // PBEWithSHA1AndRC2_128
		return scheme{byPKCS12, crypto.SHA1, 16, 8, openRC2}, true
	case pkcs12PBE + "\x06": // PBEWithSHA1AndRC2_40
		return scheme{byPKCS12, crypto.SHA1, 5, 8, openRC2}, true
	case oidMD5DES: // PBEWithMD5AndDES
		return scheme{byPBKDF1, crypto.MD5, 8, 8, openBlocks(des.NewCipher)}, true
	}
	return scheme{}, false
}

// prfHash gives the hash of a PBKDF2 function, 0 for others. Java 17 has no
// more than these; newer versions read SHA-512/224 and SHA-512/256 too.
func prfHash(oid string) crypto.Hash {
	family, number := lastNumber(oid)
	if family != oidHMAC {
		return 0
	}
	return pick([]crypto.Hash{7: crypto.SHA1, 8: crypto.SHA224, 9: crypto.SHA256, 10: crypto.SHA384, 11: crypto.SHA512}, number)
}

// macHash gives the hash of a MAC, 0 for one that Java does not take.
func macHash(oid string) crypto.Hash {
	if h := goHash(digestName(oid)); h != crypto.MD5 {
		return h
	}
	return 0
}

// A pbe is a scheme with the parameters of one safe.
type pbe struct {
	scheme
	salt       []byte
	iterations int
	iv         []byte // byPBKDF2 only
	off        int    // file offset, for errors
}

// cost is the number of hashes that deriving from one password takes.
func (p *pbe) cost() int64 {
	n := 1 // byPBKDF1
	switch p.derive {
	case byPBKDF2:
		n = 2 * blocks(p.key, p.hash.Size()) // HMAC hashes twice
	case byPKCS12:
		n = blocks(p.key, p.hash.Size()) + blocks(p.scheme.iv, p.hash.Size())
	}
	return int64(n) * int64(p.iterations) * costOf(p.hash)
}

// decrypt gives the plain text; ok is false where the padding shows that the
// password is wrong, which it does in all but one case of about 256.
func (p *pbe) decrypt(pw pkcs12Password, data []byte) (plain []byte, ok bool) {
	var key, iv []byte
	switch p.derive {
	case byPKCS12:
		key = pkcs12Key(p.hash, pw.bmp, p.salt, forKey, p.iterations, p.key)
		if p.scheme.iv > 0 {
			iv = pkcs12Key(p.hash, pw.bmp, p.salt, forIV, p.iterations, p.scheme.iv)
		}
	case byPBKDF1:
		k := pbkdf1MD5([]byte(pw.text), p.salt, p.iterations)
		key, iv = k[:8], k[8:]
	case byPBKDF2:
		k, err := pbkdf2.Key(p.hash.New, pw.text, p.salt, p.iterations, p.key)
		if err != nil {
			return nil, false
		}
		key, iv = k, p.iv
	}
	return p.open(key, iv, data)
}

// readPBE reads an AlgorithmIdentifier.
func readPBE(r *berReader) (*pbe, error) {
	start := r.pos
	oid, in, err := r.named("encryption algorithm")
	if err != nil {
		return nil, err
	}
	p := &pbe{off: r.inFile(start)}
	if oid == oidPBES2 {
		err = p.readPBES2(&in)
	} else {
		s, ok := pkcs12Scheme(oid)
		if !ok {
			return nil, r.at(start, "an encryption that Java does not read in PKCS12")
		}
		p.scheme = s
		err = p.readPBEParameter(&in)
	}
	if err != nil {
		return nil, err
	}
	if p.iterations < 1 {
		return nil, r.at(start, "%d iterations", p.iterations)
	}
	if p.iterations > maxIterations {
		return nil, beyondJava(p.off, p.iterations)
	}
	if len(p.salt) < minSalt || p.derive == byPBKDF1 && len(p.salt) != 8 {
		return nil, r.at(start, "a salt of %d bytes", len(p.salt))
	}
	return p, nil
}

// readPBEParameter reads salt and iterations of the older schemes.
func (p *pbe) readPBEParameter(r *berReader) error {
	var parts [2]element
	in, err := r.list(tagSequence, parts[:], 2, "encryption parameters")
	if err != nil {
		return err
	}
	return p.readSalt(&in, parts[0], parts[1])
}

func (p *pbe) readSalt(r *berReader, salt, count element) error {
	if salt.tag != tagOctets {
		return r.at(salt.off(), "tag %#x in place of the salt", salt.tag)
	}
	p.salt = salt.content
	r.pos = count.off()
	n, err := r.integer("iteration count")
	p.iterations = n
	return err
}

// readPBES2 reads the parameters of RFC 8018, appendix A.4, as far as Java
// reads them: PBKDF2 with one of five HMACs, AES-128 or AES-256 in CBC.
// Older Java repeated the identifier before the parameters; that is stepped
// over, as Java does.
func (p *pbe) readPBES2(r *berReader) error {
	e, err := r.expect(tagSequence, "PBES2 parameters")
	if err != nil {
		return err
	}
	in := r.within(e)
	if in.more() && in.buf[in.pos] == tagOID {
		if _, err := in.next(); err != nil {
			return err
		}
		if e, err = in.expect(tagSequence, "PBES2 parameters"); err != nil {
			return err
		}
		in = in.within(e)
	}
	if err := p.readPBKDF2(&in); err != nil {
		return err
	}
	start := in.pos
	oid, enc, err := in.named("cipher")
	if err != nil {
		return err
	}
	p.scheme.open = openBlocks(aes.NewCipher)
	switch oid {
	case oidAES128:
		p.key = 16
	case oidAES256:
		p.key = 32
	default:
		return in.at(start, "a cipher other than AES-128 and AES-256 in CBC, which Java does not read in PKCS12")
	}
	iv, err := enc.expect(tagOctets, "initial vector")
	if err != nil {
		return err
	}
	if len(iv.content) != aes.BlockSize {
		return enc.at(iv.off(), "an initial vector of %d bytes", len(iv.content))
	}
	p.iv = iv.content
	return nil
}

func (p *pbe) readPBKDF2(r *berReader) error {
	start := r.pos
	kdf, err := r.expect(tagSequence, "key derivation")
	if err != nil {
		return err
	}
	in := r.within(kdf)
	oid, err := in.oid("key derivation")
	if err != nil {
		return err
	}
	if oid != oidPBKDF2 {
		return r.at(start, "a key derivation other than PBKDF2")
	}
	var all [4]element
	in, err = in.list(tagSequence, all[:], 2, "PBKDF2 parameters")
	if err != nil {
		return err
	}
	if err := p.readSalt(&in, all[0], all[1]); err != nil {
		return err
	}
	p.derive, p.hash = byPBKDF2, crypto.SHA1
	function := all[2]
	if function.tag == tagInteger {
		function = all[3] // that was the length of the key; Java goes by the cipher
	}
	if function.head > 0 {
		in.pos = function.off()
		oid, _, err := in.named("PBKDF2 function")
		if err != nil {
			return err
		}
		if p.hash = prfHash(oid); p.hash == 0 {
			return in.at(function.off(), "a PBKDF2 function that Java 17 does not read in PKCS12")
		}
	}
	return nil
}
