package mover

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	fastjson "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/deploycluster/deploycluster/internal/fsx"
)

// record is one line of a manifest: one original as it was when its copy was
// proven. A manifest has the order of the walk, so that two of them, or one
// and a folder, can be compared as streams.
type record struct {
	Path  rawText     `json:"path"`
	Mode  fs.FileMode `json:"mode"`
	Size  int64       `json:"size,omitempty"`
	MTime instant     `json:"mtime,omitzero"`
	Link  rawText     `json:"link,omitempty"`
	// SHA256 is that of the content, in hexadecimal, for files.
	SHA256 string `json:"sha256,omitempty"`
}

// rawText is a name as the storage spells it. One that is not UTF-8, or that
// begins as such a one is written, is written as "base64:" and its bytes.
type rawText string

const rawMark = "base64:"

// MarshalText writes every name so that it comes back as it was.
func (n rawText) MarshalText() ([]byte, error) {
	if utf8.ValidString(string(n)) && !strings.HasPrefix(string(n), rawMark) {
		return []byte(n), nil
	}
	return base64.StdEncoding.AppendEncode([]byte(rawMark), []byte(n)), nil
}

// UnmarshalText reads what MarshalText writes.
func (n *rawText) UnmarshalText(text []byte) error {
	coded, is := bytes.CutPrefix(text, []byte(rawMark))
	if !is {
		*n = rawText(text)
		return nil
	}
	name, err := base64.StdEncoding.AppendDecode(nil, coded)
	*n = rawText(name)
	return err
}

// instant is a time of any year. JSON has none beyond 9999, which is written as
// "@", the seconds since 1970 and the nanoseconds.
type instant struct{ time.Time }

// MarshalText writes every time so that it comes back as it was.
func (t instant) MarshalText() ([]byte, error) {
	if y := t.Year(); y >= 0 && y <= 9999 {
		return t.Time.MarshalText()
	}
	return fmt.Appendf(nil, "@%d.%09d", t.Unix(), t.Nanosecond()), nil
}

// UnmarshalText reads what MarshalText writes.
func (t *instant) UnmarshalText(text []byte) error {
	coded, is := strings.CutPrefix(string(text), "@")
	if !is {
		return t.Time.UnmarshalText(text)
	}
	sec, nsec, _ := strings.Cut(coded, ".")
	s, err1 := strconv.ParseInt(sec, 10, 64)
	n, err2 := strconv.ParseInt(nsec, 10, 64)
	t.Time = time.Unix(s, n).UTC()
	return errors.Join(err1, err2)
}

// MarshalJSON and UnmarshalJSON keep those of time.Time out of the way.
func (t instant) MarshalJSON() ([]byte, error) {
	text, err := t.MarshalText()
	if err != nil {
		return nil, err
	}
	return json.Marshal(string(text))
}

// UnmarshalJSON reads what MarshalJSON writes, which escapes nothing.
func (t *instant) UnmarshalJSON(data []byte) error {
	if n := len(data); n > 1 && data[0] == '"' && !bytes.ContainsRune(data, '\\') {
		return t.UnmarshalText(data[1 : n-1])
	}
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	return t.UnmarshalText([]byte(text))
}

func recordOf(it item, sum string) record {
	r := record{Path: rawText(it.rel), Mode: it.info.Mode(), Link: rawText(it.link), SHA256: sum}
	if it.info.Mode().IsRegular() {
		r.Size, r.MTime = it.info.Size(), instant{it.info.ModTime().UTC()}
	}
	return r
}

// same reports whether an item still looks like the record.
func (r record) same(it item) bool {
	if r.Mode != it.info.Mode() || string(r.Link) != it.link {
		return false
	}
	return !it.info.Mode().IsRegular() || r.Size == it.info.Size() && r.MTime.Equal(it.info.ModTime())
}

func manifestName(id string) string { return id + ".jsonl" }

// manifestWriter writes a manifest while its files are proven.
type manifestWriter struct {
	f   fsx.File
	buf *bufio.Writer
	enc *json.Encoder
}

func newManifest(d *dir, name string) (*manifestWriter, error) {
	f, err := d.Create(name, 0o600)
	if err != nil {
		return nil, err
	}
	buf := bufio.NewWriterSize(f, 16<<10)
	return &manifestWriter{f: f, buf: buf, enc: json.NewEncoder(buf)}, nil
}

// add writes one line: a record, or what holds one.
func (m *manifestWriter) add(line any) error { return m.enc.Encode(line) }

// addNow writes one line so that a process that dies does not take it along.
func (m *manifestWriter) addNow(line any) error {
	return cmp.Or(m.enc.Encode(line), m.buf.Flush())
}

// close makes the manifest durable; sync decides what a failing sync means. Of
// a walk that failed it writes no end, so that nobody takes it for whole.
func (m *manifestWriter) close(walk error, sync func(interface{ Sync() error }) error) error {
	if walk != nil {
		m.buf.Flush()
		m.f.Close()
		return walk
	}
	err := m.enc.Encode(record{Path: manifestEnd})
	return errors.Join(cmp.Or(err, m.buf.Flush(), sync(m.f)), m.f.Close())
}

// manifestEnd is the path of the last record; a manifest without it was cut
// off and counts as lost. No file can have this name.
const manifestEnd = "//end"

// line is a record, or what holds one.
type line interface{ path() string }

func (r record) path() string { return string(r.Path) }

// manifestReader reads one manifest line by line.
type manifestReader[T line] struct {
	f    *readErrors
	dec  *jsontext.Decoder
	next T
	end  bool
}

// readErrors remembers what a file could not be read for.
type readErrors struct {
	fsx.File
	err error
}

func (r *readErrors) Read(b []byte) (int, error) {
	n, err := r.File.Read(b)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

// openManifest positions the reader at the first record.
func openManifest[T line](d *dir, name string) (*manifestReader[T], error) {
	f, err := d.Open(name)
	if err != nil {
		return nil, err
	}
	r := &readErrors{File: f}
	m := &manifestReader[T]{f: r, dec: jsontext.NewDecoder(r)}
	if err := m.advance(); err != nil {
		f.Close()
		return nil, err
	}
	return m, nil
}

func (m *manifestReader[T]) advance() error {
	var empty T
	m.next = empty
	if err := fastjson.UnmarshalDecode(m.dec, &m.next); err != nil {
		if m.f.err != nil {
			return m.f.err
		}
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	m.end = m.next.path() == manifestEnd
	return nil
}

func (m *manifestReader[T]) Close() error { return m.f.Close() }

// errDamaged is about a line that was cut off, as a crash leaves it, or that is
// not what this library writes.
var errDamaged = errors.New("the record is damaged")

// complete reports whether a manifest is there and was written to its end.
func complete(ctx context.Context, d *dir, name string) (bool, error) {
	m, err := openManifest[record](d, name)
	if err != nil {
		return false, lost(err)
	}
	defer m.Close()
	for !m.end {
		if err := cmp.Or(ctx.Err(), m.advance()); err != nil {
			return false, lost(err)
		}
	}
	return true, nil
}

// lost is nil for the error about a record that is gone or damaged.
func lost(err error) error {
	if missing(err) || errors.Is(err, errDamaged) {
		return nil
	}
	return err
}

// compareRel orders slash paths as a walk meets them: a folder before what it
// holds, names in byte order.
func compareRel(a, b string) int {
	for a != "" && b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, "/")
		y, b, _ = strings.Cut(b, "/")
		if c := strings.Compare(x, y); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

// skip goes on to the next record. A record that was cut off ends the list: the
// time that it would have saved is all that is lost.
func (m *manifestReader[T]) skip() error {
	err := m.advance()
	if errors.Is(err, errDamaged) {
		m.end = true
		return nil
	}
	return err
}
