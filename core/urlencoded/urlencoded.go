// Package urlencoded implements application/x-www-form-urlencoded, the format of a token request.
package urlencoded

import "strings"

// Append appends s in the encoding of application/x-www-form-urlencoded (RFC 6749 appendix B, the
// URL standard's serializer).
func Append(dst []byte, s string) []byte {
	const upperHex = "0123456789ABCDEF"
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z',
			'A' <= c && c <= 'Z',
			'0' <= c && c <= '9',
			c == '*',
			c == '-',
			c == '.',
			c == '_':
			dst = append(dst, c)
		case c == ' ':
			dst = append(dst, '+')
		default:
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

// Encode returns s in the same encoding.
func Encode(s string) string { return string(Append(nil, s)) }

// Decode decodes valid codes and leaves all other text, as a server does that decodes unencoded
// text.
func Decode(s string) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '+' {
			c = ' '
		}
		if c == '%' && i+2 < len(s) {
			high, low := HexDigit(s[i+1]), HexDigit(s[i+2])
			if high >= 0 && low >= 0 {
				c = byte(high<<4 | low)
				i += 2
			}
		}
		out = append(out, c)
	}
	return string(out)
}

// HexDigit returns the value of a hexadecimal digit, or a negative number.
func HexDigit(c byte) int { return strings.IndexByte("00112233445566778899aAbBcCdDeEfF", c) >> 1 }
