// Package renewal decides each step of getting one token: which request to send, what to sign, when
// to wait, which clock to use, how often to try, when the token ends, and how long to remember a
// refusal. It does no I/O. [Renewal.Next] returns the next step. The host carries it out, and calls
// Next again with the result:
//
//	for r, in := renewal.New(exchange, limits), (renewal.Input{}); ; {
//		in.Now, in.Random = now(), random(renewal.RandomSize)
//		switch do := r.Next(in); {
//		case do.Get != nil:
//			in.Text, in.Failure, in.Detail = get(do.Get, do.Timeout)
//		case do.Sign != nil:
//			in.Signature, in.Failure, in.Detail = sign(do.Sign, do.Timeout)
//		case do.Send != nil:
//			in.Outcome = send(do.Send, do.Timeout, do.MaxBody)
//		case !do.Done:
//			sleep(do.Wait)
//		default:
//			return do.Token, do.Err
//		}
//	}
//
// Every time is in milliseconds. A moment is counted from the epoch, by the host's clock.
package renewal

import (
	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/answer"
)

// Limits are a host's limits for one renewal.
type Limits struct {
	Timeout  int64 // for one request, with its signature and what is to be had before
	MaxBody  int64 // the greatest size of a response, in bytes after decompression
	Deadline int64 // for all requests and waits together; 0 means none
	// Attempts is how often the host sends a request that may succeed later. If it is 1, the renewal
	// repeats nothing, not even for a wrong clock, and no error has a Hold.
	Attempts int
	// Ahead is how far the server's clock is known to be ahead of the host's.
	Ahead int64
	// Lifetime is how long a token is used if the server doesn't say when it ends. 0 means 5 minutes.
	Lifetime int64
	// Grant is the Grant of the last renewal's last Action, or "".
	Grant string
	// Metadata are the Metadata of the last renewal's last Action, or "".
	Metadata string
	// Proves says that the host adds a DPoP proof to each token request (RFC 9449). Then the renewal
	// sends a request once more if the server requires its nonce in the proof.
	Proves bool
	// Interval is how long to wait before each request that asks whether a user has approved a device
	// (RFC 8628 section 3.4). 0 means that nothing is asked again and again.
	Interval int64
}

// RandomSize is how many fresh random bytes each call of Next takes. [core.Exchange.Build] uses
// most of them. The others spread the waits and the renewals of many hosts.
const RandomSize = core.RandomSize + 5

// An Input is the host's report to Next. It always has Now and Random. After a Send it has the
// Outcome, after a Sign the Signature, after a Get the Text. Instead of a Signature or a Text it
// can have a Failure and its Detail. At first and after a Wait it has nothing more.
type Input struct {
	Now       int64
	Random    []byte
	Outcome   answer.Outcome
	Signature []byte
	Text      string
	Failure   string // why there is neither: one of the core's Signing or Get constants
	Detail    string // the host's words about the Failure
}

// An Action is the host's next step: it gets a text, signs, sends or waits. If Done, the renewal
// has ended with a Token or an Err.
type Action struct {
	Get  *core.Get // of a function of the caller's, or of a file
	Sign *core.Signing
	Send *core.Request
	// Attempt is the number of the token request to send, or of the one that failed before a Wait.
	// It counts from 1. It is 0 if Send is no token request, but asks the server for its time or its
	// metadata, or another issuer for an assertion: such a request takes no proof.
	Attempt int
	Timeout int64 // for Get, Sign or Send
	MaxBody int64 // the greatest size of the response to Send, in bytes

	// how long to wait, if it is no other step and not Done; Err is the reason
	Wait int64

	// Token is the token. For another purpose its Rest is what the server answers.
	Token  *answer.Token // its ExpiresAt is by the host's clock
	Until  int64         // the moment at which the Token ends
	Margin int64         // how long before Until hosts renew a token of this lifetime, on average
	Renew  int64         // when this host renews the Token

	Err *core.TokenError
	// Hold is how long the host remembers Err. During that time it sends no request with the same
	// configuration.
	Hold int64

	// Grant is the fate of a grant that a server takes once, with the next refresh token if there is
	// one. It is secret. Before the host carries out an Action, it stores the Action's Grant for the
	// Limits of the next renewal.
	Grant string

	// Metadata describe the server, if the configuration has an issuer. The host stores those of the
	// last Action for the Limits of the next renewal.
	Metadata string

	// Ahead is how far the server's clock is ahead of the host's, as the renewal assumes from now on.
	// If there is a Token, later renewals can rely on it. A server that issues no token may be wrong
	// about the time.
	Ahead int64
	Done  bool // the renewal is over
}

// A Renewal gets one token with as many requests as necessary. It only decides; the host acts.
type Renewal struct {
	plain    *core.Exchange // without what is to be had before each request
	exchange *core.Exchange
	limits   Limits
	grant    string         // the grant's fate in this renewal
	fixed    *core.Exchange // the host's, whose endpoint may be unknown
	state
}

// A state is the part of a [Renewal] that changes.
type state struct {
	phase   phase
	attempt int
	began   int64
	until   int64 // the end of the time for the current request
	sentAt  int64 // the moment before that request, by the server's clock if its offset is known
	random  [core.RandomSize]byte
	texts   []string // what was to be had before the request, as far as it is there
	// signature is the signature of the assertion in the current request, if a key made one.
	signature []byte
	// correction is the offset that this renewal adds to the clock for the next requests. It is
	// decided once.
	correction int64
	proved     bool // a request was repeated with the server's nonce in its proof
	// the error that the server's time may explain, while the server is asked for it
	failed   *core.TokenError
	place    int    // the place that is asked for the metadata
	metadata string // see discovery.go
	interval int64  // between two questions whether a user has approved a device
}

// A phase is the event that a [Renewal] waits for.
type phase byte

const (
	waking phase = iota
	signing
	sending
	asking
	discovering
	getting
	fetching
	ended  // no event
	phases // the number of phases
)

// New returns a Renewal that has not begun.
func New(x *core.Exchange, limits Limits) *Renewal {
	r := &Renewal{fixed: x, limits: limits, grant: limits.Grant}
	r.interval = limits.Interval
	if x.Locate != nil {
		r.metadata = limits.Metadata
	}
	r.use(x)
	return r
}

// use goes on with an Exchange, and with the refresh token that is now to be used.
func (r *Renewal) use(x *core.Exchange) {
	if r.exchange = x; len(r.limits.Grant) > len(used) && x.Locate == nil {
		r.exchange = x.WithRefreshToken(r.limits.Grant[len(used):])
	}
	r.plain = r.exchange
}

// Next takes the result of the last [Action] and returns the next one.
func (r *Renewal) Next(in Input) Action {
	do := r.next(in)
	do.Metadata = r.metadata
	if do.Grant = r.grant; do.Send != nil && do.Attempt > 0 && r.takesOnce() {
		do.Grant = used // in case the host dies and never reports the outcome
	}
	return *do
}

func (r *Renewal) next(in Input) *Action {
	if len(in.Random) != RandomSize {
		return r.end(core.ConfigError("random", "must be as many bytes as are asked for"), 0)
	}
	switch r.phase {
	case waking:
		if r.limits.Interval > 0 && r.began == 0 {
			r.began = in.Now
			return &Action{Wait: r.interval, Ahead: r.ahead()}
		}
		return r.build(in)
	case signing:
		return r.signed(in)
	case asking:
		return r.told(in)
	case discovering:
		return r.discovered(in)
	case sending:
		return r.answered(in)
	case getting:
		return r.given(in)
	case fetching:
		return r.fetched(in)
	}
	return r.end(core.InternalError(), 0) // the renewal has ended, and every further call says so
}

// build builds a request.
func (r *Renewal) build(in Input) *Action {
	if r.attempt == 0 {
		if r.limits.Interval == 0 {
			r.began = in.Now
		}
		switch r.limits.Grant {
		case used:
			return r.end(core.GrantUsed(), 0)
		case lost:
			return r.end(core.SessionLost(), 0)
		}
	}
	r.attempt++
	if r.exchange.Locate != nil && !(r.serve(in.Now) && r.locate() == nil) {
		return r.discover(0, in)
	}
	return r.request(in)
}

// request makes the token request.
//
//go:noinline // it would be copied into both of its callers
func (r *Renewal) request(in Input) *Action {
	if r.exchange.Purpose == core.ForAuthorization {
		return r.done(&answer.Token{}) // the metadata were all that was missing
	}
	r.until = in.Now + r.left(in.Now)
	r.texts = nil
	return r.get(in)
}

// get gets what is to be had before the request, one after the other, and then makes that.
func (r *Renewal) get(in Input) *Action {
	if len(r.texts) < len(r.plain.Gets) {
		get := &r.plain.Gets[len(r.texts)]
		if get.Source.URL == "" {
			r.phase = getting
			return &Action{Get: get, Timeout: r.rest(in.Now), Ahead: r.ahead()}
		}
		r.phase = fetching
		return &Action{
			Send: get.Request(), Timeout: r.rest(in.Now), MaxBody: core.MaxSource, Ahead: r.ahead(),
		}
	}
	r.fill()
	r.sentAt = in.Now + r.ahead()
	copy(r.random[:], in.Random)
	r.signature = nil
	request, toSign, err := r.exchange.Build(r.sentAt, r.random[:], nil)
	if err != nil {
		return r.end(err, 0)
	}
	if toSign != nil {
		r.phase = signing
		return &Action{Sign: toSign, Timeout: r.rest(in.Now), Ahead: r.ahead()}
	}
	return r.send(request, in.Now)
}

// fill puts the texts into the request.
func (r *Renewal) fill() {
	if len(r.texts) > 0 {
		r.exchange = r.plain.With(r.texts)
	}
}

// given takes what the host got.
func (r *Renewal) given(in Input) *Action {
	get := &r.plain.Gets[len(r.texts)]
	if in.Failure != "" {
		e := get.Failed(r.plain, in.Failure, in.Detail)
		return r.decide(e, e, in)
	}
	return r.take(get, in.Text, in)
}

// fetched takes the response that holds what is to be had.
func (r *Renewal) fetched(in Input) *Action {
	get := &r.plain.Gets[len(r.texts)]
	if e := answer.SourceError(r.plain, get, in.Outcome); e != nil {
		return r.decide(e, e, in)
	}
	return r.take(get, string(in.Outcome.Body), in)
}

func (r *Renewal) take(get *core.Get, given string, in Input) *Action {
	text, e := get.Read(given)
	if e != nil {
		return r.decide(e, e, in)
	}
	r.texts = append(r.texts, text)
	return r.get(in)
}

// signed sends the request with its signature.
func (r *Renewal) signed(in Input) *Action {
	if in.Failure != "" {
		e := r.exchange.SigningFailed(in.Failure, in.Detail, r.sentAt, r.random[:])
		return r.decide(e, e, in)
	}
	if in.Signature == nil {
		in.Signature = []byte{} // for nil Build would ask for a signature again
	}
	request, _, err := r.exchange.Build(r.sentAt, r.random[:], in.Signature)
	if err != nil {
		return r.end(err, 0)
	}
	r.signature = append(r.signature, in.Signature...)
	return r.send(request, in.Now)
}

func (r *Renewal) send(request *core.Request, now int64) *Action {
	r.phase = sending
	return &Action{
		Send: request, Attempt: r.attempt, Timeout: r.rest(now), MaxBody: r.limits.MaxBody,
		Ahead: r.ahead(),
	}
}

// answered reads the outcome of a token request.
func (r *Renewal) answered(in Input) *Action {
	token, err := answer.Parse(r.exchange, in.Outcome, r.sentAt, r.random[:], r.signature)
	if err != nil {
		e := err.(*core.TokenError) // Parse returns no other error
		e.Rename(core.Endpoints[r.exchange.Purpose].Field)
		if r.takesOnce() && mayHaveArrived(in.Outcome) {
			r.grant = used
			e.NoteUsed()
		}
		return r.decide(e, e, in)
	}
	if r.exchange.Purpose != core.ForToken {
		return r.done(token)
	}
	return r.renewed(token, in)
}

// maxTimeBody is the greatest size in bytes of a response to a request for the server's time.
const maxTimeBody = 4096

// ask asks the server for its time.
func (r *Renewal) ask(failed *core.TokenError, in Input) *Action {
	r.phase, r.failed = asking, failed
	r.sentAt = in.Now + r.ahead()
	return &Action{
		Send: &core.Request{
			Method: "GET", URL: failed.TimeEndpoint,
			Headers: []core.Header{{Name: "Accept", Value: "application/json"}},
		},
		Timeout: r.left(in.Now), MaxBody: maxTimeBody, Ahead: r.ahead(),
	}
}

// told reads the outcome of a request for the server's time, which may explain the error.
func (r *Renewal) told(in Input) *Action {
	failed := r.failed
	r.failed = nil
	explained := *failed
	explained.TimeEndpoint = ""
	explained.ClockOffset = answer.ReadTime(r.exchange, in.Outcome, r.sentAt)
	return r.decide(failed, &explained, in)
}

// decide carries out the plan for an error. explained is the error with the offset of the server's
// clock. If the renewal ends, it ends with failed.
func (r *Renewal) decide(failed, explained *core.TokenError, in Input) *Action {
	if r.limits.Attempts <= 1 {
		return r.end(failed, 0)
	}
	p := r.plan(explained, in.Now, in.Random)
	switch {
	case p.ask:
		return r.ask(failed, in)
	case p.again:
		return r.build(in)
	case !p.retry:
		return r.end(failed, p.hold)
	}
	r.phase = waking
	return &Action{Wait: p.wait, Attempt: r.attempt, Err: failed, Ahead: r.ahead()}
}

// end ends the renewal with an error.
func (r *Renewal) end(err error, hold int64) *Action {
	e, ok := err.(*core.TokenError)
	if !ok {
		e = core.InternalError().(*core.TokenError)
	}
	r.phase = ended
	answer.NoteAttempts(e, r.attempt)
	if !e.Retryable || e.Status == 0 {
		r.metadata = "" // they may be out of date
	}
	return &Action{Err: e, Hold: hold, Ahead: r.ahead(), Done: true}
}

// left returns how long the next request may take.
func (r *Renewal) left(now int64) int64 {
	left := r.limits.Timeout
	if r.limits.Deadline > 0 {
		left = min(left, r.limits.Deadline-r.elapsed(now))
	}
	return max(left, 1)
}

// rest returns how long the current request may still take.
func (r *Renewal) rest(now int64) int64 {
	return min(max(r.until-now, 1), r.limits.Timeout) // the clock may have been set back
}

// ahead returns how far the clock that the requests use is ahead of the host's.
func (r *Renewal) ahead() int64 { return r.limits.Ahead + r.correction }

func (r *Renewal) elapsed(now int64) int64 { return max(now-r.began, 0) }
