package renewal

import (
	"encoding/binary"

	"github.com/fetchtoken/fetchtoken/core"
)

// A plan is what follows from an error.
type plan struct {
	again bool  // the request is built again at once
	ask   bool  // the server is asked for its time first
	retry bool  // the request is built again after the wait
	wait  int64 // milliseconds
	hold  int64 // milliseconds for which the error is remembered, if it is the end
}

// How requests are repeated. A server that asks to wait is obeyed as long as the deadline allows it.
const (
	firstBackoff = 250   // milliseconds, doubled for each further attempt
	maxBackoff   = 8_000 // milliseconds
	// holdRefusal is for how many milliseconds a refusal of the credentials is remembered: a crash loop
	// would lock the account, or cost money for every request.
	holdRefusal = 30_000
	// maxHold is the longest that a server's Retry-After is remembered, in milliseconds. A number of hours
	// or an epoch is a mistake more often than a wish, and all who have this configuration would be
	// without a token for so long. One request in five minutes burdens no server.
	maxHold = 300_000
	// maxAhead is the most milliseconds by which a server's clock is believed to differ from the host's: 26
	// hours. Clocks that are set to another time zone, or a day off, are usual mistakes. A machine that is
	// further off trusts no certificate, so then it is the server's Date that is wrong.
	maxAhead = 26 * 3600 * 1000
)

// plan decides what to do after an error.
//
// What may work later is repeated: network failures and time-outs, 408, 425, 429 and 5xx, and a 400 or
// 403 with an HTML page, which is from something that stands before the server. What the server
// understood and refused never is, with two exceptions, each once and at once: where its clock and ours
// differ, by no more than maxAhead, the request is built again by the server's clock, and where it wants its nonce in a DPoP proof
// (RFC 9449 section 8) with that.
func (r *Renewal) plan(e *core.TokenError, now int64, random []byte) plan {
	elapsed, deadline := r.elapsed(now), r.limits.Deadline
	if elapsed < deadline {
		switch {
		case r.correct(e.ClockOffset):
			return plan{again: true}
		case r.correction == 0 && e.TimeEndpoint != "":
			return plan{ask: true}
		case r.limits.Proves && !r.proved && e.OAuthError == core.UseDPoPNonce:
			r.proved = true
			return plan{again: true}
		}
	}
	if !e.Retryable {
		return plan{hold: hold(e)}
	}
	spread := int64(binary.LittleEndian.Uint32(random[core.RandomSize:]))
	wait := int64(min(firstBackoff<<(r.attempt-1), maxBackoff)) * spread >> 32 // "full jitter"
	if e.RetryAfter >= 0 {
		wait += int64(e.RetryAfter) * 1000
	}
	if r.attempt >= r.limits.Attempts || elapsed+wait >= deadline {
		return plan{hold: min(max(int64(e.RetryAfter), 0)*1000, maxHold)}
	}
	return plan{retry: true, wait: wait}
}

// correct corrects the clock by so many seconds, once, if that is credible. It reports whether it did.
func (r *Renewal) correct(offset int) bool {
	correction := int64(offset) * 1000
	ahead := r.limits.Ahead + correction
	if correction == 0 || r.correction != 0 || ahead < -maxAhead || maxAhead < ahead {
		return false
	}
	r.correction = correction
	return true
}

// hold returns for how long an error that won't mend itself is remembered.
func hold(e *core.TokenError) int64 {
	if e.Code == core.CodeErrorResponse || e.Status == 401 || e.Status == 403 {
		return holdRefusal
	}
	return 0
}
