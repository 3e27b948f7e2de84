package core

import (
	"github.com/fetchtoken/fetchtoken/core/internal/cost"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// Package unicode decides: isHidden must list the characters of Cc, Cf, Zl and Zp.
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
		cost.IsBounded(t, text, 1<<12, func(text string) { Name(text) })
	})
}
