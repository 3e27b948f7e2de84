// Package cost measures in tests how much memory work allocates.
package cost

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// Of returns how many bytes work allocates.
func Of(work func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// IsLinear checks that an input of four times the size allocates about four times the memory.
// Quadratic work that copies allocates sixteen times as much. The tolerance is for buffers that
// grow, or that a pool has lost.
func IsLinear(t *testing.T, name string, small int, work func(t *testing.T, n int) func()) {
	t.Run(name, func(t *testing.T) {
		first, second := work(t, small), work(t, 4*small)
		first() // values that are made once and kept
		second()
		if one, four := Of(first), Of(second); four > 12*one+1<<18 {
			t.Errorf("%d bytes for %d, %d for four times as much", one, small, four)
		}
	})
}

// IsBounded checks that work on four times the text allocates at most about eight times the memory.
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

// Repeated returns about n bytes of a repeated text.
func Repeated(text string, n int) string { return strings.Repeat(text, n/len(text)) }

// Numbered returns a text for each number from n to 1.
func Numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, n-i)
	}
	return b.String()
}
