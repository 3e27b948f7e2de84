package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// assigned are the categories of the characters that a terminal shows, with blanks.
var assigned = []*unicode.RangeTable{
	unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Zs,
}

// isUnseen reports whether a terminal obeys a character or doesn't show it: control characters,
// format characters (bidirectional controls, zero widths, tags), line and paragraph separators,
// unassigned and private characters, and invisible ones (Default_Ignorable_Code_Point).
func isUnseen(r rune) bool {
	if ' ' <= r && r <= '~' {
		return false
	}
	return !unicode.In(r, assigned...) ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// Printable returns text with these characters written as \u{1b}.
func Printable(text string) string {
	if strings.IndexFunc(text, isUnseen) < 0 {
		return text
	}
	var out strings.Builder
	for _, r := range text {
		if isUnseen(r) {
			fmt.Fprintf(&out, `\u{%x}`, r)
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// JSON returns JSON that every terminal may show, as JSON.stringify of JavaScript writes it. These
// characters become JSON escapes, so the value stays the same. Line feeds stand only between
// values, and only if there is an indent.
func JSON(text []byte, indent string) string {
	value := jsontext.Value(text).Clone()
	options := []jsontext.Options{
		jsontext.CanonicalizeRawInts(true), jsontext.CanonicalizeRawFloats(true),
		jsontext.PreserveRawStrings(false),
	}
	if indent != "" {
		options = append(options, jsontext.WithIndent(indent))
	}
	if err := value.Format(options...); err != nil {
		return Printable(string(text))
	}
	var out strings.Builder
	for _, r := range string(value) {
		if r == '\n' || !isUnseen(r) {
			out.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&out, `\u%04x`, unit)
		}
	}
	return out.String()
}

// ShellWord returns a word that every POSIX shell reads as this text. Invisible characters are in
// octal, through printf, because dash has no $'…'.
func ShellWord(text string) string {
	if strings.IndexFunc(text, isUnseen) < 0 {
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	start := strings.TrimRight(text, "\n") // $(…) would drop the line breaks at the end
	var out strings.Builder
	for _, b := range []byte(start) {
		if b < utf8.RuneSelf && (isWord(b) || strings.IndexByte(` {}":,./=&;@()[]`, b) >= 0) {
			out.WriteByte(b)
		} else {
			fmt.Fprintf(&out, `\%03o`, b)
		}
	}
	word := `"$(printf '` + out.String() + `')"`
	if breaks := text[len(start):]; breaks != "" {
		word += "'" + breaks + "'"
	}
	return word
}

func isWord(b byte) bool {
	return b == '_' || '0' <= b && b <= '9' || 'a' <= b|0x20 && b|0x20 <= 'z'
}
