package hostname

import (
	"cmp"
	"slices"
	"strings"
)

// Index finds those of many hosts that a text can mean, in a time that does not
// depend on how many there are.
type Index struct {
	full  map[string]*Listed
	short map[string][]*Listed
}

// Listed is one host of an index.
type Listed struct {
	// Host is folded.
	Host string
	// First is where the host is in the list for the first time, and Count how often it is there.
	First, Count int
}

// NewIndex returns the index of a list of hosts. Empty ones are nobody's.
func NewIndex(hosts []string) Index {
	x := Index{full: map[string]*Listed{}, short: map[string][]*Listed{}}
	for i, host := range hosts {
		host = Fold(host)
		if host == "" {
			continue
		}
		l := x.full[host]
		if l == nil {
			l = &Listed{Host: host, First: i}
			x.full[host] = l
			x.short[short(host)] = append(x.short[short(host)], l)
		}
		l.Count++
	}
	return x
}

// Same returns the listed hosts h for which Same(host, h) holds, in the order of
// the list.
func (x Index) Same(host string) []*Listed {
	host = Fold(host)
	if host == "" {
		return nil
	}
	name := short(host)
	if !strings.Contains(host, ".") {
		return x.short[name]
	}
	var out []*Listed
	if l := x.full[host]; l != nil {
		out = append(out, l)
	}
	if l := x.full[name]; l != nil && name != host {
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b *Listed) int { return cmp.Compare(a.First, b.First) })
	return out
}
