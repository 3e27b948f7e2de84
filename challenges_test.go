package fetchtoken

import (
	"runtime"
	"slices"
	"strings"
	"testing"
)

// Every value has a quoted string (RFC 9110 section 5.6.4), and what is within one is no parameter
// and no scheme.
func FuzzReadChallenges(f *testing.F) {
	f.Add(`Bearer realm="example", error="invalid_token"`, "invalid_token")
	f.Add(`Basic realm="error=\"x\", y", DPoP algs="ES256", ERROR = x`, `a "quotation" and a \`)
	f.Add(`Negotiate YII==, error`, "bearer")
	f.Add(`a="\`, "é")
	f.Fuzz(func(t *testing.T, header, value string) {
		_, errs := readChallenges(header)
		if n := strings.Count(strings.ToLower(header), "error"); len(errs) > n {
			t.Errorf("%q has %d errors", header, len(errs))
		}
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value)
		ours, errs := readChallenges(`Basic realm="Bearer error=a", error="` + quoted + `", scope=error`)
		if ours || !slices.Equal(errs, []string{strings.ToLower(value)}) {
			t.Errorf("%q: %v %q", value, ours, errs)
		}
		ours, errs = readChallenges(`Basic realm="` + quoted + `", bEARER error=` + "x")
		if !ours || !slices.Equal(errs, []string{"x"}) {
			t.Errorf("%q: %v %q", value, ours, errs)
		}
		if header == "" || len(header) > 1000 {
			return
		}
		n := 1 + 4_000/len(header) // what it looks through, it copies
		if one, four := readingCost(header, n), readingCost(header, 4*n); four > 8*one+1<<14 {
			t.Errorf("%q: %d bytes, and %d for four times as much", header, one, four)
		}
	})
}

// readingCost returns how many bytes it takes from the heap to read so many times the same
// challenge.
func readingCost(header string, times int) uint64 {
	text := strings.Repeat(header, times)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	readChallenges(text)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
