package oauth1

const upperHex = "0123456789ABCDEF"

// unreserved marks the characters that RFC 5849 section 3.6 leaves as they are: ALPHA, DIGIT, "-",
// ".", "_" and "~". No escaper of the standard library does exactly this: url.QueryEscape writes a
// blank as "+", url.PathEscape leaves "&=+:@$".
var unreserved = func() (set [256]bool) {
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~" {
		set[c] = true
	}
	return set
}()

// AppendEncoded appends s to dst, percent-encoded as in RFC 5849 section 3.6, and returns the
// extended slice.
//
// Inlining it would make the module larger and no faster.
//
//go:noinline
func AppendEncoded[T string | []byte](dst []byte, s T) []byte {
	plain := 0
	for i := 0; i < len(s); i++ {
		if c := s[i]; !unreserved[c] {
			dst = append(append(dst, s[plain:i]...), '%', upperHex[c>>4], upperHex[c&15])
			plain = i + 1
		}
	}
	return append(dst, s[plain:]...)
}

// Encode returns s percent-encoded as in RFC 5849 section 3.6.
func Encode(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = unreserved[s[i]]
	}
	if plain {
		return s
	}
	return string(AppendEncoded(make([]byte, 0, len(s)+len(s)/2), s))
}

// decodeForm decodes application/x-www-form-urlencoded: "+" is a blank, "%XX" is a byte. ParseURL
// has already checked the percent-encoding.
func decodeForm(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = s[i] != '%' && s[i] != '+'
	}
	if plain {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '%':
			out = append(out, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		case '+':
			out = append(out, ' ')
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	default:
		return c - 'a' + 10
	}
}
