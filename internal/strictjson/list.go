package strictjson

import (
	"errors"
	"reflect"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// errMany is the reader's error about a list with too many entries.
var errMany = errors.New("too many")

// A List lets Read make lists of T at their size, and counts what they take.
type List func(b *budget) *json.Unmarshalers

// budget is how much memory the entries of lists may still take, in bytes.
type budget struct{ left int }

// ListOf is the List of T.
func ListOf[T any]() List {
	return func(b *budget) *json.Unmarshalers {
		return json.UnmarshalFromFunc(func(d *jsontext.Decoder, v *[]T) error {
			n := entries(d.UnreadBuffer())
			if b.left -= n * int(reflect.TypeFor[T]().Size()); b.left < 0 {
				return errMany
			}
			*v = make([]T, 0, n)
			return json.SkipFunc
		})
	}
}

// free is what the entries of lists may take in every document, in bytes; beyond
// that they may take twice the document.
const free = 256 << 10

// entries counts the entries of the list that follows in a document, which may be
// broken.
func entries(data []byte) (n int) {
	depth, text, some := 0, false, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case text:
			if c == '\\' {
				i++
			} else if c == '"' {
				text = false
			}
		case c == '[' || c == '{':
			some = some || depth == 1
			depth++
		case c == ']' || c == '}':
			if depth--; depth <= 0 {
				if some {
					n++
				}
				return n
			}
		case depth == 1 && c == ',':
			n++
		case depth == 1 && c > ' ':
			some, text = true, c == '"'
		default:
			text = c == '"'
		}
	}
	return n
}

// LongText returns where a text or name of more than most bytes begins in a
// document, which may be broken; ok is false where there is none.
func LongText(data []byte, most int) (offset int, ok bool) {
	for i := 0; i < len(data); i++ {
		if data[i] != '"' {
			continue
		}
		begin := i
		for i++; i < len(data) && data[i] != '"'; i++ {
			if data[i] == '\\' {
				i++
			}
			if i-begin > most {
				return begin, true
			}
		}
	}
	return 0, false
}
