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
		in := &berReader{buf: plain, base: s.off, sealed: "the decrypted safe"}
		if e, err := in.next(); err == nil && e.tag == tagSequence {
			in.pos = 0
			return in, nil
		}
	}
	return nil, &PasswordError{Format: PKCS12, Reason: fmt.Sprintf("wrong password: it does not decrypt the safe at byte %d", s.off)}
}

// readPFX reads the outer structure. Java takes the first element of the file
// and leaves what follows. Without a password the encrypted safes and the MAC
// are not looked into, as in Java.
func readPFX(data []byte, withPassword bool) (*pfx, error) {
	file := &berReader{buf: data}
	if err := strictLength(file); err != nil {
		return nil, err
	}
	r, err := file.group("PFX")
	if err != nil {
		return nil, err
	}
	version, err := r.integer("version")
	if err != nil {
		return nil, err
	}
	if version != 3 {
		return nil, r.at(0, "version %d, not 3", version)
	}
	start := r.pos
	typ, content, in, err := readContentInfo(&r)
	if err != nil {
		return nil, err
	}
	if typ != oidData {
		return nil, r.at(start, "a store protected by public keys, which Java does not read")
	}
	b, joined, err := in.octets(content, "authenticated safes")
	if err != nil {
		return nil, err
	}
	p := &pfx{auth: b}
	auth := in.inner(content, b, joined, "the authenticated safes")
	seq, err := auth.expect(tagSequence, "list of safes")
	if err != nil {
		return nil, err
	}
	for list := auth.within(seq); list.more(); {
		s, err := readSafe(&list, withPassword)
		if err != nil {
			return nil, err
		}
		p.safes = append(p.safes, s)
	}
	if withPassword && r.more() {
		if p.mac, err = readMAC(&r); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// strictLength refuses a first length that is longer than it need be: there
// alone Java insists on DER.
func strictLength(r *berReader) error {
	b := r.buf
	if len(b) < 3 || b[1] <= 0x80 {
		return nil
	}
	if b[2] == 0 || b[1] == 0x81 && b[2] < 0x80 {
		return r.at(0, "the length of the store is not in its shortest form")
	}
	return nil
}

// readContentInfo reads a ContentInfo: its type, and the element inside its
// tag. Java does not look at the tag.
func readContentInfo(r *berReader) (typ string, content element, in berReader, err error) {
	var parts [2]element
	at, err := r.list(tagSequence, parts[:], 2, "content")
	if err != nil {
		return "", element{}, in, err
	}
	if typ, err = at.oidOf(parts[0], "content type"); err != nil {
		return "", element{}, in, err
	}
	in = at.within(parts[1])
	if content, err = in.next(); err != nil {
		return "", element{}, in, err
	}
	if in.more() {
		return "", element{}, in, in.at(in.pos, "more than one content")
	}
	return typ, content, in, nil
}

func readSafe(r *berReader, withPassword bool) (safe, error) {
	start := r.pos
	typ, content, in, err := readContentInfo(r)
	if err != nil {
		return safe{}, err
	}
	switch typ {
	case oidData:
		b, joined, err := in.octets(content, "safe")
		if err != nil {
			return safe{}, err
		}
		clear := in.inner(content, b, joined, "a safe")
		return safe{clear: &clear}, nil
	case oidEncryptedData:
		if !withPassword {
			return safe{}, nil
		}
		in.pos = content.off()
		return readEncrypted(&in)
	}
	return safe{}, r.at(start, "a safe protected by public keys, which Java does not read")
}

func readEncrypted(r *berReader) (safe, error) {
	in, err := r.group("encrypted data")
	if err != nil {
		return safe{}, err
	}
	if _, err := in.integer("version of the encrypted data"); err != nil {
		return safe{}, err
	}
	var parts [3]element
	at, err := in.list(tagSequence, parts[:], 3, "encrypted content")
	if err != nil {
		return safe{}, err
	}
	if _, err := at.oidOf(parts[0], "content type"); err != nil {
		return safe{}, err
	}
	at.pos = parts[1].off()
	p, err := readPBE(&at)
	if err != nil {
		return safe{}, err
	}
	enc := parts[2]
	if !isContext0(enc.tag) {
		return safe{}, at.at(enc.off(), "tag %#x in place of the encrypted bytes", enc.tag)
	}
	enc.tag = tagOctets | enc.tag&constructed
	b, _, err := at.octets(enc, "encrypted bytes")
	if err != nil {
		return safe{}, err
	}
	return safe{pbe: p, data: b, off: at.inFile(enc.off() + int(enc.head))}, nil
}

// isContext0: the tag [0], with elements inside or not.
func isContext0(tag byte) bool { return tag&^constructed == 0x80 }
