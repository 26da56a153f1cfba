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
func readPBE(r *berReader) *pbe {
	start := r.pos
	in := r.group(r.next(), "encryption algorithm")
	oid := in.oid("encryption algorithm")
	p := &pbe{off: r.inFile(start)}
	if oid == oidPBES2 {
		p.readPBES2(&in)
	} else {
		s, ok := pkcs12Scheme(oid)
		if !ok {
			r.fail(start, "an encryption that Java does not read in PKCS12")
		}
		p.scheme = s
		at := in.sequence(in.next(), "encryption parameters")
		p.readSalt(&at)
		at.end("encryption parameters")
	}
	r.checkCost(start, p.off, p.iterations)
	if len(p.salt) < minSalt || p.derive == byPBKDF1 && len(p.salt) != 8 {
		r.fail(start, "a salt of %d bytes", len(p.salt))
	}
	return p
}

// checkCost wants a number of iterations, which is about off in the file, that
// Java takes.
func (r *berReader) checkCost(pos, off, iterations int) {
	switch {
	case iterations < 1:
		r.fail(pos, "%d iterations", iterations)
	case iterations > maxIterations:
		r.keep(beyondJava(off, iterations))
	}
}

func (p *pbe) readSalt(r *berReader) {
	salt := r.next()
	if salt.tag != tagOctets {
		r.not(salt, "salt")
	}
	p.salt = salt.content
	p.iterations = r.integer("iteration count")
}

// readPBES2 reads the parameters of RFC 8018, appendix A.4, as far as Java
// reads them: PBKDF2 with one of five HMACs, AES-128 or AES-256 in CBC.
// Older Java repeated the identifier before the parameters; that is stepped
// over, as Java does.
func (p *pbe) readPBES2(r *berReader) {
	in := r.sequence(r.next(), "PBES2 parameters")
	if in.more() && in.buf[in.pos] == tagOID {
		in.next()
		in = in.sequence(in.next(), "PBES2 parameters")
	}
	p.readPBKDF2(&in)
	start := in.pos
	enc := in.group(in.next(), "cipher")
	p.scheme.open = openBlocks(aes.NewCipher)
	switch enc.oid("cipher") {
	case oidAES128:
		p.key = 16
	case oidAES256:
		p.key = 32
	default:
		in.fail(start, "a cipher other than AES-128 and AES-256 in CBC, which Java does not read in PKCS12")
	}
	iv := enc.expect(tagOctets, "initial vector")
	if len(iv.content) != aes.BlockSize {
		enc.fail(iv.off(), "an initial vector of %d bytes", len(iv.content))
	}
	p.iv = iv.content
}

func (p *pbe) readPBKDF2(r *berReader) {
	start := r.pos
	in := r.sequence(r.next(), "key derivation")
	if in.oid("key derivation") != oidPBKDF2 {
		r.fail(start, "a key derivation other than PBKDF2")
	}
	in = in.sequence(in.next(), "PBKDF2 parameters")
	p.readSalt(&in)
	p.derive, p.hash = byPBKDF2, crypto.SHA1
	var rest [2]element
	for i := 0; i < len(rest) && in.more(); i++ {
		rest[i] = in.next()
	}
	in.end("PBKDF2 parameters")
	function := rest[0]
	if function.tag == tagInteger {
		function = rest[1] // that was the length of the key; Java goes by the cipher
	}
	if function.head > 0 {
		named := in.group(function, "PBKDF2 function")
		if p.hash = prfHash(named.oid("PBKDF2 function")); p.hash == 0 {
			in.fail(function.off(), "a PBKDF2 function that Java 17 does not read in PKCS12")
		}
	}
}
