package answer

import (
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// maxSkew is how many seconds the clock may be off before anything follows from it, unless the
// server complains about a time. The server's time and ours are compared over the time of the
// request too, and that is at most the default time-out. A system that documents its tolerance
// documents this one.
const maxSkew = core.DefaultTimeout / 1000

// ReadTime reads the outcome of a GET of a TimeEndpoint that was sent then, in milliseconds since
// the epoch. It returns by how many seconds the server's clock is ahead of ours, or 0 if it doesn't
// tell. Who asks was refused because of the time, so every second counts.
func ReadTime(x *core.Exchange, o Outcome, sentAt int64) int {
	body, err := jsonobject.Parse(o.Body)
	if o.Failure != "" || o.Status != 200 || err != nil {
		return 0
	}
	return timeIn(body, x.Time, sentAt, 0)
}

// timeIn reads the time in an object: a number, or a string that holds one. A difference of up to
// skew seconds is none.
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

// timeEndpoint returns the URL that tells the time of this server, or "" if none is known. It has
// the origin of the token endpoint.
func timeEndpoint(x *core.Exchange) string {
	base, found := strings.CutSuffix(x.URL.BaseStringURI(), x.Time.Instead)
	if x.Time.Path == "" || !found {
		return ""
	}
	return base + x.Time.Path
}

// clockOffset returns by how many seconds the server's clock is ahead of ours, by the Date of its
// response, or 0 if that may be the time of the request; and whether there is a Date. Beside a
// complaint about a time every second counts.
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

// MaxOffset is the most seconds by which a server's clock is believed to differ from the host's: 26
// hours. Clocks that are set to another time zone, or a day off, are usual mistakes. A machine that
// is further off trusts no certificate, so then it is the server's Date that is wrong.
const MaxOffset = 26 * 3600

// maxTime is the last second that any clock tells: that of 32 bits, in 2106. So no offset, nor the
// sum of several, overflows a number of nanoseconds.
const maxTime = 1<<32 - 1

// offsetOf returns by how many seconds a server's clock is ahead of ours, or 0 if that is no more
// than skew; and whether it tells a time at all.
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
	// by the server's clock the request is from the future, so the time that the answer took says
	// nothing
	complaintEarly
)

// earlyWords and timeWords are words of servers about a time, and of the libraries for JWTs and
// OAuth 1.0 that they run: Nimbus, PyJWT, golang-jwt, jose, java-jwt, jjwt, php-jwt, Microsoft's
// IdentityModel; Google, Entra, Box, GitHub, Okta, Keycloak. A blank stands for whatever is no
// letter.
const (
	earlyWords = "future|yet valid|valid yet| nbf |used before|accepted before|before use " +
		"time|prior to|immature"
	timeWords = " iat | exp |issued at|expired|expiration time|not active|timestamp|time " +
		"stamp|time range|timeframe|time frame|lifetime validation|clock| skew|too old"
)

// complaintOf says whether a server complains about the time in a request, in words in lower case.
// A key or a secret that has expired is no matter of the clock.
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
