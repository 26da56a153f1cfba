package tlscert

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/deploycluster/deploycluster/internal/enum"
)

// AliasReason says what is the matter with an alias. The zero value is
// invalid.
type AliasReason string

// What can be the matter with an alias.
const (
	AliasMissing       AliasReason = "AliasMissing"       // no entry has this alias
	AliasNotKey        AliasReason = "AliasNotKey"        // the entry is not a private key
	AliasNoCertificate AliasReason = "AliasNoCertificate" // the private key has no certificate
	NoKey              AliasReason = "NoKey"              // no alias was given and the store has no private key
	SeveralKeys        AliasReason = "SeveralKeys"        // no alias was given and the store has several keys
	BadChain           AliasReason = "BadChain"           // the chain is not one that the configured type PKCS12 takes
	OtherType          AliasReason = "OtherType"          // the configured type does not open a store of this format
	UnknownType        AliasReason = "UnknownType"        // the configured type is none of Java 17's
)

func aliasReasons() []AliasReason {
	return []AliasReason{AliasMissing, AliasNotKey, AliasNoCertificate, NoKey, SeveralKeys, BadChain, OtherType, UnknownType}
}

// String gives the name of the constant.
func (r AliasReason) String() string { return enum.Text(r) }

// MarshalText gives the text of String; the zero AliasReason is an error.
func (r AliasReason) MarshalText() ([]byte, error) {
	return enum.Marshal("reason of an alias error", r, aliasReasons()...)
}

// UnmarshalText reads the text of String.
func (r *AliasReason) UnmarshalText(text []byte) error {
	return enum.Unmarshal("reason of an alias error", r, text, aliasReasons()...)
}

// An AliasError says why an alias gives no entry, or not the one needed.
type AliasError struct {
	Alias  string      // as asked for; "" if none was given
	Reason AliasReason // what is the matter
	Kind   Kind        `json:",omitzero"`  // of the entry, for AliasNotKey
	Type   string      `json:",omitempty"` // as configured; "" where no type was given
	Format Format      `json:",omitzero"`  // of the store, for OtherType and UnknownType

	// Have lists aliases of the store in its order: those of the private keys
	// if the store has any, else all; for SeveralKeys, those of all keys that
	// could be taken.
	Have []string

	// Near lists aliases of the store that may have been meant, the likeliest
	// first: those that differ in case only, then those one or two
	// characters away.
	Near []string

	// CaseOnly: the first of Near differs in case only.
	CaseOnly bool

	// Sealed: parts of the store could not be read, so the entry may exist.
	Sealed bool
}

func (e *AliasError) Error() string {
	var b strings.Builder
	switch e.Reason {
	case AliasMissing:
		fmt.Fprintf(&b, "alias %s is not in the keystore", quoteAlias(e.Alias))
	case AliasNotKey:
		fmt.Fprintf(&b, "alias %s is a %s entry, not a private key", quoteAlias(e.Alias), e.Kind)
	case AliasNoCertificate:
		fmt.Fprintf(&b, "alias %s is a private key without a certificate", quoteAlias(e.Alias))
	case NoKey:
		b.WriteString("no alias is given and the keystore has no private key")
	case BadChain:
		fmt.Fprintf(&b, "the chain of alias %s is not in order or has a certificate twice, and Tomcat cannot put it into a store of type PKCS12", quoteAlias(e.Alias))
	case OtherType:
		fmt.Fprintf(&b, "the keystore is %s, which Java does not open as %s", e.Format, e.Type)
	case UnknownType:
		fmt.Fprintf(&b, "%s is not a keystore type of Java 17 that reads a file (JKS, PKCS12, JCEKS, CaseExactJKS)", quoteAlias(e.Type))
	case SeveralKeys:
		b.WriteString("no alias is given and the keystore has several keys: which one is served is not stable")
	}
	switch {
	case e.CaseOnly && e.Type != "" && e.Type != exactType && FoldAlias(e.Near[0]) != e.Near[0]:
		fmt.Fprintf(&b, "; %s is stored with capitals, and only a store of type %s finds it", quoteAlias(e.Near[0]), exactType)
	case e.CaseOnly:
		fmt.Fprintf(&b, "; %s differs only in case", quoteAlias(e.Near[0]))
	case len(e.Near) > 0:
		fmt.Fprintf(&b, "; did you mean %s?", quoteAlias(e.Near[0]))
	}
	if e.Sealed {
		b.WriteString("; parts of the keystore could not be read without its password")
	}
	if len(e.Have) > 0 {
		const show = 10
		b.WriteString(" (it has ")
		for i, a := range e.Have[:min(len(e.Have), show)] {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(quoteAlias(a))
		}
		if n := len(e.Have) - show; n > 0 {
			fmt.Fprintf(&b, " and %d more", n)
		}
		b.WriteString(")")
	}
	return b.String()
}

// quoteAlias shows an alias in a message; a file can hold ones of 64 KiB.
func quoteAlias(a string) string {
	const most = 80
	if len(a) > most {
		return fmt.Sprintf("%q...", a[:most])
	}
	return fmt.Sprintf("%q", a)
}

// Find gives the entry of an alias as Java looks it up: an entry stored under
// exactly this alias, else the one stored under the folded alias (FoldAlias).
// So "Server" finds "server". An entry stored with capitals, which only
// Java's CaseExactJKS makes, is found by its exact alias alone; FindAs answers
// for one store type. The empty alias is one like any other.
//
// The error is an *AliasError.
func (s *Store) Find(alias string) (Entry, error) { return s.find(alias, anyType) }

// FindAs gives the entry of an alias as a store of the given type finds it:
// JKS, JCEKS and PKCS12 look for the folded alias alone, so that an entry
// stored with capitals is listed and never found; CaseExactJKS looks for the
// alias as it is. The type is one of these in any case; "" is JKS. [OpenJDK 17
// JavaKeyStore, JceKeyStore, PKCS12KeyStore, KeyStoreDelegator]
//
// The error is an *AliasError, also where the type does not open the store's
// format.
func (s *Store) FindAs(alias, storeType string) (Entry, error) {
	t, err := s.typeOf(alias, storeType)
	if err != nil {
		return Entry{}, err
	}
	return s.find(alias, t)
}

func (s *Store) find(alias string, t storeType) (Entry, error) {
	if i := s.index(alias, t); i >= 0 {
		return s.Entries[i], nil
	}
	return Entry{}, s.aliasError(alias, AliasMissing, "", t)
}

// index gives the entry that a store of type t finds, -1 for none.
func (s *Store) index(alias string, t storeType) int {
	folded := alias
	if !t.exact {
		folded = FoldAlias(alias)
	}
	found := -1
	for i := range s.Entries {
		switch a := s.Entries[i].Alias; {
		case a == alias && t.either:
			return i
		case a == folded:
			found = i
		}
	}
	return found
}

// CaseExact says whether a JKS or JCEKS store holds an alias with capitals.
// Java lists such an alias, but a store of type JKS or JCEKS never finds it:
// it looks for the folded alias. Only the store type CaseExactJKS does.
func (s *Store) CaseExact() bool {
	return slices.ContainsFunc(s.Entries, func(e Entry) bool { return FoldAlias(e.Alias) != e.Alias })
}

func (s *Store) aliasError(alias string, reason AliasReason, kind Kind, t storeType) *AliasError {
	e := &AliasError{Alias: alias, Reason: reason, Kind: kind, Type: t.name, Sealed: s.Sealed > 0}
	var all []string
	for _, entry := range s.Entries {
		if entry.Kind == PrivateKey || reason == SeveralKeys && entry.Kind == SecretKey {
			e.Have = append(e.Have, entry.Alias)
		}
		all = append(all, entry.Alias)
	}
	if reason == AliasMissing {
		e.Near, e.CaseOnly = near(alias, all)
	}
	if len(e.Have) == 0 {
		e.Have = all
	}
	return e
}

// near picks the aliases that may have been meant. Distances are counted in
// characters; a swap of neighbours counts as one.
func near(alias string, all []string) (picked []string, caseOnly bool) {
	const longest = 128 // comparing takes time with the square of the length
	if len(alias) > longest {
		return nil, false
	}
	type candidate struct {
		alias    string
		distance int
	}
	folded := []rune(FoldAlias(alias))
	var found []candidate
	for _, a := range all {
		if len(a) > longest {
			continue
		}
		d := distance(folded, []rune(FoldAlias(a)))
		if d == 0 || d <= 2 && d < len(folded) {
			found = append(found, candidate{a, d})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	for _, c := range found[:min(len(found), 5)] {
		picked = append(picked, c.alias)
	}
	return picked, len(found) > 0 && found[0].distance == 0
}

// distance is the number of insertions, deletions, replacements and swaps of
// neighbours between a and b.
func distance(a, b []rune) int {
	if d := len(a) - len(b); d > 2 || d < -2 {
		return 3 // near asks for no more than 2
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			change := 0
			if a[i] != b[j] {
				change = 1
			}
			row[j+1] = min(row[j]+1, last[j+1]+1, last[j]+change)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
