package props

// shift is by how much an edit moves what follows it.
type shift struct{ bytes, lines int }

func (s *shift) add(o shift) { s.bytes += o.bytes; s.lines += o.lines }
func (s *shift) sub(o shift) { s.bytes -= o.bytes; s.lines -= o.lines }

// shiftTree sums shifts before a place, and changes one, in logarithmic time:
// node n, counting from 1, holds the sum of as many places up to n as the
// lowest bit of n says (a Fenwick tree).
type shiftTree []shift

// grow makes room for n places.
func (t *shiftTree) grow(n int) {
	for len(*t) < n {
		node := len(*t) + 1
		var sum shift
		for k := node - 1; k > node-node&-node; k -= k & -k {
			sum.add((*t)[k-1])
		}
		*t = append(*t, sum)
	}
}

// add changes the shift of a place.
func (t shiftTree) add(place int, by shift) {
	for n := place + 1; n <= len(t); n += n & -n {
		t[n-1].add(by)
	}
}

// before sums the shifts of all places before a place.
func (t shiftTree) before(place int) shift {
	var sum shift
	for n := min(place, len(t)); n > 0; n -= n & -n {
		sum.add(t[n-1])
	}
	return sum
}

// closeGap keeps the count of lines right where deleting entry i lets a CR
// alone meet an LF, which are one line end then. The line that vanishes is
// counted at the last entry of the gap, which is all the lines in a row that
// are deleted there.
func (d *doc) closeGap(i int) {
	first, last := i, i
	e := d.edits.at(i)
	if before := d.edits.at(i - 1); before.deleted && before.to == e.from {
		first = int(before.gapEnd)
	}
	if behind := d.edits.at(i + 1); behind.deleted && behind.from == e.to {
		last = int(behind.gapEnd)
		if d.joins(i+1, last) {
			d.countJoint(last, +1)
		}
	}
	d.setGapEnd(first, last)
	d.setGapEnd(last, first)
	if d.joins(first, last) {
		d.countJoint(last, -1)
	}
}

// joins reports whether the gap is between a CR and an LF. No entry begins
// with an LF, so that such a gap does not grow at its end.
func (d *doc) joins(first, last int) bool {
	from, to := d.edits.at(first).from, d.edits.at(last).to
	return from > 0 && d.src[from-1] == '\r' && to < len(d.src) && d.src[to] == '\n'
}

// joined returns the first entry of the gap that ends with entry i, if it ends
// at an LF which belongs to the CR before it, or -1.
func (d *doc) joined(i, lf int) int {
	e := d.edits.at(i)
	if !e.deleted || e.to != lf || !d.style.loneCR || !d.joins(int(e.gapEnd), i) {
		return -1
	}
	return int(e.gapEnd)
}

func (d *doc) setGapEnd(i, end int) {
	e := d.edits.at(i)
	e.gapEnd = int32(end)
	d.edits.set(i, len(d.spans), e)
}

func (d *doc) countJoint(last, lines int) {
	e := d.edits.at(last)
	e.moves.lines += lines
	d.edits.set(last, len(d.spans), e)
	d.shifts.add(last/marked, shift{lines: lines})
}
