package haproxy

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/internal/balancer"
)

// maxSize bounds a configuration, in bytes; the largest known have a few
// megabytes.
const maxSize = 16 << 20

// Config is a configuration as far as this reader understands it.
type Config struct {
	name    string
	proxies []*proxy
	// backs are the proxies that can be a backend, by name.
	backs map[string][]*proxy
}

// Parse reads a configuration file. name is for errors and Unclear values; data
// is not kept. The error is a *SyntaxError for what HAProxy would refuse, as
// far as it concerns this reader, or a *cluster.FileError for more than 16 MiB.
func Parse(name string, data []byte) (*Config, error) {
	if len(data) > maxSize {
		return nil, &cluster.FileError{Path: name, Kind: cluster.GapTooLarge, Reason: fmt.Sprintf("has more than %d bytes", maxSize)}
	}
	p := &parser{
		Config: &Config{name: name, backs: map[string][]*proxy{}},
		named:  map[string][]*preset{}, last: &preset{},
	}
	if err := p.file(data); err != nil {
		err.Name = name
		return nil, err
	}
	return p.Config, nil
}

// preset is a defaults section.
type preset struct {
	settings
	source
}

type parser struct {
	*Config
	line  int
	named map[string][]*preset
	// last is the defaults section that proxies begin with.
	last *preset

	// begun: there has been a section. skip: the section at hand balances
	// nothing. proxy and preset are the section at hand, or nil.
	begun, skip bool
	proxy       *proxy
	preset      *preset

	// ifs are the lines of the open .if statements.
	ifs []int
}

func (p *parser) fail(column int, reason string) *SyntaxError {
	return &SyntaxError{Line: p.line, Column: column, Reason: reason}
}

func (p *parser) file(data []byte) *SyntaxError {
	for len(data) > 0 {
		p.line++
		n := bytes.IndexByte(data, '\n')
		if n < 0 {
			return p.fail(len(data)+1, lastLineNo)
		}
		line := data[:n]
		data = data[n+1:]
		if i := bytes.IndexByte(line, 0); i >= 0 {
			return p.fail(i+1, "a NUL byte")
		}
		words, err := cut(string(line))
		if err != nil {
			err.Line = p.line
			return err
		}
		if len(words) == 0 {
			continue
		}
		if err := p.statement(words); err != nil {
			return err
		}
	}
	if len(p.ifs) > 0 {
		p.line = p.ifs[len(p.ifs)-1]
		return p.fail(1, ".if without .endif")
	}
	return nil
}

func (p *parser) statement(words []word) *SyntaxError {
	first := words[0]
	if strings.HasPrefix(first.text, ".") {
		return p.directive(words)
	}
	switch first.text {
	case "defaults", "frontend", "backend", "listen":
		return p.section(words)
	}
	if otherSections.has(first.text) {
		p.looseSection()
		p.begun, p.skip, p.proxy, p.preset = true, true, nil, nil
		return nil
	}
	switch {
	case !p.begun:
		return p.fail(first.column, "a statement before the first section")
	case p.skip:
		return nil
	}
	return p.inSection(words)
}

func (p *parser) directive(words []word) *SyntaxError {
	first := words[0]
	switch first.text {
	case ".if":
		p.ifs = append(p.ifs, p.line)
	case ".elif", ".else":
		if len(p.ifs) == 0 {
			return p.fail(first.column, first.text+" without .if")
		}
	case ".endif":
		if len(p.ifs) == 0 {
			return p.fail(first.column, ".endif without .if")
		}
		p.ifs = p.ifs[:len(p.ifs)-1]
	case ".alert", ".diag", ".notice", ".warning":
	default:
		return p.fail(first.column, "a directive that the manual does not list")
	}
	return nil
}

const whyIf = "it is between .if and .endif"

// section begins a defaults section or a proxy.
func (p *parser) section(words []word) *SyntaxError {
	kind := words[0].text
	name, rest := "", words[1:]
	for _, w := range rest {
		if w.why != "" {
			return p.unsureSection(words, w.why)
		}
	}
	if len(rest) > 0 && (kind != "defaults" || rest[0].text != "from") {
		name, rest = rest[0].text, rest[1:]
	}
	if name == "" && kind != "defaults" {
		return p.fail(words[0].column, kind+" without a name")
	}
	base := p.last
	switch {
	case len(rest) == 0:
		if kind == "defaults" {
			base = nil
		}
	case rest[0].text != "from" || len(rest) != 2:
		return p.fail(rest[0].column, "only \"from\" and a name may follow the name of a section")
	default:
		list := p.named[rest[1].text]
		if len(list) != 1 {
			return p.fail(rest[1].column, "\"from\" does not name one defaults section before it")
		}
		base = list[0]
	}
	p.looseSection()
	p.begun, p.skip, p.proxy, p.preset = true, false, nil, nil
	if kind == "defaults" {
		p.preset = &preset{}
		if base != nil {
			p.preset.settings, p.preset.from = base.settings, &base.source
		}
		p.last = p.preset
		if name != "" {
			p.named[name] = append(p.named[name], p.preset)
		}
	} else {
		p.proxy = &proxy{name: name, line: p.line, front: kind != "backend", back: kind != "frontend", settings: base.settings}
		p.proxy.from = &base.source
		p.proxies = append(p.proxies, p.proxy)
		if p.proxy.back {
			p.backs[name] = append(p.backs[name], p.proxy)
		}
	}
	if len(p.ifs) > 0 {
		p.current().doubt(p.line, balancer.All, "the section begins between .if and .endif, and may not be there")
	}
	return nil
}

// looseSection tells the section at hand that another begins, which may not be
// there.
func (p *parser) looseSection() {
	if here := p.current(); here != nil && len(p.ifs) > 0 {
		here.doubt(p.line, balancer.All, "a section begins here between .if and .endif, so that what follows may belong to the one before it")
	}
}

// unsureSection is a section whose line has an unclear word: what follows
// could be anything. It is read as a proxy that nothing names.
func (p *parser) unsureSection(words []word, why string) *SyntaxError {
	p.looseSection()
	p.begun, p.skip, p.preset = true, false, nil
	p.proxy = &proxy{line: p.line, front: words[0].text != "backend", back: words[0].text != "frontend", settings: p.last.settings}
	p.proxy.from = &p.last.source
	p.proxy.doubt(p.line, balancer.All, "the section's line has "+why)
	p.proxies = append(p.proxies, p.proxy)
	if words[0].text == "defaults" {
		// Proxies after it would begin with it.
		p.proxy = nil
		p.preset = &preset{}
		p.preset.doubt(p.line, balancer.All, "the section's line has "+why)
		p.last = p.preset
	}
	return nil
}

// current is where doubts about the section at hand go, nil outside one that is
// read.
func (p *parser) current() *source {
	switch {
	case p.proxy != nil:
		return &p.proxy.source
	case p.preset != nil:
		return &p.preset.source
	}
	return nil
}
