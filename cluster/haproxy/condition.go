package haproxy

import "strings"

// condition is what follows "if" or "unless". [7]
type condition struct {
	unless bool
	// terms are parted by "or"; the atoms of one have to hold together.
	terms [][]atom
	// unsure: it cannot be read.
	unsure bool
}

// atom is the name of an acl, or a test in braces.
type atom struct {
	not  bool
	name string
	test test
}

// test is one acl line, or what stands in braces: what is looked at, and the
// flags and values that it is held against.
type test struct {
	fetch  string
	values []string
}

// acl is what the lines of one name say together.
type acl struct {
	// tests are the first lines; more: there are others.
	tests []test
	more  bool
	// moves: a line looks at what may differ between the requests of one client.
	moves bool
}

const (
	// maxAtoms and maxTests bound the conditions that are evaluated; others are
	// not certain.
	maxAtoms = 50
	maxTests = 20
)

// readCondition reads what follows the statement's own words.
func readCondition(words []word) *condition {
	c := &condition{terms: [][]atom{nil}}
	if len(words) < 2 || len(words) > 10*maxAtoms || words[0].text != "if" && words[0].text != "unless" {
		return &condition{unsure: true}
	}
	c.unless = words[0].text == "unless"
	atoms := 0
	for i := 1; i < len(words); i++ {
		last := &c.terms[len(c.terms)-1]
		name := strings.TrimLeft(words[i].text, "!")
		a := atom{not: (len(words[i].text)-len(name))%2 == 1, name: name}
		switch {
		case words[i].why != "":
			return &condition{unsure: true}
		case name == "or" || name == "||":
			c.terms = append(c.terms, nil)
			continue
		case name == "" && i+1 < len(words): // the mark stands alone
			words[i+1].text = words[i].text + words[i+1].text
			continue
		case name == "{":
			var inner []word
			for i++; i < len(words) && words[i].text != "}"; i++ {
				inner = append(inner, words[i])
			}
			if len(inner) == 0 || i == len(words) {
				return &condition{unsure: true}
			}
			a.name, a.test = "", readTest(inner)
		}
		if *last = append(*last, a); atoms == maxAtoms {
			return &condition{unsure: true}
		}
		atoms++
	}
	return c
}

func readTest(words []word) (t test) {
	t.fetch = words[0].text
	if words[0].why != "" {
		t.fetch = variable
	}
	for _, w := range words[1:min(len(words), maxTests)] {
		t.values = append(t.values, w.text)
	}
	return t
}

// conditionOf finds the condition at the end of a statement, nil for none.
func conditionOf(args []word) *condition {
	for i, w := range args {
		if w.text == "if" || w.text == "unless" {
			return readCondition(args[i:])
		}
	}
	return nil
}

// acl notes an acl line.
func (x *proxy) acl(args []word) {
	if x.acls == nil {
		x.acls = map[string]*acl{}
	}
	a := x.acls[args[0].text]
	if a == nil {
		a = &acl{}
		x.acls[args[0].text] = a
	}
	t := readTest(args[1:])
	a.moves = a.moves || !steadyFetch(t.fetch)
	if len(a.tests) == maxTests {
		a.more = true
		return
	}
	a.tests = append(a.tests, t)
}

// tests are what an atom stands for. certain is false where there may be
// others.
func (x *proxy) tests(a atom) (tests []test, certain bool) {
	if a.name == "" {
		return []test{a.test}, true
	}
	switch a.name {
	case "TRUE", "WAIT_END":
		return []test{{fetch: "always_true"}}, true
	case "FALSE":
		return nil, true
	}
	if l := x.acls[a.name]; l != nil {
		return l.tests, !l.more
	}
	return nil, false
}

// holds tells whether the condition is met by what comes in at an address: it
// is certain only as far as TLS and the port decide.
func (x *proxy) holds(c *condition, b bind) decision {
	if c == nil {
		return yes
	}
	if c.unsure {
		return unclear
	}
	any := no
	for _, term := range c.terms {
		all := yes
		for _, a := range term {
			tests, certain := x.tests(a)
			met := no
			if !certain {
				met = unclear
			}
			for _, t := range tests {
				met = max(met, t.met(b))
			}
			if a.not {
				met = met.not()
			}
			all = min(all, met)
		}
		any = max(any, all)
	}
	if c.unless {
		return any.not()
	}
	return any
}

func (t test) met(b bind) decision {
	switch {
	case t.fetch == "always_true" && len(t.values) == 0:
		return yes
	case t.fetch == "always_false" && len(t.values) == 0:
		return no
	case t.fetch == "ssl_fc" && len(t.values) == 0 && b.tlsWhy == "":
		return is(b.tls)
	case t.fetch != "dst_port" || b.portsWhy != "" || b.ports.low == 0 || b.ports.low != b.ports.high:
		return unclear
	}
	met := no
	for i, v := range t.values {
		n, ok := portNumber(v)
		switch {
		case i == 0 && v == "eq":
		case !ok:
			return unclear
		case n == b.ports.low:
			met = yes
		}
	}
	return met
}

// steady reports a condition whose answer is the same for all requests of one
// client: it looks at the host, at the client's address, and at where the
// connection came in, and at nothing else.
func (x *proxy) steady(c *condition) bool {
	if c == nil {
		return true
	}
	for _, term := range c.terms {
		for _, a := range term {
			switch l := x.acls[a.name]; {
			case a.name == "" && steadyFetch(a.test.fetch):
			case a.name != "" && l != nil && !l.moves:
			case l == nil && (a.name == "TRUE" || a.name == "WAIT_END" || a.name == "FALSE"):
			default:
				return false
			}
		}
	}
	return !c.unsure
}

const (
	steadyFetches keywords = " always_true always_false dst dst_port req.ssl_sni req_ssl_sni so_id src ssl_fc ssl_fc_sni "
	headerFetches keywords = " hdr req.fhdr req.hdr "
	// steadyConverters give equal results for equal inputs.
	steadyConverters keywords = " bytes field host_only ipmask length lower ltrim map map_beg map_dir map_dom map_end map_ip" +
		" map_reg map_str map_sub port_only regsub rtrim upper word "
)

// steadyFetch reports an expression, with its converters, that is the same for
// all requests of one client. [7.3]
func steadyFetch(expression string) bool {
	name, argument, rest := cutCall(expression)
	for _, suffix := range []string{"_beg", "_dir", "_dom", "_end", "_reg", "_sub"} {
		if base, ok := strings.CutSuffix(name, suffix); ok && (headerFetches.has(base) || strings.Contains(base, "sni")) {
			name = base
		}
	}
	if header, _, _ := strings.Cut(argument, ","); headerFetches.has(name) && strings.EqualFold(header, "host") {
		name = "src" // as steady
	}
	if !steadyFetches.has(name) {
		return false
	}
	for rest != "" {
		if name, _, rest = cutCall(strings.TrimPrefix(rest, ",")); !steadyConverters.has(name) {
			return false
		}
	}
	return true
}

// cutCall cuts name(argument) off an expression.
func cutCall(expression string) (name, argument, rest string) {
	i := strings.IndexAny(expression, "(,")
	if i < 0 {
		return expression, "", ""
	}
	name, rest = expression[:i], expression[i:]
	if rest[0] == '(' {
		argument, rest, _ = strings.Cut(rest[1:], ")")
	}
	return name, argument, rest
}
