package haproxy

import "strings"

// topic is a set of facts that something can decide.
type topic uint8

const (
	topicPorts topic = 1 << iota
	topicAffinity
	topicTLS
	topicURLs

	topicAll = topicPorts | topicAffinity | topicTLS | topicURLs
)

// doubt is something in the file that is not understood, and what it could
// decide.
type doubt struct {
	line   int
	topics topic
	reason string
}

// source is where doubts stand: a section, and the defaults sections that it
// began with.
type source struct {
	own  []doubt
	from *source
}

func (s *source) doubt(line int, topics topic, reason string) {
	s.own = append(s.own, doubt{line, topics, reason})
}

type mode uint8

const (
	modeTCP mode = iota // what HAProxy begins with
	modeHTTP
	modeOther
)

// decision is an answer that may be unclear.
type decision uint8

const (
	no decision = iota
	yes
	unclear
)

// balance is the algorithm that picks a server.
type balance struct {
	line  int
	stays decision
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

// rule is a use_backend, or the default_backend.
type rule struct {
	line        int
	backend     string
	conditional bool
}

// settings are what defaults sections hand on.
type settings struct {
	mode       mode
	balance    balance
	cookie     *cookie
	dynamicKey bool
	fallback   *rule
	server     serverParams
	disabled   bool
	// redirects: there is a redirect to https. redirectsPlain: it holds for all
	// that comes without TLS; redirectsAll: it holds for every request.
	redirects, redirectsPlain, redirectsAll bool
	// setsSource is the line of a rule that changes the client's address,
	// editsCookies of one that changes headers with cookies; 0 for none.
	setsSource, editsCookies int
}

// server is one server line.
type server struct {
	line   int
	host   string
	port   serverPort
	params serverParams
	cookie string
}

// proxy is a frontend, a backend, or both.
type proxy struct {
	name        string
	front, back bool
	settings
	source

	binds []bind
	// rules are the use_backend statements up to the first without a condition;
	// ended: there is one. decided: it names a backend, so that the default is
	// never used.
	rules          []rule
	ended, decided bool
	// servers are those whose address is clear.
	servers []server
	// sticks are the stick statements that are understood.
	sticks []stick
	// table is the proxy's own stick table, nil where there is none.
	table *stickTable
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

// serverParams are the parameters of a server line that decide something.
type serverParams struct {
	tls, off, drained, nonStick, backup decision
}

// readParams goes through the parameters of a bind or server line. see is
// called for every parameter that the lists know, with its value; the words
// after one that they do not know may be its values.
func readParams(words []word, flags, values keywords, see func(name, value string, certain bool)) (why string) {
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch {
		case w.many || w.why != "" && (flags.has(w.text) || !values.has(w.text)):
			why = w.why
		case flags.has(w.text):
			see(w.text, "", why == "")
		case values.has(w.text):
			value := ""
			if i++; i < len(words) {
				value = words[i].text
				if words[i].many {
					why = words[i].why
				}
			}
			see(w.text, value, why == "")
		default:
			// Its values, if it takes any, are read as parameters.
			if why == "" {
				why = "a parameter that this reader does not know"
			}
		}
	}
	return why
}

// read applies the parameters of a server or default-server line.
func (p serverParams) read(words []word) (out serverParams, cookie string, why string) {
	out = p
	set := func(d *decision, v decision, certain bool) {
		if !certain && *d != v {
			v = unclear
		}
		*d = v
	}
	why = readParams(words, serverFlags, serverValues, func(name, value string, certain bool) {
		switch name {
		case "ssl":
			set(&out.tls, yes, certain)
		case "no-ssl":
			set(&out.tls, no, certain)
		case "disabled":
			set(&out.off, yes, certain)
		case "enabled":
			set(&out.off, no, certain)
		case "weight":
			switch {
			case strings.Contains(value, variable):
				out.drained = unclear
			case strings.TrimLeft(value, "0") == "" && value != "":
				set(&out.drained, yes, certain)
			default:
				set(&out.drained, no, certain)
			}
		case "redir":
			out.off = unclear
		case "backup":
			set(&out.backup, yes, certain)
		case "no-backup":
			set(&out.backup, no, certain)
		case "non-stick":
			set(&out.nonStick, yes, certain)
		case "stick":
			set(&out.nonStick, no, certain)
		case "cookie":
			if cookie = value; !certain {
				cookie = variable
			}
		}
	})
	if why == whyVar || why == whyEscape {
		// A variable may be any parameter.
		out = serverParams{unclear, unclear, unclear, unclear, unclear}
		if cookie == "" {
			cookie = variable
		}
	}
	return out, cookie, why
}
