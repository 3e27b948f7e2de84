// Package cost is for tests: it measures what work takes from the heap.
package cost

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// Of returns how many bytes work takes from the heap.
func Of(work func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// IsLinear wants that an input of four times the size takes some four times the memory: quadratic
// work that copies takes sixteen times as much. The rest is for buffers that grow, or that a pool
// has lost.
func IsLinear(t *testing.T, name string, small int, work func(t *testing.T, n int) func()) {
	t.Run(name, func(t *testing.T) {
		first, second := work(t, small), work(t, 4*small)
		first() // what is made once and kept
		second()
		if one, four := Of(first), Of(second); four > 12*one+1<<18 {
			t.Errorf("%d bytes for %d, %d for four times as much", one, small, four)
		}
	})
}

// IsBounded wants that work on four times as much of a text takes no more than some eight times the
// memory.
func IsBounded(t *testing.T, piece string, slack uint64, work func(text string)) {
	t.Helper()
	if piece == "" || len(piece) > 1000 {
		return
	}
	n := 1 + 4_000/len(piece)
	small, large := strings.Repeat(piece, n), strings.Repeat(piece, 4*n)
	one, four := Of(func() { work(small) }), Of(func() { work(large) })
	if four > 8*one+slack {
		t.Errorf("%q: %d bytes, and %d for four times as much", piece, one, four)
	}
}

// Repeated returns n bytes or some fewer of a text.
func Repeated(text string, n int) string { return strings.Repeat(text, n/len(text)) }

// Numbered returns a text for each number from n to 1.
func Numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, n-i)
	}
	return b.String()
}
