package answer

import (
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// maxSkew is the greatest clock difference, in seconds, that is ignored, unless the server
// complains about a time. The measured difference includes the duration of the request, which is at
// most the default time-out. A system that documents its tolerance has the same one.
const maxSkew = core.DefaultTimeout / 1000

// ReadTime reads the outcome of a GET of a TimeEndpoint. sentAt is when it was sent, in
// milliseconds since the epoch. ReadTime returns how many seconds the server's clock is ahead of
// ours, or 0 if the server doesn't say. The time has already caused a refusal, so every second
// counts.
func ReadTime(x *core.Exchange, o Outcome, sentAt int64) int {
	body, err := jsonobject.Parse(o.Body)
	if o.Failure != "" || o.Status != 200 || err != nil {
		return 0
	}
	return timeIn(body, x.Time, sentAt, 0)
}

// timeIn reads the time in an object: a number, or a string with one. A difference of at most skew
// seconds counts as none.
func timeIn(body jsonobject.Object, t core.TimeSource, sentAt, skew int64) int {
	value := body.Get(t.Member)
	text, isText := jsonobject.Text(value)
	if !isText {
		text = string(value)
	}
	if n, ok := core.WholeNumber(text); ok && n > 0 {
		offset, _ := offsetOf(n*t.Unit/1000, sentAt/1000, skew)
		return offset
	}
	return 0
}

// timeEndpoint returns the URL that tells the server's time, or "" if none is known. It has the
// origin of the token endpoint.
func timeEndpoint(x *core.Exchange) string {
	base, found := strings.CutSuffix(x.URL.BaseStringURI(), x.Time.Instead)
	if x.Time.Path == "" || !found {
		return ""
	}
	return base + x.Time.Path
}

// clockOffset returns how many seconds the server's clock is ahead of ours by the Date of its
// response, and whether there is a Date. The offset is 0 if the duration of the request may explain
// it. If the server complains about a time, every second counts.
func (r *reading) clockOffset() (offset int, told bool) {
	now := r.sentAt / 1000
	date, ok := httpDate(r.outcome.header("date"), now)
	if !ok {
		return 0, false
	}
	skew := int64(maxSkew)
	if r.complaint == complaintTime || r.complaint == complaintEarly && date < now {
		skew = 0
	}
	return offsetOf(date, now, skew)
}

// MaxOffset is the greatest credible difference between a server's clock and the host's in seconds:
// 26 hours. Wrong time zones and a wrong day are usual mistakes. A machine whose clock is further
// off trusts no certificate, so then the server's Date is wrong.
const MaxOffset = 26 * 3600

// maxTime is the last second of a clock with 32 bits, in 2106. So no sum of offsets overflows a
// number of nanoseconds.
const maxTime = 1<<32 - 1

// offsetOf returns how many seconds a server's clock is ahead of ours, or 0 if that is at most
// skew; and whether it tells a time.
func offsetOf(theirs, ours, skew int64) (offset int, told bool) {
	if theirs < 0 || theirs > maxTime {
		return 0, false
	}
	difference := theirs - ours
	if -skew <= difference && difference <= skew || difference != int64(int32(difference)) {
		return 0, true
	}
	return int(difference), true
}

// The complaints about a time.
const (
	complaintTime = 1 + iota
	// by the server's clock the request is from the future, so the duration of the request explains
	// nothing
	complaintEarly
)

// earlyWords and timeWords are the words for a wrong time in the messages of servers and of their
// JWT and OAuth 1.0 libraries: Nimbus, PyJWT, golang-jwt, jose, java-jwt, jjwt, php-jwt,
// Microsoft's IdentityModel; Google, Entra, Box, GitHub, Okta, Keycloak. A blank stands for any
// characters except letters.
const (
	earlyWords = "future|yet valid|valid yet| nbf |used before|accepted before|before use " +
		"time|prior to|immature"
	timeWords = " iat | exp |issued at|expired|expiration time|not active|timestamp|time " +
		"stamp|time range|timeframe|time frame|lifetime validation|clock| skew|too old"
)

// complaintOf says whether a server's lower-case words complain about the time in a request. An
// expired key or secret has nothing to do with the clock.
func complaintOf(words string) int {
	plain := []byte(" " + words + " ")
	for i, c := range plain {
		if (c < 'a' || c > 'z') && c < 0x80 {
			plain[i] = ' '
		}
	}
	switch text := string(plain); {
	case hasOneOf(text, earlyWords):
		return complaintEarly
	case strings.Contains(text, "expired") && hasOneOf(text, " key|secret|certificate"):
		return 0
	case hasOneOf(text, timeWords):
		return complaintTime
	}
	return 0
}
