package haproxy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/internal/balancer"
	"github.com/deploycluster/deploycluster/internal/hostname"
)

// readBalance reads the algorithm.
func readBalance(line int, args []word) balance {
	b := balance{line: line, stays: unclear, text: texts(args)}
	name, argument, _ := cutCall(args[0].text)
	switch name {
	case "source":
		b.source = true
	case "roundrobin", "static-rr", "leastconn", "random", "uri":
		b.stays = no
	case "hash":
		if b.hash = len(args) == 2 && steadyFetch(args[1].text); b.hash {
			b.source = strings.HasPrefix(args[1].text, "src")
		}
	case "hdr":
		b.hash = strings.EqualFold(argument, "host")
	}
	if b.hash = b.hash || b.source; b.hash {
		b.stays = yes
	}
	return b
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
	switch {
	case len(args) == 4 && args[2].text == "table":
		s.table = args[3].text
	case len(args) != 2:
		return s, false
	}
	function, rest, _ := strings.Cut(args[1].text, "(")
	name, closed := strings.CutSuffix(rest, ")")
	s.cookie = strings.Trim(name, `"'`)
	s.onSource = args[1].text == "src"
	request := s.onSource || closed && s.cookie != "" && keywords(" req.cook cook cookie ").has(function)
	response := closed && s.cookie != "" && keywords(" res.cook scook set-cookie ").has(function)
	switch args[0].text {
	case "on":
		s.match, s.stored = true, true
		return s, s.onSource
	case "match":
		s.match = true
		return s, request
	case "store-request":
		s.stored = true
		return s, s.onSource
	case "store-response":
		s.stored = true
		return s, response
	}
	return s, false
}

// affinity says whether the backend keeps a client on one server. HAProxy asks
// its cookie first, then the stick table, then the algorithm. http: requests
// are looked at.
func (t *teller) affinity(x *proxy, http bool) balancer.Keeping {
	if len(x.servers) == 0 {
		return balancer.Keeping{Doubt: balancer.At(x.line, "no server of the backend is understood")}
	}
	first := t.Machine(x.servers[0].host)
	if !x.unsure() && !slices.ContainsFunc(x.servers, func(s server) bool { return t.Machine(s.host) != first }) {
		return balancer.Keeping{Kept: true, Way: "only " + first}
	}
	var k balancer.Keeping
	open := func(at int, why string) {
		if !k.Kept {
			k.Doubt = cmp.Or(k.Doubt, balancer.At(at, why))
		}
	}
	active, other := x.active()
	hash := x.balance.keeps(&x.settings)
	if c := x.cookie; c != nil && http {
		kept, way, why := t.cookieKeeps(x, c, active)
		switch {
		case kept == yes:
			return balancer.Keeping{Kept: true, By: balancer.ByCookie, Way: way, Cookie: c.line, Secure: c.secure}
		case kept == unclear && hash != yes, why == whyTwice:
			open(c.line, why)
		}
	}
	if k.Doubt == (balancer.Place{}) {
		s, kept, why := t.sticksKeep(x, http)
		switch {
		case kept == yes:
			table := s.table
			if table == "" {
				table = x.name
			}
			k = balancer.Keeping{Kept: true, By: balancer.ByCookie, Way: fmt.Sprintf("table %q %q %s", table, s.cookie, t.servers(x, func(s server) string { return s.name }, true))}
			if s.onSource {
				k.By = balancer.BySource
			}
			return k
		case kept == unclear && hash != yes:
			open(s.line, why)
		}
	}
	switch {
	case hash == yes && k.Doubt == (balancer.Place{}):
		k = balancer.Keeping{Kept: true, By: balancer.ByHash, Way: fmt.Sprintf("hash %q %q %s", x.balance.text, x.hashType, t.servers(x, func(s server) string {
			return fmt.Sprint(s.params.weight, " ", s.params.id, " ", s.params.backup)
		}, false))}
		if x.balance.source {
			k.By = balancer.BySource
		}
	case hash == unclear:
		open(x.balance.line, "whether this algorithm keeps sessions on one member is not clear")
	}
	if active < 2 {
		open(other.line, other.mayStand())
	}
	return k
}

// keeps tells whether the algorithm alone keeps a client on one server: not
// where consistent hashing passes a server with much to do.
// [hash-balance-factor]
func (b balance) keeps(s *settings) decision {
	if b.stays != yes || s.bounded == no || s.consistent == no {
		return b.stays
	}
	if s.bounded == yes && s.consistent == yes {
		return no
	}
	return unclear
}

// active counts the servers that take sessions whatever happens to the others;
// other is the first one that does not, or may not.
func (x *proxy) active() (n int, other server) {
	for _, s := range x.servers {
		if p := s.params; p.off == no && p.drained == no && p.backup == no {
			n++
		} else if other.line == 0 {
			other = s
		}
	}
	return n, other
}

// mayStand says why a server may take sessions beside another.
func (s server) mayStand() string {
	p := s.params
	switch {
	case p.off == yes || p.drained == yes:
		return "a server that is disabled or has weight 0 is put in service while HAProxy runs, and then nothing keeps sessions on one member"
	case p.backup == yes && p.off == no && p.drained == no:
		return "a backup server takes sessions when the others fail, and nothing brings clients back to the member that they had"
	}
	return uncertain("whether more than one server takes sessions at a time", p.why)
}

// uncertain says that something is not certain, and why, as far as that is
// known.
func uncertain(what, why string) string {
	if why != "" {
		why = ": " + why
	}
	return what + " is not certain" + why
}

// servers lists the servers of a backend by what tells them apart.
func (t *teller) servers(x *proxy, key func(server) string, sorted bool) string {
	var list []string
	for _, s := range x.servers {
		list = append(list, fmt.Sprintf("%q=%s", key(s), t.Machine(s.host)))
	}
	if sorted {
		slices.Sort(list)
	}
	return strings.Join(list, " ")
}

// sticksKeep judges the stick statements; the one returned is what was judged,
// or where the doubt is.
func (t *teller) sticksKeep(x *proxy, http bool) (s stick, d decision, why string) {
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
			table = t.tables[each.table]
		}
		switch {
		case !each.onSource && !t.Cookies[each.cookie]:
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
	case slices.ContainsFunc(x.servers, func(s server) bool { return s.params.nonStick != no }):
		return *matched, unclear, "a server is left out of the table"
	}
	return *matched, yes, ""
}

const whyTwice = "two servers have one cookie value"

// cookieKeeps judges the cookie statement; active is how many servers take
// sessions at the same time.
func (t *teller) cookieKeeps(x *proxy, c *cookie, active int) (d decision, way, why string) {
	switch {
	case c.unsure || strings.Contains(c.name, variable):
		return unclear, "", "a cookie statement that this reader does not understand"
	case !c.insert && !c.prefix && !c.dynamic:
		return no, "", "" // such a cookie is only looked at
	case x.mode != modeHTTP:
		return unclear, "", "there are no cookies in a backend without mode http"
	case c.ends:
		return unclear, "", "the cookie ends with a time, and whether sessions last longer is not in the file"
	case c.dynamic && !c.insert:
		return unclear, "", "a dynamic cookie without insert"
	case c.prefix && !t.Cookies[c.name]:
		return unclear, "", "the servers are not known to set this cookie"
	}
	value := func(s server) string {
		if s.cookie == "" && c.dynamic && x.dynamicKey != "" {
			return fmt.Sprintf("%q %v", x.dynamicKey, s.port)
		}
		return s.cookie
	}
	seen := map[string]bool{}
	for _, s := range x.servers {
		switch v := value(s); {
		case v == "" && active >= 2 && s.params.off == no && s.params.drained == no && s.params.backup == no:
			// HAProxy never tells the client of such a server. [cookie of server]
			return no, "", ""
		case v == "":
			return unclear, "", "not every server has a cookie value"
		case s.cookie != "" && strings.Contains(s.cookie, variable):
			return unclear, "", uncertain("a server's cookie value", s.params.why)
		case s.cookie != "" && seen[v]:
			return unclear, "", whyTwice
		default:
			seen[v] = true
		}
	}
	return yes, fmt.Sprintf("cookie %q %v %q %s", c.name, c.prefix, texts(c.domains), t.servers(x, value, true)), ""
}

// covers reports whether browsers send the cookie to a host: it has no domain,
// or one that the host is in.
func (c *cookie) covers(host string) bool {
	for _, w := range c.domains {
		domain := strings.TrimPrefix(hostname.Fold(w.text), ".")
		host := hostname.Fold(host)
		if w.why != "" || domain == "" || host != domain && !strings.HasSuffix(host, "."+domain) {
			return false
		}
	}
	return true
}
