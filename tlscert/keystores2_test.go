package tlscert

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestStoresOfManyMakers reads the stores of OpenSSL, NSS, GnuTLS,
// BouncyCastle and Java in testdata/keystores2, in which Java refuses some for
// their certificates and some for their cost.
func TestStoresOfManyMakers(t *testing.T) {
	stores := storesOf(t, "testdata/keystores2")
	accepted, entries, lookups, hostile, certificates := 0, 0, 0, 0, 0
	for _, name := range slices.Sorted(maps.Keys(stores)) {
		s := stores[name]
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			listed, listErr := List(s.data)
			got, err := Read(s.data, s.want.StorePass)
			if strings.HasPrefix(name, "hostile-") {
				hostile++
				took := time.Since(start)
				for range 3 { // other work on the machine is not the store's
					if took <= 2*time.Second {
						break
					}
					start = time.Now()
					_, _ = List(s.data)
					_, err = Read(s.data, s.want.StorePass)
					took = min(took, time.Since(start))
				}
				if err == nil || !errors.Is(err, ErrLimit) || took > 2*time.Second {
					t.Errorf("after %v: %v", took, err)
				}
				return
			}
			if !s.want.OK {
				if !errors.Is(err, ErrFormat) || errors.Is(err, ErrPassword) || errors.Is(err, ErrLimit) {
					t.Errorf("error %v; Java says %s", err, s.want.Error)
				}
				if strings.Contains(s.want.Error, "CertificateParsingException") {
					certificates++
					want := map[string]string{"sm2.jks": "bad", "sm2.p12": "sm2"}[name]
					if want == "" {
						want = "server"
					}
					var f *FormatError
					if !errors.As(err, &f) || f.Entry != want || !strings.Contains(err.Error(), fmt.Sprintf("%q", want)) {
						t.Errorf("error %v does not name the entry", err)
					}
				}
				return
			}
			accepted++
			if err != nil {
				t.Fatalf("%v; Java reads it", err)
			}
			entries += len(got.Entries)
			sameEntries(t, got.Entries, s.want.Entries)
			if listErr != nil {
				t.Fatal(listErr)
			}
			sameListed(t, listed, s.want.NoPassword.Entries)
			for typ, answers := range s.want.Finds {
				for alias, want := range answers {
					lookups++
					e, err := got.FindAs(alias, typ)
					switch {
					case want == nil:
						var a *AliasError
						if !errors.As(err, &a) || a.Reason != AliasMissing {
							t.Errorf("%s %q: entry %q, error %v; Java finds none", typ, alias, e.Alias, err)
						}
					case err != nil:
						t.Errorf("%s %q: %v", typ, alias, err)
					case len(e.Chain) == 0 && *want != "" || len(e.Chain) > 0 && !strings.EqualFold(strings.ReplaceAll(Fingerprint(e.Chain[0].Raw), ":", ""), *want):
						t.Errorf("%s %q: another entry than Java's", typ, alias)
					}
				}
			}
			for typ, want := range s.want.Declared {
				_, err := got.FindAs(want.Aliases[0], typ)
				if a := new(AliasError); !want.OK || errors.As(err, &a) && a.Reason != AliasMissing {
					t.Errorf("%s: %v; Java opens it: %v", typ, err, want.OK)
				}
			}
		})
	}
	if len(stores) != 43 || accepted != 30 || entries != 37 || lookups != 207 || hostile != 3 || certificates != 8 {
		t.Errorf("%d stores, %d accepted with %d entries and %d look-ups, %d hostile, %d with a certificate that Java refuses",
			len(stores), accepted, entries, lookups, hostile, certificates)
	}
}

// sameListed compares what List gives with Java's load without a password.
func sameListed(t *testing.T, got *Store, want []javaEntry) {
	t.Helper()
	entries := slices.SortedFunc(slices.Values(got.Entries), func(a, b Entry) int { return strings.Compare(a.Alias, b.Alias) })
	if len(entries) != len(want) {
		t.Errorf("listed %d entries, want %d", len(entries), len(want))
		return
	}
	for i, w := range want {
		if e := entries[i]; e.Alias != w.Alias || e.Kind != javaKinds[w.Kind] || len(e.Chain) != len(w.Chain) {
			t.Errorf("listed %q %v with %d certificates, want %q %s with %d", e.Alias, e.Kind, len(e.Chain), w.Alias, w.Kind, len(w.Chain))
		}
	}
}
