package nginx

import (
	"slices"
	"strconv"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/haproxy"
	"github.com/deploycluster/deploycluster/internal/balancer"
	"github.com/deploycluster/deploycluster/internal/hostname"
)

// Config is a configuration as far as this reader understands it.
type Config struct {
	name      string
	fronts    []front
	upstreams map[string]*upstream
	// doubts are about the whole.
	doubts []balancer.Place
	// realIP is the line of a directive that changes the client's address,
	// cookieEdits of one that changes headers with cookies; 0 for none.
	realIP, cookieEdits int
}

// front is a server block of http or stream.
type front struct {
	line    int
	stream  bool
	listens []listen
	// answers are returns for all requests, and for those without TLS; 0 for
	// none.
	answers, answersPlain int
	passes                []pass
	doubts                []balancer.Place
}

// listen is an address that a server listens on.
type listen struct {
	line  int
	port  int
	ssl   bool
	local bool
}

// pass is a proxy_pass.
type pass struct {
	line int
	// scheme is empty in stream; tls: the balancer encrypts.
	tls bool
	// name is of an upstream, or host and port.
	name string
	port int
	why  string
}

const whyInclude = "it includes a file that is not here; the output of nginx -T holds all files"

// harmless are files that come with NGINX and hold no servers.
const harmless = " mime.types fastcgi_params fastcgi.conf proxy_params scgi_params uwsgi_params koi-utf koi-win win-utf "

func missing(d directive) bool {
	return d.name == "include" && !strings.Contains(harmless, " "+d.arg(0)[strings.LastIndexByte(d.arg(0), '/')+1:]+" ")
}

// top reads the directives outside all blocks.
func (c *Config) top(list []directive) {
	inside := slices.ContainsFunc(list, func(d directive) bool { return d.name == "http" || d.name == "stream" || d.name == "events" })
	for _, d := range list {
		switch {
		case d.name == "http":
			c.context(d.block, false)
		case d.name == "stream":
			c.context(d.block, true)
		case !inside:
			c.context(list, false)
			return
		case missing(d) && !strings.Contains(d.arg(0), "modules-enabled"):
			c.doubts = append(c.doubts, balancer.At(d.line, whyInclude))
		}
	}
}

// context reads http or stream.
func (c *Config) context(list []directive, stream bool) {
	ssl := false
	for _, d := range list {
		switch {
		case d.name == "upstream":
			c.upstreams[key(stream, d.arg(0))] = readUpstream(d)
		case d.name == "ssl":
			ssl = d.arg(0) == "on"
		case missing(d) || byProgram(d):
			c.doubts = append(c.doubts, balancer.At(d.line, doubtOf(d)))
		}
		c.edits(d)
	}
	for _, d := range list {
		if d.name == "server" {
			c.server(d, stream, ssl)
		}
	}
}

func key(stream bool, name string) string {
	if stream {
		return "stream " + strings.ToLower(name)
	}
	return strings.ToLower(name)
}

// byProgram reports a directive that hands decisions to a program.
func byProgram(d directive) bool {
	return strings.Contains(d.name, "_by_lua") || strings.HasPrefix(d.name, "js_") || strings.HasPrefix(d.name, "perl")
}

func doubtOf(d directive) string {
	if d.name == "include" {
		return whyInclude
	}
	return "a program decides here"
}

// edits notes directives that change what sessions are kept by.
func (c *Config) edits(d directive) {
	switch d.name {
	case "real_ip_header":
		c.realIP = d.line
	case "proxy_set_header", "proxy_hide_header", "more_clear_headers", "more_set_headers", "more_clear_input_headers", "more_set_input_headers":
		if h := strings.ToLower(d.arg(0)); strings.HasPrefix(h, "cookie") || strings.HasPrefix(h, "set-cookie") {
			c.cookieEdits = d.line
		}
	}
}

func (c *Config) server(d directive, stream, ssl bool) {
	f := front{line: d.line, stream: stream}
	for _, each := range d.block {
		if each.name == "ssl" {
			ssl = each.arg(0) == "on"
		}
	}
	encrypts := slices.ContainsFunc(d.block, func(d directive) bool { return d.name == "proxy_ssl" && d.arg(0) == "on" })
	for _, each := range d.block {
		switch each.name {
		case "listen":
			l, ok := readListen(each, ssl)
			if !ok {
				f.doubts = append(f.doubts, balancer.At(each.line, "the address is not understood"))
			}
			f.listens = append(f.listens, l)
		case "return":
			f.answers = each.line
		case "if":
			if answers(each.block) && plainOnly(each.args) {
				f.answersPlain = each.line
			}
		}
	}
	if len(f.listens) == 0 && !stream {
		f.listens = []listen{{line: d.line, port: 80, ssl: ssl}}
	}
	c.passes(&f, d.block, encrypts)
	c.fronts = append(c.fronts, f)
}

// answers reports a block that answers all that comes to it.
func answers(block []directive) bool {
	return slices.ContainsFunc(block, func(d directive) bool {
		return d.name == "return" || d.name == "rewrite" && (d.arg(2) == "permanent" || d.arg(2) == "redirect")
	})
}

// plainOnly reports the condition that holds for all that comes without TLS.
func plainOnly(args []string) bool {
	switch strings.NewReplacer("(", "", ")", "", " ", "", `"`, "", "'", "").Replace(strings.Join(args, "")) {
	case "$scheme=http", "$scheme!=https", "$https=", "$https!=on":
		return true
	}
	return false
}

// passes collects the proxy_pass directives of a server and its locations.
func (c *Config) passes(f *front, block []directive, encrypts bool) {
	if slices.ContainsFunc(block, func(d directive) bool { return d.name == "return" }) {
		return
	}
	for _, d := range block {
		c.edits(d)
		switch {
		case d.name == "proxy_pass":
			f.passes = append(f.passes, readPass(d, f.stream, encrypts))
		case missing(d) || byProgram(d):
			f.doubts = append(f.doubts, balancer.At(d.line, doubtOf(d)))
		case d.name == "location" || d.name == "if" || d.name == "limit_except":
			c.passes(f, d.block, encrypts)
		}
	}
}

func readListen(d directive, ssl bool) (l listen, ok bool) {
	l = listen{line: d.line, port: 80, ssl: ssl || slices.Contains(d.args, "ssl") || slices.Contains(d.args, "quic")}
	text := d.arg(0)
	if strings.HasPrefix(text, "unix:") {
		l.local = true
		return l, true
	}
	if n, err := strconv.Atoi(text); err == nil {
		l.port = n
		return l, n > 0 && n <= 65535
	}
	host, port, ok := hostPort(text, 80)
	l.port = port
	l.local = hostname.Loopback(host) && host != "0.0.0.0" && host != "::"
	return l, ok
}

func readPass(d directive, stream, encrypts bool) pass {
	p := pass{line: d.line, tls: encrypts, port: 80}
	text := d.arg(0)
	if !stream {
		scheme, rest, ok := strings.Cut(text, "://")
		if !ok {
			p.why = "where it leads is decided while NGINX runs"
			return p
		}
		if p.tls = strings.EqualFold(scheme, "https"); p.tls {
			p.port = 443
		}
		text, _, _ = strings.Cut(rest, "/")
		if before, _, ok := strings.Cut(text, "$"); ok && before != "" && !strings.HasSuffix(before, ":") && stays(text[len(before):]) {
			text = before // a variable with the URI
		}
	}
	if name := variable(text); name != "" {
		p.why = "where it leads is decided while NGINX runs, by the variable " + name
	}
	p.name = text
	return p
}

// stays reports variables that are only the rest of a URL.
func stays(text string) bool {
	return text == "$request_uri" || text == "$uri" || text == "$uri$is_args$args"
}

// variable is the name of the first variable in a text.
func variable(text string) string {
	_, rest, ok := strings.Cut(text, "$")
	if !ok {
		return ""
	}
	rest = strings.TrimPrefix(rest, "{")
	end := strings.IndexFunc(rest, func(r rune) bool { return r != '_' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z') })
	if end < 0 {
		end = len(rest)
	}
	return "$" + rest[:min(end, 64)]
}

// Facts tells what the configuration does for the members. What is unclear is
// left undeclared; the list says why, by line. Options.Conditions has no effect:
// a server block is taken as one that users ask for by its name.
func (c *Config) Facts(o haproxy.Options) (cluster.LoadBalancer, []haproxy.Unclear) {
	t := &teller{Config: c, kept: map[*upstream]balancer.Keeping{}}
	var members []balancer.Member
	for _, m := range o.Members {
		members = append(members, balancer.Member(m))
	}
	t.Teller = balancer.NewTeller(c.name, o.Host, members)
	t.walk()
	lb, open := t.Result()
	var out []haproxy.Unclear
	for _, u := range open {
		out = append(out, haproxy.Unclear{Name: c.name, Line: u.Line, Facts: u.Facts, Reason: u.Reason})
	}
	return lb, out
}
