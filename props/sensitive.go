package props

import "strings"

// Hidden stands wherever a value, or a part of one, is not shown.
const Hidden = "(hidden)"

// Sensitive reports whether the pair holds something that nobody should read
// in a log or a report. It errs towards yes.
//
// By the key, whatever the value: the last segment (behind the last ".")
// contains password, passwd, passphrase, pwd, secret, token, credential or
// the like, or ends as keystorePass does. A last segment that only says how
// the value is kept ("value", "encrypted", "old", a number) passes the
// question on to the segment before.
//
// By the value, whatever the key: pbe{…} and crypt_v1{…} in any case and
// anywhere in the text, a user's part in a URL (//user:password@host), an
// Oracle user before the "@" of a JDBC URL (thin:user/password@…), a
// parameter with a name as above (?password=, ;password=, (PASSWORD=…),
// -Dx.password=), key, auth or sig in a URL's query, a private key in PEM
// form, a bearer token.
//
// By both: all of the query of license.server.url and rcl.server.url.
func Sensitive(key, value string) bool {
	if sensitiveName(key) {
		return true
	}
	spots, whole := secretsOf(key, value)
	return whole || len(spots) > 0
}

// Redact returns what may be shown of the pair's value: the value itself if
// it is not Sensitive, Hidden if its key or its form says that it is a
// secret, and a URL or parameter list with Hidden in the place of each
// credential. An empty value stays empty.
func Redact(key, value string) string {
	if value == "" {
		return ""
	}
	if sensitiveName(key) {
		return Hidden
	}
	spots, whole := secretsOf(key, value)
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
func secretsOf(key, value string) (spots []spot, whole bool) {
	spots, whole = secrets(value)
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

// sensitiveWords make a name sensitive wherever they stand in its last
// segment, in any case.
func sensitiveWords() [16]string {
	return [...]string{
		"password", "passwd", "passphrase", "passcode", "passwort", "pwd", "secret", "token", "credential",
		"apikey", "api_key", "api-key", "accesskey", "access_key", "privatekey", "private_key",
	}
}

// sensitiveName reports whether a key, or the name of a parameter within a
// value, belongs to a secret.
func sensitiveName(name string) bool {
	name = strings.TrimSpace(name)
	for {
		last := name[strings.LastIndexByte(name, '.')+1:]
		if sensitiveSegment(last) {
			return true
		}
		if len(last) == len(name) || !saysHowKept(last) {
			return false
		}
		name = name[:len(name)-len(last)-1]
	}
}

func sensitiveSegment(s string) bool {
	low := lowerASCII(s)
	for _, w := range sensitiveWords() {
		if strings.Contains(low, w) {
			return true
		}
	}
	switch low {
	case "pass", "pw", "psw", "pin", "creds", "encryptionkey", "keypass", "storepass":
		return true
	}
	// keystorePass, DB_PASS, keypass; but neither bypass nor compass.
	for _, end := range []string{"Pass", "_pass", "-pass", "_PASS", "-PASS"} {
		if strings.HasSuffix(s, end) {
			return true
		}
	}
	return strings.HasSuffix(low, "storepass") || strings.HasSuffix(low, "keypass")
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

// saysHowKept reports whether a last segment leaves it to the one before to
// say what the value is.
func saysHowKept(segment string) bool {
	switch low := lowerASCII(segment); low {
	case "value", "text", "plain", "plaintext", "clear", "encrypted", "encoded", "enc", "crypt", "old", "new",
		"current", "previous", "default", "backup", "bak", "orig", "original":
		return true
	default:
		return strings.Trim(low, "0123456789") == ""
	}
}

// lowerASCII lowers A to Z and keeps every offset, which strings.ToLower does
// not for all of Unicode.
func lowerASCII(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return 'A' <= r && r <= 'Z' }) < 0 {
		return s
	}
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
