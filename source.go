package fetchtoken

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"

	"github.com/fetchtoken/fetchtoken/core"
)

// A source has the sources of one configuration's tokens: the store and the token endpoint.
type source struct {
	key       [sha256.Size]byte // of a configuration that changes; zero otherwise
	host      string
	exchanger *exchanger
	grant     *grant
	rest      rest
	shared    *sharedToken // nil without Options.Store
}

// newSource returns an error that names the fault of the configuration.
func newSource(
	config Config, options *Options, grant *grant, report func(Event),
) (*source, error) {
	x, err := exchangerOf(core.ForToken, config, options)
	if err != nil {
		return nil, err
	}
	s := &source{
		host: x.exchange.URL.Origin(), exchanger: x, grant: grant,
		rest: restOf(x.config, x.options.Clock),
	}
	s.shared, err = newSharedToken(x, s.rest, grant, report)
	return s, err
}

// current returns the source of the current configuration. As long as the configuration stays the
// same, the source stays the same.
func (c *Client) current(ctx context.Context, f *flight) (*source, error) {
	before := c.source.Load()
	if c.family.ask == nil {
		if before == nil {
			return nil, closed("the client was closed")
		}
		return before, nil
	}
	left := f.life.left(c.options.Clock.Now())
	config, err := currentConfig(ctx, c.family.ask, left)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if config, err = requestIn(*c.config).on(config); err != nil {
		return nil, err
	}
	c.family.mu.Lock()
	grant, err := c.family.grantIn(config)
	c.family.mu.Unlock()
	if err != nil {
		return nil, err
	}
	key := keyOf(config)
	if before != nil && before.key == key && before.grant == grant {
		return before, nil
	}
	after, err := newSource(config, c.options, grant, c.report)
	if err != nil {
		return nil, err
	}
	if c.family.isClosed() {
		return nil, closed("the client was closed")
	}
	after.key = key
	if before != nil {
		after.shared.follow(before.shared)
	}
	c.source.Store(after)
	return after, nil
}

// ahead returns how many milliseconds the server's clock is known to be ahead of ours.
func (s *source) ahead() int64 {
	known, _ := offsets.Load(s.host)
	ahead, _ := known.(int64)
	return ahead
}

// changed returns the source of the current configuration if the server has refused the client of s
// and the configuration has changed since. Otherwise it returns nil.
func (c *Client) changed(ctx context.Context, f *flight, s *source, err error) *source {
	if c.family.ask == nil || ctx.Err() != nil || !refusesClient(err) {
		return nil
	}
	other, err := c.current(ctx, f)
	if err != nil || other == s {
		return nil
	}
	return other
}

// refusesClient reports whether an error is about the client's credentials (RFC 6749 section 5.2).
func refusesClient(err error) bool {
	failed, ok := errors.AsType[*TokenError](err)
	return ok && (failed.OAuthError == "invalid_client" || failed.Status == http.StatusUnauthorized)
}

// grantIn returns the grant of a configuration. As long as the configuration has the same grant,
// its state stays. The caller holds the mutex.
func (f *family) grantIn(config Config) (*grant, error) {
	text := textOfGrant(config)
	if f.grant == nil || f.grant.text != text {
		session, err := newSession(config, f.options)
		if err != nil {
			return nil, err
		}
		f.grant = &grant{text: text, session: session}
	}
	return f.grant, nil
}
