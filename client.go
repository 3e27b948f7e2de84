package fetchtoken

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fetchtoken/fetchtoken/core/assertion"
	"github.com/fetchtoken/fetchtoken/core/renewal"
	"golang.org/x/oauth2"
)

const (
	// attempts is how often a Client sends a request that may succeed later.
	attempts = 3
	// retryBehind is the time between a failed early renewal and the next one, while the token is
	// still good.
	retryBehind = 5 * time.Second
	// refusalRest is the least time between two renewals that an API's refusal causes. Without it, an
	// API that refuses every token would cause a token request for every call.
	refusalRest = 10 * time.Second
)

// A Client holds a token, shares it among all callers and renews it. Several goroutines can use it
// at once. It is an [oauth2.TokenSource].
//
//   - It renews the token early: one minute before the token ends, or a quarter of its lifetime
//     before if that is less. Each Client moves that moment by up to a tenth of this time, at
//     random. From then on callers get the current token at once, while the Client asks for a new
//     one. If that fails, the current token serves until its end. If the server doesn't say how
//     long a token lives, the Client keeps it for Options.Lifetime. It returns no expired token,
//     even if the clock is set or the machine sleeps.
//   - It sends one request, however many callers wait for it. When the context of a caller is done,
//     that caller stops waiting. When all callers have stopped waiting, the request ends, but not
//     with a session that Options.Store keeps: its answer has the next refresh token.
//   - It repeats a request that may work later, twice at most: after a network failure or a
//     time-out, after the status 408, 425, 429 and 5xx, and after a 400 or 403 with a page of HTML.
//     It first waits for a random time, and for Retry-After. It signs each request anew. It never
//     repeats a request that the server understood and refused. All Clients of the process that
//     have the same configuration remember that refusal for 30 s, and return it without a request.
//   - It corrects the clock. If the server refuses a request because of its time, the Client signs
//     the request by the server's clock and sends it once more. It does so once, if the two
//     clocks are more than 30 s apart, or less if the server complains about the time, and at most
//     26 h. It takes the server's time from the header Date, from where the system tells its time,
//     or from issued_at. If that brings a token, all Clients of the process use the offset for that
//     host.
type Client struct {
	options *Options
	family  *family       // this Client and the Clients of With
	request *TokenRequest // the argument of With; nil without With
	// config is a pointer, which fmt doesn't follow. If the configuration changes, it has only the
	// fields that replace those of the current configuration.
	config *Config
	err    error // the request can't be used

	kept atomic.Pointer[kept]
	// source is nil once the Client is closed. If the configuration changes, it is the source of the
	// last configuration, and nil before the first renewal.
	source atomic.Pointer[source]

	mu       sync.Mutex
	flight   *flight
	refused  string // a token that must not be taken from the store
	resting  period // after an early renewal has failed
	refusing period // after an API's refusal has caused a renewal
}

// A kept is a token with the periods of its life.
type kept struct {
	token       *oauth2.Token
	fresh, good period
	margin      time.Duration
	whole       time.Duration // the lifetime of the new token; 0 if it is unknown
	served      atomic.Int64  // how often the token was returned; counted for Options.OnEvent only
}

// timesServed returns how often a token was returned. k may be nil.
func (k *kept) timesServed() int64 {
	if k == nil {
		return 0
	}
	return k.served.Load()
}

// lasts reports whether a token lasts for the time that the caller wants. If the server issues only
// shorter tokens, a token whose age is below its margin is enough: a new token would last hardly
// longer.
func (k *kept) lasts(now time.Time, least time.Duration) bool {
	gone := max(now.Round(0).Sub(k.good.since.Round(0)), now.Sub(k.good.since))
	left := k.good.span - gone
	return left >= least || k.whole > 0 && k.whole < least && k.whole-left < k.margin
}

// A flight is one renewal, which callers share. token and err are set before done is closed. The
// client's mutex guards waiting.
type flight struct {
	behind  bool   // whether the kept token is still good, so that no caller waits
	life    period // the time until its deadline
	want    want
	refused string // the token that must not be taken from the store
	waiting int
	cancel  context.CancelCauseFunc
	done    chan struct{}
	token   *oauth2.Token
	err     error
}

// A want is a caller's demand on a renewal.
type want struct {
	force bool          // ask the server in spite of a remembered refusal
	least time.Duration // the least remaining lifetime of the token
}

// offsets holds for each host how many milliseconds its clock is ahead of this machine's clock, if
// a response showed it.
var offsets sync.Map

// New makes a Client, which sends nothing before a caller asks for a token. nil options mean the
// defaults. The error names the fault of the configuration or of the options.
func New(config Config, options *Options) (*Client, error) {
	settled, err := options.settle()
	if err != nil {
		return nil, err
	}
	if settled.Config != nil && !reflect.ValueOf(config).IsZero() {
		return nil, configError("Options.Config",
			"returns the configuration, so the Config of New must be empty")
	}
	return newFamily(config, settled, settled.Config)
}

// Token does what [Client.TokenContext] does, without a context. It makes a Client an
// [oauth2.TokenSource].
func (c *Client) Token() (*oauth2.Token, error) {
	return c.TokenContext(context.Background())
}

// TokenContext returns a token that has not ended: the one that the Client holds, or a new one. All
// callers get the same token, so don't change it.
//
// If ctx is done first, the error is ctx.Err().
func (c *Client) TokenContext(ctx context.Context) (*oauth2.Token, error) {
	return c.TokenLasting(ctx, 0)
}

// TokenLasting returns a token that lasts for the time least or longer. If the kept token lasts for
// less, the Client first renews it with one request. If the renewal fails, or if the server issues
// only shorter tokens, TokenLasting returns the token that the Client has. Its Expiry is the end of
// that token.
func (c *Client) TokenLasting(ctx context.Context, least time.Duration) (*oauth2.Token, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	k := c.kept.Load()
	if k == nil || c.family.isClosed() {
		return c.join(ctx, want{least: least}, nil)
	}
	now := c.options.Clock.Now()
	switch {
	case !k.good.contains(now):
		return c.join(ctx, want{least: least}, nil)
	case least > 0 && !k.lasts(now, least):
		return c.renewFirst(ctx, k, now, want{least: least})
	case !k.fresh.contains(now):
		c.renewBehind(ctx, k, now, want{})
	}
	if c.options.OnEvent != nil {
		k.served.Add(1)
	}
	return k.token, nil
}

// renewFirst waits for a token that replaces a good one. If the renewal fails, it returns the old
// token, which is still good.
func (c *Client) renewFirst(
	ctx context.Context, k *kept, now time.Time, w want,
) (*oauth2.Token, error) {
	if !c.renewBehind(ctx, k, now, w) {
		return k.token, nil
	}
	return c.join(ctx, w, k)
}

// Renew returns a new token, even if the current token is still good. If a renewal is under way,
// Renew waits for that renewal. While the Client remembers a refusal, Renew asks the server once in
// spite of it: call it when a person has mended the cause of the refusal.
func (c *Client) Renew(ctx context.Context) (*oauth2.Token, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if k := c.kept.Load(); k != nil {
		c.mu.Lock()
		c.refused = k.token.AccessToken
		c.mu.Unlock()
	}
	return c.join(ctx, want{force: true}, nil)
}

// Invalidate makes the Client forget its token. If token is not nil, the Client forgets only that
// token: a caller with an old token can't make the Client forget the new one. The Client still
// remembers a refusal. Invalidate also removes the token from Options.Store, and waits until that
// is done.
func (c *Client) Invalidate(token *oauth2.Token) {
	c.mu.Lock()
	k := c.kept.Load()
	is := token == nil || k != nil && k.token.AccessToken == token.AccessToken ||
		k == nil && c.refused != token.AccessToken
	if token == nil && k != nil {
		token = k.token
	}
	if is {
		c.kept.Store(nil)
	}
	if is && token != nil {
		c.refused = token.AccessToken
	}
	c.mu.Unlock()
	if is {
		c.report(Event{Type: EventInvalidated, Served: k.timesServed()})
	}
	if s := c.source.Load(); is && s != nil {
		s.shared.discard(token)
	}
}

// refuse forgets a token that an API refused, and reports whether the caller can get another one.
// If it forgot a token less than ten seconds ago, it returns false: the API refuses the new token
// as well, and the caller gets the API's response.
func (c *Client) refuse(token *oauth2.Token) bool {
	c.mu.Lock()
	k := c.kept.Load()
	is := k != nil && k.token.AccessToken == token.AccessToken
	if is {
		now := c.options.Clock.Now()
		if c.refusing.contains(now) {
			c.mu.Unlock()
			return false
		}
		c.refusing = period{now, refusalRest}
		c.kept.Store(nil)
		c.refused = token.AccessToken
	}
	c.mu.Unlock()
	if is {
		c.report(Event{Type: EventInvalidated, Served: k.timesServed()})
	}
	if s := c.source.Load(); is && s != nil {
		go s.shared.discard(token)
	}
	return true
}

// Close ends the renewals that are under way, and drops the tokens and the credentials, also those
// of [Client.With]. From then on every call fails with the code [CodeClosed]. Close returns nil. It
// first waits until every write to Options.Store has ended, for 6 s at most, and as long for the
// answer to a request with a refresh token that the store keeps.
func (c *Client) Close() error {
	var writing sync.WaitGroup
	for _, member := range c.family.close() {
		if s := member.drain(); s != nil {
			writing.Go(s.shared.flush)
		}
	}
	assertion.Forget()
	writing.Wait()
	return nil
}

// drain drops the secrets of a closed Client. It returns the Client's last source, or nil.
func (c *Client) drain() *source {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept.Store(nil)
	c.flight, c.config = nil, &Config{}
	return c.source.Swap(nil)
}

func closed(message string) error {
	return &TokenError{Code: CodeClosed, Message: message}
}

// errUnbound is the error for a token that is bound to no key, which a thief could use.
func errUnbound() error {
	return &TokenError{
		Code: CodeInvalidResponse,
		Message: "the server answered a DPoP proof with a token that is bound to no key: its " +
			"token_type is not DPoP. The server may not support DPoP, or not for this client",
	}
}

// errEnded is the error after two tokens that had already ended when they arrived.
func errEnded() error {
	const message = "the token had ended when it came"
	return &TokenError{
		Code: CodeTimeout, Message: message, Retryable: true,
		cause: causeOf(message, context.DeadlineExceeded),
	}
}

// errNoTime is the error if the store used up all the time of a renewal.
func errNoTime(deadline time.Duration) error {
	message := fmt.Sprintf(
		"there was no token in %d ms, and no time to ask for one", deadline.Milliseconds())
	return &TokenError{
		Code: CodeTimeout, Message: message, Retryable: true,
		cause: causeOf(message, context.DeadlineExceeded),
	}
}

// join waits for a renewal that brings a good token other than instead. If the renewal fails and
// instead is not nil, join returns that token.
func (c *Client) join(ctx context.Context, w want, instead *kept) (*oauth2.Token, error) {
	for again := instead != nil; ; {
		token, least, err := c.await(ctx, w, instead)
		now, k := c.options.Clock.Now(), c.kept.Load()
		switch {
		case err == nil && token.ExpiresIn > 0 && !now.Round(0).Before(token.Expiry):
			if !again {
				again = true
				continue
			}
			err = errEnded() // the machine slept, or the server takes longer than its tokens live
		case err == nil && least < w.least && k != instead && k != nil && k.token == token &&
			!k.lasts(now, w.least):
			instead = k // a renewal with a smaller want took it from the store: try once more
			continue
		case err == nil:
			return token, nil
		}
		if instead != nil && ctx.Err() == nil && k == instead && k.good.contains(now) {
			return k.token, nil
		}
		return nil, err
	}
}

// await waits for the running renewal, or begins one. It also returns how long the renewal's token
// should last.
func (c *Client) await(
	ctx context.Context, w want, instead *kept,
) (*oauth2.Token, time.Duration, error) {
	if c.err != nil {
		return nil, 0, c.err
	}
	c.mu.Lock()
	if c.family.isClosed() {
		c.mu.Unlock()
		return nil, 0, closed("the client is closed: make a new one with New")
	}
	now := c.options.Clock.Now()
	if k := c.kept.Load(); k != nil && k != instead && !w.force && k.fresh.contains(now) &&
		k.lasts(now, w.least) {
		c.mu.Unlock()
		return k.token, w.least, nil // another goroutine has already renewed it
	}
	f := c.living(now)
	if f == nil {
		if err := c.remembered(now); err != nil && !w.force {
			c.mu.Unlock()
			return nil, 0, err
		}
		f = c.launch(ctx, nil, w)
	}
	f.waiting++
	c.mu.Unlock()

	select {
	case <-c.family.open.Done():
	case <-f.done:
	case <-ctx.Done():
		c.leave(f, ctx.Err())
		return nil, 0, ctx.Err()
	}
	select {
	case <-c.family.open.Done(): // closing comes first
		return nil, 0, closed("the client was closed")
	default:
		return f.token, f.want.least, f.err
	}
}

// remembered returns the remembered refusal. If the configuration changes, it returns nil, because
// the Client requests a token with another configuration at once.
// The caller holds the mutex, and the Client is open.
func (c *Client) remembered(now time.Time) error {
	if c.family.ask != nil {
		return nil
	}
	return c.source.Load().rest.error(now)
}

// living returns the running renewal. A renewal whose deadline passed while the machine slept
// doesn't count. The caller holds the mutex.
func (c *Client) living(now time.Time) *flight {
	if c.flight != nil && !c.flight.life.contains(now) {
		c.flight = nil
	}
	return c.flight
}

// leave ends the wait of one caller. When the last caller leaves, the renewal ends, unless it
// renews a kept session: its answer has the next refresh token.
func (c *Client) leave(f *flight, why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.waiting--
	if f.waiting == 0 && !f.behind && !c.family.keepsSession() {
		c.drop(f)
		f.cancel(why)
	}
}

// drop makes the next caller begin another renewal. The caller holds the mutex.
func (c *Client) drop(f *flight) {
	if c.flight == f {
		c.flight = nil
	}
}

// renewBehind begins an early renewal, unless one has just failed or the server asks to wait. It
// reports whether another token is being fetched or is already there.
func (c *Client) renewBehind(ctx context.Context, k *kept, now time.Time, w want) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept.Load() == k && c.living(now) == nil && !c.resting.contains(now) &&
		c.remembered(now) == nil {
		c.launch(ctx, k, w)
	}
	return c.flight != nil || c.kept.Load() != k
}

// launch begins a renewal. behind is a token that is still good, or nil. The renewal has the
// context's values, but doesn't end with the context. The caller holds the mutex.
func (c *Client) launch(ctx context.Context, behind *kept, w want) *flight {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(c.family.open, func() { cancel(closed("the client was closed")) })
	f := &flight{
		behind: behind != nil,
		life:   period{c.options.Clock.Now(), c.options.Deadline},
		want:   w, refused: c.refused,
		cancel: cancel,
		done:   make(chan struct{}),
	}
	c.flight = f
	go func() {
		defer cancel(nil)
		defer stop()
		f.token, f.err = c.renew(ctx, f)
		failed := f.err != nil && behind != nil && ctx.Err() == nil
		c.mu.Lock()
		if failed {
			c.resting = period{c.options.Clock.Now(), retryBehind}
		}
		c.drop(f)
		c.mu.Unlock()
		close(f.done)
		if failed {
			c.report(Event{Type: EventRenewalFailed, Err: f.err, Expiry: behind.token.Expiry})
		}
	}()
	return f
}

// renew gets a token with the current configuration. If the server refuses the client, and the
// configuration has changed since, renew tries once more, with that configuration.
func (c *Client) renew(ctx context.Context, f *flight) (*oauth2.Token, error) {
	s, err := c.current(ctx, f)
	if err != nil {
		return nil, err
	}
	known := s.rest.error(c.options.Clock.Now())
	token, spare, err := c.renewFrom(ctx, s, f)
	if err != nil && err != known {
		if other := c.changed(ctx, f, s, err); other != nil {
			s = other
			token, spare, err = c.renewFrom(ctx, s, f)
		}
	}
	if err == nil || spare == nil || ctx.Err() != nil {
		return token, err
	}
	token = tokenIn(spare.text)
	c.report(Event{Type: EventRenewalFailed, Err: err, Expiry: token.Expiry})
	return c.keepShared(s.shared, spare), nil
}

// renewFrom gets a token from the store or from the server, and keeps it. Callers don't wait for
// the write to the store. If renewFrom fails, it returns the store's token if that is still good.
func (c *Client) renewFrom(
	ctx context.Context, s *source, f *flight,
) (token *oauth2.Token, spare *record, err error) {
	found, err := s.shared.take(ctx, f)
	if found != nil {
		s.shared.free(f)
		return c.keepShared(s.shared, found), nil, nil
	}
	var do *renewal.Action
	var took time.Duration
	if err == nil {
		do, took, err = c.ask(ctx, s, f)
	}
	if err != nil {
		return nil, s.shared.giveUp(f, do), err
	}
	s.rest.forget()
	token = c.keepNew(do, took)
	s.shared.put(f, newRecord(do))
	return token, nil, nil
}

// ask asks the server, as package renewal decides. If the renewal fails, ask returns the action
// with the server's refusal, or nil. It also returns how long the last request took.
func (c *Client) ask(
	ctx context.Context, s *source, f *flight,
) (*renewal.Action, time.Duration, error) {
	now := c.options.Clock.Now()
	if err := s.rest.check(now, f.want.force); err != nil {
		return nil, 0, err
	}
	left := f.life.left(now)
	if s.exchanger.exchange.TakesOnce() {
		end := s.grant.takeTurn(ctx, c, left)
		defer end()
		left = f.life.left(c.options.Clock.Now())
	}
	if left == 0 {
		return nil, 0, errNoTime(c.options.Deadline)
	}
	ahead := s.ahead()
	limits := renewal.Limits{
		Attempts: attempts,
		Deadline: (left + time.Millisecond - 1).Milliseconds(),
		Ahead:    ahead,
		Lifetime: c.options.Lifetime.Milliseconds(),
		Grant:    s.grant.current(),
	}
	grant := limits.Grant
	var refused *renewal.Action
	var sent time.Time // zero unless a request is under way
	var took time.Duration
	do, err := s.exchanger.renew(ctx, limits, func(do *renewal.Action, err error) error {
		if do.Ahead != ahead {
			ahead = do.Ahead
			c.report(Event{Type: EventClockCorrected, Offset: milliseconds(ahead)})
		}
		now, isAnswer := c.options.Clock.Now(), !sent.IsZero()
		if took = 0; isAnswer {
			took = max(now.Sub(sent), 0)
		}
		if sent = (time.Time{}); do.Send != nil {
			sent = now
		}
		switch {
		case do.Send != nil && do.Attempt > 0:
			c.report(Event{Type: EventRequested, Attempt: do.Attempt})
		case do.Done && err != nil:
			s.rest.hold(err, now, milliseconds(do.Hold))
			refused = do
			if isAnswer {
				c.report(Event{Type: EventRequestFailed, Err: err, Duration: took})
			}
		case err != nil:
			wait := milliseconds(do.Wait)
			c.report(Event{
				Type: EventRetried, Attempt: do.Attempt, Wait: wait, Err: err, Duration: took,
			})
		}
		if do.Send != nil && do.Grant != grant { // with a grant that a server may take only once
			if err := s.shared.hold(ctx, f); err != nil {
				return err
			}
			if now = c.options.Clock.Now(); f.life.left(now) == 0 {
				return errNoTime(c.options.Deadline)
			}
		}
		var unkept error
		grant, unkept = s.grant.note(do, grant, f.life.left(now), c.report)
		return unkept
	})
	if err != nil {
		return refused, 0, err
	}
	if c.options.DPoP != nil && !strings.EqualFold(do.Token.TokenType, "DPoP") {
		return nil, 0, errUnbound()
	}
	if ahead != 0 { // a time correction counts for other clients only after it has led to a token
		offsets.Store(s.host, ahead)
	}
	return do, took, nil
}

// prove returns the DPoP proof of a request to an API. Its time is by the server's clock.
func (c *Client) prove(req *http.Request, token string) (string, error) {
	s := c.source.Load()
	if s == nil {
		return "", closed("the client was closed")
	}
	target := *req.URL
	if req.Host != "" {
		target.Host = req.Host // the server knows itself by this name (RFC 9110 section 7.1)
	}
	at := c.options.Clock.Now().Add(milliseconds(s.ahead()))
	ctx, cancel := context.WithTimeout(req.Context(), c.options.Timeout)
	defer cancel()
	proof, err := s.exchanger.prove(ctx, req.Method, &target, token, at)
	if gone := req.Context(); err != nil && gone.Err() != nil {
		return "", context.Cause(gone)
	}
	return proof, err
}

// keepNew keeps the token that the server has just sent.
func (c *Client) keepNew(do *renewal.Action, took time.Duration) *oauth2.Token {
	now := c.options.Clock.Now()
	left := func(moment int64) time.Duration { return milliseconds(moment - now.UnixMilli()) }
	return c.keep(Event{Type: EventRenewed, Duration: took}, time.UnixMilli(do.Until), &kept{
		token: tokenOf(do.Token),
		fresh: period{now, left(do.Renew)}, good: period{now, left(do.Until)},
		margin: milliseconds(do.Margin), whole: left(do.Until),
	})
}

// keepShared keeps a token of the store.
func (c *Client) keepShared(s *sharedToken, r *record) *oauth2.Token {
	now := c.options.Clock.Now()
	left := r.until.Sub(now.Round(0))
	early := time.Duration((1 - jitter + 2*jitter*s.random()) * float64(r.margin))
	return c.keep(Event{Type: EventShared}, r.until, &kept{
		token: tokenIn(r.text),
		fresh: period{now, left - early}, good: period{now, left},
		margin: r.margin, whole: r.whole,
	})
}

// keep keeps a token unless it has ended.
func (c *Client) keep(by Event, until time.Time, k *kept) *oauth2.Token {
	told := k.token.Expiry
	if told.IsZero() { // a zero Expiry would make an oauth2.ReuseTokenSource keep it for ever
		k.token.Expiry = until
	}
	c.mu.Lock()
	isOpen := !c.family.isClosed()
	if isOpen {
		by.Served = c.kept.Load().timesServed()
		if by.Type == EventRenewed {
			c.refused = "" // the server may send the same token again
		}
		if k.good.span > 0 { // a token that has ended replaces no other token
			c.kept.Store(k)
		}
		c.resting = period{}
		if k.fresh.span <= 0 { // the token is already due, and there is no better one
			c.resting = period{k.good.since, retryBehind}
		}
	}
	c.mu.Unlock()
	if isOpen { // after Close there is no event
		by.Expiry = told
		c.report(by)
	}
	return k.token
}

func (c *Client) report(event Event) {
	if c.options.OnEvent != nil {
		event.Request = c.request
		c.options.OnEvent(event)
	}
}
