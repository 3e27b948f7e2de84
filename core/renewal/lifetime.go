package renewal

import (
	"github.com/fetchtoken/fetchtoken/core/answer"
)

const (
	// maxMargin is the longest margin, in milliseconds: how long before its end a host renews a token.
	// The margin is a quarter of the token's lifetime if that is less.
	maxMargin = 60_000
	// Jitter is how much longer or shorter a host's margin may be, in percent. So the hosts that share
	// a token don't all renew it at once.
	Jitter = 10
	// unknownLifetime is the default of [Limits.Lifetime]. Few servers issue tokens with a shorter
	// life.
	unknownLifetime = 300_000
)

// Margin returns the average margin of a token that ends after left. Both are in milliseconds.
func Margin(left int64) int64 { return max(min(maxMargin, left/4), 0) }

// Spread returns the margin of a host that drew this random byte.
func Spread(margin int64, random byte) int64 {
	return margin*(100-Jitter)/100 + margin*2*Jitter*int64(random)/(100*256)
}

// renewed ends the renewal with a token. The token's times were computed with the known offset of
// the server's clock, so renewed subtracts that offset.
func (r *Renewal) renewed(token *answer.Token, in Input) *Action {
	r.phase = ended
	until := in.Now + unknownLifetime
	if r.limits.Lifetime > 0 {
		until = in.Now + r.limits.Lifetime
	}
	if token.ExpiresIn >= 0 {
		token.ExpiresAt -= r.ahead() / 1000
		until = token.ExpiresAt * 1000
	}
	r.grant = r.granted(token)
	r.correct(token.ClockOffset) // the offset of an issued_at concerns only later requests
	margin := Margin(until - in.Now)
	return &Action{
		Token:  token,
		Until:  until,
		Margin: margin,
		Renew:  until - Spread(margin, in.Random[RandomSize-1]),
		Ahead:  r.ahead(),
		Done:   true,
	}
}

// done ends a renewal for another purpose than a token.
func (r *Renewal) done(result *answer.Token) *Action {
	r.phase = ended
	return &Action{Token: result, Ahead: r.ahead(), Done: true}
}
