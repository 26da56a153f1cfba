package check_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/deploycluster/deploycluster/cluster"
	"github.com/deploycluster/deploycluster/cluster/check"
	"github.com/deploycluster/deploycluster/cluster/check/sarif"
	"github.com/deploycluster/deploycluster/internal/long"
)

// written counts what is written to it.
type written int

func (w *written) Write(p []byte) (int, error) {
	*w += written(len(p))
	return len(p), nil
}

// validateAll loads, checks and renders in every form.
func validateAll(tb testing.TB, t cluster.Topology, w cluster.World) (written, int) {
	tb.Helper()
	c, err := cluster.Load(context.Background(), t, w)
	if err != nil {
		tb.Fatal(err)
	}
	r, _ := check.Run(context.Background(), c, check.Options{})
	var n written
	for _, write := range []func(io.Writer) error{
		func(to io.Writer) error { return r.WriteText(to, check.TextOptions{Color: true}) },
		r.WriteMarkdown, r.WriteJSON, func(w io.Writer) error { return sarif.Write(w, r, sarif.Options{}) },
	} {
		err = errors.Join(err, write(&n))
	}
	if err != nil {
		tb.Fatal(err)
	}
	return n, len(r.Findings)
}

// TestReportsGrowLinearly: many more members cost as much more, in time and in
// bytes, although there is something to say about each of them. The best of
// several runs counts, for other processes only ever make one slower.
func TestReportsGrowLinearly(t *testing.T) {
	const few, lots = 50, 400
	if !long.Tests() {
		t.Skip("takes a second of one processor")
	}
	per := func(n int) (best time.Duration, size float64) {
		topo, w := many(t, n)
		for range 3 {
			begin := time.Now()
			bytes, findings := validateAll(t, topo, w)
			if d := time.Since(begin) / time.Duration(n); best == 0 || d < best {
				best = d
			}
			size = float64(bytes) / float64(n)
			if findings < n {
				t.Fatalf("%d findings about %d members", findings, n)
			}
		}
		return best, size
	}
	before, small := per(few)
	after, large := per(lots)
	t.Logf("%v and %.0f bytes a member of %d, %v and %.0f of %d", before, small, few, after, large, lots)
	if after > 3*before || large > small {
		t.Error("that is not linear")
	}
}

// BenchmarkValidate is load, check and all four renderings.
func BenchmarkValidate(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprintf("%dmembers", n), func(b *testing.B) {
			t, w := many(b, n)
			b.ReportAllocs()
			for b.Loop() {
				validateAll(b, t, w)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/member")
		})
	}
}
