package nginx

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tufanbarisyildirim/gonginx/config"
	"github.com/tufanbarisyildirim/gonginx/parser"

	"github.com/deploycluster/deploycluster/cluster"
)

// The parser recurses into blocks, so their number bounds its stack.
const (
	maxSize   = 1 << 20
	maxBlocks = 20_000
	maxDepth  = 10 // of includes
	// maxFiles bounds the files in a text, and the includes that are followed;
	// maxCopies the directives that come from them.
	maxFiles  = 2_000
	maxCopies = 200_000
)

// SyntaxError is a text that is not a configuration, or that this reader cannot
// read as NGINX does.
type SyntaxError struct {
	// Name is the file's name as given to Parse.
	Name string
	// Line counts from 1; it is 0 for the text as a whole.
	Line int
	// Reason says what is wrong.
	Reason string
}

func (e *SyntaxError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("nginx: %s: %s", e.Name, e.Reason)
	}
	return fmt.Sprintf("nginx: %s:%d: %s", e.Name, e.Line, e.Reason)
}

// directive is one directive, with its quotes taken off.
type directive struct {
	name  string
	args  []string
	line  int
	block []directive
}

// arg is the argument at a place, "" where there is none.
func (d directive) arg(i int) string {
	if i < len(d.args) {
		return d.args[i]
	}
	return ""
}

var (
	// otherwise is what the parser cuts otherwise than NGINX: a backslash that
	// protects the end of a word, a backquote, a line end that is none.
	otherwise = regexp.MustCompile("`|\\\\[\\s;{}\\\\]|\r[^\n]")
	errorLine = regexp.MustCompile(`line (\d+)`)
	fileLine  = regexp.MustCompile(`(?m)^# configuration file (.+):\r?$`)
)

// Parse reads a configuration, or the output of nginx -T. name is for errors and
// Unclear values; data is not kept. The error is a *SyntaxError, or a
// *cluster.FileError for more than 1 MiB.
func Parse(name string, data []byte) (*Config, error) {
	if len(data) > maxSize {
		return nil, &cluster.FileError{Path: name, Kind: cluster.GapTooLarge, Reason: fmt.Sprintf("has more than %d bytes", maxSize)}
	}
	r := &reader{name: name, files: map[string]section{}, parsed: map[string][]directive{}}
	if bytes.Count(data, []byte("{")) > maxBlocks {
		return nil, r.fail(0, "there are too many blocks")
	}
	text := string(data)
	for _, at := range []int{strings.IndexByte(text, 0), at(otherwise.FindStringIndex(text))} {
		if at >= 0 {
			return nil, r.fail(1+strings.Count(text[:at], "\n"), "a character that this reader does not read as NGINX does")
		}
	}
	main := section{text: text}
	parts := fileLine.FindAllStringSubmatchIndex(text, -1)
	if len(parts) > maxFiles {
		return nil, r.fail(0, "there are too many files")
	}
	for i, p := range parts {
		end := len(text)
		if i+1 < len(parts) {
			end = parts[i+1][0]
		}
		s := section{text: text[p[1]:end], line: strings.Count(text[:p[1]], "\n")}
		if file := text[p[2]:p[3]]; i == 0 {
			main, r.dir = s, path.Dir(file)
		} else {
			r.files[file] = s
		}
	}
	list, err := r.directives(main)
	if err != nil {
		return nil, err
	}
	if list, err = r.include(list, 0); err != nil {
		return nil, err
	}
	c := &Config{name: name, upstreams: map[string]*upstream{}}
	c.top(list)
	return c, nil
}

func at(place []int) int {
	if place == nil {
		return -1
	}
	return place[0]
}

// section is one file in the output of nginx -T; line is how many lines are
// before it.
type section struct {
	text string
	line int
}

type reader struct {
	name             string
	dir              string
	files            map[string]section
	parsed           map[string][]directive
	includes, copies int
}

func (r *reader) fail(line int, reason string) *SyntaxError {
	return &SyntaxError{Name: r.name, Line: line, Reason: reason}
}

// end is a directive after the last one: the parser stops without a word at a
// brace that closes nothing.
const end = "deploycluster_end"

// directives cuts one file into directives.
func (r *reader) directives(s section) ([]directive, error) {
	p := parser.NewStringParser(s.text+"\n"+end+";", parser.WithSkipValidDirectivesErr(), parser.WithSkipComments())
	c, err := p.Parse()
	if err != nil {
		line := 0 // the rest of the message holds what is in the file
		if met := errorLine.FindStringSubmatch(err.Error()); met != nil {
			line, _ = strconv.Atoi(met[1])
			line = min(line+s.line, s.line+1+strings.Count(s.text, "\n"))
		}
		return nil, r.fail(line, "a directive, a block or a quote is not closed, or lacks a part")
	}
	list := r.convert(c.GetDirectives(), s.line)
	if n := len(list); n == 0 || list[n-1].name != end {
		return nil, r.fail(0, "the last directive is not closed, or a brace closes nothing")
	}
	return list[:len(list)-1], nil
}

func (r *reader) convert(list []config.IDirective, before int) (out []directive) {
	for _, d := range list {
		each := directive{name: unquote(d.GetName()), line: d.GetLine() + before}
		for _, p := range d.GetParameters() {
			each.args = append(each.args, unquote(p.GetValue()))
		}
		if b := d.GetBlock(); b != nil {
			if each.block = r.convert(b.GetDirectives(), before); len(each.block) > 0 {
				each.line = each.block[0].line // the parser tells where the block ends
			}
		}
		out = append(out, each)
	}
	return out
}

func unquote(text string) string {
	if n := len(text); n >= 2 && (text[0] == '"' || text[0] == '\'') && text[n-1] == text[0] {
		quote := text[:1]
		return strings.ReplaceAll(text[1:n-1], `\`+quote, quote)
	}
	return text
}

// include puts what the text holds of included files in their place. Includes of
// other files stay.
func (r *reader) include(list []directive, depth int) (out []directive, err error) {
	for _, d := range list {
		if d.block != nil {
			if d.block, err = r.include(d.block, depth); err != nil {
				return nil, err
			}
		}
		met := false
		if d.name == "include" && len(d.args) == 1 && len(r.files) > 0 {
			if r.includes++; r.includes > maxFiles || depth > maxDepth {
				return nil, r.fail(d.line, "too much is included")
			}
			pattern := d.args[0]
			if !path.IsAbs(pattern) {
				pattern = path.Join(r.dir, pattern)
			}
			for _, file := range r.matching(pattern) {
				met = true
				inner, known := r.parsed[file]
				if !known {
					if inner, err = r.directives(r.files[file]); err != nil {
						return nil, err
					}
					r.parsed[file] = inner
				}
				if r.copies += len(inner); r.copies > maxCopies {
					return nil, r.fail(d.line, "too much is included")
				}
				if inner, err = r.include(inner, depth+1); err != nil {
					return nil, err
				}
				out = append(out, inner...)
			}
		}
		if !met {
			out = append(out, d)
		}
	}
	return out, nil
}

// matching lists the files of the text that a pattern names, in order.
func (r *reader) matching(pattern string) (out []string) {
	for file := range r.files {
		if ok, err := path.Match(pattern, file); err == nil && ok {
			out = append(out, file)
		}
	}
	slices.Sort(out)
	return out
}
