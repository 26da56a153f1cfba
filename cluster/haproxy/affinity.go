package haproxy

import "strings"

// readBalance reads the algorithm.
func readBalance(line int, args []word) balance {
	b := balance{line: line, stays: unclear}
	name, _, _ := strings.Cut(args[0].text, "(")
	switch name {
	case "source":
		b.stays = yes
	case "roundrobin", "static-rr", "leastconn", "first", "random", "uri":
		b.stays = no
	case "hash":
		if len(args) == 2 && (args[1].text == "src" || sourceNetwork(args[1].text)) {
			b.stays = yes
		}
	}
	return b
}

// sourceNetwork reports src,ipmask(N), or with a mask for IPv6 too.
func sourceNetwork(expression string) bool {
	rest, ok := strings.CutPrefix(expression, "src,ipmask(")
	rest, closed := strings.CutSuffix(rest, ")")
	return ok && closed && rest != "" && strings.Trim(rest, "0123456789,") == ""
}

// readCookie reads the cookie statement.
func readCookie(line int, args []word) *cookie {
	c := &cookie{line: line, name: args[0].text, unsure: args[0].why != ""}
	for i := 1; i < len(args); i++ {
		w := args[i]
		switch w.text {
		case "insert":
			c.insert = true
		case "prefix":
			c.prefix = true
		case "dynamic":
			c.dynamic = true
		case "indirect", "nocache", "preserve", "httponly", "secure":
		case "domain", "maxidle", "maxlife", "attr":
			i++
		default: // rewrite and postonly too
			c.unsure = true
		}
	}
	return c
}

// readStick reads a stick statement. ok is false for forms that are not
// understood, those with a condition among them.
func readStick(line int, args []word) (s stick, ok bool) {
	for _, w := range args {
		if w.why != "" {
			return s, false
		}
	}
	s.line = line
	switch {
	case len(args) < 2 || len(args) > 2 && (len(args) != 4 || args[2].text != "table"):
		return s, false
	case args[0].text == "on" && args[1].text == "src":
		s.onSource, s.match, s.stored = true, true, true
		return s, true
	}
	function, rest, _ := strings.Cut(args[1].text, "(")
	name, closed := strings.CutSuffix(rest, ")")
	s.cookie = strings.Trim(name, `"'`)
	switch {
	case !closed || s.cookie == "":
		return s, false
	case args[0].text == "match" && (function == "req.cook" || function == "cook" || function == "cookie"):
		s.match = true
	case args[0].text == "store-response" && (function == "res.cook" || function == "scook" || function == "set-cookie"):
		s.stored = true
	default:
		return s, false
	}
	return s, true
}

// affinity says whether the backend keeps a client on one server. names are
// the cookies that the servers are known to set.
func (x *proxy) affinity(http bool, names map[string]bool) (d decision, line int, reason string) {
	open := func(at int, why string) {
		if d == no {
			d, line, reason = unclear, at, why
		}
	}
	if len(x.servers) == 1 && len(x.source.own) == 0 {
		return yes, 0, ""
	}
	switch x.balance.stays {
	case yes:
		return yes, 0, ""
	case unclear:
		open(x.balance.line, "whether this algorithm keeps sessions on one member is not clear")
	}
	if c := x.cookie; c != nil && http {
		kept, why := x.cookieKeeps(c, names)
		if kept == yes {
			return yes, 0, ""
		}
		if kept == unclear {
			open(c.line, why)
		}
	}
	matched, stored := "", ""
	for _, s := range x.sticks {
		switch {
		case !s.onSource && !names[s.cookie]:
			open(s.line, "the servers are not known to set this cookie")
			continue
		case s.match && matched == "":
			matched = s.cookie + "\n"
		}
		if s.stored && stored == "" {
			stored = s.cookie + "\n"
		}
	}
	if matched != "" && matched == stored {
		for _, s := range x.servers {
			if s.params.nonStick != no {
				open(s.line, "the server is left out of the table")
				return d, line, reason
			}
		}
		return yes, 0, ""
	}
	if matched != "" {
		open(x.sticks[0].line, "what is matched is not what is stored")
	}
	return d, line, reason
}

func (x *proxy) cookieKeeps(c *cookie, names map[string]bool) (d decision, why string) {
	switch {
	case c.unsure || strings.Contains(c.name, variable):
		return unclear, "a cookie statement that this reader does not understand"
	case c.insert && c.dynamic && x.dynamicKey:
		return yes, ""
	case c.dynamic:
		return unclear, "a dynamic cookie without insert, or without a key"
	case !c.insert && !c.prefix:
		return no, "" // such a cookie is only looked at
	case c.prefix && !names[c.name]:
		return unclear, "the servers are not known to set this cookie"
	}
	seen := map[string]bool{}
	for _, s := range x.servers {
		switch {
		case s.cookie == "":
			return unclear, "not every server has a cookie value"
		case strings.Contains(s.cookie, variable):
			return unclear, "a server's cookie value is not certain"
		case seen[s.cookie]:
			return unclear, "two servers have one cookie value"
		}
		seen[s.cookie] = true
	}
	return yes, ""
}
