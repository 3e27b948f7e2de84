// Package renewal decides everything about getting one token: what to send or to sign, when to wait, by
// which clock, how often, until when a token serves, and what is remembered of a refusal. It is pure.
// [Renewal.Next] says what to do; the host does that one thing, and calls Next with what became of it:
//
//	for r, in := renewal.New(exchange, limits), (renewal.Input{}); ; {
//		in.Now, in.Random = now(), random(renewal.RandomSize)
//		switch do := r.Next(in); {
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
// Times are in milliseconds, moments since the epoch by the clock of the host.
package renewal

import "github.com/fetchtoken/fetchtoken/core"

// Limits are what a host allows one renewal.
type Limits struct {
	Timeout  int64 // of one request, its signature included
	MaxBody  int64 // bytes of one response, after decompression
	Deadline int64 // of all requests and waits together; 0 is none
	// Attempts is how often a request is sent that may work later. With 1 nothing is ever repeated, not
	// even by the server's clock, and nothing is remembered.
	Attempts int
	// Ahead is by how much the server's clock is known to be ahead of the host's.
	Ahead int64
	// Lifetime is for how long a token serves whose end the server doesn't tell; 0 is 5 minutes.
	Lifetime int64
	// Proves says that the host adds a DPoP proof to requests (RFC 9449), so that one is sent again for
	// the server's nonce, once.
	Proves bool
}

// RandomSize is how many fresh random bytes Next takes: those of [core.Exchange.Build], and those that
// spread waits and renewals of many hosts.
const RandomSize = core.RandomSize + 5

// An Input is what Next is told. Besides Now and Random it has what the last [Action] asked for: an
// Outcome; or a Signature, or in its place a Failure with its Detail; or nothing, at first and after a
// Wait.
type Input struct {
	Now       int64
	Random    []byte
	Outcome   core.Outcome
	Signature []byte
	Failure   string // to sign: one of the core's Signing constants
	Detail    string // the host's own words about it
}

// An Action is what to do: to sign, to send, to wait, or nothing more. Then it is Done, with a Token or an
// Err.
type Action struct {
	Sign *core.Signing
	Send *core.Request
	// Attempt numbers the token request that is sent, or that failed before a Wait, from 1. It is 0 where
	// Send asks the server for nothing but its time: then no proof goes along.
	Attempt int
	Timeout int64 // of Sign or Send
	MaxBody int64 // of the response to Send, in bytes

	Wait int64 // if there is nothing to sign or to send, and it isn't Done; Err says why

	Token  *core.Token // its ExpiresAt is by the host's clock
	Until  int64       // the moment at which the Token ends
	Margin int64       // how long before its end a token of this lifetime is renewed, on average
	Renew  int64       // the moment from which on this host renews it

	Err *core.TokenError
	// Hold is for how long Err is remembered: the same configuration isn't worth asking again sooner.
	Hold int64

	// Ahead is by how much the server's clock is taken to be ahead of the host's from now on. If there is
	// a Token, it is known to be, for every renewal that follows; a server that gives none may err.
	Ahead int64
	Done  bool // this is the end
}

// A Renewal gets one token, with whatever requests that takes. It does nothing by itself.
type Renewal struct {
	exchange *core.Exchange
	limits   Limits
	state
}

// A state is all of a [Renewal] that changes.
type state struct {
	phase   phase
	attempt int
	began   int64
	until   int64 // the request that is under way may take until then
	sentAt  int64 // the moment before it was sent, by the server's clock as far as that is known
	random  [core.RandomSize]byte
	// signature is that of the assertion in the request that is under way, if a key signed it.
	signature []byte
	// correction is by how much the clock is corrected for the requests that follow. A renewal corrects
	// it once.
	correction int64
	proved     bool             // a request was sent again for the nonce of its proof
	failed     *core.TokenError // that the server's time may explain, while it is asked for that
}

// A phase is what a [Renewal] waits for.
type phase byte

const (
	waking phase = iota
	signing
	sending
	asking
	ended  // for nothing any more
	phases // how many there are
)

// New returns a Renewal that hasn't begun.
func New(x *core.Exchange, limits Limits) *Renewal {
	return &Renewal{exchange: x, limits: limits}
}

// Next says what to do, now that this became of the last [Action].
func (r *Renewal) Next(in Input) Action {
	if len(in.Random) != RandomSize {
		return r.end(core.ConfigError("random", "must be as many bytes as are asked for"), 0)
	}
	switch r.phase {
	case waking:
		return r.build(in)
	case signing:
		return r.signed(in)
	case asking:
		return r.told(in)
	case sending:
		return r.answered(in)
	}
	return r.end(core.InternalError(), 0) // it has ended, and says so however often it is asked
}

// build begins a request.
func (r *Renewal) build(in Input) Action {
	if r.attempt == 0 {
		r.began = in.Now
	}
	r.attempt++
	r.until = in.Now + r.left(in.Now)
	r.sentAt = in.Now + r.ahead()
	copy(r.random[:], in.Random)
	r.signature = nil
	request, toSign, err := r.exchange.Build(r.sentAt, r.random[:], nil)
	if err != nil {
		return r.end(err, 0)
	}
	if toSign != nil {
		r.phase = signing
		return Action{Sign: toSign, Timeout: r.rest(in.Now), Ahead: r.ahead()}
	}
	return r.send(request, in.Now)
}

// signed sends the request with its signature.
func (r *Renewal) signed(in Input) Action {
	if in.Failure != "" {
		e := r.exchange.SigningFailed(in.Failure, in.Detail, r.sentAt, r.random[:])
		return r.decide(e, e, in)
	}
	if in.Signature == nil {
		in.Signature = []byte{} // nil would make Build ask again
	}
	request, _, err := r.exchange.Build(r.sentAt, r.random[:], in.Signature)
	if err != nil {
		return r.end(err, 0)
	}
	r.signature = append(r.signature, in.Signature...)
	return r.send(request, in.Now)
}

func (r *Renewal) send(request *core.Request, now int64) Action {
	r.phase = sending
	return Action{
		Send: request, Attempt: r.attempt, Timeout: r.rest(now), MaxBody: r.limits.MaxBody,
		Ahead: r.ahead(),
	}
}

// answered reads the outcome of a token request.
func (r *Renewal) answered(in Input) Action {
	token, err := r.exchange.Parse(in.Outcome, r.sentAt, r.random[:], r.signature)
	if err != nil {
		e := err.(*core.TokenError) // Parse makes no other
		return r.decide(e, e, in)
	}
	return r.renewed(token, in)
}

// maxTimeBody is how many bytes a server may take to tell its time.
const maxTimeBody = 4096

// ask asks the server for its time.
func (r *Renewal) ask(failed *core.TokenError, in Input) Action {
	r.phase, r.failed = asking, failed
	r.sentAt = in.Now + r.ahead()
	return Action{
		Send: &core.Request{
			Method: "GET", URL: failed.TimeEndpoint,
			Headers: []core.Header{{Name: "Accept", Value: "application/json"}},
		},
		Timeout: r.left(in.Now), MaxBody: maxTimeBody, Ahead: r.ahead(),
	}
}

// told reads the outcome of a request for the time, which may explain the error.
func (r *Renewal) told(in Input) Action {
	failed := r.failed
	r.failed = nil
	explained := *failed
	explained.TimeEndpoint = ""
	explained.ClockOffset = r.exchange.ReadTime(in.Outcome, r.sentAt)
	return r.decide(failed, &explained, in)
}

// decide does what the plan for an error says. It ends with the error as it was before it was explained.
func (r *Renewal) decide(failed, explained *core.TokenError, in Input) Action {
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
	return Action{Wait: p.wait, Attempt: r.attempt, Err: failed, Ahead: r.ahead()}
}

// end ends the renewal with an error.
func (r *Renewal) end(err error, hold int64) Action {
	e, ok := err.(*core.TokenError)
	if !ok {
		e = core.InternalError().(*core.TokenError)
	}
	r.phase = ended
	return Action{Err: e, Hold: hold, Ahead: r.ahead(), Done: true}
}

// left returns how long the next request may take.
func (r *Renewal) left(now int64) int64 {
	left := r.limits.Timeout
	if r.limits.Deadline > 0 {
		left = min(left, r.limits.Deadline-r.elapsed(now))
	}
	return max(left, 1)
}

// rest returns how long the request that is under way may still take.
func (r *Renewal) rest(now int64) int64 {
	return min(max(r.until-now, 1), r.limits.Timeout) // the clock may have been set
}

// ahead returns by how much the clock that requests are built by is ahead of the host's.
func (r *Renewal) ahead() int64 { return r.limits.Ahead + r.correction }

func (r *Renewal) elapsed(now int64) int64 { return max(now-r.began, 0) }
