package fetchtoken

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/assertion"
	"golang.org/x/oauth2"
)

const (
	// maxMargin: a token is renewed this long before its end, or a quarter of its lifetime before, whichever is later.
	maxMargin = time.Minute
	// unknownLifetime is for how long a token without expires_in is kept: as long as the shortest lives that are common.
	unknownLifetime = 5 * time.Minute
	maxAhead        = core.MaxAhead * time.Millisecond
	// retryBehind is the time before a renewal that failed behind a token that still lives is tried again.
	retryBehind = 5 * time.Second
)

// A Client keeps a token, shares it among all callers and renews it. It is an [oauth2.TokenSource], and is safe for concurrent use.
//
//   - Kept: a token is renewed when a minute, or a quarter of its lifetime if that is less, is left, give or take a tenth. From then on callers get
//     the current token at once, while a new one is fetched behind it; if that fails, the current one serves until its end. One without
//     expires_in is kept for 5 minutes. A clock that is set, or a laptop that slept, doesn't make an expired token good.
//   - Shared: however many callers there are, there is one request. The context of a caller ends the wait of that caller; that of the last one
//     ends the request.
//   - Repeated: network failures and time-outs, 408, 425, 429, 5xx, and a 400 or 403 with a page of HTML, at most twice, each signed anew, after a
//     random wait or Retry-After. What the server understood and refused is never repeated, and is remembered for 30 s, by all clients of the
//     process with this configuration.
//   - By the server's clock: a refusal because of the time is signed anew by the server's clock, once, if that is more than 30 s and at most 26 h away
//     from ours. It is known from Date, from where the system tells its time, or from issued_at. If there is a token then, the offset is kept for
//     the host, for all clients of the process.
type Client struct {
	options Options
	host    string
	rest    rest
	closing chan struct{} // closed with the client

	kept atomic.Pointer[kept]

	mu        sync.Mutex
	exchanger *exchanger // nil once the client is closed
	flight    *flight
	resting   period // after a renewal that failed behind a token that lives
}

// A kept is a token, and the periods of its life.
type kept struct {
	token       *oauth2.Token
	fresh, good period
}

// A flight is one renewal, which callers share. token and err are set before done is closed; waiting is guarded by the client's mutex.
type flight struct {
	behind  bool   // a token that still lives, so that nobody needs to wait for it
	life    period // as long as it may go on
	waiting int
	cancel  context.CancelCauseFunc
	done    chan struct{}
	token   *oauth2.Token
	err     error
}

// offsets are the time.Durations by which the clock of a host is ahead of ours, where one said so.
var offsets sync.Map

// New makes a Client; nil options mean the defaults. It sends nothing yet. The error says what is wrong with the configuration or the options.
func New(config Config, options *Options) (*Client, error) {
	x, err := newExchanger(config, options)
	if err != nil {
		return nil, err
	}
	return &Client{
		options: x.options, host: x.exchange.URL.Origin(), rest: restOf(config, x.options.Clock),
		closing: make(chan struct{}), exchanger: x,
	}, nil
}

// Token returns a token that lives; see [Client.TokenContext]. With it a Client is an [oauth2.TokenSource].
func (c *Client) Token() (*oauth2.Token, error) {
	return c.TokenContext(context.Background())
}

// TokenContext returns a token that lives, which is kept or new. Don't change it: all callers get the same one.
//
// When ctx is done first, the error is that of ctx.
func (c *Client) TokenContext(ctx context.Context) (*oauth2.Token, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	k := c.kept.Load()
	if k == nil {
		return c.join(ctx, false)
	}
	now := c.options.Clock.Now()
	if k.fresh.contains(now) {
		return k.token, nil
	}
	if k.good.contains(now) {
		c.renewBehind(ctx, k, now)
		return k.token, nil
	}
	return c.join(ctx, false)
}

// Renew returns a new token, though the kept one may still live. A renewal that is under way is shared. A refusal that is remembered is passed once:
// it is for a person who has mended something at the server.
func (c *Client) Renew(ctx context.Context) (*oauth2.Token, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return c.join(ctx, true)
}

// Invalidate forgets the token that is kept. With a token it does so only if that is the one: whoever was refused with an old token doesn't
// take a new one from the others. A refusal that is remembered stays remembered.
func (c *Client) Invalidate(token *oauth2.Token) {
	c.mu.Lock()
	k := c.kept.Load()
	is := token == nil || k != nil && k.token.AccessToken == token.AccessToken
	if is {
		c.kept.Store(nil)
	}
	c.mu.Unlock()
	if is {
		c.report(Event{Type: EventInvalidated})
	}
}

// Close ends what is under way, and drops the token and the credentials. After it every call fails with the code closed. It returns nil.
func (c *Client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.exchanger != nil {
		c.kept.Store(nil)
		if c.flight != nil {
			c.flight.cancel(closed("the client was closed"))
		}
		c.exchanger, c.flight = nil, nil
		close(c.closing)
		assertion.Forget()
	}
	return nil
}

func closed(message string) error {
	return &TokenError{Code: CodeClosed, Message: message, RetryAfter: -1}
}

// errEnded is what a caller gets for a token that had ended when it came, twice.
func errEnded() error {
	return &TokenError{Code: CodeTimeout, Message: "the token had ended when it came", Retryable: true, RetryAfter: -1}
}

// join waits for a renewal that brings a token which lives.
func (c *Client) join(ctx context.Context, force bool) (*oauth2.Token, error) {
	for again := false; ; again = true {
		token, err := c.await(ctx, force)
		if err != nil || token.ExpiresIn <= 0 || c.options.Clock.Now().Round(0).Before(token.Expiry) {
			return token, err
		}
		if again { // the machine slept, or the server is slower than its tokens live
			return nil, errEnded()
		}
	}
}

// await waits for the renewal that is under way, or begins one.
func (c *Client) await(ctx context.Context, force bool) (*oauth2.Token, error) {
	c.mu.Lock()
	if c.exchanger == nil {
		c.mu.Unlock()
		return nil, closed("the client is closed: make a new one with New")
	}
	now := c.options.Clock.Now()
	if k := c.kept.Load(); k != nil && !force && k.fresh.contains(now) { // another goroutine has just renewed it
		c.mu.Unlock()
		return k.token, nil
	}
	f := c.living(now)
	if f == nil {
		if err := c.rest.check(now, force); err != nil {
			c.mu.Unlock()
			return nil, err
		}
		f = c.launch(ctx, nil)
	}
	f.waiting++
	c.mu.Unlock()

	select {
	case <-c.closing:
	case <-f.done:
	case <-ctx.Done():
		c.leave(f, ctx.Err())
		return nil, ctx.Err()
	}
	select {
	case <-c.closing: // whatever else may be there
		return nil, closed("the client was closed")
	default:
		return f.token, f.err
	}
}

// living returns the renewal that is under way, if its time is not over, as it is when the machine slept. The mutex is held.
func (c *Client) living(now time.Time) *flight {
	if c.flight != nil && !c.flight.life.contains(now) {
		c.flight = nil
	}
	return c.flight
}

// leave ends the wait of one caller, and with that of the last one the renewal.
func (c *Client) leave(f *flight, why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.waiting--
	if f.waiting == 0 && !f.behind {
		c.drop(f)
		f.cancel(why)
	}
}

// drop makes the next caller begin another renewal. The mutex is held.
func (c *Client) drop(f *flight) {
	if c.flight == f {
		c.flight = nil
	}
}

// renewBehind begins a renewal for which nobody waits, unless one has just failed or the server wants to be left alone.
func (c *Client) renewBehind(ctx context.Context, k *kept, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept.Load() == k && c.living(now) == nil && !c.resting.contains(now) && c.rest.error(now) == nil {
		c.launch(ctx, k)
	}
}

// launch begins a renewal, behind a token that still lives if it is given one. The values of the context go along, its end doesn't. The mutex is
// held.
func (c *Client) launch(ctx context.Context, behind *kept) *flight {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	f := &flight{
		behind: behind != nil, life: period{c.options.Clock.Now(), c.options.Deadline}, cancel: cancel, done: make(chan struct{}),
	}
	c.flight = f
	x := c.exchanger
	go func() {
		defer cancel(nil)
		f.token, f.err = c.renew(ctx, x)
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

// renew asks the server, again where that may help.
func (c *Client) renew(ctx context.Context, x *exchanger) (*oauth2.Token, error) {
	began, ahead, corrected := c.options.Clock.Now(), c.offset(), time.Duration(0)
	left := func() time.Duration {
		return max(time.Millisecond, min(c.options.Timeout, c.options.Deadline-c.options.Clock.Now().Sub(began)))
	}
	for attempt := 1; ; attempt++ {
		c.report(Event{Type: EventRequested, Attempt: attempt})
		token, offset, err := x.token(ctx, left(), ahead)
		if err == nil {
			if told := ahead + offset; offset != 0 && -maxAhead <= told && told <= maxAhead {
				ahead, corrected = told, offset
				c.report(Event{Type: EventClockCorrected, Offset: ahead})
			}
			if corrected != 0 { // a server's word about the time counts for others once it has got a token
				offsets.Store(c.host, ahead)
			}
			c.keep(x, token)
			return token, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		var failed *TokenError
		if !errors.As(err, &failed) {
			return nil, err
		}
		random, err := x.random(4)
		if err != nil {
			return nil, err
		}
		planFor := func(e *TokenError) core.Plan {
			return e.Plan(core.Attempts{
				Count:    attempt,
				Elapsed:  c.options.Clock.Now().Sub(began).Milliseconds(),
				Deadline: c.options.Deadline.Milliseconds(),
				Offset:   corrected.Milliseconds(),
				Ahead:    ahead.Milliseconds(),
			}, binary.LittleEndian.Uint32(random))
		}
		plan := planFor(failed)
		if plan.AskTime {
			timed := *failed
			timed.TimeEndpoint, timed.ClockOffset = "", x.askTime(ctx, failed.TimeEndpoint, left(), ahead)
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			plan = planFor(&timed)
		}
		switch {
		case !plan.Retry:
			c.rest.hold(failed, c.options.Clock.Now(), time.Duration(plan.Hold)*time.Millisecond)
			return nil, failed
		case plan.Offset != 0:
			corrected = time.Duration(plan.Offset) * time.Millisecond
			ahead += corrected
			c.report(Event{Type: EventClockCorrected, Offset: ahead})
		default:
			wait := time.Duration(plan.Wait) * time.Millisecond
			c.report(Event{Type: EventRetried, Attempt: attempt, Wait: wait, Err: failed})
			if err := c.options.Clock.Sleep(ctx, wait); err != nil {
				return nil, context.Cause(ctx)
			}
		}
	}
}

// offset is by how much the clock of the host is ahead of ours.
func (c *Client) offset() time.Duration {
	offset, _ := offsets.Load(c.host)
	d, _ := offset.(time.Duration)
	return d
}

// keep keeps a token, if it may be used for more than this moment.
func (c *Client) keep(x *exchanger, token *oauth2.Token) {
	now := c.options.Clock.Now()
	lifetime := unknownLifetime
	if !token.Expiry.IsZero() {
		lifetime = token.Expiry.Sub(now.Round(0))
	}
	margin := min(maxMargin, lifetime/4)
	if random, err := x.random(1); err == nil {
		margin = margin*9/10 + margin*time.Duration(random[0])/(5*256) // so that not all who hold this token renew at once
	}
	var k *kept
	if lifetime > 0 {
		k = &kept{token, period{now, lifetime - margin}, period{now, lifetime}}
	}
	c.mu.Lock()
	open := c.exchanger != nil
	if open {
		if k != nil { // one that has ended replaces none
			c.kept.Store(k)
		}
		c.resting = period{}
	}
	c.mu.Unlock()
	if !open {
		return // nobody gets it
	}
	c.rest.forget()
	c.report(Event{Type: EventRenewed, Expiry: token.Expiry})
}

func (c *Client) report(event Event) {
	if c.options.OnEvent != nil {
		c.options.OnEvent(event)
	}
}
