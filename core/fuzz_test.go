package core

import (
	"runtime"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/fetchtoken/fetchtoken/core/oauth1"
)

// The judge is the Unicode standard, as package unicode has it: what isHidden lists is what Cc, Cf, Zl and Zp hold.
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
	})
}

// A server's text costs what it is long: four times as much of it takes about four times the memory.
func FuzzServerText(f *testing.F) {
	for _, seed := range []string{"eyJhbGciOiJub25lIn0.e30.", "eyJ", "%25", "&amp;", `\u0061`, `\\`, "a secret", "YSBzZWNyZXQ", " ", "é", "\x1b"} {
		f.Add(seed, "a secret")
	}
	f.Fuzz(func(t *testing.T, piece, secret string) {
		if piece == "" || len(piece) > 100 || len(secret) > 100 {
			return
		}
		r := &reading{exchange: &Exchange{ClientSecret: secret, URL: new(oauth1.URL)}}
		r.redact("so that the secrets are there")
		n := 1 + 16_000/len(piece)
		one, four := allocated(func() { r.redact(strings.Repeat(piece, n)) }), allocated(func() { r.redact(strings.Repeat(piece, 4*n)) })
		if four > 8*one+1<<20 {
			t.Errorf("%q: %d bytes, and %d for four times as much", piece, one, four)
		}
	})
}

// allocated returns how many bytes a function takes from the heap.
func allocated(work func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
