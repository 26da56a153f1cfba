package haproxy

import (
	"cmp"
	"strings"

	"github.com/deploycluster/deploycluster/internal/balancer"
)

// doubt is something in the file that is not understood, and what it could
// decide.
type doubt struct {
	line   int
	facts  balancer.Facts
	reason string
}

// source is where doubts stand: a section, and the defaults sections that it
// began with.
type source struct {
	own  []doubt
	from *source
}

func (s *source) doubt(line int, facts balancer.Facts, reason string) {
	s.own = append(s.own, doubt{line, facts, reason})
}

type mode uint8

const (
	modeTCP mode = iota // what HAProxy begins with
	modeHTTP
	modeOther
)

// decision is an answer that may be unclear. Of several, min is what holds for all,
// and max what holds for one of them.
type decision uint8

const (
	no decision = iota
	unclear
	yes
)

func (d decision) not() decision { return yes - d }

// settings are what defaults sections hand on.
type settings struct {
	mode    mode
	balance balance
	// consistent: of hash-type. bounded: hash-balance-factor is above 0.
	consistent, bounded decision
	hashType            string
	cookie              *cookie
	dynamicKey          string
	fallback            *rule
	server              serverParams
	disabled            bool
	// ends are the rules that can answer or refuse requests, the last one first.
	ends *ending
	// setsSource is the line of a rule that changes the client's address,
	// setsHost of one that changes the Host header, editsCookies of one that
	// changes headers with cookies; 0 for none.
	setsSource, setsHost, editsCookies int
}

// balance is the algorithm that picks a server.
type balance struct {
	line  int
	stays decision
	// hash: it is a hash of what stays the same for a client. source: of its
	// address.
	hash, source bool
	// text is the whole of it.
	text string
}

// cookie is the cookie statement.
type cookie struct {
	line            int
	name            string
	insert, prefix  bool
	dynamic, unsure bool
	// secure: not sent over plain HTTP. ends: it is not taken after some time.
	secure, ends bool
	domains      []word
}

// stick is a stick statement of one of the understood forms.
type stick struct {
	line int
	// onSource: the client's address. Otherwise cookie is the name of a cookie
	// that is matched, or stored from a response.
	onSource      bool
	cookie        string
	match, stored bool
	// table is the proxy whose table is used, "" for this one.
	table string
}

// ending is a rule that ends the way of requests, or with allow the effect of
// the later rules of its set.
type ending struct {
	before *ending
	line   int
	set    string
	allow  bool
	// http: only requests are looked at, not connections. https: it redirects
	// to https.
	http, https bool
	condition   *condition
}

// rule is a use_backend, or the default_backend.
type rule struct {
	line      int
	backend   string
	why       string
	condition *condition
}

// server is one server line.
type server struct {
	line   int
	name   string
	host   string
	port   serverPort
	params serverParams
	cookie string
	// hostWhy says why the host is not certain, empty if it is.
	hostWhy string
}

// unsureHost reports a host that depends on a variable.
func (s server) unsureHost() bool { return strings.Contains(s.host, variable) }

// proxy is a frontend, a backend, or both.
type proxy struct {
	name        string
	line        int
	front, back bool
	settings
	source

	acls  map[string]*acl
	binds []bind
	// rules are the use_backend statements.
	rules []rule
	// servers are those whose address is understood.
	servers []server
	// sticks are the stick statements that are understood.
	sticks []stick
	// table is the proxy's own stick table, nil where there is none.
	table *stickTable
}

// serverParams are the parameters of a server line that decide something.
type serverParams struct {
	tls, off, drained, nonStick, backup decision
	// weight and id move what a hash leads to.
	weight, id string
	why        string
}

const whyParameter = "a parameter that this reader does not know"

// readParams goes through the parameters of a bind or server line. see is
// called for every parameter that the lists know, with its value; the words
// after one that they do not know may be its values. why says what makes the
// line uncertain, and any that it may be any parameter.
func readParams(words []word, flags, values keywords, see func(name string, value word, certain bool)) (why string, any bool) {
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch {
		case w.many || w.why != "" && (flags.has(w.text) || !values.has(w.text)):
			why, any = w.why, true
		case flags.has(w.text):
			see(w.text, word{}, why == "")
		case values.has(w.text):
			value := word{}
			if i++; i < len(words) {
				if value = words[i]; value.many {
					why, any = value.why, true
				}
			}
			see(w.text, value, why == "")
		default:
			// Its values, if it takes any, are read as parameters.
			why = cmp.Or(why, whyParameter)
		}
	}
	return why, any
}

// read applies the parameters of a server or default-server line.
func (p serverParams) read(words []word) (out serverParams, cookie string) {
	out = p
	set := func(d *decision, v decision, certain bool) {
		if !certain && *d != v {
			v = unclear
		}
		*d = v
	}
	var valueWhy string
	why, any := readParams(words, serverFlags, serverValues, func(name string, value word, certain bool) {
		switch name {
		case "ssl", "no-ssl":
			set(&out.tls, is(name == "ssl"), certain)
		case "disabled", "enabled":
			set(&out.off, is(name == "disabled"), certain)
		case "backup", "no-backup":
			set(&out.backup, is(name == "backup"), certain)
		case "non-stick", "stick":
			set(&out.nonStick, is(name == "non-stick"), certain)
		case "redir":
			out.off, out.why = unclear, "it redirects requests"
		case "weight":
			out.weight = value.text
			if value.why != "" {
				out.drained, valueWhy = unclear, value.why
			} else {
				set(&out.drained, is(value.text != "" && strings.Trim(value.text, "0") == ""), certain)
			}
		case "id":
			out.id = value.text
		case "cookie":
			if cookie, valueWhy = value.text, cmp.Or(value.why, valueWhy); !certain {
				cookie = variable
			}
		}
	})
	out.why = cmp.Or(why, valueWhy, out.why)
	if any {
		out.tls, out.off, out.drained, out.nonStick, out.backup = unclear, unclear, unclear, unclear, unclear
		cookie = cmp.Or(cookie, variable)
	}
	return out, cookie
}

func is(b bool) decision {
	if b {
		return yes
	}
	return no
}

// says is is, as far as the word that tells is certain.
func (w word) says(b bool) decision {
	if w.why != "" {
		return unclear
	}
	return is(b)
}
