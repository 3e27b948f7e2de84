package core

import (
	"runtime"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// The judge is the Unicode standard, as package unicode has it: what isHidden lists is what Cc, Cf,
// Zl and Zp hold.
func FuzzName(f *testing.F) {
	for _, seed := range []string{"", "scope", "a\x1b[2Jb", "\u202ea\u2066", "\xff\xfe", "é\u00ad", strings.Repeat("é", 65), "\U000e0041"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name := Name(text)
		if utf8.RuneCountInString(name) > maxName+1 || !utf8.ValidString(name) {
			t.Errorf("%q is %q", text, name)
		}
		for _, c := range name {
			if unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
				t.Errorf("%q is %q, with %U", text, name, c)
			}
		}
		if again := Name(name); !strings.HasSuffix(name, "…") && again != name {
			t.Errorf("%q is %q, and that is %q", text, name, again)
		}
		isBounded(t, text, 1<<12, func(text string) { Name(text) })
	})
}

// isBounded wants that work on four times as much of a text takes no more than some eight times the
// memory.
func isBounded(t *testing.T, piece string, slack uint64, work func(text string)) {
	t.Helper()
	if piece == "" || len(piece) > 1000 {
		return
	}
	n := 1 + 4_000/len(piece)
	small, large := strings.Repeat(piece, n), strings.Repeat(piece, 4*n)
	one, four := allocated(func() { work(small) }), allocated(func() { work(large) })
	if four > 8*one+slack {
		t.Errorf("%q: %d bytes, and %d for four times as much", piece, one, four)
	}
}

// allocated returns how many bytes a function takes from the heap.
func allocated(work func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
