package product_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/deploycluster/deploycluster/internal/product"
)

func ExampleCompare() {
	list := []string{"7.10.0.0.1", "dev", "7.2.3.0.1", "7.2.3", "6.2.1.1.788401", "7.2.3.beta"}
	slices.SortFunc(list, product.Compare)
	for _, v := range list {
		fmt.Println(v)
	}
	// Output:
	// 6.2.1.1.788401
	// 7.2.3
	// 7.2.3.0.1
	// 7.2.3.beta
	// 7.10.0.0.1
	// dev
}

func ExampleSamePrefix() {
	fmt.Println(product.SamePrefix("7.0.2", "7.0.2.0.1020"))
	fmt.Println(product.SamePrefix("7.0.2", "7.0.3.0.1020"))
	// Output:
	// true
	// false
}

func ExampleIn() {
	fmt.Println(product.In("7.2.2.1.1086", "", "7.2.3"))
	fmt.Println(product.In("7.2.3.0.1091", "", "7.2.3"))
	fmt.Println(product.In("dev", "7.2.3", ""))
	// Output:
	// true
	// false
	// true
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		v, w string
		want int
	}{
		{"", "", 0},
		{"", ".", 0},
		{"", "0", -1},
		{"7.0.0.0.984935", "7.0.0.0.984935", 0},
		{"7.0.0.0", "7.0.0.0.984935", -1},
		{"7..0", "7.0", 0},
		{".7.0.", "7.0", 0},
		{"07.0", "7.0", 0},
		{"7.000", "7.0", 0},
		{" 7 .0", "7.0", 0},
		{"+7.0", "7.0", 0},
		{"6.10.0", "6.2.5.1", +1}, // plain text order would put it below
		{"10.0", "9.9.9.9", +1},
		{"-1", "0", -1},
		{"2147483647", "2147483646", +1},
		{"2147483648", "2147483647", +1}, // text, hence above any number
		{"2147483648", "999999999999", -1},
		{"10000000000", "9000000000", -1}, // both text: '1' before '9'
		{"-2147483648", "-2147483649", -1},
		{"7.a", "7.B", -1},
		{"7.A", "7.a", 0},
		{"7.ab", "7.A", +1},
		{"7.a", "7.9", +1},
		{"7.0x", "7.0", +1},
		{"7.1_0", "7.10", +1}, // an underscore makes it text
		{"dev", "8.2.0.0.1", +1},
		{"dev", "dev", 0},
		{"7.0.é", "7.0.É", 0},
	} {
		if got := product.Compare(c.v, c.w); got != c.want {
			t.Errorf("Compare(%q, %q) = %d, want %d", c.v, c.w, got, c.want)
		}
		if got := product.Compare(c.w, c.v); got != -c.want {
			t.Errorf("Compare(%q, %q) = %d, want %d", c.w, c.v, got, -c.want)
		}
	}
}

func TestValid(t *testing.T) {
	for v, want := range map[string]bool{
		"7.0.0.0.984935":    true,
		"6.1.1.5":           true,
		"7.0.2":             true,
		"8":                 true,
		"dev":               true,
		"7.0.0.0.dev-1":     true, // the build may be text
		" 7.0.0.0.1 ":       true, // as the installer reads it
		"7..0":              true,
		"":                  false,
		" ":                 false,
		"...":               false,
		"Dev":               false,
		"dev ":              false,
		"unknown":           false,
		"v7.0.0":            false,
		"7.x":               false,
		"7.0.0.SNAPSHOT":    false,
		"-7.0":              false,
		"7.0.0.99999999999": false,
		"7.0.0.0.1\n":       false,
		"7.0\x00":           false,
	} {
		if got := product.Valid(v); got != want {
			t.Errorf("Valid(%q) = %v, want %v", v, got, want)
		}
	}
}

func TestIsDev(t *testing.T) {
	for v, want := range map[string]bool{"dev": true, "DEV": false, "": false, "dev.1": false, "7.0": false} {
		if got := product.IsDev(v); got != want {
			t.Errorf("IsDev(%q) = %v, want %v", v, got, want)
		}
	}
}

func TestIn(t *testing.T) {
	for _, c := range []struct {
		v, since, until string
		want            bool
	}{
		{"7.0.0.0.1", "", "", true},
		{"unreadable", "", "", false},
		{"", "", "", false},
		{"dev", "", "", true},
		{"dev", "9999", "", true},
		{"dev", "", "7.2.3", false},
		{"6.1.1.4.665694", "6.1.1.5", "", false},
		{"6.1.1.5", "6.1.1.5", "", true},
		{"6.1.1.5.1", "6.1.1.5", "", true},
		{"7.2.2.9", "", "7.2.3", true},
		{"7.2.3", "", "7.2.3", false},
		{"7.2.3.0.1", "", "7.2.3", false},
		{"7.1", "7.1.0", "", true},
		{"7", "7.0.0", "", true},
		{"7.1", "", "7.1.0", false},
		{"7.0.9.9.9", "7.1.0", "", false},
		{"7.0", "0", "", true},
	} {
		if got := product.In(c.v, c.since, c.until); got != c.want {
			t.Errorf("In(%q, %q, %q) = %v, want %v", c.v, c.since, c.until, got, c.want)
		}
	}
}

func TestSamePrefix(t *testing.T) {
	for _, c := range []struct {
		v, w string
		want bool
	}{
		{"7.0.0.0", "7.0.0.0.984935", true},
		{"7.00", "7.0.1", true},
		{"7.0.0.0", "7.0.0.0", false},
		{"7.0.0.0", "7..0.0.0", false},
		{"7.0.0.0", "7.0.0.1.984935", false},
		{"", "7.0", false},
		{"dev", "7.0", false},
	} {
		for _, p := range [][2]string{{c.v, c.w}, {c.w, c.v}} {
			if got := product.SamePrefix(p[0], p[1]); got != c.want {
				t.Errorf("SamePrefix(%q, %q) = %v, want %v", p[0], p[1], got, c.want)
			}
		}
	}
}

// genVersion draws from a small alphabet, so that equal and nearly equal
// versions come up often.
func genVersion() *rapid.Generator[string] {
	part := rapid.OneOf(
		rapid.SampledFrom([]string{"", "0", "1", "01", "7", "10", "-1", " 2", "2147483647", "2147483648",
			"a", "A", "b", "dev", "1a", "ǅ", "K", "k", "\xff", "\x00"}),
		rapid.StringN(0, 3, -1),
	)
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(part, 0, 4).Draw(t, "parts"), ".")
	})
}

func TestCompareIsTotalOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := genVersion()
		u, v, w := g.Draw(t, "u"), g.Draw(t, "v"), g.Draw(t, "w")
		uv, vw, uw := product.Compare(u, v), product.Compare(v, w), product.Compare(u, w)
		if product.Compare(u, u) != 0 {
			t.Fatalf("%q is not equal to itself", u)
		}
		if back := product.Compare(v, u); back != -uv {
			t.Fatalf("Compare(u, v) = %d, Compare(v, u) = %d", uv, back)
		}
		if uv <= 0 && vw <= 0 && uw > 0 {
			t.Fatalf("u <= v <= w, but Compare(u, w) = %d", uw)
		}
		if uv == 0 && vw != uw {
			t.Fatalf("u = v, but Compare(v, w) = %d and Compare(u, w) = %d", vw, uw)
		}
		if product.SamePrefix(u, v) && uv == 0 {
			t.Fatal("same prefix and different length, yet equal")
		}
	})
}

// Windows that meet in one bound share no version and miss none.
func TestWindowsPartition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := genVersion().Draw(t, "v")
		bound := rapid.SampledFrom([]string{"6.1.1.5", "6.1.3", "7.0.0", "7.1.0", "7.2.3", "0", "2.0"}).Draw(t, "bound")
		before, after := product.In(v, "", bound), product.In(v, bound, "")
		if valid := product.Valid(v); before == after && valid || !valid && (before || after) {
			t.Fatalf("valid %v, before %s %v, since %s %v", valid, bound, before, bound, after)
		}
	})
}
