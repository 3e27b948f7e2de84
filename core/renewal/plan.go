package renewal

import (
	"encoding/binary"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/answer"
)

// A plan is the reaction to an error.
type plan struct {
	again bool  // build the request again, at once
	ask   bool  // ask the server for its time first
	retry bool  // build the request again after the wait
	wait  int64 // milliseconds
	hold  int64 // how many milliseconds the host remembers the error, if the renewal ends
}

// The limits of repetition. A renewal waits as long as the server asks, if the deadline allows
// that.
const (
	firstBackoff = 250   // milliseconds, doubled with each attempt
	maxBackoff   = 8_000 // milliseconds
	// holdRefusal is how many milliseconds a host remembers that a server refused the credentials.
	// Otherwise a program that restarts again and again would lock the account, or pay for each
	// request.
	holdRefusal = 30_000
	// maxHold is the most milliseconds that a host remembers a Retry-After. A server that says hours,
	// or an epoch, is usually wrong, and no host with this configuration would get a token for so
	// long. One request in five minutes is no burden for a server.
	maxHold = 300_000
	// maxAhead is the greatest credible offset of a server's clock, in milliseconds.
	maxAhead = answer.MaxOffset * 1000
)

// plan decides what to do after an error.
//
// It repeats a request that may succeed later: after a network failure or a time-out, after the
// status 408, 425, 429 and 5xx, and after a 400 or 403 with an HTML page, which comes from a proxy
// in front of the server. It doesn't repeat a request that the server understood and refused, with
// two exceptions, each once and at once. If the clocks differ by no more than maxAhead, it builds
// the request again by the server's clock. If the server requires its nonce in the DPoP proof (RFC
// 9449 section 8), the host sends the request again with the nonce.
func (r *Renewal) plan(e *core.TokenError, now int64, random []byte) plan {
	elapsed, deadline := r.elapsed(now), r.limits.Deadline
	if elapsed < deadline && r.grant != used {
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
	if r.limits.Interval > 0 {
		return r.poll(e, elapsed)
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

// slower is how much longer a renewal waits between two questions after a slow_down, in
// milliseconds (RFC 8628 section 3.5).
const slower = 5_000

// poll decides whether to ask once more if a user has approved a device. After a failure of the
// network it waits twice as long from then on.
func (r *Renewal) poll(e *core.TokenError, elapsed int64) plan {
	switch {
	case e.OAuthError == "slow_down":
		r.interval += slower
	case e.OAuthError == "authorization_pending":
	case e.Retryable:
		r.interval *= 2
	default:
		return plan{}
	}
	wait := r.interval
	if e.RetryAfter > 0 {
		wait = max(wait, int64(e.RetryAfter)*1000)
	}
	if elapsed+wait >= r.limits.Deadline {
		e.Code, e.Message = core.CodeTimeout, "the user did not approve the device in time"
		e.Hint, e.Retryable = "ask for a new code", false
		return plan{}
	}
	return plan{retry: true, wait: wait}
}

// correct adds an offset, in seconds, to the clock. It does so once, if the offset is credible, and
// reports whether it did.
func (r *Renewal) correct(offset int) bool {
	correction := int64(offset) * 1000
	ahead := r.limits.Ahead + correction
	if correction == 0 || r.correction != 0 || ahead < -maxAhead || maxAhead < ahead {
		return false
	}
	r.correction = correction
	return true
}

// hold returns how many milliseconds a host remembers an error that doesn't go away by itself.
func hold(e *core.TokenError) int64 {
	if e.Code == core.CodeErrorResponse || e.Status == 401 || e.Status == 403 {
		return holdRefusal
	}
	return 0
}
