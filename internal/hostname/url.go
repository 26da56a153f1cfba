package hostname

import (
	"cmp"
	"net/url"
	"strings"
)

// URL is what of a URL decides where a browser connects.
type URL struct {
	Scheme, Host, Port string
}

// String renders the address with its port, which the URL may leave out.
func (a URL) String() string {
	host := a.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return a.Scheme + "://" + host + ":" + a.Port
}

// ParseURL reads an http or https URL. ok is false for any other text;
// nothing of it is kept then.
func ParseURL(text string) (a URL, ok bool) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Hostname() == "" {
		return a, false
	}
	port := map[string]string{"http": "80", "https": "443"}[strings.ToLower(u.Scheme)]
	if port == "" {
		return a, false
	}
	return URL{strings.ToLower(u.Scheme), Fold(u.Hostname()), cmp.Or(u.Port(), port)}, true
}

// Web is the host of a URL, or of host:port, folded.
func Web(text string) string {
	if u, err := url.Parse(text); err == nil && u.Hostname() != "" {
		return Fold(u.Hostname())
	}
	return Bare(text)
}

// Bare is the host of host:port, folded. The installer cuts off a colon and what
// follows it.
func Bare(text string) string {
	host, _ := Split(text)
	return Fold(host)
}
