package core

// A Plan is what whoever repeats requests does after an error.
type Plan struct {
	Retry  bool
	Wait   int64 // milliseconds before the next attempt, which is built and signed anew
	Offset int64 // milliseconds to add to the clock from now on; 0 leaves it as it is
	Hold   int64 // milliseconds for which the same configuration isn't worth asking again
	// AskTime says to ask the TimeEndpoint of the error, once, and to plan again with the ClockOffset that [Exchange.ReadTime] makes of the
	// outcome and without the TimeEndpoint. Whoever doesn't stops here.
	AskTime bool
}

// Attempts is what was done so far.
type Attempts struct {
	Count    int   // requests that were sent, from 1
	Elapsed  int64 // milliseconds since the first began
	Deadline int64 // milliseconds that all of them may take
	Offset   int64 // milliseconds by which the clock was corrected since the first
	Ahead    int64 // milliseconds by which the clock of the last request was ahead of the host's own
	// TakesNonce says that the requests have a DPoP proof, and that none was sent again for its nonce.
	TakesNonce bool
}

// How requests are repeated. A server that asks to wait is obeyed as long as the deadline allows it.
const (
	maxAttempts  = 3
	firstBackoff = 250   // milliseconds, doubled for each further attempt
	maxBackoff   = 8_000 // milliseconds
	// holdRefusal is for how many milliseconds a refusal of the credentials is remembered: a crash loop would lock the account, or cost money
	// for every request.
	holdRefusal = 30_000
	// maxHold is the longest that a server's Retry-After is remembered. A number of hours or an epoch is a mistake more often than a wish, and
	// everybody with this configuration would be without a token for so long: to ask every five minutes burdens no server.
	maxHold = 300_000
	// MaxAhead is the most milliseconds by which a server's clock is believed to be ahead of the host's own, or behind it. It is 26 hours: a
	// clock that is set to another time zone, or a day off, is a usual mistake. One that is further off refuses certificates; a Date that is
	// further off is a server's mistake.
	MaxAhead = 26 * 3600 * 1000
)

// errorUseNonce is the error of RFC 9449 section 8.
const errorUseNonce = "use_dpop_nonce"

// Plan decides what to do after an error. random is uniform over its whole range, and spreads the retries of many ("full jitter").
//
// What may work later is repeated: network failures and time-outs, 408, 425, 429 and 5xx, and a 400 or 403 with an HTML page, which is from
// something that stands before the server. What the server understood and refused never is, with two exceptions, each once and at once: where
// its clock and ours differ, by no more than [MaxAhead], the request is built again by the server's clock, and where it wants its nonce in a DPoP proof (RFC 9449 section 8)
// with that.
func (e *TokenError) Plan(a Attempts, random uint32) Plan {
	inTime := a.Elapsed < a.Deadline
	switch {
	case inTime && a.Offset == 0 && e.ClockOffset != 0 && credible(a.Ahead, e.ClockOffset):
		return Plan{Retry: true, Offset: int64(e.ClockOffset) * 1000}
	case inTime && a.Offset == 0 && e.TimeEndpoint != "":
		return Plan{AskTime: true, Hold: e.hold()}
	case inTime && a.TakesNonce && e.OAuthError == errorUseNonce:
		return Plan{Retry: true}
	}
	if !e.Retryable {
		return Plan{Hold: e.hold()}
	}
	wait := int64(min(firstBackoff<<max(a.Count-1, 0), maxBackoff)) * int64(random) >> 32
	if e.RetryAfter >= 0 {
		wait += int64(e.RetryAfter) * 1000
	}
	if a.Count >= maxAttempts || a.Elapsed+wait >= a.Deadline {
		return Plan{Hold: min(max(int64(e.RetryAfter), 0)*1000, maxHold)}
	}
	return Plan{Retry: true, Wait: wait}
}

// credible says whether a clock that is ahead of the host's own by so many milliseconds may be corrected by so many seconds.
func credible(ahead int64, offset int) bool {
	ahead += int64(offset) * 1000
	return -MaxAhead <= ahead && ahead <= MaxAhead
}

// hold returns for how long an error that won't mend itself is remembered.
func (e *TokenError) hold() int64 {
	if e.Code == CodeErrorResponse || e.Status == 401 || e.Status == 403 {
		return holdRefusal
	}
	return 0
}
