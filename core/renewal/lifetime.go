package renewal

import (
	"github.com/fetchtoken/fetchtoken/core/answer"
)

const (
	// maxMargin is how long before its end a host renews a token, in milliseconds. A quarter of the
	// token's lifetime is the margin if that is less.
	maxMargin = 60_000
	// Jitter is how much longer or shorter the margin of one host may be, in percent. So the hosts
	// that share a token don't all renew it at once.
	Jitter = 10
	// unknownLifetime is the default of [Limits.Lifetime]: as long as the shortest lives that are
	// common.
	unknownLifetime = 300_000
)

// Margin returns how long before its end a host renews a token that ends after left, on average.
// Both are in milliseconds.
func Margin(left int64) int64 { return max(min(maxMargin, left/4), 0) }

// Spread returns the margin of the host that drew this random byte.
func Spread(margin int64, random byte) int64 {
	return margin*(100-Jitter)/100 + margin*2*Jitter*int64(random)/(100*256)
}

// renewed ends the renewal with a token. The token's times are by the server's clock, as far as
// that was known. So renewed takes the offset away again.
func (r *Renewal) renewed(token *answer.Token, in Input) Action {
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
	r.correct(token.ClockOffset) // of an issued_at, which is no matter of this token any more
	margin := Margin(until - in.Now)
	return Action{
		Token:  token,
		Until:  until,
		Margin: margin,
		Renew:  until - Spread(margin, in.Random[RandomSize-1]),
		Ahead:  r.ahead(),
		Done:   true,
	}
}
