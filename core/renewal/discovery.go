package renewal

import (
	"strconv"
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/answer"
)

// maxKept is how long a renewal believes metadata at the most, in milliseconds, however the clock
// was set since.
const maxKept = 86_400_000

// The metadata of an [Action] are the moment until which they serve, by the host's clock, a blank,
// and what answer.ParseMetadata returned.

// serve says whether the metadata of the renewal before still serve.
func (r *Renewal) serve(now int64) bool {
	moment, _, _ := strings.Cut(r.metadata, " ")
	until, err := strconv.ParseInt(moment, 10, 64)
	return err == nil && now < until && until-now <= maxKept
}

// locate goes on with the endpoint that the metadata name.
//
//go:noinline
func (r *Renewal) locate() error {
	x, err := Located(r.fixed, r.metadata)
	if err == nil {
		r.use(x)
	}
	return err
}

// discover asks for the metadata.
//
//go:noinline
func (r *Renewal) discover(place int, in Input) *Action {
	r.phase, r.place, r.metadata = discovering, place, ""
	r.until = in.Now + r.left(in.Now)
	r.sentAt = in.Now + r.ahead()
	return &Action{
		Send: r.fixed.MetadataRequest(place), Timeout: r.rest(in.Now),
		MaxBody: min(r.limits.MaxBody, answer.MaxMetadata), Ahead: r.ahead(),
	}
}

// discovered reads the outcome of a request for the metadata.
func (r *Renewal) discovered(in Input) *Action {
	text, lifetime, elsewhere, err := answer.ParseMetadata(r.fixed, in.Outcome, r.sentAt)
	if err != nil {
		if elsewhere && r.place+1 < core.MetadataPlaces {
			return r.discover(r.place+1, in)
		}
		return r.decide(err, err, in)
	}
	r.metadata = strconv.FormatInt(in.Now+lifetime*1000, 10) + " " + text
	if err := r.locate(); err != nil {
		return r.end(err, 0)
	}
	return r.request(in)
}

// Located returns the Exchange with the endpoint that the metadata of an [Action] name.
//
//go:noinline
func Located(x *core.Exchange, metadata string) (*core.Exchange, error) {
	if x.Locate == nil {
		return x, nil
	}
	_, text, found := strings.Cut(metadata, " ")
	if !found {
		return nil, core.ConfigError("issuer", "is given, but not what the server says about itself")
	}
	return x.At(text)
}
