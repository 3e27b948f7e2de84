package answer

import (
	"math"
	"strconv"
	"strings"
	"testing"
)

// strconv, whose floating point is the independent implementation, agrees on every number that a
// double holds.
func FuzzWholePart(f *testing.F) {
	for _, number := range []string{
		"0", "3599", "3599.9", "3.6e3", "3.6E+3", "36000e-1", "1e-400", "0e999999999", "00012", "5.", ".5",
		"9007199254740991", "1e18", "1e19", "1e400", "", ".", "e3", "1e", "1e+", "1e+-3", "1.2.3", "-1",
		"0x1p4", "1_000", "inf", "1e9999999999999999",
	} {
		f.Add(number)
	}
	f.Fuzz(func(t *testing.T, number string) {
		n, ok := wholePart(number)
		if strings.Trim(number, "0123456789.eE+-") != "" || strings.HasPrefix(number, "-") {
			if ok {
				t.Fatalf("wholePart(%q) = %d, which is no number without a sign", number, n)
			}
			return
		}
		want, err := strconv.ParseFloat(number, 64)
		switch {
		case !ok:
			if err == nil && !strings.HasPrefix(number, "+") && len(number) < 15 {
				t.Fatalf("wholePart(%q) is no number, strconv reads %g", number, want)
			}
		case err != nil && !math.IsInf(want, 1):
			t.Fatalf("wholePart(%q) = %d, strconv: %v", number, n, err)
		case n == math.MaxInt64:
			if want < math.MaxInt64-2048 {
				t.Fatalf("wholePart(%q) is the greatest number, strconv reads %g", number, want)
			}
		case math.Abs(float64(n)+0.5-want) > 0.5+want/(1<<52): // a double is rounded
			t.Fatalf("wholePart(%q) = %d, strconv reads %g", number, n, want)
		}
	})
}
