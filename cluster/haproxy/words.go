package haproxy

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// SyntaxError is a mistake for which HAProxy itself would not start.
type SyntaxError struct {
	// Name is the file's name as given to Parse.
	Name string
	// Line and Column count from 1, Column in bytes.
	Line, Column int
	// Reason says what is wrong. It holds nothing of the file.
	Reason string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("haproxy: %s:%d:%d: %s", e.Name, e.Line, e.Column, e.Reason)
}

// word is one word of a line.
type word struct {
	// text is the word without its quotes and escapes. A variable's value is one
	// NUL, which no configuration can hold.
	text string
	// column is where the word begins.
	column int
	// why says what makes the text uncertain, empty if nothing does.
	why string
	// many: the word may become several, or none.
	many bool
}

const (
	// maxName bounds what is told of a variable's name.
	maxName    = 64
	variable   = "\x00"
	whyEscape  = "an escape that the manual does not list"
	lastLineNo = "the last line has no end, so that HAProxy takes the file for a part of one"
)

// cutter cuts one line.
type cutter struct {
	line string
	at   int

	buf    strings.Builder
	word   word
	inWord bool
	out    []word
}

// cut returns the words of a line without its end. The error has no Name and
// no Line yet.
func cut(line string) ([]word, *SyntaxError) {
	c := &cutter{line: line}
	for c.at < len(line) {
		switch b := line[c.at]; b {
		case ' ', '\t', '\v', '\f':
			c.end()
			c.at++
		case '#', '\r':
			c.at = len(line)
		default:
			c.begin()
			if err := c.piece(b); err != nil {
				return nil, err
			}
		}
	}
	c.end()
	return c.out, nil
}

func (c *cutter) begin() {
	if !c.inWord {
		c.inWord, c.word = true, word{column: c.at + 1}
		c.buf.Reset()
	}
}

func (c *cutter) end() {
	if c.inWord {
		c.word.text = c.buf.String()
		c.out = append(c.out, c.word)
		c.inWord = false
	}
}

func (c *cutter) fail(at int, reason string) *SyntaxError {
	return &SyntaxError{Column: at + 1, Reason: reason}
}

// piece takes the character, escape or quoted part that begins with b.
func (c *cutter) piece(b byte) *SyntaxError {
	open := c.at
	switch b {
	case '\'':
		n := strings.IndexByte(c.line[open+1:], '\'')
		if n < 0 {
			return c.fail(open, "a single quote is not closed")
		}
		c.buf.WriteString(c.line[open+1 : open+1+n])
		c.at += n + 2
	case '"':
		for c.at++; c.at < len(c.line); {
			switch b := c.line[c.at]; b {
			case '"':
				c.at++
				return nil
			case '\\':
				if err := c.escape(); err != nil {
					return err
				}
			case '$':
				if err := c.variable(); err != nil {
					return err
				}
			default:
				c.buf.WriteByte(b)
				c.at++
			}
		}
		return c.fail(open, "a double quote is not closed")
	case '\\':
		return c.escape()
	default:
		c.buf.WriteByte(b)
		c.at++
	}
	return nil
}

func (c *cutter) escape() *SyntaxError {
	next := byte(0)
	if c.at+1 < len(c.line) {
		next = c.line[c.at+1]
	}
	switch next {
	case ' ', '\\', '#', '"', '\'', '$':
		c.buf.WriteByte(next)
	case 'n':
		c.buf.WriteByte('\n')
	case 'r':
		c.buf.WriteByte('\r')
	case 't':
		c.buf.WriteByte('\t')
	case 'x':
		code, err := hex.DecodeString(c.line[min(c.at+2, len(c.line)):min(c.at+4, len(c.line))])
		switch {
		case err != nil || len(code) == 0:
			return c.fail(c.at, `\x is not followed by two hexadecimal digits`)
		case code[0] == 0:
			return c.fail(c.at, `\x00 ends a word in no defined way`)
		}
		c.buf.WriteByte(code[0])
		c.at += 2
	default:
		c.word.why = whyEscape
		c.buf.WriteByte('\\')
		c.at++
		return nil
	}
	c.at += 2
	return nil
}

// variable takes $NAME or ${NAME}, with a default or [*] inside the braces.
func (c *cutter) variable() *SyntaxError {
	name, n := variableName(c.line[c.at:])
	if strings.HasPrefix(c.line[c.at+1:], "{") {
		i := strings.IndexByte(c.line[c.at:], '}')
		if i < 0 {
			return c.fail(c.at, "the brace of a variable is not closed")
		}
		c.word.many = c.word.many || strings.Contains(c.line[c.at:c.at+i], "[*]")
		n = i + 1
	}
	c.at += n
	c.buf.WriteString(variable)
	c.word.depends(name)
	return nil
}

// variableName reads the name in $NAME or ${NAME}, and how many bytes that is.
func variableName(text string) (name string, n int) {
	open := 1
	if strings.HasPrefix(text[1:], "{") {
		open = 2
	}
	n = open
	for n < len(text) && (text[n] == '_' || text[n] == '.' || '0' <= text[n] && text[n] <= '9' || 'a' <= text[n]|0x20 && text[n]|0x20 <= 'z') {
		n++
	}
	name = text[open:min(n, open+maxName)]
	if open == 2 && n < len(text) && text[n] == '}' {
		n++
	}
	return name, n
}

// depends notes that the text holds a variable's value.
func (w *word) depends(name string) {
	if w.why == "" || w.why == whyEscape {
		w.why = "the environment variable " + name
	} else if len(w.why) < 4*maxName && !strings.HasSuffix(w.why, " "+name) {
		w.why += " and " + name
	}
}

// address is the word as HAProxy reads it where an address stands: variables
// have their values put in outside double quotes too. [bind, server]
func (w word) address() word {
	var b strings.Builder
	for text := w.text; ; {
		i := strings.IndexByte(text, '$')
		if i < 0 {
			b.WriteString(text)
			break
		}
		name, n := variableName(text[i:])
		b.WriteString(text[:i] + variable)
		text = text[i+n:]
		w.depends(name)
	}
	w.text = b.String()
	return w
}
