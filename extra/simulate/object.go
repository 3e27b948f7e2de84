package main

import "time"

// object is the Durable Object that holds the token of one key. It serves one request after
// another.
type object struct {
	service, patience time.Duration
	busy              time.Duration // until then it works on requests that came before

	token token
	since time.Duration // when it got its token
	// from then on it renews the token when somebody comes, if no alarm did so before
	renewAt  time.Duration
	usedAt   time.Duration // when somebody came, noted once for each token
	alarmFor time.Duration // the end of the token for whose renewal the alarm is set
	flying   bool          // it is asking the endpoint
	alarmed  bool          // because of the alarm
	waiting  []int32       // isolates that wait for the answer
}

// arrive queues a request that arrives now, and returns when it will be served, or false if the
// object is overloaded.
func (o *object) arrive(now time.Duration) (served time.Duration, ok bool) {
	begin := max(now, o.busy)
	if begin-now > o.patience {
		return 0, false
	}
	o.busy = begin + o.service
	return o.busy, true
}

// noteUse notes that somebody came.
func (o *object) noteUse(now time.Duration) {
	if o.usedAt < o.since {
		o.usedAt = now
	}
}

// isInUse reports whether its token is worth renewing. With KV few come, so it goes on for a while
// after the last of them.
func (o *object) isInUse(now time.Duration, kv bool) bool {
	return o.usedAt >= o.since || kv && now-o.usedAt < inUse
}
