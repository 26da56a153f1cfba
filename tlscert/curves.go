package tlscert

// The families of named curves, as the beginning of their identifiers.
const (
	ansiBinary = "\x2a\x86\x48\xce\x3d\x03\x00"     // 1.2.840.10045.3.0
	ansiPrime  = "\x2a\x86\x48\xce\x3d\x03\x01"     // 1.2.840.10045.3.1
	certicom   = "\x2b\x81\x04\x00"                 // 1.3.132.0
	brainpool  = "\x2b\x24\x03\x03\x02\x08\x01\x01" // 1.3.36.3.3.2.8.1.1
)

// curveBits gives the size in bits of a named curve that Java 17 reads, 0 for
// every other one. Most are too weak or too rare to serve TLS with: Java reads
// them all the same, and refuses a certificate over any other curve, the
// twisted Brainpool curves and SM2 among them. [OpenJDK 17 CurveDB]
func curveBits(oid string) int {
	family, number := lastNumber(oid)
	var sizes []int
	switch family {
	case ansiBinary:
		sizes = []int{5: 191, 6: 191, 7: 191, 11: 239, 12: 239, 13: 239, 18: 359, 20: 431}
	case ansiPrime:
		sizes = []int{1: 192, 2: 192, 3: 192, 4: 239, 5: 239, 6: 239, 7: 256}
	case brainpool:
		sizes = []int{1: 160, 3: 192, 5: 224, 7: 256, 9: 320, 11: 384, 13: 512}
	case certicom:
		sizes = []int{1: 163, 2: 163, 3: 239, 4: 113, 5: 113, 6: 112, 7: 112, 8: 160, 9: 160, 10: 256,
			15: 163, 16: 283, 17: 283, 22: 131, 23: 131, 24: 193, 25: 193, 26: 233, 27: 233, 28: 128, 29: 128,
			30: 160, 31: 192, 32: 224, 33: 224, 34: 384, 35: 521, 36: 409, 37: 409, 38: 571, 39: 571}
	}
	return pick(sizes, number)
}
