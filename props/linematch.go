package props

import (
	"slices"
	"strings"
)

// textLines splits text behind each line end; a line keeps its end.
func textLines(text string) []string {
	lines := make([]string, 0, countLines(text)+1)
	for len(text) > 0 {
		end := strings.IndexAny(text, "\r\n")
		if end < 0 {
			return append(lines, text)
		}
		end = skipLineEnd(text, end)
		lines = append(lines, text[:end])
		text = text[end:]
	}
	return lines
}

// run is a run of lines that two texts share: n of them, from a and b on.
type run struct{ a, b, n int }

// matchLines returns the runs of lines that stay, in order. The first begins
// and the last ends where the texts do; these two may be empty. Lines that stand exactly once on either side are
// the anchors; as many of them as possible that keep their order are taken,
// and equal lines before and behind an anchor belong to it. What is left
// between two anchors is compared line by line where it is short. That takes
// time in proportion to the lines (and sorting the anchors), whatever the
// texts are, and shows edits of a file as a person would.
func matchLines(a, b []string) []run {
	head := 0
	for head < min(len(a), len(b)) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < min(len(a), len(b))-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	runs := []run{{0, 0, head}}
	endA, endB := len(a)-tail, len(b)-tail
	between := func(i, j int) { // matches what stands between the last run and a[i], b[j]
		last := runs[len(runs)-1]
		p, q := last.a+last.n, last.b+last.n
		for _, r := range common(a[p:i], b[q:j]) {
			runs = extend(runs, run{p + r.a, q + r.b, r.n})
		}
	}
	for _, anchor := range anchors(a[:endA], b[:endB], head) {
		last := &runs[len(runs)-1]
		i, j := anchor.a, anchor.b
		if i < last.a+last.n {
			continue // within the run before
		}
		for i > last.a+last.n && j > last.b+last.n && a[i-1] == b[j-1] {
			i, j = i-1, j-1
		}
		n := anchor.a - i + 1
		for i+n < endA && j+n < endB && a[i+n] == b[j+n] {
			n++
		}
		between(i, j)
		runs = extend(runs, run{i, j, n})
	}
	between(endA, endB)
	return extend(runs, run{endA, endB, tail})
}

// extend appends a run, or lengthens the last one where the new one follows
// it on both sides: so something differs between any two runs.
func extend(runs []run, r run) []run {
	last := &runs[len(runs)-1]
	if r.a == last.a+last.n && r.b == last.b+last.n {
		last.n += r.n
		return runs
	}
	return append(runs, r)
}

// anchors pairs the lines from offset from on that are unique in both texts,
// and keeps a longest series of pairs that ascend on both sides.
func anchors(a, b []string, from int) []run {
	type place struct{ inA, inB, a, b int }
	places := map[string]*place{}
	for i := from; i < len(a); i++ {
		p := places[a[i]]
		if p == nil {
			p = new(place)
			places[a[i]] = p
		}
		p.inA++
		p.a = i
	}
	for j := from; j < len(b); j++ {
		if p := places[b[j]]; p != nil {
			p.inB++
			p.b = j
		}
	}
	var pairs []run
	for i := from; i < len(a); i++ {
		if p := places[a[i]]; p.inA == 1 && p.inB == 1 {
			pairs = append(pairs, run{p.a, p.b, 1})
		}
	}
	// Longest ascending series of b: ends[k] is the pair with the smallest b
	// that ends a series of k+1 pairs, before[i] the one before pair i.
	var ends []int
	before := make([]int, len(pairs))
	for i, p := range pairs {
		k, _ := slices.BinarySearchFunc(ends, p.b, func(e, b int) int { return pairs[e].b - b })
		before[i] = -1
		if k > 0 {
			before[i] = ends[k-1]
		}
		if k == len(ends) {
			ends = append(ends, i)
		} else {
			ends[k] = i
		}
	}
	series := make([]run, len(ends))
	if len(ends) > 0 {
		for k, i := len(ends)-1, ends[len(ends)-1]; k >= 0; k, i = k-1, before[i] {
			series[k] = pairs[i]
		}
	}
	return series
}

// common returns a longest common series of lines of two short texts; of long
// ones, nothing.
func common(a, b []string) []run {
	const most = 1 << 14 // comparisons
	if len(a) == 0 || len(b) == 0 || len(a) > most/len(b) {
		return nil
	}
	width := len(b) + 1
	best := make([]int, (len(a)+1)*width) // best[i*width+j]: of a[i:] and b[j:]
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				best[i*width+j] = best[(i+1)*width+j+1] + 1
			} else {
				best[i*width+j] = max(best[(i+1)*width+j], best[i*width+j+1])
			}
		}
	}
	var runs []run
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			runs = append(runs, run{i, j, 1})
			i, j = i+1, j+1
		case best[(i+1)*width+j] >= best[i*width+j+1]:
			i++
		default:
			j++
		}
	}
	return runs
}
