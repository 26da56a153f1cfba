package props

import "github.com/magiconair/properties"

// Properties returns the pairs as github.com/magiconair/properties holds them,
// for programs that use its typed getters or its Decode. It is a snapshot:
// editing either side does not show on the other. Each key has the value that
// Get returns; keys are in the order in which they first appear; the pair
// with the empty key is missing, because that library keeps none.
//
// Expansion of ${…} is off, as Java has none. What that library does remains
// its own: its Must functions end the program through its ErrorHandler; what
// Filter, FilterFunc, FilterPrefix, FilterRegexp and FilterStripPrefix return
// has expansion on again and lacks pairs that refer to each other in a circle;
// String, Map, Write and WriteComment render every value as it is, secrets
// included, and without the file's layout.
func (f *File) Properties() *properties.Properties {
	p := properties.NewProperties()
	p.DisableExpansion = true
	d := f.read()
	for key, i := range d.winners {
		// No error: with expansion off, Set does not look for cycles.
		_, _, _ = p.Set(key, d.value(i))
	}
	return p
}
