package fetchtoken

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fetchtoken/fetchtoken/core"
)

// sessionParameters are the parameters with a grant that begins a session.
var sessionParameters = []string{"refresh_token", "code", "device_code"}

const (
	// grantLost is the state of a grant whose request may have arrived, and whose process has ended.
	grantLost = "l"
	// sessionLifetime is how long a store keeps a session, unless the server says how long it lasts.
	sessionLifetime = 90 * 24 * time.Hour
)

// A session is a refresh token that changes (RFC 6749 section 6), in a store with leases.
// js/client/session.js describes it, and writes the same records: a Client writes a record before
// it sends a refresh token, and writes the next refresh token before it returns the access token.
// Only the holder of the lease on the session's key reads and writes the record.
type session struct {
	store  LeasingStore
	sealer *sealer
	clock  Clock
	by     string // identifies the Client and the Clients of With in the records

	mu       sync.Mutex
	last     chan struct{} // closed when the last write has ended; nil before the first one
	ttl      time.Duration // of the last write
	isUnsure bool          // the last write failed, under the lease that this Client has now
}

// A sessionRecord is the sealed value. While a request with the grant is under way, Until is the
// moment at which the writer gives up, in milliseconds.
type sessionRecord struct {
	Grant *string `json:"grant,omitempty"`
	By    string  `json:"by"`
	Until float64 `json:"until,omitempty"`
}

// newSession returns nil if a configuration has no grant that begins a session, or if there is no
// store with leases.
func newSession(config Config, options *Options) (*session, error) {
	store, _ := options.Store.(LeasingStore)
	if store == nil {
		return nil, nil
	}
	whole, err := config.core()
	if err != nil {
		return nil, errorOf(err, nil)
	}
	part := sessionOwner(whole)
	for _, p := range whole.Parameters {
		if slices.Contains(sessionParameters, p.Name) && strings.Join(p.Values, "") != "" {
			part.Parameters = append(part.Parameters, p)
		}
	}
	if part.Parameters == nil {
		return nil, nil
	}
	sealer, err := newSealer(part, options.SealingKey, "session")
	if err != nil {
		return nil, err
	}
	return &session{store: store, sealer: sealer, clock: options.Clock, by: rand.Text()}, nil
}

// sessionOwner returns the fields that identify the server and the client of a session.
func sessionOwner(whole core.Config) core.Config {
	return core.Config{
		Provider: whole.Provider, Environment: whole.Environment, Tenant: whole.Tenant,
		Issuer: whole.Issuer, TokenEndpoint: whole.TokenEndpoint, ClientID: whole.ClientID,
	}
}

// read returns the state of the grant that the record shows. It returns the state before if the
// store may not know more. isFree is false while another Client sends a request with the grant.
func (s *session) read(
	ctx context.Context, before string, most time.Duration,
) (state string, isFree bool, err error) {
	text, err := inTime(ctx, most, func(ctx context.Context) (string, error) {
		text, _, err := s.store.Get(ctx, s.sealer.storeKey)
		return text, err
	}, nil)
	if err != nil || text == "" {
		return before, true, err
	}
	var found sessionRecord
	if json.Unmarshal(s.sealer.open(text), &found) != nil {
		return grantLost, true, nil
	}
	now := s.clock.Now()
	latest := now.Add(mostAhead) // the clock of a writer that says a later moment is wrong
	switch {
	case found.By == s.by: // the last write may have failed, so the memory is newer
		return before, true, nil
	case float64(now.UnixMilli()) < found.Until && found.Until <= float64(latest.UnixMilli()):
		return before, false, nil
	case found.Until != 0 || found.Grant == nil:
		return grantLost, true, nil
	}
	return *found.Grant, true, nil
}

// write writes the state of the grant. If a request with the grant follows, it may take the time
// sends. It first waits for the write before, which must not come after this one.
func (s *session) write(grant string, sends, ttl time.Duration) error {
	record := sessionRecord{Grant: &grant, By: s.by}
	if sends > 0 {
		record.Until = float64(s.clock.Now().Add(sends).UnixMilli())
	}
	text, err := json.Marshal(record)
	if err != nil {
		return err
	}
	sealed, ended := s.sealer.seal(text), make(chan struct{})
	s.mu.Lock()
	before := s.last
	s.mu.Unlock()
	if before != nil && !waitFor(before, storeTimeout) {
		return causeOf("the store has not done the last write", context.DeadlineExceeded)
	}
	s.mu.Lock()
	s.last, s.ttl, s.isUnsure = ended, ttl, true
	s.mu.Unlock()
	_, err = inTime(context.Background(), storeTimeout,
		func(ctx context.Context) (struct{}, error) {
			defer close(ended)
			return struct{}{}, s.store.Set(ctx, s.sealer.storeKey, sealed, ttl)
		}, nil)
	if err == nil {
		s.setSure()
	}
	return err
}

// setSure forgets that the last write failed. Under another lease the memory may be out of date.
func (s *session) setSure() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.isUnsure = false
}

// mend writes the state of the grant again if the last write failed. A store may do a write later
// than anybody waits for it. So mend waits until the writes have ended, as long as this Client has
// the lease: no other Client reads the record before.
func (s *session) mend(of *grant, lease period) {
	s.mu.Lock()
	last, ttl, isUnsure := s.last, s.ttl, s.isUnsure
	s.mu.Unlock()
	left := func() time.Duration { return lease.left(s.clock.Now()) }
	if !isUnsure || !waitFor(last, left()) || left() < 2*storeTimeout {
		return
	}
	of.mu.Lock()
	state, isDropped := of.state, of.isDropped
	of.mu.Unlock()
	if isDropped || s.write(state, 0, ttl) == nil { // the failure before was reported
		return
	}
	s.mu.Lock()
	last = s.last
	s.mu.Unlock()
	waitFor(last, left())
}

// lifetimeOfSession returns how long a session lasts from now on. Several servers say so, in
// refresh_token_expires_in or refresh_expires_in. token is a response as JSON, or nil.
func lifetimeOfSession(token []byte) time.Duration {
	var says struct {
		Some   any `json:"refresh_token_expires_in"`
		Others any `json:"refresh_expires_in"`
	}
	json.Unmarshal(token, &says)
	if says.Some == nil {
		says.Some = says.Others
	}
	seconds, err := strconv.ParseFloat(fmt.Sprint(says.Some), 64)
	if err == nil && seconds > 0 && seconds < 1e9 {
		return time.Duration(seconds * float64(time.Second))
	}
	return sessionLifetime
}

// notKept is the error of a session whose record could not be written before a request.
func notKept(cause error) error {
	return storeUnusable("the store failed, and must know before a refresh token is sent", cause)
}

// notKnown is the error of a session that could not be read.
func notKnown(cause error) error {
	return storeUnusable("the store failed, and only the store knows the current refresh token", cause)
}

// storeUnusable returns the error of a session whose store failed. cause has no secret.
func storeUnusable(why string, cause error) error {
	message := "nothing was sent: " + why
	return &TokenError{
		Code: CodeNetwork, Message: message, Retryable: true, cause: causeOf(message, cause),
	}
}

// errBusy is the error for a session that another Client renews.
func errBusy() error {
	const message = "another client of the store still renews the session"
	return &TokenError{
		Code: CodeTimeout, Message: message, Retryable: true,
		cause: causeOf(message, context.DeadlineExceeded),
	}
}
