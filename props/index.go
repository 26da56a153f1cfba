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
}

// number is how many low bits of a slot hold the entry.
func (x *index) number() int { return bits.Len(uint(len(x.slots))) - 1 }

// rebuild makes an index over the first n entries of d that is at most three
// quarters full when it holds room entries. Entries are fewer than slots, so
// the low bits of a slot can number each.
func (x *index) rebuild(d *doc, n, room int) {
	size := 8
	for size*3 < room*4 {
		size *= 2
	}
	*x = index{seed: maphash.MakeSeed(), slots: make([]uint32, size)}
	for i := range n {
		x.insert(d, i)
	}
}

// find returns the last entry of key, or -1. Deleted entries are found too.
func (x *index) find(d *doc, key string) int {
	if x.used == 0 {
		return -1
	}
	h := maphash.String(x.seed, key)
	mask := len(x.slots) - 1
	low := x.number()
	tag := uint32(h>>32) >> low
	for at := int(h) & mask; ; at = (at + 1) & mask {
		slot := x.slots[at]
		if slot == 0 {
			return -1
		}
		if slot>>low == tag {
			if i := int(slot&(1<<low-1)) - 1; d.hasKey(i, key) {
				return i
			}
		}
	}
}

// insert makes entry i the last one of its key. The entry learns whether an
// older one exists.
func (x *index) insert(d *doc, i int) {
	key := d.key(i)
	h := maphash.String(x.seed, key)
	mask := len(x.slots) - 1
	low := x.number()
	tag := uint32(h>>32) >> low
	for at := int(h) & mask; ; at = (at + 1) & mask {
		slot := x.slots[at]
		if slot != 0 {
			if slot>>low != tag || !d.hasKey(int(slot&(1<<low-1))-1, key) {
				continue
			}
			d.spans[i].keyEnd |= flag
		} else {
			x.used++
		}
		x.slots[at] = tag<<low | uint32(i+1)
		return
	}
}

// grown makes room for entry n, which is about to be inserted.
func (x *index) grown(d *doc, n int) {
	if (n+1)*4 > len(x.slots)*3 {
		x.rebuild(d, n, 2*n)
	}
}
