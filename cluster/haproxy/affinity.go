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
		case "indirect", "nocache", "preserve", "httponly":
		case "secure":
			c.secure = true
		case "maxidle", "maxlife":
			c.ends = true
			i++
		case "domain":
			if i++; i < len(args) {
				c.domains = append(c.domains, args[i])
			}
		case "attr":
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
	if len(args) == 4 {
		s.table = args[3].text
	}
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

// basis is what sessions are kept by.
type basis uint8

const (
	bySingle basis = iota // there is but one server
	bySource
	byCookie
)

// keeping is whether a backend keeps a client on one server, and why that is
// not certain.
type keeping struct {
	decision decision
	by       basis
	line     int
	reason   string
}

// affinity says whether the backend keeps a client on one server. names are
// the cookies that the servers are known to set, tables the stick tables that
// there are by their proxies' names.
func (x *proxy) affinity(http bool, names map[string]bool, tables map[string]*stickTable) keeping {
	servers, certain := x.takingPart()
	if len(servers) == 1 && !x.unsure() {
		return keeping{decision: yes, by: bySingle}
	}
	var k keeping
	open := func(at int, why string) {
		if k.decision == no {
			k = keeping{decision: unclear, line: at, reason: why}
		}
	}
	switch x.balance.stays {
	case yes:
		return keeping{decision: yes, by: bySource}
	case unclear:
		open(x.balance.line, "whether this algorithm keeps sessions on one member is not clear")
	}
	if c := x.cookie; c != nil && http {
		kept, why := x.cookieKeeps(c, servers, names)
		if kept == yes {
			return keeping{decision: yes, by: byCookie, line: c.line}
		}
		if kept == unclear {
			open(c.line, why)
		}
	}
	s, kept, why := x.sticksKeep(http, servers, names, tables)
	switch {
	case kept == yes && s.onSource:
		return keeping{decision: yes, by: bySource}
	case kept == yes:
		return keeping{decision: yes, by: byCookie}
	case kept == unclear:
		open(s.line, why)
	}
	if certain < 2 {
		open(servers[0].line, "whether more than one server takes sessions at a time is not certain")
	}
	return k
}

// takingPart are the servers that sessions can come to. certain counts those
// that take them whatever happens to the others: a backup server only stands in
// for them.
func (x *proxy) takingPart() (servers []server, certain int) {
	for _, s := range x.servers {
		p := s.params
		if p.off == yes || p.drained == yes {
			continue
		}
		servers = append(servers, s)
		if p.off == no && p.drained == no && p.backup == no {
			certain++
		}
	}
	return servers, certain
}

// sticksKeep judges the stick statements; the one returned is what was judged,
// or where the doubt is.
func (x *proxy) sticksKeep(http bool, servers []server, names map[string]bool, tables map[string]*stickTable) (s stick, d decision, why string) {
	doubt := func(at stick, reason string) {
		if d == no {
			s, d, why = at, unclear, reason
		}
	}
	var matched, stored *stick
	for i := range x.sticks {
		each := &x.sticks[i]
		table := x.table
		if each.table != "" {
			table = tables[each.table]
		}
		switch {
		case !each.onSource && !names[each.cookie]:
			doubt(*each, "the servers are not known to set this cookie")
			continue
		case !each.onSource && (!http || x.mode != modeHTTP):
			doubt(*each, "there are no cookies without mode http")
			continue
		case table == nil:
			doubt(*each, "there is no such table")
			continue
		case table.why != "":
			doubt(stick{line: table.line}, table.why)
			continue
		}
		if each.match && matched == nil {
			matched = each
		}
		if each.stored && stored == nil {
			stored = each
		}
	}
	switch {
	case matched == nil:
		return s, d, why
	case stored == nil || matched.cookie != stored.cookie || matched.table != stored.table:
		doubt(*matched, "what is matched is not what is stored")
		return s, d, why
	}
	for _, each := range servers {
		if each.params.nonStick != no {
			return *matched, unclear, "the server is left out of the table"
		}
	}
	return *matched, yes, ""
}

func (x *proxy) cookieKeeps(c *cookie, servers []server, names map[string]bool) (d decision, why string) {
	switch {
	case c.unsure || strings.Contains(c.name, variable):
		return unclear, "a cookie statement that this reader does not understand"
	case !c.insert && !c.prefix && !c.dynamic:
		return no, "" // such a cookie is only looked at
	case x.mode != modeHTTP:
		return unclear, "there are no cookies in a backend without mode http"
	case c.ends:
		return unclear, "the cookie ends with a time, and whether sessions last longer is not in the file"
	case c.insert && c.dynamic && x.dynamicKey:
		return yes, ""
	case c.dynamic:
		return unclear, "a dynamic cookie without insert, or without a key"
	case c.prefix && !names[c.name]:
		return unclear, "the servers are not known to set this cookie"
	}
	seen := map[string]bool{}
	for _, s := range servers {
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

// covers reports whether browsers send the cookie to a host: it has no domain,
// or one that the host is in.
func (c *cookie) covers(host string) bool {
	for _, w := range c.domains {
		domain := strings.TrimPrefix(foldHost(w.text), ".")
		host := foldHost(host)
		if w.why != "" || domain == "" || host != domain && !strings.HasSuffix(host, "."+domain) {
			return false
		}
	}
	return true
}
