// Package renewal decides everything about getting one token: what to send or to sign, when to
// wait, which clock to use, how often to try, until when a token serves, and how long to remember a
// refusal. It does no I/O. [Renewal.Next] says what to do. The host does that one thing, and calls
// Next again with the result:
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
// Every time is in milliseconds. A moment counts from the epoch, by the clock of the host.
package renewal

import (
	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/answer"
)

// Limits say what a host allows one renewal.
type Limits struct {
	Timeout  int64 // for one request, with its signature
	MaxBody  int64 // the greatest size of a response, in bytes after decompression
	Deadline int64 // for all requests and waits together; 0 means none
	// Attempts is how often the host sends a request that may work later. If it is 1, the renewal
	// repeats nothing, not even for a wrong clock, and no error has a Hold.
	Attempts int
	// Ahead is how far the server's clock is known to be ahead of the host's.
	Ahead int64
	// Lifetime is how long a token serves if the server doesn't tell its end. 0 means 5 minutes.
	Lifetime int64
	// Grant is that of the last Action of the renewal before, or "".
	Grant string
	// Proves says that the host adds a DPoP proof to each token request (RFC 9449). Then the
	// renewal sends a request once more if the server wants its nonce in the proof.
	Proves bool
}

// RandomSize is how many fresh random bytes each call of Next takes: [core.Exchange.Build] uses
// most of them, and the others spread the waits and the renewals of many hosts.
const RandomSize = core.RandomSize + 5

// An Input is what the host tells Next. It always has Now and Random. After a Send it has the
// Outcome, after a Sign the Signature, or a Failure and its Detail. At first and after a Wait it
// has nothing more.
type Input struct {
	Now       int64
	Random    []byte
	Outcome   answer.Outcome
	Signature []byte
	Failure   string // why there is no Signature: one of the core's Signing constants
	Detail    string // what the host says about the Failure
}

// An Action says what the host does next: it signs, sends or waits. Or the renewal is Done, and
// there is a Token or an Err.
type Action struct {
	Sign *core.Signing
	Send *core.Request
	// Attempt is the number of the token request to send, or of the one that failed before a Wait.
	// It counts from 1. It is 0 if Send only asks the server for its time: that request takes no
	// proof.
	Attempt int
	Timeout int64 // for Sign or Send
	MaxBody int64 // the greatest size of the response to Send, in bytes

	Wait int64 // how long to wait, if there is no Sign and no Send and it isn't Done; Err says why

	Token  *answer.Token // its ExpiresAt is by the host's clock
	Until  int64         // the moment at which the Token ends
	Margin int64         // how long before Until hosts renew a token of this lifetime, on average
	Renew  int64         // the moment from which on this host renews the Token

	Err *core.TokenError
	// Hold is how long the host remembers Err. Until then it doesn't ask again with the same
	// configuration.
	Hold int64

	// Grant is what has become of a grant that a server takes once, and the refresh token that is now
	// to be used, if there is one. It is secret. The host keeps the Grant of each Action before it
	// obeys, for the Limits of the next renewal.
	Grant string

	// Ahead is how far the renewal takes the server's clock to be ahead of the host's from now on.
	// If there is a Token, later renewals can rely on it. A server that gives no token may be wrong
	// about the time.
	Ahead int64
	Done  bool // the renewal is over
}

// A Renewal gets one token, in as many requests as that takes. It does nothing by itself.
type Renewal struct {
	exchange *core.Exchange
	limits   Limits
	grant    string // what has become of it in this renewal
	state
}

// A state is the part of a [Renewal] that changes.
type state struct {
	phase   phase
	attempt int
	began   int64
	until   int64 // the end of the time for the request that is under way
	sentAt  int64 // the moment before that request, by the server's clock as far as that is known
	random  [core.RandomSize]byte
	// signature is that of the assertion in the request that is under way, if a key signed it.
	signature []byte
	// correction is what this renewal adds to the clock for the next requests. It decides that
	// once.
	correction int64
	proved     bool             // a request was repeated with the server's nonce in its proof
	failed     *core.TokenError // the error that the server's time may explain, while it is asked
}

// A phase is what a [Renewal] waits for.
type phase byte

const (
	waking phase = iota
	signing
	sending
	asking
	ended  // it waits for nothing
	phases // the number of phases
)

// New returns a Renewal that has not begun.
func New(x *core.Exchange, limits Limits) *Renewal {
	r := &Renewal{exchange: x, limits: limits, grant: limits.Grant}
	if len(limits.Grant) > len(used) {
		r.exchange = x.WithRefreshToken(limits.Grant[len(used):])
	}
	return r
}

// Next takes the result of the last [Action] and returns the next one.
func (r *Renewal) Next(in Input) Action {
	do := r.next(in)
	if do.Grant = r.grant; do.Send != nil && do.Attempt > 0 && r.takesOnce() {
		do.Grant = used // for a host that never hears of this request again
	}
	return do
}

func (r *Renewal) next(in Input) Action {
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
		if r.limits.Grant == used {
			return r.end(core.GrantUsed(), 0)
		}
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
	token, err := answer.Parse(r.exchange, in.Outcome, r.sentAt, r.random[:], r.signature)
	if err != nil {
		e := err.(*core.TokenError) // Parse makes no other
		if r.takesOnce() && mayHaveArrived(in.Outcome) {
			r.grant = used
			e.NoteUsed()
		}
		return r.decide(e, e, in)
	}
	return r.renewed(token, in)
}

// maxTimeBody is the greatest size of a response that tells the server's time, in bytes.
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
	explained.ClockOffset = answer.ReadTime(r.exchange, in.Outcome, r.sentAt)
	return r.decide(failed, &explained, in)
}

// decide does what the plan for an error says. explained is the error with what the server's time
// tells about it. If the renewal ends, it ends with failed.
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

// ahead returns how far the clock that the requests use is ahead of the host's.
func (r *Renewal) ahead() int64 { return r.limits.Ahead + r.correction }

func (r *Renewal) elapsed(now int64) int64 { return max(now-r.began, 0) }
