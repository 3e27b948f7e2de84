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
	text string // the parameters of the grant, as textOfGrant returns them

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

// forget drops the secrets.
func (g *grant) forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.text, g.state, g.isDropped = "", "", true
}

// swap stores the new state of the grant, unless another renewal has already stored a newer one. It
// returns the stored state. If do is nil, swap only returns the state.
func (g *grant) swap(do *renewal.Action, before string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if do == nil {
		return g.state
	}
	if !g.isDropped && (do.Token != nil || g.state == before) {
		g.state = do.Grant
		return do.Grant
	}
	return before
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
