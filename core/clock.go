package core

import (
	"strings"

	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// A TimeSource is where a system tells its time, beside the Date of its responses, which a browser shows to no page. The zero value is none.
type TimeSource struct {
	Instead string // the end of the token endpoint's path that Path stands in place of
	Path    string // where a GET without credentials tells it; "" if every token response does
	Member  string // of the JSON object that holds it
	Unit    int64  // the milliseconds that are one of it
}

// maxSkew is how many seconds the clock may be off before anything follows from it. The server's time and ours are compared over the time of the
// request too, and that is at most the default time-out. A system that documents its tolerance documents this one.
const maxSkew = defaultTimeout / 1000

// ReadTime reads the outcome of a GET of a TimeEndpoint that was sent then, in milliseconds since the epoch. It returns by how many seconds the
// server's clock is ahead of ours, or 0 if it doesn't tell or that may be the time of the request.
func (x *Exchange) ReadTime(o Outcome, sentAt int64) int {
	body, err := jsonobject.Parse(o.Body)
	if o.Failure != "" || o.Status != 200 || err != nil {
		return 0
	}
	return x.Time.offset(body, sentAt)
}

// offset reads the time in an object: a number, or a string that holds one.
func (t *TimeSource) offset(body jsonobject.Object, sentAt int64) int {
	value := body.Get(t.Member)
	text, isText := jsonobject.Text(value)
	if !isText {
		text = string(value)
	}
	if n, ok := wholeNumber(text); ok && n > 0 {
		offset, _ := offsetOf(n*t.Unit/1000, sentAt/1000)
		return offset
	}
	return 0
}

// timeEndpoint returns the URL that tells the time of this server, or "" if none is known. It has the origin of the token endpoint.
func (x *Exchange) timeEndpoint() string {
	base, found := strings.CutSuffix(x.URL.BaseStringURI(), x.Time.Instead)
	if x.Time.Path == "" || !found {
		return ""
	}
	return base + x.Time.Path
}

// clockOffset returns by how many seconds the server's clock is ahead of ours, by the Date of its response, or 0 if that may be the time of the
// request; and whether there is a Date.
func (r *reading) clockOffset() (offset int, told bool) {
	now := r.sentAt / 1000
	date, ok := httpDate(r.outcome.header("date"), now)
	if !ok {
		return 0, false
	}
	return offsetOf(date, now)
}

// maxTime is the last second that any clock tells: that of 32 bits, in 2106. So no offset, nor the sum of
// several, overflows a number of nanoseconds.
const maxTime = 1<<32 - 1

// offsetOf returns by how many seconds a server's clock is ahead of ours, or 0 if that may be the time of the
// request; and whether it tells a time at all.
func offsetOf(theirs, ours int64) (offset int, told bool) {
	if theirs < 0 || theirs > maxTime {
		return 0, false
	}
	difference := theirs - ours
	if -maxSkew <= difference && difference <= maxSkew || difference != int64(int32(difference)) {
		return 0, true
	}
	return int(difference), true
}
