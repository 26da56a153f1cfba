package installer

import (
	"net/url"
	"strings"
)

type agentURI struct{ scheme, host, port string }

func parseAgentURI(text string) (a agentURI, ok bool) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Host == "" {
		return a, false
	}
	return agentURI{strings.ToLower(u.Scheme), strings.ToLower(u.Hostname()), u.Port()}, true
}

func webHost(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

func bareHost(text string) string {
	host, _, _ := strings.Cut(text, ":")
	return strings.ToLower(host)
}

func loopback(host string) bool {
	switch host {
	case "localhost", "127.0.0.1", "::1", "0.0.0.0":
		return true
	}
	return false
}

func databaseLoopback(text string) string { return "" }
