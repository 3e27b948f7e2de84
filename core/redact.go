package core

import (
	"slices"
	"strings"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/oauth1"
)

// Redacted stands where something secret is left out. It is no secret itself: a configuration that has it as one was printed.
const Redacted = "[redacted]"

const (
	// maxServerText is how many characters of a server's own text an error repeats.
	maxServerText = 500
	// minSecret is the length from which on a secret is masked: a shorter one would garble the text and is none.
	minSecret = 4
)

// redact makes a server's or a host's own text fit for an error: without anything secret of the request, cleaned, and limited.
func (r *reading) redact(text string) string {
	return clean(r.mask(text), maxServerText)
}

// mask replaces in a text what of the request is secret, and whatever looks like a JWT.
func (r *reading) mask(text string) string {
	if text == "" {
		return ""
	}
	if r.secrets == nil {
		r.secrets = r.exchange.secretTexts(r.sentAt, r.random)
	}
	for _, secret := range r.secrets {
		if len(secret) >= minSecret {
			text = strings.ReplaceAll(text, secret, Redacted)
		}
	}
	return redactJWTs(text)
}

// secretTexts returns what of the request is secret, in every form in which a server could repeat it. A form that holds another comes before
// it.
func (x *Exchange) secretTexts(now int64, random []byte) []string {
	var texts []string
	if request, _, err := x.Build(now, random, []byte{}); err == nil {
		for _, h := range request.Headers {
			if h.Name != "Authorization" {
				continue
			}
			_, credentials, _ := strings.Cut(h.Value, " ")
			texts = append(texts, credentials)
			if _, signature, ok := strings.Cut(credentials, `oauth_signature="`); ok {
				signature, _, _ = strings.Cut(signature, `"`)
				texts = append(texts, signature, decodePercent(signature, false))
			}
		}
	}
	texts = appendForms(texts, x.ClientSecret)
	for _, f := range x.Fields {
		if slices.Contains(secretParameters, f.Name) {
			texts = appendForms(texts, f.Value)
		}
	}
	return texts
}

// secretParameters are the parameters of other grants that are credentials themselves (RFC 6749, 7521, 7636, 8628 and 8693, OpenID CIBA).
var secretParameters = []string{
	"password", "refresh_token", "code", "code_verifier", "assertion", "subject_token", "actor_token", "device_code", "auth_req_id", "id_token_hint",
}

// appendForms appends a secret in the forms in which a body carries it or a server reads it.
func appendForms(texts []string, secret string) []string {
	quoted := string(jsonobject.AppendText(nil, secret))
	return append(texts,
		oauth1.Encode(secret), string(appendForm(nil, secret)), quoted[1:len(quoted)-1],
		secret, decodePercent(secret, true), decodePercent(secret, false))
}

// decodePercent undoes percent-encoding as far as there is any, as a server does that decodes what was not encoded.
func decodePercent(s string, form bool) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '+' && form {
			c = ' '
		}
		if c == '%' && i+2 < len(s) {
			high, low := hexDigit(s[i+1]), hexDigit(s[i+2])
			if high >= 0 && low >= 0 {
				c = byte(high<<4 | low)
				i += 2
			}
		}
		out = append(out, c)
	}
	return string(out)
}

// hexDigit returns the value of a hexadecimal digit, or a negative number.
func hexDigit(c byte) int { return strings.IndexByte("00112233445566778899aAbBcCdDeEfF", c) >> 1 }

// redactJWTs masks every text in the form of a JWT, which begins with the encoding of {": the assertion, or a token.
func redactJWTs(text string) string {
	const start = "eyJ"
	for from := 0; ; {
		i := strings.Index(text[from:], start)
		if i < 0 {
			return text
		}
		i += from
		end := i
		for end < len(text) && (isBase64URL(text[end]) || text[end] == '.') {
			end++
		}
		from = end
		if end-i > 20 {
			text = text[:i] + Redacted + text[end:]
			from = i + len(Redacted)
		}
	}
}

func isBase64URL(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}

// isHidden says whether a character is a control or a format character (Unicode's categories Cc and
// Cf, and its two separators of lines): it shows nothing, but changes how the rest is shown.
func isHidden(c rune) bool {
	switch {
	case c < ' ', 0x7f <= c && c < 0xa0, c == 0xad, 0x600 <= c && c <= 0x605, c == 0x61c,
		c == 0x6dd, c == 0x70f, c == 0x890, c == 0x891, c == 0x8e2, c == 0x180e,
		0x200b <= c && c <= 0x200f, 0x2028 <= c && c <= 0x202e, 0x2060 <= c && c <= 0x206f,
		c == 0xfeff, 0xfff9 <= c && c <= 0xfffb, c == 0x110bd, c == 0x110cd,
		0x13430 <= c && c <= 0x1343f, 0x1bca0 <= c && c <= 0x1bca3, 0x1d173 <= c && c <= 0x1d17a,
		0xe0000 <= c && c <= 0xe007f:
		return true
	}
	return false
}

// clean turns control and format characters and broken UTF-8 into blanks and cuts the text after
// limit characters.
func clean(text string, limit int) string {
	out := make([]rune, 0, min(len(text), limit+1))
	for _, c := range text {
		if len(out) == limit {
			return strings.TrimSpace(string(out)) + "…"
		}
		if c == '\ufffd' || isHidden(c) {
			c = ' '
		}
		out = append(out, c)
	}
	return strings.TrimSpace(string(out))
}
