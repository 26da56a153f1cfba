package haproxy

import "strings"

// topics is what a statement can decide, 0 for one that decides nothing.
func topics(keyword string) topic {
	switch keyword {
	case "bind", "server", "use_backend", "default_backend", "disabled", "enabled", "dispatch", "server-template",
		"transparent", "option", "default-server":
		return topicAll
	case "mode":
		return topicAffinity | topicTLS | topicURLs
	case "balance", "cookie", "dynamic-cookie-key", "stick", "stick-table", "use-server", "ignore-persist":
		return topicAffinity
	case "http-request", "tcp-request", "redirect":
		return topicPorts | topicTLS | topicURLs
	case "http-response", "http-after-response":
		return topicAffinity
	}
	if passedOver.has(keyword) {
		return 0
	}
	return topicAll
}

// inSection reads a statement of a defaults section or a proxy.
func (p *parser) inSection(words []word) *SyntaxError {
	keyword := words[0]
	here := p.current()
	if keyword.why != "" {
		here.doubt(p.line, topicAll, "the statement's name has "+keyword.why)
		return nil
	}
	about := topics(keyword.text)
	if keyword.text == "option" && !(len(words) > 1 && (words[1].text == "transparent" || words[1].text == "http_proxy" || words[1].why != "")) {
		about = 0
	}
	switch edits := editsCookies(words[1:]); {
	case !strings.HasPrefix(keyword.text, "http-"):
	case edits:
		about |= topicAffinity
	case about == topicAffinity:
		about = 0
	}
	if keyword.text != "option" && setsSource(words) {
		about |= topicAffinity
	}
	switch {
	case about == 0:
		return nil
	case len(p.ifs) > 0:
		here.doubt(p.line, about, whyIf)
		return nil
	}
	s := (*settings)(nil)
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
	if p.proxy == nil {
		here.doubt(p.line, about, keyword.text+" in a defaults section is not understood")
		return nil
	}
	return p.inProxy(keyword, args, about)
}

// setting reads what may stand in a defaults section too.
func (p *parser) setting(s *settings, keyword word, args []word) (done bool, err *SyntaxError) {
	here := p.current()
	need := func(n int) bool {
		if len(args) < n {
			err = p.fail(keyword.column, keyword.text+" lacks a word")
		}
		return err == nil
	}
	switch keyword.text {
	case "mode":
		if !need(1) {
			return true, err
		}
		switch args[0].text {
		case "tcp":
			s.mode = modeTCP
		case "http":
			s.mode = modeHTTP
		default:
			s.mode = modeOther
			here.doubt(p.line, topics("mode"), "a mode that this reader does not know")
		}
	case "disabled", "enabled":
		s.disabled = keyword.text == "disabled"
	case "balance":
		if need(1) {
			s.balance = readBalance(p.line, args)
		}
	case "cookie":
		if need(1) {
			s.cookie = readCookie(p.line, args)
		}
	case "dynamic-cookie-key":
		s.dynamicKey = true
	case "default_backend":
		if !need(1) {
			return true, err
		}
		s.fallback = &rule{line: p.line, backend: args[0].text}
		if args[0].why != "" {
			s.fallback.backend = variable
		}
	case "default-server":
		var why string
		s.server, _, why = s.server.read(args)
		if why != "" && s.server != (serverParams{}) {
			here.doubt(p.line, topicAll, "default-server has "+why)
		}
	case "http-request", "tcp-request", "redirect":
		if setsSource(append([]word{keyword}, args...)) && s.setsSource == 0 {
			s.setsSource = p.line
		}
		if keyword.text == "http-request" && editsCookies(args) && s.editsCookies == 0 {
			s.editsCookies = p.line
		}
		p.request(s, keyword.text, args)
	case "http-response", "http-after-response":
		if editsCookies(args) && s.editsCookies == 0 {
			s.editsCookies = p.line
		}
	default:
		return false, nil
	}
	return true, err
}

func (p *parser) inProxy(keyword word, args []word, about topic) *SyntaxError {
	x := p.proxy
	switch keyword.text {
	case "bind":
		return p.bind(keyword, args)
	case "use_backend":
		if len(args) == 0 {
			return p.fail(keyword.column, "use_backend lacks a word")
		}
		if x.ended {
			return nil
		}
		r := rule{line: p.line, backend: args[0].text, conditional: len(args) > 1}
		if args[0].why != "" || strings.Contains(args[0].text, "%[") {
			r.backend = variable
		}
		x.rules = append(x.rules, r)
		x.ended = !r.conditional
		x.decided = x.ended && r.backend != variable
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
	why := readParams(args[1:], bindFlags, bindValues, func(name, _ string, certain bool) {
		if name == "ssl" && tls == no {
			if tls = yes; !certain {
				tls = unclear
			}
		}
	})
	if tls == no && (why == whyVar || why == whyEscape) {
		tls = unclear
	}
	if args[0].many || args[0].why == whyEscape {
		x.doubt(p.line, topicAll, "the address has "+args[0].why)
		return nil
	}
	for text := range strings.SplitSeq(args[0].text, ",") {
		b, ok := readBind(text)
		if !ok {
			return p.fail(args[0].column, "the address has no port, or one that does not exist")
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
	if args[0].many || args[1].why != "" {
		x.doubt(p.line, topicAll, "the server's address has "+args[0].why+args[1].why)
		return nil
	}
	s := server{line: p.line}
	var why string
	var ok bool
	if s.host, s.port, why, ok = readServer(args[1].text); !ok {
		return p.fail(args[1].column, "the address has a port that does not exist")
	}
	if why != "" {
		x.doubt(p.line, topicAll, "the server's address is "+why)
		return nil
	}
	s.params, s.cookie, why = x.settings.server.read(args[2:])
	if why == whyVar || why == whyEscape {
		x.doubt(p.line, topicAll, "the server has "+why)
	}
	x.servers = append(x.servers, s)
	return nil
}

// request reads the rules that can keep a request from getting any further.
func (p *parser) request(s *settings, keyword string, args []word) {
	here := p.current()
	conditional := false
	for _, w := range args {
		conditional = conditional || w.text == "if" || w.text == "unless"
	}
	if keyword != "redirect" {
		if keyword == "tcp-request" && len(args) > 0 {
			args = args[1:] // connection, session or content
		}
		if len(args) == 0 {
			return
		}
		action, _, _ := strings.Cut(args[0].text, "(")
		switch action {
		case "redirect":
			args = args[1:]
		case "set-dst", "set-dst-port", "switch-mode":
			here.doubt(p.line, topicAll, "it changes where connections go, or how they are read")
			return
		case "auth", "deny", "reject", "return", "silent-drop", "tarpit", "use-service":
			if !conditional {
				here.doubt(p.line, topicPorts|topicURLs, "it ends every request here")
			}
			return
		default:
			if strings.Contains(action, variable) {
				here.doubt(p.line, topicPorts|topicTLS|topicURLs, keyword+" has an action that is not certain")
			}
			return
		}
	}
	switch {
	case len(args) > 1 && args[0].text == "scheme" && strings.EqualFold(args[1].text, "https"):
		s.redirects = true
		s.redirectsAll = s.redirectsAll || !conditional
		s.redirectsPlain = s.redirectsPlain || !conditional || ofPlain(args)
	case !conditional:
		here.doubt(p.line, topicPorts|topicURLs, "it redirects every request")
	}
}

// ofPlain reports the condition that holds for all that comes without TLS.
func ofPlain(args []word) bool {
	for i, w := range args {
		if w.text != "if" && w.text != "unless" {
			continue
		}
		var rest []string
		for _, each := range args[i+1:] {
			rest = append(rest, each.text)
		}
		condition := strings.Join(rest, " ")
		return w.text == "if" && condition == "!{ ssl_fc }" || w.text == "unless" && condition == "{ ssl_fc }"
	}
	return false
}

// setsSource reports a rule that changes the address by which a client is
// known: http-request set-src, tcp-request … set-src.
func setsSource(words []word) bool {
	at := 1
	switch words[0].text {
	case "http-request":
	case "tcp-request":
		at = 2
	default:
		return false
	}
	return len(words) > at && words[at].text == "set-src"
}

// editsCookies reports a rule that removes or changes a header with cookies, or
// one whose headers are named by a pattern. args are what follows
// http-request, http-response or http-after-response.
func editsCookies(args []word) bool {
	if len(args) < 2 {
		return false
	}
	switch args[0].text {
	case "del-header", "set-header", "replace-header", "replace-value":
	default:
		return false
	}
	for _, w := range args[2:] {
		if w.text == "-m" {
			return true
		}
	}
	return args[1].why != "" || strings.EqualFold(args[1].text, "Cookie") || strings.EqualFold(args[1].text, "Set-Cookie")
}
