package renewal

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
)

// separator separates the parts of a state. No text of an error contains it.
const separator = "\x00"

// Append appends the state as text, for a host that can't hold a Renewal. The host keeps the text
// and passes it to [Resume]. The text contains the assertions and tokens that the host got for the
// current request, and the signature of a signed assertion. It contains no other secret.
func (r *Renewal) Append(dst []byte) []byte {
	for _, n := range []int64{
		int64(r.phase), int64(r.attempt), r.began, r.until, r.sentAt, r.correction, flag(r.proved),
		int64(r.place), r.interval,
	} {
		dst = append(strconv.AppendInt(dst, n, 10), separator...)
	}
	dst = append(append(dst, r.metadata...), separator...)
	dst = append(base64.RawURLEncoding.AppendEncode(dst, r.random[:]), separator...)
	dst = base64.RawURLEncoding.AppendEncode(dst, r.signature)
	for i := range r.plain.Gets {
		dst = append(dst, separator...)
		if i < len(r.texts) {
			dst = append(dst, r.texts[i]...)
		}
	}
	if e := r.failed; e != nil {
		for _, text := range texts(e) {
			dst = append(append(dst, separator...), *text...)
		}
		for _, n := range []int64{int64(e.Status), flag(e.Retryable), int64(e.RetryAfter)} {
			dst = strconv.AppendInt(append(dst, separator...), n, 10)
		}
	}
	return dst
}

// Resume returns the Renewal with that state. It reports whether [Renewal.Append] made the text.
func Resume(x *core.Exchange, limits Limits, text string) (*Renewal, bool) {
	r := New(x, limits)
	parts := strings.Split(text, separator)
	ok := true
	number := func() int64 {
		if len(parts) == 0 {
			ok = false
			return 0
		}
		n, err := strconv.ParseInt(parts[0], 10, 64)
		ok = ok && err == nil
		parts = parts[1:]
		return n
	}
	r.phase, r.attempt, r.began = phase(number()), int(number()), number()
	r.until, r.sentAt, r.correction, r.proved = number(), number(), number(), number() != 0
	r.place, r.interval = int(number()), number()
	if !ok || r.phase >= phases || len(parts) < 3 ||
		len(parts[1]) != base64.RawURLEncoding.EncodedLen(len(r.random)) {
		return nil, false
	}
	r.metadata, parts = parts[0], parts[1:]
	if r.metadata != "" && (x.Locate == nil || r.locate() != nil) {
		return nil, false
	}
	_, err := base64.RawURLEncoding.Decode(r.random[:], []byte(parts[0]))
	signature, signatureErr := base64.RawURLEncoding.DecodeString(parts[1])
	r.signature, ok = signature, signatureErr == nil
	parts = parts[2:]
	if len(parts) < len(r.plain.Gets) {
		return nil, false
	}
	for i := range r.plain.Gets {
		if parts[i] != "" { // no text is empty
			r.texts = append(r.texts, parts[i])
		}
	}
	parts = parts[len(r.plain.Gets):]
	if len(r.texts) == len(r.plain.Gets) {
		r.fill()
	}
	if r.phase == asking {
		e := &core.TokenError{}
		for _, text := range texts(e) {
			if len(parts) == 0 {
				return nil, false
			}
			*text, parts = parts[0], parts[1:]
		}
		e.Status, e.Retryable, e.RetryAfter = int(number()), number() != 0, int(number())
		r.failed = e
	}
	return r, ok && err == nil && len(parts) == 0
}

// texts returns the texts of an error.
func texts(e *core.TokenError) []*string {
	return []*string{
		&e.Code, &e.Message, &e.OAuthError, &e.ErrorDescription, &e.ProviderCode, &e.TimeEndpoint,
		&e.RequestID, &e.Hint, &e.Cause,
	}
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
