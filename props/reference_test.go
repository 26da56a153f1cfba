package props

import (
	"errors"
	"unicode/utf16"
)

// pair is one put of java.util.Properties.load.
type pair struct{ Key, Value string }

var errReference = errors.New("malformed escape")

// reference reads data as Java does, one character at a time, in three plain
// passes: logical lines with continuations joined; key, separator, value;
// escapes to UTF-16 units. It shares nothing with the package.
func reference(data []byte) ([]pair, error) {
	var pairs []pair
	lines, _ := referenceLines(data)
	for _, line := range lines {
		n, value := referenceSplit(line)
		k, err := referenceUnits(line[:n])
		if err != nil {
			return nil, err
		}
		v, err := referenceUnits(line[value:])
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, pair{string(utf16.Decode(k)), string(utf16.Decode(v))})
	}
	return pairs, nil
}

// referenceLines is a machine over single bytes with Java's three flags. It
// counts the comments too.
func referenceLines(data []byte) (lines [][]byte, comments int) {
	line := []byte{}
	skipping, joined, escaped := true, false, false
	for i := 0; i < len(data); i++ {
		c := data[i]
		eol := c == '\r' || c == '\n'
		if skipping {
			if c == ' ' || c == '\t' || c == '\f' || (eol && !joined) {
				continue
			}
			skipping, joined = false, false
		}
		if len(line) == 0 && (c == '#' || c == '!') {
			for i < len(data) && data[i] != '\n' && data[i] != '\r' {
				i++
			}
			skipping = true
			comments++
			continue
		}
		if !eol {
			line = append(line, c)
			escaped = c == '\\' && !escaped
			continue
		}
		if len(line) == 0 {
			skipping = true
			continue
		}
		if escaped {
			line = line[:len(line)-1]
			escaped = false
			if i+1 == len(data) {
				return append(lines, line), comments
			}
			skipping, joined = true, true
			if c == '\r' && data[i+1] == '\n' {
				i++
			}
			continue
		}
		lines = append(lines, line)
		line = []byte{}
		skipping = true
	}
	if len(line) > 0 {
		if escaped {
			line = line[:len(line)-1]
		}
		lines = append(lines, line)
	}
	return lines, comments
}

func referenceSplit(line []byte) (key, value int) {
	isBlank := func(c byte) bool { return c == ' ' || c == '\t' || c == '\f' }
	escaped := false
	for key < len(line) {
		c := line[key]
		if !escaped && (c == '=' || c == ':' || isBlank(c)) {
			break
		}
		escaped = c == '\\' && !escaped
		key++
	}
	sign := false
	for value = key; value < len(line); value++ {
		c := line[value]
		if isBlank(c) {
			continue
		}
		if sign || (c != '=' && c != ':') {
			break
		}
		sign = true
	}
	return key, value
}

func referenceUnits(raw []byte) ([]uint16, error) {
	var out []uint16
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c == '\\' && i+1 < len(raw) {
			i++
			c = raw[i]
			switch c {
			case 't':
				c = '\t'
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			case 'f':
				c = '\f'
			case 'u':
				if i+4 >= len(raw) {
					return nil, errReference
				}
				var unit uint16
				for _, h := range raw[i+1 : i+5] {
					switch {
					case h >= '0' && h <= '9':
						unit = unit*16 + uint16(h-'0')
					case h >= 'a' && h <= 'f':
						unit = unit*16 + uint16(h-'a'+10)
					case h >= 'A' && h <= 'F':
						unit = unit*16 + uint16(h-'A'+10)
					default:
						return nil, errReference
					}
				}
				out = append(out, unit)
				i += 4
				continue
			}
		}
		out = append(out, uint16(c))
	}
	return out, nil
}
