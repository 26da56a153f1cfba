package haproxy

import (
	"cmp"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/internal/balancer"
)

// decides are the facts that a statement can decide.
func decides(keyword string) balancer.Facts {
	switch keyword {
	case "bind", "server", "use_backend", "default_backend", "disabled", "enabled", "dispatch", "server-template",
		"transparent", "option", "default-server", "http-request", "tcp-request", "redirect":
		return balancer.All
	case "mode":
		return balancer.Affinity | balancer.TLSEnds | balancer.URLs
	case "acl", "balance", "cookie", "dynamic-cookie-key", "hash-balance-factor", "hash-type", "ignore-persist", "stick", "stick-table", "use-server",
		"http-response", "http-after-response":
		return balancer.Affinity
	}
	if passedOver.has(keyword) {
		return 0
	}
	return balancer.All
}

// inSection reads a statement of a defaults section or a proxy.
func (p *parser) inSection(words []word) *SyntaxError {
	keyword := words[0]
	here := p.current()
	if keyword.why != "" {
		here.doubt(p.line, balancer.All, "the statement's name has "+keyword.why)
		return nil
	}
	about := decides(keyword.text)
	if keyword.text == "option" && !(len(words) > 1 && (words[1].text == "transparent" || words[1].text == "http_proxy" || words[1].why != "")) {
		about = 0
	}
	switch edits := editsHeader(words[1:], "Cookie", "Set-Cookie"); {
	case !strings.HasPrefix(keyword.text, "http-"):
	case edits:
		about |= balancer.Affinity
	case about == balancer.Affinity:
		about = 0
	}
	switch {
	case about == 0:
		return nil
	case len(p.ifs) > 0:
		here.doubt(p.line, about, whyIf)
		return nil
	}
	var s *settings
	if p.proxy != nil {
		s = &p.proxy.settings
	} else {
		s = &p.preset.settings
	}
	args := words[1:]
	for _, w := range args {
		if w.many && keyword.text != "server" && keyword.text != "bind" && keyword.text != "default-server" {
			here.doubt(p.line, about, keyword.text+" has "+w.why)
			return nil
		}
	}
	if done, err := p.setting(s, keyword, args); done || err != nil {
		return err
	}
	if p.proxy == nil && keyword.text == "acl" {
		return nil // conditions with its name are not certain
	}
	if p.proxy == nil {
		here.doubt(p.line, about, keyword.text+" in a defaults section is not understood")
		return nil
	}
	return p.inProxy(keyword, args, about)
}

// needWord are the settings that are nothing without a word.
const needWord keywords = " mode balance hash-type hash-balance-factor cookie dynamic-cookie-key default_backend "

// setting reads what may stand in a defaults section too.
func (p *parser) setting(s *settings, keyword word, args []word) (done bool, _ *SyntaxError) {
	if len(args) == 0 && needWord.has(keyword.text) {
		return true, p.fail(keyword.column, keyword.text+" lacks a word")
	}
	switch keyword.text {
	case "mode":
		switch args[0].text {
		case "tcp":
			s.mode = modeTCP
		case "http":
			s.mode = modeHTTP
		default:
			s.mode = modeOther
			p.current().doubt(p.line, decides("mode"), "a mode that this reader does not know")
		}
	case "disabled", "enabled":
		s.disabled = keyword.text == "disabled"
	case "balance":
		s.balance = readBalance(p.line, args)
	case "hash-type":
		s.consistent, s.hashType = args[0].says(args[0].text == "consistent"), texts(args)
	case "hash-balance-factor":
		s.bounded = args[0].says(strings.Trim(args[0].text, "0") != "")
	case "cookie":
		s.cookie = readCookie(p.line, args)
	case "dynamic-cookie-key":
		s.dynamicKey = args[0].text + args[0].why
	case "default_backend":
		s.fallback = &rule{line: p.line, backend: args[0].text, why: args[0].why}
	case "default-server":
		s.server, _ = s.server.read(args)
	case "http-request", "tcp-request", "redirect":
		line := append([]word{keyword}, args...)
		note(&s.setsSource, p.line, setsSource(line))
		note(&s.setsHost, p.line, editsHost(line))
		note(&s.editsCookies, p.line, keyword.text == "http-request" && editsHeader(args, "Cookie", "Set-Cookie"))
		p.request(s, keyword.text, args)
	case "http-response", "http-after-response":
		note(&s.editsCookies, p.line, editsHeader(args, "Cookie", "Set-Cookie"))
	default:
		return false, nil
	}
	return true, nil
}

// note keeps the first line at which something is met.
func note(at *int, line int, met bool) {
	if met && *at == 0 {
		*at = line
	}
}

func texts(words []word) string {
	var b strings.Builder
	for _, w := range words {
		b.WriteString(w.text + w.why + " ")
	}
	return b.String()
}

func (p *parser) inProxy(keyword word, args []word, about balancer.Facts) *SyntaxError {
	x := p.proxy
	switch keyword.text {
	case "bind":
		return p.bind(keyword, args)
	case "acl":
		if len(args) < 2 {
			return p.fail(keyword.column, "acl lacks a word")
		}
		x.acl(args)
	case "use_backend":
		if len(args) == 0 {
			return p.fail(keyword.column, "use_backend lacks a word")
		}
		r := rule{line: p.line, backend: args[0].text, why: args[0].why}
		if strings.Contains(r.backend, "%[") {
			r.why = "an expression"
		}
		if len(args) > 1 {
			r.condition = readCondition(args[1:])
		}
		x.rules = append(x.rules, r)
	case "server":
		return p.server(keyword, args)
	case "stick-table":
		x.table = readStickTable(p.line, args)
	case "stick":
		s, ok := readStick(p.line, args)
		if !ok {
			x.doubt(p.line, about, "a stick statement of a form that this reader does not know")
			return nil
		}
		x.sticks = append(x.sticks, s)
	default:
		x.doubt(p.line, about, "this reader does not know what the statement does")
	}
	return nil
}

func (p *parser) bind(keyword word, args []word) *SyntaxError {
	x := p.proxy
	if len(args) == 0 {
		return p.fail(keyword.column, "bind lacks an address")
	}
	tls := no
	why, any := readParams(args[1:], bindFlags, bindValues, func(name string, _ word, certain bool) {
		if name == "ssl" && tls == no {
			if tls = yes; !certain {
				tls = unclear
			}
		}
	})
	if tls == no && any {
		tls = unclear
	}
	if args[0].many || args[0].why == whyEscape {
		x.doubt(p.line, balancer.All, "the address has "+args[0].why)
		return nil
	}
	w := args[0].address()
	for text := range strings.SplitSeq(w.text, ",") {
		b, ok := readBind(text, w.why)
		if !ok {
			return p.fail(w.column, "the address has no port, or one that does not exist")
		}
		b.line, b.tls = p.line, tls == yes
		if tls == unclear {
			b.tlsWhy = why
		}
		x.binds = append(x.binds, b)
	}
	return nil
}

func (p *parser) server(keyword word, args []word) *SyntaxError {
	x := p.proxy
	if len(args) < 2 {
		return p.fail(keyword.column, "server lacks its name or its address")
	}
	if args[0].many || args[1].many || args[1].why == whyEscape {
		x.doubt(p.line, balancer.All, "the server's address has "+cmp.Or(args[1].why, args[0].why))
		return nil
	}
	w := args[1].address()
	s := server{line: p.line, name: args[0].text + args[0].why}
	var why string
	var ok bool
	if s.host, s.port, why, ok = readServer(w); !ok {
		return p.fail(w.column, "the address has a port that does not exist")
	}
	if why != "" {
		x.doubt(p.line, balancer.All, "the server's address is "+why)
		return nil
	}
	if s.unsureHost() {
		s.host += w.why // so that equal texts are equal hosts
		s.hostWhy = w.why
	}
	s.params, s.cookie = x.settings.server.read(args[2:])
	x.servers = append(x.servers, s)
	return nil
}

// request reads the rules that can keep a request from getting any further.
func (p *parser) request(s *settings, keyword string, args []word) {
	e := &ending{before: s.ends, line: p.line, set: keyword, http: keyword != "tcp-request"}
	switch {
	case keyword == "redirect":
		args = append([]word{{text: keyword}}, args...)
	case keyword == "tcp-request" && len(args) > 0:
		e.set = args[0].text
		args = args[1:] // connection, session or content
	}
	if len(args) == 0 {
		return
	}
	action, _, _ := strings.Cut(args[0].text, "(")
	switch action {
	case "allow", "accept":
		e.allow = true
	case "redirect":
		args = args[1:]
		e.https = len(args) > 1 && args[0].text == "scheme" && strings.EqualFold(args[1].text, "https")
	case "set-dst", "set-dst-port", "switch-mode":
		p.current().doubt(p.line, balancer.All, "it changes where connections go, or how they are read")
		return
	case "auth", "deny", "reject", "return", "silent-drop", "tarpit", "use-service":
	default:
		if strings.Contains(action, variable) || strings.HasPrefix(action, "lua.") {
			p.current().doubt(p.line, balancer.All, keyword+" has an action that is not certain")
		}
		return
	}
	e.condition = conditionOf(args)
	s.ends = e
}

// setsSource reports a rule that changes the address by which a client is
// known: http-request set-src, tcp-request … set-src.
func setsSource(words []word) bool {
	at := map[string]int{"http-request": 1, "tcp-request": 2}[words[0].text]
	return at > 0 && len(words) > at && words[at].text == "set-src"
}

// editsHost reports a rule that may change the Host header.
func editsHost(words []word) bool {
	return words[0].text == "http-request" && len(words) > 1 &&
		(words[1].text == "set-uri" || words[1].text == "replace-uri" || editsHeader(words[1:], "Host"))
}

// editsHeader reports a rule that removes or changes one of the headers, or one
// whose headers are named by a pattern. args are what follows http-request,
// http-response or http-after-response.
func editsHeader(args []word, headers ...string) bool {
	if len(args) < 2 || !keywords(" add-header del-header set-header replace-header replace-value ").has(args[0].text) {
		return false
	}
	pattern := slices.ContainsFunc(args[2:], func(w word) bool { return w.text == "-m" })
	return pattern || args[1].why != "" || slices.ContainsFunc(headers, func(h string) bool { return strings.EqualFold(args[1].text, h) })
}
