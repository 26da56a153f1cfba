package props

import "strings"

// Hidden replaces a value, or a part of one, that is not shown.
const Hidden = "(hidden)"

// Words are names of secrets that a caller adds to those that this package
// knows: Words{"kennzahl", "smtp.code"}. A word counts where it is a word of a
// key or parameter, alone or in a row, in any spelling: smtp.code, smtpCode,
// SMTP_CODE and smtpcode are one. The methods are the functions of the same
// name with these words added. Entry, File and Change render themselves
// without them; use Redact for what is shown then.
type Words []string

// Sensitive reports whether the pair holds something that nobody should read
// in a log or a report. It errs towards yes.
//
// By the key, whatever the value: a name is read word by word, however it is
// spelled (db.password, dbPassword, DB_PASSWORD, dbpass, password2). It names
// a secret by password, passwd, passphrase, pass, pwd, pw, pin, secret, token,
// credential, authorization or the like, or by a key that opens something: an
// api, access, private, signing, encryption or license key and so on, but not
// a primary or a public one. What follows may say where or how it is kept
// (password.prod, password.base64, pass1); where it says that the name is
// about a secret and holds none, the value is shown: an alias, a path, a
// port, a length, a policy, whether it is enabled. A word is more than its
// letters: bypass, compass, passthrough and keyboard name no secret.
//
// By the value, whatever the key: pbe{…} and crypt_v1{…} in any case and
// anywhere in the text, a user's part in a URL (//user:password@host) or
// before a host without a scheme (user:password@host:port), an Oracle user
// before the "@" of a JDBC URL (thin:user/password@…), a parameter with a name
// as above (?password=, ;password=, (PASSWORD=…), password = "…",
// -Dx.password=), an element or pair of XML or JSON with such a name, key,
// auth or sig in a URL's query, a private key in PEM form, basic and bearer
// authorization, a JSON web token.
//
// By both: all of the query of license.server.url and rcl.server.url.
func Sensitive(key, value string) bool { return Words(nil).Sensitive(key, value) }

// Redact returns what may be shown of the pair's value: the value itself if
// it is not Sensitive, Hidden if its key or its form says that it is a
// secret, and a URL or parameter list with Hidden in the place of each
// credential. An empty value stays empty. The time grows with the length of
// the value, whatever it is.
func Redact(key, value string) string { return Words(nil).Redact(key, value) }

// Sensitive is the function Sensitive with these words as secrets too.
func (w Words) Sensitive(key, value string) bool {
	if w.sensitiveName(key) {
		return true
	}
	spots, whole := w.secretsOf(key, value)
	return whole || len(spots) > 0
}

// Redact is the function Redact with these words as secrets too.
func (w Words) Redact(key, value string) string {
	if value == "" {
		return ""
	}
	if w.sensitiveName(key) {
		return Hidden
	}
	spots, whole := w.secretsOf(key, value)
	if whole {
		return Hidden
	}
	if len(spots) == 0 {
		return value
	}
	var b strings.Builder
	at := 0
	for _, s := range spots {
		b.WriteString(value[at:s.from])
		b.WriteString(Hidden)
		at = s.to
	}
	b.WriteString(value[at:])
	return b.String()
}

// secretsOf is secrets for a value whose key is known: all of the query, or
// fragment, of a license server's URL is one, since the service may call an
// account or a key anything.
func (w Words) secretsOf(key, value string) (spots []spot, whole bool) {
	spots, whole = w.secrets(value)
	switch lowerASCII(strings.TrimSpace(key)) {
	case "license.server.url", "rcl.server.url":
	default:
		return spots, whole
	}
	from := 0
	for i := 0; ; i++ {
		to := len(value)
		if i < len(spots) {
			to = spots[i].from
		}
		if q := strings.IndexAny(value[from:to], "?#"); q >= 0 {
			if from += q + 1; from < len(value) {
				spots = append(spots[:i], spot{from, len(value)})
			}
			return spots, whole
		}
		if i == len(spots) {
			return spots, whole
		}
		from = spots[i].to
	}
}

// sensitiveQuery reports whether a name that a "?" or "&" introduces belongs to
// a secret: in a query a key is a credential, elsewhere it may be anything.
func sensitiveQuery(name string) bool {
	switch lowerASCII(name[strings.LastIndexByte(name, '.')+1:]) {
	case "key", "auth", "authkey", "auth_key", "auth-key", "authorization", "licensekey", "license_key", "license-key",
		"sig", "signature", "jwt", "sas":
		return true
	}
	return false
}

// lowerASCII lowers A to Z and keeps every offset, which strings.ToLower does
// not for all of Unicode.
func lowerASCII(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return 'A' <= r && r <= 'Z' }) < 0 {
		return s
	}
	b := []byte(s)
	for i, c := range b {
		if upper(c) {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
