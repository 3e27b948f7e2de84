package fetchtoken

import (
	"context"
	"time"
)

// A Store keeps sealed tokens where other processes find them. [Options.Store] takes it. Several
// goroutines may call a Store at once. The packages stores/filestore, stores/redisstore and
// stores/memorystore contain Stores. JavaScript's stores keep the same records, so a Node process
// and a Go process with the same configuration share one token.
//
// A Client waits two seconds at most for each call.
type Store interface {
	// Get returns the record of a key, which is 64 hexadecimal digits. The record is "" if the store
	// has none or if its time is over. left is its remaining time by the store's own clock. If the
	// store has no clock, left is 0, and the Client uses the clock of this machine.
	Get(ctx context.Context, key string) (record string, left time.Duration, err error)

	// Set keeps a record for the time ttl. It replaces the key's old record.
	Set(ctx context.Context, key, record string, ttl time.Duration) error

	// Delete removes the record of a key.
	Delete(ctx context.Context, key string) error
}

// A LeasingStore is a Store that has leases. The Client that holds a lease requests a token, and
// the other Clients wait for its record. With a store without leases, two processes may request a
// token at the same time.
type LeasingStore interface {
	Store

	// Lease takes the lease of a key for ttl. It returns the function that frees the lease, or nil if
	// another Client holds the lease. A lease ends by itself after ttl. If the lease is over, release
	// does nothing, because another Client may hold the lease by then.
	Lease(ctx context.Context, key string, ttl time.Duration) (
		release func(context.Context) error, err error)
}
