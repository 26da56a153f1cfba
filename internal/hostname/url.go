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

// Parse takes a URL of any scheme apart, such as agentcomm.uri. ok is false for a
// text without a host.
func Parse(text string) (a URL, ok bool) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil {
		return a, false
	}
	return URL{strings.ToLower(u.Scheme), Fold(u.Hostname()), u.Port()}, u.Hostname() != ""
}

// ParseURL reads an http or https URL. ok is false for any other text;
// nothing of it is kept then.
func ParseURL(text string) (a URL, ok bool) {
	a, ok = Parse(text)
	port := map[string]string{"http": "80", "https": "443"}[a.Scheme]
	if !ok || port == "" {
		return URL{}, false
	}
	a.Port = cmp.Or(a.Port, port)
	return a, true
}

// Web is the host of a URL, or of host:port with whatever follows it, folded.
func Web(text string) string {
	if u, ok := Parse(text); ok {
		return u.Host
	}
	if _, rest, ok := strings.Cut(text, "://"); ok {
		text = rest
	}
	if i := strings.IndexAny(text, "/?#"); i >= 0 {
		text = text[:i]
	}
	return Bare(text)
}

// Bare is the host of host:port, folded. The installer cuts off a colon and what
// follows it.
func Bare(text string) string {
	host, _ := Split(text)
	return Fold(host)
}
