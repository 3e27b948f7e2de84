package main

import "time"

// object is the Durable Object that holds the token of one key. It serves one request after another.
type object struct {
	service, patience time.Duration
	busy              time.Duration // until then it works on requests that came before

	token   token
	renewAt time.Duration // from then on the token is not given away any more
	flying  bool          // it is asking the endpoint
	waiting []int32       // isolates that wait for the answer
}

// arrive queues a request that arrives now, and returns when it will be served, or false if the object is overloaded.
func (o *object) arrive(now time.Duration) (served time.Duration, ok bool) {
	begin := max(now, o.busy)
	if begin-now > o.patience {
		return 0, false
	}
	o.busy = begin + o.service
	return o.busy, true
}
