package renewal

import (
	"strings"

	"github.com/fetchtoken/fetchtoken/core/answer"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// The fate of a grant that a server takes once. [Limits.Grant] begins with one of these. After
// rotates and stays it contains the refresh token for the next request.
const (
	used    = "u" // a request with it may have arrived
	lost    = "l" // a request of a process that has ended may have arrived. Only a host says this
	rotates = "r" // the server has issued another refresh token
	stays   = "s" // the server has accepted a refresh token and issued no other: it may be used again
)

// takesOnce says whether the request must not be sent again once it may have arrived.
func (r *Renewal) takesOnce() bool {
	return r.limits.Interval == 0 &&
		!strings.HasPrefix(r.limits.Grant, stays) && r.exchange.TakesOnce()
}

// granted returns the fate of the grant that brought a token.
func (r *Renewal) granted(token *answer.Token) string {
	if !r.exchange.TakesOnce() {
		return ""
	}
	before := r.exchange.Field("refresh_token")
	now, _ := jsonobject.Text(token.Rest.Get("refresh_token"))
	switch {
	case now != "" && now != before:
		return rotates + now
	// only the server knows whether it still accepts it
	case before == "" && r.exchange.Field("assertion") != "":
		return ""
	case before == "":
		return used
	case strings.HasPrefix(r.limits.Grant, rotates):
		return r.limits.Grant // the last refresh token stays valid (RFC 6749 section 6)
	}
	return stays + before
}

// mayHaveArrived says whether the server may have acted on a request that brought no token.
func mayHaveArrived(o answer.Outcome) bool {
	switch o.Failure {
	case "":
		return o.Status < 300 || o.Status >= 500
	case answer.FailureRedirect:
		return false
	case answer.FailureNetwork:
		detail := strings.ToLower(o.Detail)
		for _, word := range unsent {
			if strings.Contains(detail, word) {
				return false
			}
		}
	}
	return true
}

// unsent are the words of hosts for a request that was not sent, because there was no connection.
var unsent = [...]string{
	"enotfound", "eai_again", "econnrefused", "connect_timeout", "unreach", "refused", "dial ",
	"no such host", "certificate", "wrong_version_number", "bad port",
}
