package tlscert

import (
	"fmt"
	"slices"
	"strings"
)

// Content types of PKCS #7, as the content bytes of their identifiers.
const (
	oidData          = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01" // 1.2.840.113549.1.7.1
	oidEncryptedData = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06" // 1.2.840.113549.1.7.6
)

// A pfx is the outer structure of a PKCS12 file: its safes as they are, and
// the MAC over them.
type pfx struct {
	auth  []byte // what the MAC covers
	safes []safe
	mac   *macData
}

// A safe is one part of the file: clear, or encrypted under pbe.
type safe struct {
	clear *berReader // nil for an encrypted safe
	pbe   *pbe       // nil where it was not read, for want of a password
	data  []byte     // encrypted
	off   int        // file offset of the encrypted bytes
}

// A pkcs12Password is a password in the two forms the schemes want.
type pkcs12Password struct {
	text string
	bmp  []byte
}

// pkcs12Passwords gives what to try, in this order. Makers of PKCS12 differ on
// the empty password: some derive from a closing zero character, some from
// nothing. Java tries both.
func pkcs12Passwords(password string) []pkcs12Password {
	first := pkcs12Password{password, append(encodeUTF16BE(password), 0, 0)}
	if password != "" {
		return []pkcs12Password{first}
	}
	return []pkcs12Password{first, {"\x00", nil}}
}

// asciiPassword: Java 17 makes a PKCS12 key only of these characters.
func asciiPassword(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// readPKCS12 reads the structure first, then checks the MAC, then decrypts
// and walks the safes: no hash is computed for a file whose form is wrong or
// whose iteration counts ask for too many, and nothing is read from safes
// whose MAC does not fit the password.
func readPKCS12(data []byte, password *string, b *budget) (*Store, error) {
	p, err := readPFX(data, password != nil)
	if err != nil {
		return nil, err
	}
	s := &Store{Format: PKCS12}
	var passwords []pkcs12Password
	if password != nil {
		if err := p.afford(*b); err != nil {
			return nil, err
		}
		if p.needsPassword() && !asciiPassword(*password) {
			return nil, &PasswordError{Format: PKCS12, Reason: "Java 17 takes only ASCII characters from space to ~ in the password of a PKCS12 store; newer versions may take others"}
		}
		passwords = pkcs12Passwords(*password)
		if p.mac != nil {
			if err := p.verify(passwords, b); err != nil {
				return nil, err
			}
			s.Verified = true
		}
	}
	bags := newBagReader()
	for _, safe := range p.safes {
		in := safe.clear
		if in == nil && password == nil {
			s.Sealed++
			continue
		}
		if in == nil {
			if in, err = safe.open(passwords, b); err != nil {
				return nil, err
			}
		}
		if err := bags.walk(in); err != nil {
			return nil, err
		}
	}
	if s.Entries, err = bags.finish(); err != nil {
		return nil, err
	}
	return s, nil
}

// needsPassword: some part of the file makes Java derive a key.
func (p *pfx) needsPassword() bool {
	return p.mac != nil || slices.ContainsFunc(p.safes, func(s safe) bool { return s.clear == nil })
}

// afford adds up, before anything is computed, what one password costs.
func (p *pfx) afford(b budget) error {
	if p.mac != nil && !b.spend(p.mac.cost()) {
		return b.exceeded(p.mac.off)
	}
	for _, s := range p.safes {
		if s.pbe != nil && !b.spend(s.pbe.cost()) {
			return b.exceeded(s.pbe.off)
		}
	}
	return nil
}

// open decrypts a safe. Only a SEQUENCE counts as decrypted: where a wrong
// password happens to leave good padding, what it decrypts is not one.
func (s *safe) open(passwords []pkcs12Password, b *budget) (*berReader, error) {
	if s.pbe.derive == byPBKDF2 {
		passwords = passwords[:1] // HMAC fills up with zeros: both empty forms are one
	}
	for _, pw := range passwords {
		if !b.spend(s.pbe.cost()) {
			return nil, b.exceeded(s.pbe.off)
		}
		plain, ok := s.pbe.decrypt(pw, s.data)
		if !ok {
			continue
		}
		in := sealedReader(plain, s.off, "the decrypted safe")
		if in.peek().tag == tagSequence {
			return &in, nil
		}
	}
	return nil, &PasswordError{Format: PKCS12, Reason: fmt.Sprintf("wrong password: it does not decrypt the safe at byte %d", s.off)}
}

// readPFX reads the outer structure. Java takes the first element of the file
// and leaves what follows. Without a password the encrypted safes and the MAC
// are not looked into, as in Java.
func readPFX(data []byte, withPassword bool) (*pfx, error) {
	file := readerOf(data)
	if !shortestLength(data) {
		file.fail(0, "the length of the store is not in its shortest form")
	}
	r := file.group(file.next(), "PFX")
	if version := r.integer("version"); version != 3 {
		r.fail(0, "version %d, not 3", version)
	}
	start := r.pos
	typ, content, in := readContentInfo(&r)
	if typ != oidData {
		r.fail(start, "a store protected by public keys, which Java does not read")
	}
	b, joined := in.octets(content, "authenticated safes")
	p := &pfx{auth: b}
	auth := in.inner(content, b, joined, "the authenticated safes")
	for list := auth.sequence(auth.next(), "list of safes"); list.more(); {
		p.safes = append(p.safes, readSafe(&list, withPassword))
	}
	r.keep(auth.err())
	if withPassword && r.more() {
		p.mac = readMAC(&r)
	}
	return p, file.err()
}

// shortestLength: the first length is no longer than it need be. There alone
// Java insists on DER.
func shortestLength(b []byte) bool {
	return len(b) < 3 || b[1] <= 0x80 || b[2] != 0 && (b[1] != 0x81 || b[2] >= 0x80)
}

// readContentInfo reads a ContentInfo: its type, and the element inside its
// tag. Java does not look at the tag.
func readContentInfo(r *berReader) (typ string, content element, in berReader) {
	at := r.sequence(r.next(), "content")
	typ = at.oid("content type")
	in = at.within(at.next())
	at.end("content")
	content = in.next()
	in.end("content")
	return typ, content, in
}

func readSafe(r *berReader, withPassword bool) (s safe) {
	start := r.pos
	typ, content, in := readContentInfo(r)
	switch {
	case typ == oidData:
		b, joined := in.octets(content, "safe")
		clear := in.inner(content, b, joined, "a safe")
		s.clear = &clear
	case typ != oidEncryptedData:
		r.fail(start, "a safe protected by public keys, which Java does not read")
	case withPassword:
		in.pos = content.off()
		s.readEncrypted(&in)
	}
	return s
}

func (s *safe) readEncrypted(r *berReader) {
	in := r.group(r.next(), "encrypted data")
	in.integer("version of the encrypted data")
	at := in.sequence(in.next(), "encrypted content")
	at.oid("content type")
	s.pbe = readPBE(&at)
	enc := at.next()
	at.end("encrypted content")
	if !isContext0(enc.tag) {
		at.not(enc, "encrypted bytes")
	}
	enc.tag = tagOctets | enc.tag&constructed
	s.data, _ = at.octets(enc, "encrypted bytes")
	s.off = at.inFile(enc.off() + int(enc.head))
}

// isContext0: the tag [0], with elements inside or not.
func isContext0(tag byte) bool { return tag&^constructed == 0x80 }
