package check

import "github.com/deploycluster/deploycluster/internal/product"

// Ceiling lets the catalogue's tests hold findings against the source table.
func Ceiling(source string) (Severity, bool) { return ceiling(source) }

// Citation is one row of the source table.
type Citation struct{ Label, About string }

// Citations is the source table.
func Citations() []Citation {
	var out []Citation
	for _, c := range citations() {
		out = append(out, Citation{c.label, c.about})
	}
	return out
}

// NearKey is the known key that an unknown one is taken for.
func NearKey(key string) (string, bool) { return product.NearKey(key) }
