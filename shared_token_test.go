package fetchtoken

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fetchtoken/fetchtoken/stores/memorystore"
	"golang.org/x/oauth2"
)

// A village is a set of Clients that share one store and one server. It runs in a bubble of
// testing/synctest.
type village struct {
	t      *testing.T
	store  Store
	config Config

	mu       sync.Mutex
	requests int
	events   []Event
	lifetime int           // the lifetime of the tokens, in seconds
	delay    time.Duration // the time that the server takes for an answer
	refusal  string        // the body of a refusal with status 401; "" for none
	status   int           // the status of an answer without a token
}

func newVillage(t *testing.T) *village {
	t.Cleanup(forgetRefusals)
	config := basic
	config.ClientID = "client of " + t.Name()
	return &village{t: t, store: memorystore.New(), config: config, lifetime: 3600}
}

// RoundTrip answers as the token server.
func (v *village) RoundTrip(req *http.Request) (*http.Response, error) {
	v.mu.Lock()
	v.requests++
	status, delay := 200, v.delay
	body := fmt.Sprintf(`{"access_token":"token-%d","expires_in":%d}`, v.requests, v.lifetime)
	if v.refusal != "" {
		status, body = 401, v.refusal
	}
	if v.status != 0 {
		status, body = v.status, ""
	}
	v.mu.Unlock()
	select {
	case <-time.After(delay):
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)),
	}, nil
}

// forgetRefusals drops the refusals that the process remembers.
func forgetRefusals() {
	refusals.Lock()
	defer refusals.Unlock()
	clear(refusals.of)
}

// client makes a Client of another process: it knows no refusal.
func (v *village) client() *Client {
	v.t.Helper()
	forgetRefusals()
	client, err := New(v.config, &Options{
		HTTPClient: &http.Client{Transport: v}, Store: v.store,
		OnEvent: func(e Event) {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.events = append(v.events, e)
		},
	})
	if err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() {
		client.Close()
		time.Sleep(time.Minute) // the bubble's time: the work that no caller waits for ends
	})
	return client
}

func (v *village) expect(client *Client, want string) *oauth2.Token {
	v.t.Helper()
	token, err := client.Token()
	if err != nil {
		v.t.Fatal(err)
	}
	if token.AccessToken != want {
		v.t.Fatalf("got %s, want %s", token.AccessToken, want)
	}
	return token
}

func (v *village) expectRequests(want int) {
	v.t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.requests != want {
		v.t.Errorf("%d requests, want %d", v.requests, want)
	}
}

func (v *village) heard(kind EventType) (heard []Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, e := range v.events {
		if e.Type == kind {
			heard = append(heard, e)
		}
	}
	return heard
}

// in runs a test in a village.
func in(t *testing.T, test func(v *village)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(newVillage(t)) })
}

func TestClientsShareAToken(t *testing.T) {
	in(t, func(v *village) {
		v.delay = time.Second
		var all sync.WaitGroup
		for range 5 {
			client := v.client()
			all.Go(func() { v.expect(client, "token-1") })
		}
		all.Wait()
		synctest.Wait()
		token := v.expect(v.client(), "token-1")
		v.expectRequests(1)
		if got := len(v.heard(EventShared)); got != 5 {
			t.Errorf("%d events, want 5", got)
		}
		if left := time.Until(token.Expiry); left < 59*time.Minute || left > time.Hour ||
			token.ExpiresIn != 3600 || token.Extra("expires_at") != nil {
			t.Errorf("%+v", token)
		}
		time.Sleep(time.Hour - 65*time.Second)
		// within the margin of every other client
		v.expect(v.client(), "token-2")
		v.expectRequests(2)
	})
}

// The client that requests the token holds the lease. If it dies, another client requests the token
// when the lease has ended.
func TestLeaseOfADeadClient(t *testing.T) {
	in(t, func(v *village) {
		dead := v.client()
		store := v.store.(LeasingStore)
		key := dead.source.Load().shared.sealer.storeKey
		if _, err := store.Lease(v.t.Context(), key, 3*time.Second); err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		v.expect(v.client(), "token-1")
		if took := time.Since(started); took < 3*time.Second || took > 4*time.Second {
			t.Error(took)
		}
	})
}

func TestRefusalIsShared(t *testing.T) {
	in(t, func(v *village) {
		v.refusal = `{"error":"invalid_client","error_description":"gone"}`
		_, first := v.client().Token()
		synctest.Wait()
		second := v.client()
		_, err := second.Token()
		v.expectRequests(1)
		var refused *TokenError
		if !errors.As(err, &refused) || refused.OAuthError != "invalid_client" ||
			refused.Status != 401 || refused.ErrorDescription != "gone" ||
			refused.Error() != first.Error() {
			t.Errorf("%v, want %v", err, first)
		}
		v.refusal = ""
		if token, err := second.Renew(v.t.Context()); err != nil || token.AccessToken != "token-2" {
			t.Error(token, err)
		}
		synctest.Wait()
		v.expect(v.client(), "token-2")
	})
}

// A token that is still good stays beside a refusal, and callers get it until its end.
func TestTokenBesideARefusal(t *testing.T) {
	in(t, func(v *village) {
		v.expect(v.client(), "token-1")
		time.Sleep(time.Hour - 50*time.Second)
		v.refusal = `{"error":"invalid_client"}`
		v.expect(v.client(), "token-1")
		synctest.Wait()
		v.expect(v.client(), "token-1")
		v.expectRequests(2)
		got := v.heard(EventRenewalFailed)
		if len(got) != 2 || !errors.Is(got[0].Err, CodeErrorResponse) {
			t.Error(got)
		}
		time.Sleep(55 * time.Second)
		if _, err := v.client().Token(); !errors.Is(err, CodeErrorResponse) {
			t.Error(err)
		}
	})
}

// A client with a token that is due doesn't send a request for each call.
func TestDueTokenRests(t *testing.T) {
	in(t, func(v *village) {
		v.expect(v.client(), "token-1")
		time.Sleep(time.Hour - 30*time.Second)
		v.status = 503
		client := v.client()
		v.expect(client, "token-1")
		synctest.Wait()
		before := v.requests
		for range 50 {
			v.expect(client, "token-1")
			synctest.Wait()
		}
		v.expectRequests(before)
	})
}

func TestInvalidatedTokenLeavesTheStore(t *testing.T) {
	in(t, func(v *village) {
		first, second := v.client(), v.client()
		token := v.expect(first, "token-1")
		synctest.Wait()
		v.expect(second, "token-1")
		first.Invalidate(token)
		v.expect(first, "token-2")
		synctest.Wait()
		second.Invalidate(token) // too late: the newer token stays
		v.expect(second, "token-2")
		v.expect(v.client(), "token-2")
		v.expectRequests(2)
		if _, err := first.Renew(v.t.Context()); err != nil {
			t.Fatal(err)
		}
		v.expectRequests(3)
		synctest.Wait()
		v.expect(v.client(), "token-3")
	})
}

// A client doesn't take a token from the store if this process has discarded it, even if another
// client has just put it there.
func TestDiscardedTokenIsNotTakenAgain(t *testing.T) {
	in(t, func(v *village) {
		slow := &slowStore{Store: v.store}
		v.store = slow
		first := v.client()
		token := v.expect(first, "token-1")
		synctest.Wait()
		slow.stale, _, _ = slow.Store.Get(v.t.Context(), first.source.Load().shared.sealer.storeKey)
		first.Invalidate(token)
		v.expect(first, "token-2")
		v.expect(v.client(), "token-3") // the store still returns the first token
	})
}

// A slowStore returns an old record after it has one.
type slowStore struct {
	Store
	stale string
}

func (s *slowStore) Get(ctx context.Context, key string) (string, time.Duration, error) {
	if s.stale != "" {
		return s.stale, 0, nil
	}
	return s.Store.Get(ctx, key)
}

func TestTokenLastingFromTheStore(t *testing.T) {
	in(t, func(v *village) {
		v.expect(v.client(), "token-1")
		time.Sleep(30 * time.Minute)
		client := v.client()
		token, err := client.TokenLasting(v.t.Context(), 40*time.Minute)
		if err != nil || token.AccessToken != "token-2" {
			t.Fatal(token, err)
		}
		time.Sleep(10 * time.Minute)
		// the server issues no token that lasts so long, so the caller gets the kept one
		token, err = v.client().TokenLasting(v.t.Context(), 2*time.Hour)
		if err != nil || token.AccessToken != "token-3" {
			t.Fatal(token, err)
		}
	})
}

// A caller joins a renewal for a caller who wants a shorter token. If the new token is too short,
// the client renews once more for the first caller.
func TestTokenLastingJoins(t *testing.T) {
	in(t, func(v *village) {
		v.expect(v.client(), "token-1")
		time.Sleep(30 * time.Minute)
		v.store = waitingStore{v.store}
		client := v.client()
		var all sync.WaitGroup
		all.Go(func() { v.expect(client, "token-1") })
		synctest.Wait()
		all.Go(func() {
			token, err := client.TokenLasting(v.t.Context(), 40*time.Minute)
			if err != nil || token.AccessToken != "token-2" {
				t.Error(token, err)
			}
		})
		all.Wait()
	})
}

// A waitingStore takes a second for each look.
type waitingStore struct{ Store }

func (s waitingStore) Get(ctx context.Context, key string) (string, time.Duration, error) {
	time.Sleep(time.Second)
	return s.Store.Get(ctx, key)
}

// A failing store is reported with a cleaned message, and no call fails because of it.
func TestStoreThatFails(t *testing.T) {
	in(t, func(v *village) {
		long := strings.Repeat("k3y", 20)
		why := errors.New("SET redis://user:pass@host:1/path " + long + " \x1b[1m")
		v.store = failingStore{why}
		client := v.client()
		v.expect(client, "token-1")
		synctest.Wait()
		client.Invalidate(nil)
		heard := v.heard(EventStoreFailed)
		if len(heard) != 3 { // one event each for Get, Set and Delete
			t.Fatal(heard)
		}
		for _, e := range heard {
			if e.Err.Error() != "SET redis://host:1 [redacted]  [1m" || !errors.Is(e.Err, why) {
				t.Errorf("%q", e.Err)
			}
		}
	})
}

type failingStore struct{ err error }

func (s failingStore) Get(context.Context, string) (string, time.Duration, error) {
	return "", 0, s.err
}
func (s failingStore) Set(context.Context, string, string, time.Duration) error { return s.err }
func (s failingStore) Delete(context.Context, string) error                     { return s.err }

// A store that never answers and ignores its context delays a call by two seconds.
func TestStoreThatNeverAnswers(t *testing.T) {
	in(t, func(v *village) {
		answer := make(chan struct{})
		v.store = silentStore{answer}
		started := time.Now()
		client := v.client()
		v.expect(client, "token-1")
		if took := time.Since(started); took != 2*time.Second {
			t.Error(took)
		}
		client.Close()
		if took := time.Since(started); took != 4*time.Second {
			t.Error("Close", took)
		}
		for _, e := range v.heard(EventStoreFailed) {
			if e.Err.Error() != "the store did not answer in 2000 ms" {
				t.Error(e.Err)
			}
		}
		close(answer)
	})
}

type silentStore struct{ answer chan struct{} }

func (s silentStore) Get(context.Context, string) (string, time.Duration, error) {
	<-s.answer
	return "", 0, nil
}

func (s silentStore) Set(context.Context, string, string, time.Duration) error {
	<-s.answer
	return nil
}
func (s silentStore) Delete(context.Context, string) error { return nil }

// A lease that comes too late is freed.
func TestLateLeaseIsFreed(t *testing.T) {
	in(t, func(v *village) {
		late := &lateStore{LeasingStore: v.store.(LeasingStore)}
		v.store = late
		v.expect(v.client(), "token-1")
		time.Sleep(10 * time.Second)
		if late.freed.Load() != 1 {
			t.Errorf("freed %d times", late.freed.Load())
		}
	})
}

type lateStore struct {
	LeasingStore
	freed atomic.Int32
}

func (s *lateStore) Lease(context.Context, string, time.Duration) (
	func(context.Context) error, error) {
	time.Sleep(5 * time.Second)
	return func(context.Context) error { s.freed.Add(1); return nil }, nil
}

// Callers get a token before the store does, and Close waits for the store.
func TestCallersDontWaitForTheStore(t *testing.T) {
	in(t, func(v *village) {
		inner := v.store
		v.store = slowWriter{inner}
		client := v.client()
		started := time.Now()
		v.expect(client, "token-1")
		if took := time.Since(started); took != 0 {
			t.Error("the caller waited", took)
		}
		client.Close()
		v.store = inner
		v.expect(v.client(), "token-1")
	})
}

type slowWriter struct{ Store }

func (s slowWriter) Set(ctx context.Context, key, record string, ttl time.Duration) error {
	time.Sleep(time.Second)
	return s.Store.Set(ctx, key, record, ttl)
}

// By another machine's clock a token lives no longer than its expires_in. If the store tells the
// remaining time, no other clock counts.
func TestWhoseClockCounts(t *testing.T) {
	in(t, func(v *village) {
		v.store = memorystore.New()
		client := v.client()
		s := client.source.Load().shared
		now := time.Now()
		token := func(until time.Duration) stored {
			return stored{
				Token: []byte(fmt.Sprintf(
					`{"access_token":"theirs","token_type":"Bearer","expires_in":600,"expires_at":%d}`,
					now.Add(until).Unix())),
				Until: float64(now.Add(until).UnixMilli()), Margin: 60_000,
			}
		}
		for _, test := range []struct {
			until, left, want time.Duration
		}{
			{600 * time.Second, 0, 600 * time.Second},
			{300 * time.Second, 0, 300 * time.Second},
			{800 * time.Second, 0, 600 * time.Second}, // the writer's clock is ahead
			{901 * time.Second, 0, 0},                 // too far ahead: the age of the token is unknown
			{900 * time.Second, 200 * time.Second, 200 * time.Second},
			{9000 * time.Second, 700 * time.Second, 600 * time.Second},
		} {
			got := s.recordOf(token(test.until), now, test.left)
			if test.want == 0 {
				if got != nil {
					t.Errorf("%+v: got %v", test, got.until.Sub(now))
				}
				continue
			}
			if left := got.until.Sub(now); left != test.want {
				t.Errorf("%+v: got %v", test, left)
			}
			expiry := tokenIn(got.text).Expiry.Sub(now).Round(time.Second)
			if expiry != test.want {
				t.Errorf("%+v: Expiry is %v away", test, expiry)
			}
		}
	})
}

// The client takes a record that node:crypto has sealed in the form of JavaScript's client.
func TestRecordOfJavaScript(t *testing.T) {
	for _, test := range recordTests(t) {
		if test.ID != "secret" && test.ID != "refusal" {
			continue
		}
		synctest.Test(t, func(t *testing.T) {
			v := newVillage(t)
			v.config = configFrom(t, test.Configs[0])
			before := 20 * time.Second
			if test.ID == "secret" {
				before = 50 * time.Minute
			}
			time.Sleep(time.Until(time.UnixMilli(1_800_000_000_000).Add(-before)))
			v.store.Set(v.t.Context(), test.StoreKey, test.Record, time.Hour)
			token, err := v.client().Token()
			v.expectRequests(0)
			if test.ID == "secret" {
				if err != nil || token.AccessToken != "a token, é✓😀" || token.Expiry.Unix() != 1_800_000_000 ||
					token.Extra("scope") != "a b" {
					t.Error(token, err)
				}
				return
			}
			var refused *TokenError
			if !errors.As(err, &refused) {
				t.Fatal(err)
			}
			refused.cause, refused.core = nil, nil
			want := TokenError{
				Code: CodeErrorResponse, Message: "the server refused the request: invalid_client",
				Hint: "check ClientSecret", Status: 401, OAuthError: "invalid_client", RequestID: "r-1",
				RetryAfter: 5 * time.Second, ClockOffset: -90 * time.Second,
			}
			if *refused != want {
				t.Errorf("%+v, want %+v", *refused, want)
			}
		})
	}
}

// A client can't read the record of another configuration, and replaces such a record under its own
// key.
func TestForeignRecordIsReplaced(t *testing.T) {
	in(t, func(v *village) {
		client := v.client()
		key := client.source.Load().shared.sealer.storeKey
		for _, record := range []string{"", "nonsense", client.source.Load().shared.sealer.seal([]byte("[]"))} {
			v.store.Set(v.t.Context(), key, record, time.Hour)
			v.expect(v.client(), fmt.Sprintf("token-%d", v.requests+1))
			synctest.Wait()
			record, _, _ := v.store.Get(v.t.Context(), key)
			if strings.Contains(record, "token") || !strings.HasPrefix(record, "2.") {
				t.Error(record)
			}
		}
	})
}

func TestStoreOptions(t *testing.T) {
	public := basic
	public.ClientSecret, public.ClientAuth = "", AuthNone
	for _, test := range []struct {
		config  Config
		options Options
		says    string
	}{
		{public, Options{Store: memorystore.New()}, "set Options.SealingKey"},
		{public, Options{}, ""},
		{basic, Options{SealingKey: make([]byte, 15)}, "Options.SealingKey must have at least 16 bytes"},
		{public, Options{Store: memorystore.New(), SealingKey: make([]byte, 16)}, ""},
	} {
		_, err := New(test.config, &test.options)
		if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%v, want %q", err, test.says)
		}
	}
}

// The process remembers a limited number of discarded tokens.
func TestDiscardedIsBounded(t *testing.T) {
	in(t, func(v *village) {
		s := v.client().source.Load().shared
		for i := range maxDiscarded + 1 {
			s.noteDiscarded(fmt.Sprint(i))
			s.noteDiscarded(fmt.Sprint(i))
		}
		v.store = memorystore.New()
		other := v.client().source.Load().shared
		if len(discarded.known) != maxDiscarded || len(discarded.order) != maxDiscarded ||
			s.isDiscarded("0") || !s.isDiscarded("1") || other.isDiscarded("1") {
			t.Error(len(discarded.known), len(discarded.order))
		}
	})
}
