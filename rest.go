package fetchtoken

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/fetchtoken/fetchtoken/core"
)

// A rest names the refusals of one configuration: of its client, which hold for every scope,
// audience and resource, and of its request. All clients of the process with this configuration and
// this clock share them.
type rest struct {
	client, request refusalKey
}

type refusalKey struct {
	clock  any
	digest [sha256.Size]byte
}

// A refusal is a remembered error. It is passed once Renew has asked the server in spite of it.
type refusal struct {
	err    error
	held   period
	passed bool
}

// maxRefusals is how many refusals the process remembers.
const maxRefusals = 1000

var refusals = struct {
	sync.Mutex
	of map[refusalKey]refusal
}{of: map[refusalKey]refusal{}}

// restSalt returns random bytes of this process. They make a digest useless elsewhere: nobody can
// check a guess against it.
var restSalt = sync.OnceValue(func() []byte {
	salt := make([]byte, sha256.Size)
	rand.Read(salt) // never fails
	return salt
})

// restOf returns the rest of a configuration. It can't tell two functions [Options.Sign] apart,
// because their keys are unknown. A function of a [Source] can return anybody's token, so a
// configuration with one shares nothing.
func restOf(config core.Config, clock Clock) rest {
	identity, alone := any(clock), !reflect.ValueOf(clock).Comparable()
	type plainSource core.Source
	var sources [3]plainSource
	for i, s := range config.Sources() {
		sources[i] = plainSource(*s)
		alone = alone || s.Host
	}
	if alone {
		identity = new(byte) // for this client alone
	}
	client := config
	client.Scope, client.Audience, client.Resource = nil, nil, nil
	type plain core.Config // prints its secrets
	key := func(kind string, config core.Config) refusalKey {
		text := fmt.Appendf(append(slices.Clone(restSalt()), kind...), "%#v %#v", plain(config), sources)
		return refusalKey{identity, sha256.Sum256(text)}
	}
	return rest{key("client", client), key("request", config)}
}

// error returns the remembered error, or nil.
func (r rest) error(now time.Time) error {
	refusals.Lock()
	defer refusals.Unlock()
	for _, key := range [...]refusalKey{r.client, r.request} {
		if held, ok := refusals.of[key]; ok && held.held.contains(now) {
			return held.err
		}
	}
	return nil
}

// check returns the remembered error. force gets past it once.
func (r rest) check(now time.Time, force bool) error {
	refusals.Lock()
	defer refusals.Unlock()
	for _, key := range [...]refusalKey{r.client, r.request} {
		held, ok := refusals.of[key]
		if !ok || !held.held.contains(now) {
			continue
		}
		if !force || held.passed {
			return held.err
		}
		held.passed = true
		refusals.of[key] = held
	}
	return nil
}

// hold remembers an error. If a forced request brought it, force doesn't get past it again.
func (r rest) hold(err error, now time.Time, span time.Duration) {
	if span <= 0 {
		return
	}
	key := r.request
	if failed, ok := errors.AsType[*TokenError](err); ok && failed.OAuthError == "invalid_client" {
		key = r.client
	}
	refusals.Lock()
	defer refusals.Unlock()
	before, ok := refusals.of[key]
	if !ok && len(refusals.of) >= maxRefusals {
		makeRoom()
	}
	passed := ok && before.passed && before.held.contains(now)
	refusals.of[key] = refusal{err, period{now, span}, passed}
}

// makeRoom forgets the refusals that are over by their own clock, or else any other one. The mutex
// is held.
func makeRoom() {
	for key, held := range refusals.of {
		if clock, ok := key.clock.(Clock); !ok || !held.held.contains(clock.Now()) {
			delete(refusals.of, key)
		}
	}
	for key := range refusals.of {
		if len(refusals.of) < maxRefusals {
			break
		}
		delete(refusals.of, key)
	}
}

// forget forgets the errors, because there is a token.
func (r rest) forget() {
	refusals.Lock()
	defer refusals.Unlock()
	delete(refusals.of, r.client)
	delete(refusals.of, r.request)
}
