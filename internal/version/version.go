// Package version passes on to package product, which has taken it over.
package version

import "github.com/deploycluster/deploycluster/internal/product"

// Compare is product.Compare.
func Compare(v, w string) int { return product.Compare(v, w) }

// Valid is product.Valid.
func Valid(v string) bool { return product.Valid(v) }

// SamePrefix is product.SamePrefix.
func SamePrefix(v, w string) bool { return product.SamePrefix(v, w) }

// In is product.In.
func In(v, since, until string) bool { return product.In(v, since, until) }
