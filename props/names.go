package props

import (
	"slices"
	"strings"
)

// word is one word of a name, in lower case: dbPassword2 is db, password and
// a 2 that counts as a word.
type word struct {
	text    string
	segment int // how many dots are before it
}

// wordsOf splits a name into its words, however it is spelled: dotted, snake,
// kebab, camel or numbered.
func wordsOf(name string) []word {
	var words []word
	segment, from := 0, -1
	end := func(to int) {
		if from >= 0 {
			words = append(words, word{lowerASCII(name[from:to]), segment})
			from = -1
		}
	}
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '.':
			end(i)
			segment++
		case !letter(c) && !digit(c):
			end(i)
		case from < 0:
			from = i
		case digit(c) != digit(name[i-1]),
			upper(c) && !upper(name[i-1]),
			upper(name[i-1]) && lower(c) && i-1 > from && upper(name[i-2]): // the P of DBPass
			if upper(name[i-1]) && lower(c) && i-1 > from {
				i--
			}
			end(i)
			from = i
		}
	}
	end(len(name))
	return words
}

func upper(c byte) bool { return 'A' <= c && c <= 'Z' }
func lower(c byte) bool { return 'a' <= c && c <= 'z' || c >= 0x80 }
func digit(c byte) bool { return '0' <= c && c <= '9' }

// letter reports whether c is a letter; so are all bytes beyond ASCII.
func letter(c byte) bool { return upper(c) || lower(c) }

// strength says how sure a word names a secret, and thus how far behind it
// the name may go on with words that nobody can list (password.prod.eu).
type strength int

const (
	none   strength = iota
	key             // a key that opens something
	secret          // a secret, token or credential
	pass            // a password
)

// sensitiveName reports whether a key, or the name of a parameter within a
// value, belongs to a secret.
func (w Words) sensitiveName(name string) bool {
	if len(w) == 0 && !mayName(name) {
		return false
	}
	words := wordsOf(name)
	for len(words) > 0 && digit(words[len(words)-1].text[0]) {
		words = words[:len(words)-1]
	}
	if len(words) == 0 {
		return false
	}
	if w.among(words) {
		return true
	}
	last := words[len(words)-1]
	about := false // a word behind says that the name is about a secret
	said := -1     // the last segment that says more than how a value is kept
	for i := len(words) - 1; i >= 0; i-- {
		at := words[i].segment
		switch s := secretWord(words, i); {
		case s == none:
		case i == len(words)-1:
			return true
		case about || describes(last, at, s):
		case s == pass || last.segment-at <= 1 || said <= at:
			return true
		}
		about = about || describesAll(words[i].text)
		if !saysHowKept(words[i].text) {
			said = max(said, at)
		}
	}
	return false
}

// mayName is a quick look whether a name can belong to a secret.
func mayName(name string) bool {
	for i := 0; i+1 < len(name); i++ {
		a, b := name[i]|0x20, name[i+1]|0x20
		if a == 'p' && b == 'w' {
			return true
		}
		if i+2 == len(name) {
			break
		}
		switch string([]byte{a, b, name[i+2] | 0x20}) {
		case "pas", "psw", "psk", "pin", "sec", "tok", "cre", "key", "aut", "jwt", "bea", "nwo", "snm", "sig":
			return true
		}
	}
	return false
}

// named reports whether a sentence names a secret.
func (w Words) named(text string) bool {
	if len(w) == 0 && !mayName(text) {
		return false
	}
	words := wordsOf(text)
	for i := range words {
		switch secretWord(words, i) {
		case key, secret:
			return true
		case pass: // but not "pass it on"
			if words[i].text != "pass" && words[i].text != "pin" {
				return true
			}
		}
	}
	return w.among(words)
}

// among reports whether one of the caller's words is among a name's.
func (w Words) among(words []word) bool {
	for _, own := range w {
		parts := wordsOf(own)
		if len(parts) == 0 {
			continue
		}
		for i := 0; i+len(parts) <= len(words); i++ {
			if slices.EqualFunc(parts, words[i:i+len(parts)], func(a, b word) bool { return a.text == b.text }) {
				return true
			}
		}
		joined := strings.Builder{}
		for _, p := range parts {
			joined.WriteString(p.text)
		}
		if slices.ContainsFunc(words, func(o word) bool { return o.text == joined.String() }) {
			return true
		}
	}
	return false
}

// secretWord says what word i of a name means, with the words around it.
func secretWord(words []word, i int) strength {
	text := words[i].text
	before, after := "", ""
	if i > 0 {
		before = words[i-1].text
	}
	if i+1 < len(words) {
		after = words[i+1].text
	}
	switch text {
	case "pass":
		switch after {
		case "through", "thru", "by", "on", "if", "count", "rate", "criteria", "threshold", "percent", "percentage", "fail":
			return none
		}
		if wholeWordsInPass(before + text) {
			return none
		}
		return pass
	case "pw", "psw", "pwd", "pin", "passwd", "psk":
		return pass
	case "cred", "creds", "jwt", "bearer":
		return secret
	case "authorization":
		return secret
	case "auth":
		if before == "basic" {
			return secret
		}
	case "community":
		if before == "snmp" {
			return secret
		}
	case "signature": // of a storage account's URL
		if before == "access" {
			return secret
		}
	case "key", "keys":
		if opens(before) {
			return key
		}
	}
	switch {
	case passwordWord(text):
		return pass
	case strings.HasSuffix(text, "pass") && !wholeWordsInPass(text),
		strings.HasSuffix(text, "pw"), strings.HasPrefix(text, "pwd"), strings.HasSuffix(text, "pwd"):
		return pass
	case strings.Contains(text, "secret") && !strings.Contains(text, "secretar"),
		strings.Contains(text, "token") && !strings.Contains(text, "tokeni"),
		strings.Contains(text, "credential"), strings.HasSuffix(text, "creds"):
		return secret
	}
	for _, end := range [...]string{"key", "keys"} {
		if stem, ok := strings.CutSuffix(text, end); ok && len(stem) > 2 && opens(stem) {
			return key
		}
	}
	return none
}

// passwordWord reports whether a word is one for a password, alone or with
// others run into it.
func passwordWord(text string) bool {
	for _, w := range [...]string{"password", "passwd", "passphrase", "passcode", "passwort", "kennwort", "motdepasse"} {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// wholeWordsInPass reports whether a word that ends in "pass" is another one.
func wholeWordsInPass(text string) bool {
	for _, w := range [...]string{"bypass", "compass", "trespass", "surpass", "overpass", "underpass", "firstpass", "secondpass",
		"lowpass", "highpass", "bandpass", "multipass", "singlepass", "onepass", "twopass", "boardingpass"} {
		if strings.HasSuffix(text, w) {
			return true
		}
	}
	return false
}

// opens reports whether a key of this kind is a secret: an API key is one, a
// primary key, a public key and a keyboard's are not.
func opens(kind string) bool {
	switch kind {
	case "api", "access", "secret", "private", "priv", "signing", "sign", "encryption", "encrypt", "encrypting",
		"decryption", "decrypt", "crypt", "crypto", "cipher", "master", "shared", "preshared", "auth", "authentication", "authorization",
		"ssh", "rsa", "dsa", "aes", "des", "hmac", "mac", "jwt", "symmetric", "storage", "account", "consumer", "subscription",
		"license", "licence", "wrapping", "unseal", "recovery", "webhook":
		return true
	}
	for _, end := range [...]string{"api", "access", "secret", "private", "account", "encryption", "signing"} {
		if strings.HasSuffix(kind, end) {
			return true
		}
	}
	return false
}

// describes reports whether the last word of a name says that the name is
// about the secret that a word in segment names: an alias, a path, a port.
func describes(last word, segment int, s strength) bool {
	switch last.text {
	case "file": // keyFile and password.file; passwordFile may hold either
		return s == key || last.segment > segment
	case "id": // of a credential in a vault; an access key's id goes with the key
		return false
	case "key", "keys":
		return false
	}
	return describing(last.text, s)
}

// describesAll is describes for words that need not be the last.
func describesAll(text string) bool {
	switch text {
	case "policy", "policies", "rules", "validation", "prompt", "label", "message", "rotation":
		return true
	}
	return false
}

// saysHowKept reports whether a word leaves it to the one before to say what
// the value is.
func saysHowKept(text string) bool {
	switch text {
	case "value", "text", "plain", "plaintext", "clear", "encrypted", "encoded", "enc", "crypt", "old", "new",
		"current", "previous", "default", "backup", "bak", "orig", "original", "base":
		return true
	}
	return strings.Trim(text, "0123456789") == ""
}
