package fetchtoken

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/fetchtoken/fetchtoken/core/renewal"
)

// onceParameters are the parameters with a grant that a server accepts once: see Exchange.TakesOnce
// of core/grant.go.
var onceParameters = []string{"code", "device_code", "refresh_token", "assertion"}

// A grant is the state of a grant that a server accepts once. All Clients of a family use the one
// grant of their configuration, so their requests run one after another: each uses the refresh
// token of the response before it.
type grant struct {
	text    string   // the parameters of the grant, as textOfGrant returns them
	session *session // nil if no store keeps the grant

	mu        sync.Mutex
	state     string // as package renewal wrote it
	isDropped bool   // after Close
	turn      *turn  // the last turn
}

// A turn is the time in which one Client renews with a grant.
type turn struct {
	of   *Client
	over chan struct{}
}

// textOfGrant returns the grant of a configuration as text, or "" if there is none. It is secret.
func textOfGrant(config Config) string {
	given := map[string][]string{}
	for name, values := range config.Parameters {
		if slices.Contains(onceParameters, name) {
			given[name] = values
		}
	}
	if len(given) == 0 {
		return ""
	}
	text, _ := json.Marshal(given) // texts can't fail
	return string(text)
}

// settle waits until no Client sends the grant, for 6 s at most.
func (g *grant) settle() {
	g.mu.Lock()
	last := g.turn
	g.mu.Unlock()
	if last != nil {
		waitFor(last.over, 3*storeTimeout)
	}
}

// forget drops the secrets.
func (g *grant) forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.text, g.state, g.isDropped = "", "", true
}

// current returns the state of the grant.
func (g *grant) current() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.state
}

// read reads the state in the store. isFree is false while another Client sends the grant.
func (g *grant) read(ctx context.Context, most time.Duration) (isFree bool, err error) {
	state, isFree, err := g.session.read(ctx, g.current(), most)
	g.mu.Lock()
	defer g.mu.Unlock()
	if err == nil && isFree && !g.isDropped {
		g.state = state
	}
	return isFree, err
}

// note stores the new state of the grant, unless another renewal has already stored a newer one. It
// returns the stored state. If the store keeps the grant, note waits until the store has it. If a
// request follows, which may take the time left, and the store fails, note returns an error: later
// nobody could know whether the request was sent. It also returns an error if another renewal has
// used the grant of the request that follows.
func (g *grant) note(
	do *renewal.Action, before string, left time.Duration, report func(Event),
) (string, error) {
	g.mu.Lock()
	was := g.state
	if g.isDropped || do.Token == nil && was != before {
		g.mu.Unlock()
		if do.Send != nil && do.Grant != before {
			return before, errBusy()
		}
		return before, nil
	}
	g.state = do.Grant
	g.mu.Unlock()
	if g.session == nil || do.Grant == was {
		return do.Grant, nil
	}
	state, sends, ttl := do.Grant, time.Duration(0), sessionLifetime
	if do.Send != nil && left > 0 {
		state, sends = was, left
	}
	if do.Token != nil {
		ttl = lifetimeOfSession(do.Token.Append(nil))
	}
	err := g.session.write(state, sends, ttl)
	if err == nil {
		return do.Grant, nil
	}
	failed := storeFailed(err)
	report(failed)
	if do.Send == nil {
		return do.Grant, nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.isDropped {
		g.state = was
	}
	return was, notKept(failed.Err)
}

// takeTurn waits until no other Client sends the grant. It returns the function that ends the turn.
// A Client doesn't wait for itself.
func (g *grant) takeTurn(ctx context.Context, c *Client, most time.Duration) (end func()) {
	own := &turn{c, make(chan struct{})}
	g.mu.Lock()
	before := g.turn
	g.turn = own
	g.mu.Unlock()
	if before != nil && before.of != c {
		timer := time.NewTimer(most)
		defer timer.Stop()
		select {
		case <-before.over:
		case <-ctx.Done():
		case <-timer.C:
		}
	}
	return func() { close(own.over) }
}
