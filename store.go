package fetchtoken

import (
	"context"
	"time"
)

// A Store keeps sealed tokens where other processes find them. [Options.Store] takes it. Several
// goroutines may call it at once. The packages stores/file, stores/redis and stores/memory have
// stores. JavaScript's stores keep the same records, so a Node process and a Go process with the
// same configuration share one token.
//
// A Client waits two seconds at most for each call.
type Store interface {
	// Get returns the record of a key, which is 64 hexadecimal digits. The record is "" if there is
	// none or its time is over. left is how much of its time is left by the store's own clock, and 0
	// if the store has no clock of its own: then the clock of this machine counts.
	Get(ctx context.Context, key string) (record string, left time.Duration, err error)

	// Set keeps a record for ttl, in place of the one before.
	Set(ctx context.Context, key, record string, ttl time.Duration) error

	// Delete removes the record of a key.
	Delete(ctx context.Context, key string) error
}

// A LeasingStore is a Store that has leases. The holder of a lease asks for a token, and the others
// wait for its record. A store without leases can't keep two processes from asking at once.
type LeasingStore interface {
	Store

	// Lease takes the lease of a key for ttl. It returns the function that frees the lease, or nil
	// if somebody else holds the lease. A lease ends by itself after ttl. release does nothing to a
	// lease that is over: it may be somebody else's.
	Lease(ctx context.Context, key string, ttl time.Duration) (
		release func(context.Context) error, err error)
}
