// Package storetest tests the rules that every store follows.
package storetest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fetchtoken/fetchtoken"
)

// Key returns a new random store key.
func Key() string {
	key := make([]byte, 32)
	rand.Read(key)
	return hex.EncodeToString(key)
}

// Test tests a store.
func Test(t *testing.T, store fetchtoken.LeasingStore) {
	t.Run("a record is kept, replaced and deleted", func(t *testing.T) {
		key, other := Key(), Key()
		expect(t, store, key, "")
		set(t, store, key, "first", time.Minute)
		set(t, store, other, "of another", time.Minute)
		expect(t, store, key, "first")
		set(t, store, key, "second", time.Minute)
		expect(t, store, key, "second")
		for range 2 {
			if err := store.Delete(t.Context(), key); err != nil {
				t.Fatal(err)
			}
			expect(t, store, key, "")
		}
		expect(t, store, other, "of another")
	})
	t.Run("a record is any text", func(t *testing.T) {
		for _, record := range []string{
			" \"'\\\r\n\x00é✓😀 <>&\u2028", `{"until":0}`, "2." + strings.Repeat("A", 200_000),
		} {
			key := Key()
			set(t, store, key, record, time.Minute)
			expect(t, store, key, record)
		}
	})
	t.Run("a record ends with its time", func(t *testing.T) {
		key, other := Key(), Key()
		set(t, store, other, "record", time.Minute)
		started := time.Now()
		set(t, store, key, "record", 300*time.Millisecond+time.Microsecond)
		eventually(t, func() bool { return get(t, store, key) == "" })
		if time.Since(started) < 290*time.Millisecond {
			t.Error("it ended before its time")
		}
		expect(t, store, other, "record")
	})
	t.Run("one holds the lease of a key, until it is released", func(t *testing.T) {
		testOneHolder(t, store)
	})
	t.Run("a lease ends with its time, and its holder doesn't release the next", func(t *testing.T) {
		key := Key()
		started := time.Now()
		first := lease(t, store, key, 300*time.Millisecond+time.Microsecond)
		var second func(context.Context) error
		eventually(t, func() bool { second = lease(t, store, key, time.Minute); return second != nil })
		if first == nil || time.Since(started) < 290*time.Millisecond {
			t.Error("it ended before its time")
		}
		release(t, first)
		if lease(t, store, key, time.Minute) != nil {
			t.Error("its holder released the next")
		}
		release(t, second)
		if lease(t, store, key, time.Minute) == nil {
			t.Error("it is not free")
		}
	})
	t.Run("a lease is no record", func(t *testing.T) {
		key := Key()
		held := lease(t, store, key, time.Minute)
		expect(t, store, key, "")
		set(t, store, key, "record", time.Minute)
		release(t, held)
		expect(t, store, key, "record")
	})
	t.Run("a context that is done ends it", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, _, got := store.Get(ctx, Key())
		_, leased := store.Lease(ctx, Key(), time.Minute)
		for _, err := range []error{
			got, leased, store.Set(ctx, Key(), "r", time.Minute), store.Delete(ctx, Key()),
		} {
			if err == nil {
				t.Error("no error")
			}
		}
	})
}

func testOneHolder(t *testing.T, store fetchtoken.LeasingStore) {
	key := Key()
	for range 3 {
		var all sync.WaitGroup
		held := make(chan func(context.Context) error, 30)
		for range cap(held) {
			all.Go(func() {
				if release := lease(t, store, key, time.Minute); release != nil {
					held <- release
				}
			})
		}
		all.Wait()
		if len(held) != 1 {
			t.Fatalf("%d hold it", len(held))
		}
		other := lease(t, store, Key(), time.Minute)
		if other == nil {
			t.Fatal("another key has no lease of its own")
		}
		release(t, other)
		if lease(t, store, key, time.Minute) != nil {
			t.Fatal("it was taken twice")
		}
		first := <-held
		release(t, first)
		release(t, first) // a second call does nothing
	}
	if lease(t, store, key, time.Minute) == nil {
		t.Error("it is not free")
	}
}

func set(t *testing.T, store fetchtoken.Store, key, record string, ttl time.Duration) {
	t.Helper()
	if err := store.Set(t.Context(), key, record, ttl); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, store fetchtoken.Store, key string) string {
	t.Helper()
	record, _, err := store.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return record
}

func expect(t *testing.T, store fetchtoken.Store, key, want string) {
	t.Helper()
	if got := get(t, store, key); got != want {
		t.Fatalf("got %.80q, want %.80q", got, want)
	}
}

func lease(
	t *testing.T, store fetchtoken.LeasingStore, key string, ttl time.Duration,
) func(context.Context) error {
	t.Helper()
	release, err := store.Lease(t.Context(), key, ttl)
	if err != nil {
		t.Error(err)
	}
	return release
}

func release(t *testing.T, release func(context.Context) error) {
	t.Helper()
	if err := release(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// eventually waits until is returns true.
func eventually(t *testing.T, is func() bool) {
	t.Helper()
	for start := time.Now(); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Since(start) > time.Minute {
			t.Fatal("it never is")
		}
	}
}
