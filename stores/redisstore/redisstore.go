// Package redisstore has a store in Redis or Valkey. Node processes share it through redisStore of
// fetchtoken/stores/redis.
package redisstore

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"
)

// defaultPrefix begins the names of the keys, as in JavaScript.
const defaultPrefix = "fetchtoken:"

// deleteIfEqual deletes a key in one step if it still has that value. A lease that has run out may
// belong to another process by now.
const deleteIfEqual = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', ` +
	`KEYS[1]) end return 0`

// releaseTimeout is the time to free a lease if the answer of the command that took it was lost.
const releaseTimeout = time.Second

// Options of a [Store]. The zero value of a field means its default.
type Options struct {
	Prefix string // of the names of keys; "fetchtoken:" by default
}

// A Store keeps records in Redis, by the commands GET, PTTL, SET, DEL and EVAL. It is a
// fetchtoken.LeasingStore.
type Store struct {
	do     func(ctx context.Context, args ...any) (any, error)
	prefix string
}

// A Reply is the result of a command, such as *redis.Cmd of go-redis.
type Reply interface {
	Result() (any, error)
}

// A Client sends commands to Redis, such as a redis.UniversalClient, Client, ClusterClient or Ring
// of github.com/redis/go-redis/v9. This package doesn't import that module.
type Client[R Reply] interface {
	Do(ctx context.Context, args ...any) R
}

// New returns the Store of a client. The Store neither configures nor closes the client. nil
// options mean the defaults.
func New[R Reply](client Client[R], options *Options) *Store {
	s := &Store{prefix: defaultPrefix}
	if options != nil && options.Prefix != "" {
		s.prefix = options.Prefix
	}
	s.do = func(ctx context.Context, args ...any) (any, error) {
		reply, err := client.Do(ctx, args...).Result()
		if err != nil && err.Error() == "redis: nil" { // go-redis returns this error if there is no value
			return nil, nil
		}
		return reply, err
	}
	return s
}

// Get returns the record of a key, and how much of its time is left by the clock of Redis.
func (s *Store) Get(ctx context.Context, key string) (string, time.Duration, error) {
	// PTTL comes before GET. Otherwise the remaining time could belong to a newer record.
	left, err := s.do(ctx, "PTTL", s.prefix+key)
	if err != nil {
		return "", 0, err
	}
	ms, ok := left.(int64)
	if !ok {
		return "", 0, fmt.Errorf("redisstore: PTTL returned a %T", left)
	}
	if ms <= 0 {
		return "", 0, nil
	}
	record, err := s.do(ctx, "GET", s.prefix+key)
	text, _ := record.(string)
	return text, time.Duration(ms) * time.Millisecond, err
}

// Set keeps a record.
func (s *Store) Set(ctx context.Context, key, record string, ttl time.Duration) error {
	_, err := s.do(ctx, "SET", s.prefix+key, record, "PX", milliseconds(ttl))
	return err
}

// Delete removes a record.
func (s *Store) Delete(ctx context.Context, key string) error {
	_, err := s.do(ctx, "DEL", s.prefix+key)
	return err
}

// Lease takes the lease of a key, unless another process holds it.
func (s *Store) Lease(ctx context.Context, key string, ttl time.Duration) (
	release func(context.Context) error, err error) {
	name, holder := s.prefix+key+":lease", rand.Text()
	free := func(ctx context.Context) error {
		_, err := s.do(ctx, "EVAL", deleteIfEqual, 1, name, holder)
		return err
	}
	taken, err := s.do(ctx, "SET", name, holder, "PX", milliseconds(ttl), "NX")
	if err != nil { // Redis may have granted the lease, although the answer was lost
		go func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
			defer cancel()
			free(ctx)
		}()
		return nil, err
	}
	if taken == nil {
		return nil, nil
	}
	return free, nil
}

// milliseconds returns a time for PX, in whole milliseconds, at least one.
func milliseconds(ttl time.Duration) int64 {
	return max(1, (ttl + time.Millisecond - 1).Milliseconds())
}
