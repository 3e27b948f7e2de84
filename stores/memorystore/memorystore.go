// Package memorystore has a store for the clients of one process.
package memorystore

import (
	"context"
	"sync"
	"time"
)

// limit is the number of records that a Store keeps.
const limit = 1000

// A Store keeps records in memory, 1000 at most. Beyond that, it drops the record that was set
// longest ago. It is a fetchtoken.LeasingStore.
type Store struct {
	mu      sync.Mutex
	records map[string]entry
	leases  map[string]entry
	number  int64 // of the last entry
}

// An entry is a record or a lease. Its number is larger than the numbers of earlier entries.
type entry struct {
	record string
	number int64
	since  time.Time
	ttl    time.Duration
}

// isOver reports whether the entry has ended by the system's clock or by the monotonic clock. The
// system's clock may be set, and the monotonic clock stands still while the machine sleeps.
func (e entry) isOver(now time.Time) bool {
	wall := now.Round(0).Sub(e.since.Round(0))
	return wall < 0 || wall >= e.ttl || now.Sub(e.since) >= e.ttl
}

// New returns an empty Store.
func New() *Store {
	return &Store{records: map[string]entry{}, leases: map[string]entry{}}
}

// newEntry makes an entry with the next number. The caller holds the mutex.
func (s *Store) newEntry(record string, ttl time.Duration) entry {
	s.number++
	return entry{record, s.number, time.Now(), ttl}
}

// Get returns the record of a key.
func (s *Store) Get(ctx context.Context, key string) (string, time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.records[key]
	if ok && found.isOver(time.Now()) {
		delete(s.records, key)
		return "", 0, ctx.Err()
	}
	return found.record, 0, ctx.Err()
}

// Set keeps a record.
func (s *Store) Set(ctx context.Context, key, record string, ttl time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records[key] = s.newEntry(record, ttl)
	if len(s.records) > limit {
		s.makeRoom()
	}
	return ctx.Err()
}

// makeRoom drops the entries that are over, or else the oldest record. The caller holds the mutex.
func (s *Store) makeRoom() {
	sweep(s.records)
	if len(s.records) <= limit {
		return
	}
	oldest, number := "", s.number
	for key, e := range s.records {
		if e.number < number {
			oldest, number = key, e.number
		}
	}
	delete(s.records, oldest)
}

func sweep(entries map[string]entry) {
	now := time.Now()
	for key, e := range entries {
		if e.isOver(now) {
			delete(entries, key)
		}
	}
}

// Delete removes a record.
func (s *Store) Delete(ctx context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.records, key)
	return ctx.Err()
}

// Lease takes the lease of a key, unless another client holds it.
func (s *Store) Lease(ctx context.Context, key string, ttl time.Duration) (
	release func(context.Context) error, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	sweep(s.leases)
	if _, held := s.leases[key]; held {
		return nil, nil
	}
	mine := s.newEntry("", ttl)
	s.leases[key] = mine
	return func(context.Context) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.leases[key].number == mine.number {
			delete(s.leases, key)
		}
		return nil
	}, nil
}
