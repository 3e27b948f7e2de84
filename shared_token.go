package fetchtoken

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/renewal"
	"golang.org/x/oauth2"
)

const (
	// longestLease and shortestLease limit the length of a lease. Between these limits a lease is as
	// long as the margin, because the other clients still have a token for that time if the holder
	// dies.
	longestLease  = 10 * time.Second
	shortestLease = 3 * time.Second
	// storeTimeout is the longest that one call of a store may take.
	storeTimeout = 2 * time.Second
	// storeLook is the time between two looks at the store, on average.
	storeLook = 150 * time.Millisecond
	// discardLooks is how often a Client looks whether a discarded token has been replaced, before it
	// removes the token while somebody else holds the lease.
	discardLooks = 10
	// jitter is the share of a margin by which the margin is longer or shorter at most. So not all
	// Clients renew one token at once.
	jitter = 0.1
	// clockSlack is the greatest difference of a token's end that is ignored, because reading the
	// record takes time, too.
	clockSlack = time.Second
	// mostAhead is how far the clock of another machine may be ahead of this machine's clock.
	mostAhead = 5 * time.Minute
	// unknownLifetime is how long a token is kept by default if the server doesn't say how long it
	// lives.
	unknownLifetime = 5 * time.Minute
)

// A record is a token of a store. Its end is by the clock of this machine.
type record struct {
	text   []byte // the token response, as package core writes it
	access string
	whole  time.Duration // the lifetime of the new token; 0 if the server didn't say
	until  time.Time
	margin time.Duration
}

// A stored is the sealed value: a token with its times by the clock of its writer, a refusal, or
// both. JavaScript writes the same members (js/client/shared_token.js). Times are in milliseconds.
type stored struct {
	Token   json.RawMessage `json:"token,omitempty"`
	Until   float64         `json:"until"`
	Margin  float64         `json:"margin"`
	Refusal *storedRefusal  `json:"refusal,omitempty"`
}

type storedRefusal struct {
	Until   float64        `json:"until"`
	Hold    float64        `json:"hold"`
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Members refusalMembers `json:"members"`
}

// refusalMembers are the other members of a TokenError.
type refusalMembers struct {
	Status           int    `json:"status,omitempty"`
	OAuthError       string `json:"error,omitempty"`
	ErrorDescription string `json:"errorDescription,omitempty"`
	ProviderCode     string `json:"providerCode,omitempty"`
	Retryable        bool   `json:"retryable"`
	RetryAfter       *int   `json:"retryAfter,omitempty"`
	ClockOffset      int    `json:"clockOffset,omitempty"`
	TimeEndpoint     string `json:"timeEndpoint,omitempty"`
	RequestID        string `json:"requestId,omitempty"`
	Hint             string `json:"hint,omitempty"`
}

// A sharedToken shares the token of a [Client] through its store. A nil sharedToken shares nothing.
// If the store fails, the Client reports an event and works on without the store.
type sharedToken struct {
	store    Store
	leasing  LeasingStore // nil without leases
	identity any          // identifies the store for all Clients that share it
	sealer   *sealer
	options  *Options
	rest     rest
	grant    *grant
	report   func(Event)

	mu      sync.Mutex
	seen    *record       // the last record that was read or is being written
	lease   lease         // the lease that a renewal of this Client holds
	writing chan struct{} // closed when every write has ended
}

// A lease is a lease of the store, with the renewal that holds it, and the time for which no other
// client can take it.
type lease struct {
	release func(context.Context) error
	of      *flight
	life    period
}

// newSharedToken returns nil if the options have no store.
func newSharedToken(
	x *exchanger, rest rest, grant *grant, report func(Event),
) (*sharedToken, error) {
	if x.options.Store == nil {
		return nil, nil
	}
	sealer, err := newSealer(x.config, x.options.SealingKey, "store")
	if err != nil {
		return nil, err
	}
	leasing, _ := x.options.Store.(LeasingStore)
	identity := any(x.options.Store)
	if !reflect.ValueOf(identity).Comparable() {
		identity = new(byte) // only this Client has this identity
	}
	written := make(chan struct{})
	close(written)
	return &sharedToken{
		store: x.options.Store, leasing: leasing, identity: identity, sealer: sealer,
		options: x.options, rest: rest, grant: grant, report: report, writing: written,
	}, nil
}

func (s *sharedToken) now() time.Time { return s.options.Clock.Now().Round(0) }

// left returns the time until a renewal's deadline.
func (s *sharedToken) left(f *flight) time.Duration {
	return f.life.left(s.options.Clock.Now())
}

// follow makes this sharedToken wait for the writes of the one that it replaces. Both may be nil.
func (s *sharedToken) follow(before *sharedToken) {
	if s != nil && before != nil {
		before.mu.Lock()
		s.writing = before.writing
		before.mu.Unlock()
	}
}

// take returns a usable token of the store, or nil. After nil the Client asks the server. If the
// store has leases, no other Client asks at that time. After take, the caller must call put, giveUp
// or free, each of which frees the lease. If the store keeps a session and fails, take returns an
// error, because only the store knows the current refresh token.
func (s *sharedToken) take(ctx context.Context, f *flight) (*record, error) {
	if s == nil {
		return nil, nil
	}
	s.wait(s.left(f)) // for the writes of this Client, which holds the lease until they end
	s.mu.Lock()
	abandoned := s.lease // a renewal that was given up held it
	s.lease = lease{}
	s.mu.Unlock()
	s.end(abandoned.release, s.left(f))
	found, err := s.find(ctx, f)
	if err == nil {
		return found, nil
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	keepsSession := s.grant.session != nil
	if own, ok := errors.AsType[*TokenError](err); ok && keepsSession {
		return nil, own
	}
	failed := storeFailed(err)
	s.report(failed)
	if keepsSession {
		return nil, notKnown(failed.Err)
	}
	return nil, nil
}

func (s *sharedToken) find(ctx context.Context, f *flight) (*record, error) {
	session := s.grant.session
	for {
		found, err := s.look(ctx, f)
		if err != nil || found != nil || s.leasing == nil {
			return found, err
		}
		// The Client waits for the holder of the lease for half of the deadline. The other half is for a
		// request of the Client itself.
		isOver := s.left(f) <= s.options.Deadline/2
		refusal := s.rest.error(s.now())
		switch {
		case session == nil && (isOver || refusal != nil):
			return nil, nil
		case refusal != nil && !f.want.force:
			return nil, refusal
		case isOver:
			return nil, errBusy()
		}
		isMine, err := s.takeOwn(ctx, f)
		if err != nil {
			return nil, err
		}
		if isMine {
			// Another process may have written a token after the look and before the lease.
			found, err := s.look(ctx, f)
			if err != nil || found != nil || session == nil {
				return found, err
			}
			if isFree, err := s.grant.read(ctx, s.left(f)); err != nil || isFree {
				return nil, err
			}
			s.end(s.takeOver(f).release, s.left(f))
		}
		pause := time.Duration((0.5 + s.random()) * float64(storeLook))
		if s.options.Clock.Sleep(ctx, min(pause, s.left(f))) != nil || ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
}

// takeOwn takes the lease for a renewal. It returns false if another client has it.
func (s *sharedToken) takeOwn(ctx context.Context, f *flight) (bool, error) {
	life := period{s.options.Clock.Now(), s.leaseTime()}
	release, err := s.takeLease(ctx, s.leaseKey(), life.span, s.left(f))
	if release == nil {
		return false, err
	}
	if session := s.grant.session; session != nil {
		session.setSure()
	}
	s.mu.Lock()
	s.lease = lease{release, f, life}
	s.mu.Unlock()
	return true, nil
}

// hold makes sure that a renewal holds the lease of its session while the store writes that a
// request follows. A server that asks to wait may outlast the lease. Then another client may have
// renewed the session, so hold takes a new lease and reads the record again. It returns an error if
// another client renews the session, or if the store fails.
func (s *sharedToken) hold(ctx context.Context, f *flight) error {
	if s == nil || s.grant.session == nil {
		return nil
	}
	s.mu.Lock()
	held := s.lease
	s.mu.Unlock()
	if held.of == f && held.life.left(s.options.Clock.Now()) > storeTimeout {
		return nil
	}
	s.end(s.takeOver(f).release, s.left(f))
	isFree, err := s.takeOwn(ctx, f)
	if err == nil && isFree {
		isFree, err = s.grant.read(ctx, s.left(f))
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		failed := storeFailed(err)
		s.report(failed)
		return notKnown(failed.Err)
	case !isFree:
		return errBusy()
	}
	return nil
}

// takeOver returns the lease that a renewal holds. The caller must free it.
func (s *sharedToken) takeOver(f *flight) (mine lease) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lease.of == f { // a later renewal keeps its own lease
		mine, s.lease = s.lease, lease{}
	}
	return mine
}

// look returns the token of the store if it is usable. If the store has a refusal, look remembers
// it.
func (s *sharedToken) look(ctx context.Context, f *flight) (*record, error) {
	found, left, err := s.read(ctx, s.left(f))
	if err != nil {
		return nil, err
	}
	now := s.now()
	if r := found.Refusal; r != nil {
		left = 0 // the store told the time left of the refusal
		if !moment(r.Until - r.Hold).After(now.Add(mostAhead)) {
			s.rest.hold(r.error(), now, min(moment(r.Until).Sub(now), span(r.Hold)))
		}
	}
	seen := s.recordOf(found, now, left)
	if seen == nil {
		return nil, nil
	}
	s.mu.Lock()
	s.seen = seen
	s.mu.Unlock()
	// A token within the margin of any Client isn't used. Otherwise all Clients would ask for the next
	// token at the same moment.
	early := time.Duration((1 + jitter) * float64(seen.margin))
	if !now.Before(seen.until.Add(-early)) || s.isRefused(seen, f) || !seen.lasts(now, f.want.least) {
		return nil, nil
	}
	return seen, nil
}

// read returns the content of the store, and its remaining time, or 0 if the store doesn't tell it.
func (s *sharedToken) read(ctx context.Context, most time.Duration) (stored, time.Duration, error) {
	type answer struct {
		record string
		left   time.Duration
	}
	got, err := inTime(ctx, most, func(ctx context.Context) (answer, error) {
		record, left, err := s.store.Get(ctx, s.sealer.storeKey)
		return answer{record, left}, err
	}, nil)
	var found stored
	if err == nil && json.Unmarshal(s.sealer.open(got.record), &found) != nil {
		found = stored{} // another client or version wrote the record
	}
	return found, got.left, err
}

// recordOf returns the stored token with its end by the clock of this machine, or nil if there is
// none. The token lives no longer than its expires_in, even if the writer's clock was wrong. If the
// store tells the remaining time, recordOf ignores the times of the writer.
func (s *sharedToken) recordOf(found stored, now time.Time, left time.Duration) *record {
	var says struct {
		AccessToken string  `json:"access_token"`
		ExpiresIn   float64 `json:"expires_in"`
	}
	if found.Token == nil || json.Unmarshal(found.Token, &says) != nil || says.AccessToken == "" {
		return nil
	}
	r := &record{
		found.Token, says.AccessToken, span(1000 * max(says.ExpiresIn, 0)), moment(found.Until),
		span(found.Margin),
	}
	if left == 0 {
		if s.isOfTheFuture(r, now) {
			return nil
		}
		left = r.until.Sub(now)
	}
	if r.whole > 0 {
		left = min(left, r.whole)
	}
	end := now.Add(left)
	if shift := end.Sub(r.until); shift.Abs() > clockSlack {
		r.until = end
		r.text = withExpiry(r.text, shift)
	}
	return r
}

// withExpiry adds shift to the expires_at of a token response.
func withExpiry(text []byte, shift time.Duration) []byte {
	var members map[string]any
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	if decoder.Decode(&members) != nil {
		return text
	}
	at, ok := members["expires_at"].(json.Number)
	seconds, err := at.Float64()
	if !ok || err != nil {
		return text
	}
	members["expires_at"] = moment(1000 * seconds).Add(shift).Unix()
	moved, _ := json.Marshal(members)
	return moved
}

// isOfTheFuture reports whether a token was issued in the future by the clock of this machine. Then
// the writer's clock was ahead, or this machine's clock was set back, and the age of the token is
// unknown.
func (s *sharedToken) isOfTheFuture(r *record, now time.Time) bool {
	whole := cmp.Or(r.whole, s.options.Lifetime, unknownLifetime)
	return r.until.Add(-whole).After(now.Add(mostAhead))
}

// lasts is the same as kept.lasts. The lifetime of a token without expires_in is unknown.
func (r *record) lasts(now time.Time, least time.Duration) bool {
	left := r.until.Sub(now)
	return left >= least || r.whole > 0 && r.whole < least && r.whole-left < r.margin
}

// isRefused reports whether a token must not be used: an API refused it, or a Client of this
// process discarded it.
func (s *sharedToken) isRefused(r *record, f *flight) bool {
	return r.access == f.refused || s.isDiscarded(r.access)
}

// leaseTime returns the length of a lease. If its holder dies, the other clients wait for that
// time.
func (s *sharedToken) leaseTime() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	margin := longestLease
	if s.seen != nil {
		margin = s.seen.margin
	}
	most := s.options.Timeout
	if s.grant.session != nil {
		most = max(most, shortestLease)
	}
	return min(most, longestLease, max(shortestLease, margin))
}

// leaseKey returns the key of the lease of a renewal. All tokens of a session have one lease.
func (s *sharedToken) leaseKey() string {
	if session := s.grant.session; session != nil {
		return session.sealer.storeKey
	}
	return s.sealer.storeKey
}

func (s *sharedToken) takeLease(
	ctx context.Context, key string, ttl, most time.Duration,
) (func(context.Context) error, error) {
	return inTime(ctx, most, func(ctx context.Context) (func(context.Context) error, error) {
		return s.leasing.Lease(ctx, key, ttl)
	}, func(late func(context.Context) error) {
		if late != nil {
			late(context.Background())
		}
	})
}

// put writes a new token into the store and frees the lease. The callers already have the token,
// and don't wait for put.
func (s *sharedToken) put(f *flight, r *record) {
	if s == nil {
		return
	}
	s.mu.Lock()
	s.seen = r // the new token replaces the old one
	s.mu.Unlock()
	s.settle(f, func() {
		ttl := r.until.Sub(s.now())
		if ttl > 0 && !s.isDiscarded(r.access) {
			s.write(r.stored(), ttl)
		}
	})
}

// newRecord returns the token that the server has just sent.
func newRecord(do *renewal.Action) *record {
	return &record{
		text: do.Token.Append(nil), access: do.Token.AccessToken,
		whole: max(time.Duration(do.Token.ExpiresIn), 0) * time.Second,
		until: time.UnixMilli(do.Until), margin: milliseconds(do.Margin),
	}
}

func (r *record) stored() stored {
	return stored{
		Token: r.text, Until: float64(r.until.UnixMilli()), Margin: float64(r.margin.Milliseconds()),
	}
}

// giveUp writes a refusal of the server into the store and frees the lease. So many processes with
// the same wrong secret don't lock the account. A token that has not ended stays in the record, and
// giveUp returns it: callers get it until its end. do is nil if there is no new refusal.
func (s *sharedToken) giveUp(f *flight, do *renewal.Action) *record {
	if s == nil {
		return nil
	}
	now := s.now()
	s.mu.Lock()
	spare := s.seen
	s.mu.Unlock()
	if spare != nil && (!now.Before(spare.until) || s.isOfTheFuture(spare, now) ||
		s.isRefused(spare, f)) {
		spare = nil
	}
	var refused *core.TokenError
	if do == nil || do.Hold <= 0 || !errors.As(do.Err, &refused) {
		s.free(f)
		return spare
	}
	hold := milliseconds(do.Hold)
	s.settle(f, func() {
		var what stored
		ttl := hold
		if spare != nil {
			what, ttl = spare.stored(), max(hold, spare.until.Sub(now))
		}
		what.Refusal = refusalOf(refused, now.Add(hold), hold)
		s.write(what, ttl)
	})
	return spare
}

// free frees the lease of a renewal.
func (s *sharedToken) free(f *flight) {
	if s != nil {
		s.settle(f, nil)
	}
}

// settle calls write after the writes before it, and then frees the lease of the renewal f. It
// returns at once.
func (s *sharedToken) settle(f *flight, write func()) {
	done := make(chan struct{})
	s.mu.Lock()
	before := s.writing
	s.writing = done
	s.mu.Unlock()
	mine := s.takeOver(f)
	go func() {
		defer close(done)
		if write != nil {
			waitFor(before, storeTimeout)
			write()
		}
		if session := s.grant.session; session != nil && mine.release != nil {
			session.mend(s.grant, mine.life)
		}
		s.end(mine.release, storeTimeout)
	}()
}

// write seals a value and puts it into the store.
func (s *sharedToken) write(what stored, ttl time.Duration) {
	text, err := json.Marshal(what)
	if err == nil {
		sealed := s.sealer.seal(text)
		_, err = inTime(context.Background(), storeTimeout,
			func(ctx context.Context) (struct{}, error) {
				return struct{}{}, s.store.Set(ctx, s.sealer.storeKey, sealed, ttl)
			}, nil)
	}
	if err != nil {
		s.report(storeFailed(err))
	}
}

// end frees a lease. release may be nil.
func (s *sharedToken) end(release func(context.Context) error, most time.Duration) {
	if release == nil {
		return
	}
	_, err := inTime(context.Background(), most, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, release(ctx)
	}, nil)
	if err != nil {
		s.report(storeFailed(err))
	}
}

// wait waits until all writes have ended, but no longer than most and than two seconds.
func (s *sharedToken) wait(most time.Duration) {
	s.mu.Lock()
	writing := s.writing
	s.mu.Unlock()
	waitFor(writing, min(most, storeTimeout))
}

// waitFor reports whether done was closed in time.
func waitFor(done <-chan struct{}, most time.Duration) bool {
	select {
	case <-done: // costs no timer
		return true
	default:
	}
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

// flush waits until all writes have ended or failed, but no longer than six seconds.
func (s *sharedToken) flush() {
	if s != nil {
		s.mu.Lock()
		writing := s.writing
		s.mu.Unlock()
		waitFor(writing, 3*storeTimeout)
	}
}

// discard removes a token from the store if the store still has it. A newer token of another
// process stays.
func (s *sharedToken) discard(token *oauth2.Token) {
	if s == nil || token == nil {
		return
	}
	s.noteDiscarded(token.AccessToken) // the other Clients of this process know it at once
	s.flush()                          // this Client may still be writing it
	if err := s.remove(token.AccessToken); err != nil {
		s.report(storeFailed(err))
	}
}

func (s *sharedToken) remove(access string) error {
	ctx := context.Background()
	for looks := 0; ; looks++ {
		if is, err := s.holds(ctx, access); err != nil || !is {
			return err
		}
		if s.leasing == nil {
			return s.delete(ctx)
		}
		release, err := s.takeLease(ctx, s.sealer.storeKey, shortestLease, storeTimeout)
		if err != nil {
			return err
		}
		if release == nil && looks < discardLooks {
			time.Sleep(storeLook) // the holder may write another token, or fail
			continue
		}
		if release != nil {
			defer s.end(release, storeTimeout)
			// Another process may have replaced the token before this Client had the lease.
			if is, err := s.holds(ctx, access); err != nil || !is {
				return err
			}
		}
		return s.delete(ctx)
	}
}

// holds reports whether the store has that token.
func (s *sharedToken) holds(ctx context.Context, access string) (bool, error) {
	found, _, err := s.read(ctx, storeTimeout)
	r := s.recordOf(found, s.now(), 1)
	return r != nil && r.access == access, err
}

func (s *sharedToken) delete(ctx context.Context) error {
	_, err := inTime(ctx, storeTimeout, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.store.Delete(ctx, s.sealer.storeKey)
	}, nil)
	return err
}

// random returns a number from 0 to below 1.
func (s *sharedToken) random() float64 {
	var b [1]byte
	if _, err := io.ReadFull(s.options.Random, b[:]); err != nil {
		return 0.5
	}
	return float64(b[0]) / 256
}

// inTime calls a store. It waits no longer than most and than two seconds, even if the call ignores
// its context. late gets a result that comes after that.
func inTime[T any](
	ctx context.Context, most time.Duration, call func(context.Context) (T, error), late func(T),
) (value T, err error) {
	most = max(time.Millisecond, min(most, storeTimeout))
	inner, cancel := context.WithTimeout(ctx, most)
	type answer struct {
		value T
		err   error
	}
	answered := make(chan answer, 1)
	go func() {
		defer cancel()
		value, err := call(inner)
		answered <- answer{value, err}
	}()
	select {
	case a := <-answered:
		return a.value, a.err
	case <-inner.Done():
	}
	select {
	case a := <-answered: // the answer came at the last moment
		return a.value, a.err
	default:
	}
	if late != nil {
		go func() {
			if a := <-answered; a.err == nil {
				late(a.value)
			}
		}()
	}
	if ctx.Err() != nil {
		return value, ctx.Err()
	}
	message := fmt.Sprintf("the store did not answer in %d ms", most.Milliseconds())
	return value, causeOf(message, context.DeadlineExceeded)
}

// moment and span take milliseconds, as JavaScript writes them.
func moment(ms float64) time.Time { return time.UnixMilli(int64(min(max(ms, 0), 1e15))) }

func span(ms float64) time.Duration {
	return time.Duration(min(max(ms, 0), 1e12) * float64(time.Millisecond))
}

// refusalOf returns a refusal in the form that the store keeps.
func refusalOf(e *core.TokenError, until time.Time, hold time.Duration) *storedRefusal {
	members := refusalMembers{
		Status: e.Status, OAuthError: e.OAuthError, ErrorDescription: e.ErrorDescription,
		ProviderCode: e.ProviderCode, Retryable: e.Retryable, ClockOffset: e.ClockOffset,
		TimeEndpoint: e.TimeEndpoint, RequestID: e.RequestID, Hint: e.Hint,
	}
	if e.RetryAfter >= 0 {
		members.RetryAfter = &e.RetryAfter
	}
	return &storedRefusal{
		float64(until.UnixMilli()), float64(hold.Milliseconds()), e.Code, e.Message, members,
	}
}

// error returns the refusal as a TokenError.
func (r *storedRefusal) error() error {
	m := r.Members
	e := core.NewError(r.Code, r.Message)
	e.Status, e.OAuthError, e.ErrorDescription = m.Status, m.OAuthError, m.ErrorDescription
	e.ProviderCode, e.Retryable, e.ClockOffset = m.ProviderCode, m.Retryable, m.ClockOffset
	e.TimeEndpoint, e.RequestID, e.Hint = m.TimeEndpoint, m.RequestID, m.Hint
	if m.RetryAfter != nil {
		e.RetryAfter = *m.RetryAfter
	}
	return errorOf(e, nil)
}

// discarded holds the tokens that were discarded last. A store with a delay may still return one of
// them.
var discarded = struct {
	sync.Mutex
	known map[discard]bool
	order []discard // the oldest first
}{known: map[discard]bool{}}

// A discard names a token of a store.
type discard struct {
	store  any
	digest [sha256.Size]byte
}

// maxDiscarded is the number of discarded tokens that the process remembers.
const maxDiscarded = 4096

func (s *sharedToken) discardOf(access string) discard {
	return discard{s.identity, sha256.Sum256([]byte(s.sealer.storeKey + access))}
}

func (s *sharedToken) noteDiscarded(access string) {
	d := s.discardOf(access)
	discarded.Lock()
	defer discarded.Unlock()
	if discarded.known[d] {
		return
	}
	if len(discarded.order) >= maxDiscarded {
		delete(discarded.known, discarded.order[0])
		discarded.order = discarded.order[1:]
	}
	discarded.known[d] = true
	discarded.order = append(discarded.order, d)
}

func (s *sharedToken) isDiscarded(access string) bool {
	discarded.Lock()
	defer discarded.Unlock()
	return len(discarded.known) > 0 && discarded.known[s.discardOf(access)]
}

// storeFailed returns the event of a store that failed. A store's error may contain secrets, such
// as an address with a password or a command with its record. So the event has a cleaned message.
func storeFailed(err error) Event {
	return Event{Type: EventStoreFailed, Err: causeOf(cleanWords(err), err)}
}

const (
	mostRead  = 4096 // bytes of a store's message that are read
	mostShown = 500  // characters of the message that are shown
)

// longWord matches words that may be a key, a record or a token if they contain a digit.
var longWord = regexp.MustCompile(`[\w+/=-]{32,}`)

// cleanWords returns the message of an error without secrets. It shortens an address to the scheme
// and the host. It removes words that may be a key, and characters that move a cursor.
func cleanWords(err error) string {
	text := err.Error()
	text = wordsOf(errors.New(strings.ToValidUTF8(text[:min(len(text), mostRead)], "")))
	text = longWord.ReplaceAllStringFunc(text, func(word string) string {
		if strings.ContainsAny(word, "0123456789") {
			return core.Redacted
		}
		return word
	})
	runes := []rune(strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, text)))
	if len(runes) > mostShown {
		runes = append(slices.Clip(runes[:mostShown]), '…')
	}
	return string(runes)
}
