package fetchtoken

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fetchtoken/fetchtoken/stores/memorystore"
)

// A dice throws numbers that depend on its seed only, as far as the order of the throws does.
type dice struct {
	mu   sync.Mutex
	rand *rand.Rand
}

func newDice(seed int) *dice { return &dice{rand: rand.New(rand.NewPCG(uint64(seed), 0))} }

func (d *dice) below(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rand.IntN(n)
}

func (d *dice) wait(most time.Duration) {
	time.Sleep(time.Duration(d.below(int(most/time.Millisecond))) * time.Millisecond)
}

// An unsteadyStore takes time, and does what its faults say with one of ten calls.
type unsteadyStore struct {
	LeasingStore
	dice         *dice
	fails, tarry bool // some calls fail, done or not; some writes come after the Client has given up
}

func (s *unsteadyStore) fault(isThere bool) bool { return isThere && s.dice.below(10) == 0 }

func (s *unsteadyStore) Get(ctx context.Context, key string) (string, time.Duration, error) {
	s.dice.wait(1500 * time.Millisecond)
	if s.fault(s.fails) {
		return "", 0, errDisk
	}
	return s.LeasingStore.Get(context.WithoutCancel(ctx), key)
}

func (s *unsteadyStore) Set(ctx context.Context, key, record string, ttl time.Duration) error {
	s.dice.wait(1500 * time.Millisecond)
	if s.fault(s.fails) {
		return errDisk
	}
	if s.fault(s.tarry) {
		time.Sleep(3 * time.Second)
	}
	err := s.LeasingStore.Set(context.WithoutCancel(ctx), key, record, ttl)
	if s.fault(s.fails) {
		return errDisk
	}
	return err
}

func (s *unsteadyStore) Lease(
	ctx context.Context, key string, ttl time.Duration,
) (func(context.Context) error, error) {
	s.dice.wait(1500 * time.Millisecond)
	return s.LeasingStore.Lease(context.WithoutCancel(ctx), key, ttl)
}

// An unsteadyServer takes time, too, and asks some Clients to wait.
type unsteadyServer struct {
	*refreshTokens
	dice *dice
}

func (s *unsteadyServer) RoundTrip(req *http.Request) (*http.Response, error) {
	switch s.dice.below(6) {
	case 0:
		s.dice.wait(5 * time.Second)
		response := respondWith(429, `{}`)
		response.Header.Set("Retry-After", strconv.Itoa(s.dice.below(20)))
		return response, nil
	case 1:
		s.dice.wait(25 * time.Second)
	}
	s.dice.wait(time.Second)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	response, err := s.refreshTokens.RoundTrip(req)
	s.dice.wait(3 * time.Second)
	if gone := req.Context().Err(); gone != nil {
		return nil, gone
	}
	return response, err
}

// Whatever a store and a server do, no refresh token is sent twice: many Clients, whose callers go
// away, in the bubble's time.
func TestFaultsReplayNoRefreshToken(t *testing.T) {
	for seed := range 200 {
		tokens := 0
		synctest.Test(t, func(t *testing.T) {
			dice, server, memory := newDice(seed), &refreshTokens{}, memorystore.New()
			var all sync.WaitGroup
			var mu sync.Mutex
			call := func(c *Client) {
				for range 6 {
					ctx, cancel := context.WithTimeout(
						t.Context(), time.Duration(1+dice.below(90))*time.Second)
					get := c.TokenContext
					if dice.below(2) == 0 {
						get = c.Renew
					}
					_, err := get(ctx)
					cancel()
					if own, ok := errors.AsType[*TokenError](err); ok && own.OAuthError != "" {
						t.Errorf("seed %d: %v", seed, err)
					}
					mu.Lock()
					if err == nil {
						tokens++
					}
					mu.Unlock()
					dice.wait(30 * time.Minute)
				}
			}
			for i := range 4 {
				store := &unsteadyStore{memory, dice, seed&1 > 0, seed&2 > 0}
				client := sessionClient(t, &unsteadyServer{server, dice}, store, func(c *Config) {
					c.Scope = []string{fmt.Sprint("scope-", i/2)}
				})
				with := client.With(TokenRequest{Scope: []string{fmt.Sprint("other-", i)}})
				all.Go(func() { call(client) })
				all.Go(func() { call(with) })
			}
			all.Wait()
			time.Sleep(10 * time.Minute)
			if len(server.replayed) > 0 {
				t.Errorf("seed %d: %v came, and %v again", seed, server.came, server.replayed)
			}
		})
		if t.Failed() {
			return
		}
		if seed == 0 && tokens == 0 { // without faults
			t.Error("there were no tokens")
		}
	}
}

// A storeOf does with each write what set says. It counts the writes from 1.
type storeOf struct {
	LeasingStore
	mu   sync.Mutex
	sets int
	set  func(number int, write func() error) error
}

func (s *storeOf) Set(ctx context.Context, key, record string, ttl time.Duration) error {
	s.mu.Lock()
	s.sets++
	number := s.sets
	s.mu.Unlock()
	return s.set(number, func() error {
		return s.LeasingStore.Set(context.WithoutCancel(ctx), key, record, ttl)
	})
}

// A Client keeps its lease until a late write has come, and mends it.
func TestALateWrite(t *testing.T) {
	inSession(t, func(t *testing.T, server *refreshTokens, store Store) {
		late := &storeOf{LeasingStore: store.(LeasingStore)}
		late.set = func(number int, write func() error) error {
			if number == 1 {
				time.Sleep(3 * time.Second)
			}
			return write()
		}
		first, second := sessionClient(t, server, late, nil), sessionClient(t, server, store, nil)
		_, err := first.Token()
		if failed, ok := errors.AsType[*TokenError](err); !ok || failed.Code != CodeNetwork {
			t.Error(err)
		}
		wantToken(t, second, "access of a.1")
		second.Close()
		wantToken(t, first, "access of a.1")
		time.Sleep(time.Hour)
		wantToken(t, first, "access of a.2")
		first.Close()
		server.expectCame(t, "a.1", "a.2")
	})
}

func TestTheNextRefreshTokenIsWrittenAgain(t *testing.T) {
	inSession(t, func(t *testing.T, server *refreshTokens, store Store) {
		failing := &storeOf{LeasingStore: store.(LeasingStore)}
		failing.set = func(number int, write func() error) error {
			if number == 2 {
				return errDisk
			}
			return write()
		}
		first := sessionClient(t, server, failing, nil)
		wantToken(t, first, "access of a.1")
		first.Close()
		time.Sleep(time.Hour)
		second := sessionClient(t, server, store, nil)
		wantToken(t, second, "access of a.2")
		second.Close()
		server.expectCame(t, "a.1", "a.2")
	})
}
