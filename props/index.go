package props

import (
	"hash/maphash"
	"math/bits"
)

// index finds the last entry of a key: open addressing with linear probing,
// slots of 32 bits. The low bits of a slot hold the entry's number plus one
// (0 is an empty slot), the high bits a part of the key's hash, so that most
// slots of other keys are passed without looking at their text. The seed is
// random for each file: keys chosen to collide do not.
//
// A deleted key keeps its slot; the entry it names is marked as deleted, and
// the slot is used again when the key is added anew.
type index struct {
	seed  maphash.Seed
	slots []uint32
	used  int
	bits  uint // of a slot that number the entry
}

// rebuild makes an index over the first n entries of d that is at most three
// quarters full when it holds room entries. Entries are fewer than slots, so
// the low bits of a slot can number each.
func (x *index) rebuild(d *doc, n, room int) {
	size := 8
	for size*3 < room*4 {
		size *= 2
	}
	*x = index{seed: maphash.MakeSeed(), slots: make([]uint32, size), bits: uint(bits.Len(uint(size))) - 1}
	for i := range n {
		x.insert(d, i)
	}
}

// slot returns the slot of key: the entry it names, or -1 if the slot is
// free, and what the slot's high bits must be. There always is a free one.
func (x *index) slot(d *doc, key string) (at, entry int, tag uint32) {
	h := maphash.String(x.seed, key)
	tag = uint32(h>>32) >> x.bits << x.bits
	slots, low := x.slots, uint32(1)<<x.bits-1
	for at = int(h) & (len(slots) - 1); ; at = (at + 1) & (len(slots) - 1) {
		slot := slots[at]
		if slot == 0 {
			return at, -1, tag
		}
		if slot&^low != tag {
			continue
		}
		entry = int(slot&low) - 1
		s := &d.spans[entry]
		if s.keyStart&flag != 0 {
			if d.key(entry) == key {
				return at, entry, tag
			}
		} else if d.src[s.keyStart:s.keyEnd&^flag] == key {
			return at, entry, tag
		}
	}
}

// find returns the last entry of key, or -1. Deleted entries are found too.
func (x *index) find(d *doc, key string) int {
	if x.used == 0 {
		return -1
	}
	_, entry, _ := x.slot(d, key)
	return entry
}

// insert makes entry i the last one of its key. The entry learns whether an
// older one exists.
func (x *index) insert(d *doc, i int) {
	at, older, tag := x.slot(d, d.key(i))
	if older < 0 {
		x.used++
	} else {
		d.spans[i].keyEnd |= flag
	}
	x.slots[at] = tag | uint32(i+1)
}

// grown makes room for entry n, which is about to be inserted.
func (x *index) grown(d *doc, n int) {
	if (n+1)*4 > len(x.slots)*3 {
		x.rebuild(d, n, 2*n)
	}
}
