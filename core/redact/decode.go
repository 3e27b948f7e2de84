package redact

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fetchtoken/fetchtoken/core/urlencoded"
)

// A character is a decoded character of a text, with its position in the original.
type character struct {
	r          rune // from oneByte on: a byte that belongs to no whole UTF-8 character, plus oneByte
	slashes    int  // the number of backslashes before it
	start, end int  // including the backslashes
	body       int  // its beginning without them
}

const oneByte = utf8.MaxRune + 1

// characters decodes a text that may have been encoded several times in any order. It undoes
// percent-encoding, HTML entities and the escapes of JSON and JavaScript until none is left. If
// plain is set, it undoes nothing. It only counts backslashes, because their meaning depends on the
// unknown order of the encodings. It also says whether there are any at the end.
//
// The work is linear: a code is decoded as soon as its last character has been read, and each
// decoding leaves fewer characters.
func characters(text string, plain bool) (stack []character, slashesAtEnd bool) {
	stack = make([]character, 0, len(text))
	slashes, start := 0, 0
	for i := 0; i < len(text); i++ {
		c := character{r: rune(text[i]), start: i, body: i, end: i + 1}
		if c.r >= utf8.RuneSelf {
			c.r += oneByte
		}
		for {
			if c.r == '\\' {
				if slashes == 0 {
					start = c.start
				}
				slashes += c.slashes + 1
				break
			}
			if slashes > 0 {
				c.slashes, c.start, slashes = slashes, start, 0
			}
			stack = append(stack, c)
			n, taken := 0, 0
			if c.r > oneByte {
				n, c.r = lastOfUTF8(stack)
			} else if !plain {
				n, taken, c.r = lastOfEscape(stack)
			}
			if n == 0 {
				break
			}
			first := stack[len(stack)-n]
			c.slashes, c.start, c.body = first.slashes-taken, first.start, first.body
			stack = stack[:len(stack)-n]
		}
	}
	return stack, slashes > 0
}

// lastOfUTF8 returns how many of the last bytes form a UTF-8 character, and the character.
func lastOfUTF8(stack []character) (int, rune) {
	var encoded [utf8.UTFMax]byte
	for n := 1; n <= min(len(stack), utf8.UTFMax); n++ {
		b := stack[len(stack)-n].r - oneByte
		if b < utf8.RuneSelf {
			break
		}
		encoded[utf8.UTFMax-n] = byte(b)
		if r, size := utf8.DecodeRune(encoded[utf8.UTFMax-n:]); size == n && n > 1 {
			return n, r
		}
	}
	return 0, 0
}

// lastOfEscape returns how many of the last characters form an escape, how many backslashes belong
// to it, and its character.
func lastOfEscape(stack []character) (n, slashes int, r rune) {
	last := stack[len(stack)-1].r
	switch {
	case last == ';':
		n, r = lastOfEntity(stack)
		return n, 0, r
	case last == ' ' || last > 'f' && last < 0xdc00: // the common case
	case 0xdc00 <= last && last <= 0xdfff: // the second half of a character of UTF-16
		if n := len(stack); n > 1 {
			if first := stack[n-2].r; 0xd800 <= first && first < 0xdc00 {
				return 2, 0, (first-0xd800)<<10 + last - 0xdc00 + 0x10000
			}
		}
	case last < utf8.RuneSelf && urlencoded.HexDigit(byte(last)) >= 0:
		value, ok := hexAtEnd(stack, 2)
		if n := len(stack) - 3; ok && n >= 0 && stack[n].r == '%' {
			return 3, 0, byteOf(value)
		}
		if n := len(stack) - 3; ok && n >= 0 && stack[n].r == 'x' && stack[n].slashes > 0 {
			return 3, 1, byteOf(value)
		}
		if n := len(stack) - 5; ok && n >= 0 && stack[n].r == 'u' {
			isJSON := stack[n].slashes > 0
			if value, ok = hexAtEnd(stack, 4); !ok {
				break
			}
			if isJSON {
				return 5, 1, value
			}
			if n > 0 && stack[n-1].r == '%' { // JavaScript's function escape
				return 6, 0, value
			}
		}
	}
	return 0, 0, 0
}

// byteOf returns the character of a byte.
func byteOf(b rune) rune {
	if b >= utf8.RuneSelf {
		b += oneByte
	}
	return b
}

// hexAtEnd returns the hexadecimal number that the last n characters form.
func hexAtEnd(stack []character, n int) (value rune, ok bool) {
	if len(stack) < n {
		return 0, false
	}
	for _, c := range stack[len(stack)-n:] {
		if c.r >= utf8.RuneSelf || urlencoded.HexDigit(byte(c.r)) < 0 {
			return 0, false
		}
		value = value<<4 | rune(urlencoded.HexDigit(byte(c.r)))
	}
	return value, true
}

// maxEntity is the longest HTML entity, without the & and the semicolon.
const maxEntity = 24

// lastOfEntity does the same as lastOfEscape for an HTML entity.
func lastOfEntity(stack []character) (int, rune) {
	var name [maxEntity]byte
	for i := 1; i <= maxEntity && i < len(stack); i++ {
		c := stack[len(stack)-1-i].r
		if c == '&' {
			if r := entity(string(name[maxEntity-i+1:])); r > 0 {
				return i + 1, r
			}
			break
		}
		if c != '#' && !('0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' && c < utf8.RuneSelf) {
			break
		}
		name[maxEntity-i] = byte(c)
	}
	return 0, 0
}

// entity returns the character of an entity, or 0.
func entity(name string) rune {
	digits, numeric := strings.CutPrefix(name, "#")
	if !numeric {
		return named(name)
	}
	base := rune(10)
	if digits != "" && digits[0]|0x20 == 'x' {
		digits, base = digits[1:], 16
	}
	var r rune
	for i := 0; i < len(digits); i++ {
		digit := rune(urlencoded.HexDigit(digits[i]))
		if digit < 0 || digit >= base || r > utf8.MaxRune {
			return 0
		}
		r = r*base + digit
	}
	if r > utf8.MaxRune {
		return 0
	}
	return r
}

// The names of HTML's entities: those of ASCII, each after its character, and those from U+00A0 to
// U+00FF in order.
const (
	asciiNames = "\tTab \nNewLine !excl \"quot \"QUOT #num $dollar %percnt &amp &AMP 'apos (lpar " +
		")rpar " +
		"*ast *midast +plus ,comma .period /sol :colon ;semi <lt <LT =equals >gt >GT ?quest @commat " +
		"[lsqb [lbrack \\bsol ]rsqb ]rbrack ^Hat _lowbar _UnderBar `grave `DiacriticalGrave " +
		"{lcub {lbrace |verbar |vert |VerticalLine }rcub }rbrace "
	latinNames = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg " +
		"macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 " +
		"frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave " +
		"Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde " +
		"Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute " +
		"acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute " +
		"icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave " +
		"uacute ucirc uuml yacute thorn yuml "
)

// named returns the character of an entity's name, or 0.
func named(name string) rune {
	for rest := asciiNames; rest != ""; {
		known, after, _ := strings.Cut(rest[1:], " ")
		if known == name {
			return rune(rest[0])
		}
		rest = after
	}
	r := rune(0xa0)
	for rest := latinNames; rest != ""; r++ {
		var known string
		if known, rest, _ = strings.Cut(rest, " "); known == name {
			return r
		}
	}
	return 0
}

// comparable returns characters in a form in which all variants that arise in transit are equal,
// one byte for each, and their positions. It ignores case, writes a control character as the letter
// of its escape, and keeps seven bits of a character outside ASCII. It drops invisible characters:
// backslashes, white space, and plus signs, each of which may stand for a blank.
func comparable(decoded []character) (string, []character) {
	form, kept := make([]byte, 0, len(decoded)), decoded[:0]
	for _, c := range decoded {
		r := c.r
		if r >= oneByte {
			r -= oneByte
		}
		switch {
		case isBreak(r):
			r = rune("btnvfr"[r-'\b'])
		case isHidden(r) || unicode.IsSpace(r) || r == '+':
			continue
		case 'A' <= r && r <= 'Z':
			r |= 0x20
		case r >= utf8.RuneSelf:
			r = utf8.RuneSelf | r&0x7f
		}
		form, kept = append(form, byte(r)), append(kept, c)
	}
	return string(form), kept
}

// isBreak says whether a character is a control character, other than a blank, that JSON or
// JavaScript writes as a backslash and a letter.
func isBreak(r rune) bool { return '\b' <= r && r <= '\r' }

// wrapped returns characters with blanks in place of line breaks and tabs, if there are any: a
// program that wraps a text puts them between words.
func wrapped(decoded []character) []character {
	is := func(c character) bool { return isBreak(c.r) }
	if !slices.ContainsFunc(decoded, is) {
		return nil
	}
	decoded = slices.Clone(decoded)
	for i := range decoded {
		if is(decoded[i]) {
			decoded[i].r = ' '
		}
	}
	return decoded
}

// comparableForm returns the comparable form of a text, and whether it dropped characters at the
// beginning or the end.
func comparableForm(text string, plain bool) (form string, before, behind bool) {
	decoded, slashes := characters(text, plain)
	form, at := comparable(decoded)
	if form == "" {
		return form, false, slashes
	}
	return form, at[0].start > 0, slashes || at[len(at)-1].end < len(text)
}
