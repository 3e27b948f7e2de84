package fetchtoken

import "time"

// An EventType is what a [Client] has done.
type EventType string

const (
	EventRequested      EventType = "requested"       // it asks the server: Attempt
	EventRenewed        EventType = "renewed"         // there is a new token: Expiry
	EventRetried        EventType = "retried"         // it will ask again after Wait: Attempt, which failed with Err
	EventRenewalFailed  EventType = "renewal_failed"  // there is no new token, with Err, and the kept one serves until its end: Expiry
	EventClockCorrected EventType = "clock_corrected" // the server's clock is ahead of ours by Offset, and counts from now on
	EventInvalidated    EventType = "invalidated"     // the token was forgotten
)

// An Event is something that a [Client] has done. It holds nothing secret. A field that its type doesn't name is zero.
type Event struct {
	Type    EventType
	Attempt int           // which request it is, from 1
	Wait    time.Duration // until the next request
	Offset  time.Duration // by which the server's clock is ahead of ours
	Expiry  time.Time     // of the token; zero if the server didn't say
	Err     error
}
