package cluster

import "github.com/deploycluster/deploycluster/internal/product"

// CompareVersions orders two versions as the product's installer does: parts
// between dots, empty parts dropped, numbers by value, text above numbers,
// the longer above its own prefix. "dev" has no place in that order; the
// installer skips its check for it. Use it for order only: joining a cluster
// needs exactly equal text.
func CompareVersions(v, w string) int { return product.Compare(v, w) }
