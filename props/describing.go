package props

// describing reports whether a last word says that a name is about a secret
// without holding it: password.length, tokenUrl, api_key_header. Passwords are
// often named for what they open, so fewer words count there.
func describing(text string, s strength) bool {
	switch text {
	case "age", "alg", "algo", "algorithm", "alias", "aliases", "allowed", "attempts", "attribute", "audience",
		"bits", "chars", "charset", "class", "classname", "column", "complexity", "cost", "count",
		"days", "dir", "directory", "disable", "disabled", "duration", "enable", "enabled", "encoder", "encoding", "endpoint",
		"expiration", "expires", "expiry", "factory", "field", "folder", "format", "generator", "handler", "header", "help",
		"hint", "history", "hours", "icon", "interval", "issuer", "iterations", "kind", "layout", "len", "length", "lifetime",
		"limit", "location", "lockout", "manager", "max", "maxage", "maximum", "min", "minimum", "minutes", "mode", "ms",
		"name", "optional", "page", "param", "parameter", "parser", "path", "paths", "pattern", "policies", "policy", "port",
		"prefix", "prompt", "property", "provider", "realm", "regex", "regexp", "required", "retention", "retries", "retry",
		"rotation", "rounds", "rules", "scope", "scopes", "seconds", "separator", "size", "strategy", "strength", "suffix",
		"template", "timeout", "title", "ttl", "type", "uri", "url", "usage", "validation", "validator", "validity",
		"version", "visible", "window":
		return true
	case "address", "backend", "bucket", "cache", "email", "engine", "filter", "form", "host", "hostname", "keystore", "link",
		"per", "repository", "reset", "service", "source", "store":
		return s != pass
	}
	return false
}
