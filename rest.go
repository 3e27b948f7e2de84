package fetchtoken

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/fetchtoken/fetchtoken/core"
)

// A rest names the refusals of one configuration. All clients of the process with this
// configuration and this clock share them.
type rest struct {
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
	of map[rest]refusal
}{of: map[rest]refusal{}}

// restSalt returns random bytes of this process. They make a digest useless elsewhere: nobody can
// check a guess against it.
var restSalt = sync.OnceValue(func() []byte {
	salt := make([]byte, sha256.Size)
	rand.Read(salt) // never fails
	return salt
})

// restOf returns the rest of a configuration. It can't tell two functions [Options.Sign] apart,
// because their keys are unknown.
func restOf(config core.Config, clock Clock) rest {
	type plain core.Config // prints its secrets
	r := rest{clock: clock, digest: sha256.Sum256(fmt.Appendf(restSalt(), "%#v", plain(config)))}
	if !reflect.ValueOf(clock).Comparable() {
		r.clock = new(byte) // for this client alone
	}
	return r
}

// error returns the remembered error, or nil.
func (r rest) error(now time.Time) error {
	refusals.Lock()
	defer refusals.Unlock()
	if held, ok := refusals.of[r]; ok && held.held.contains(now) {
		return held.err
	}
	return nil
}

// check returns the remembered error. force gets past it once.
func (r rest) check(now time.Time, force bool) error {
	refusals.Lock()
	defer refusals.Unlock()
	held, ok := refusals.of[r]
	if !ok || !held.held.contains(now) {
		return nil
	}
	if !force || held.passed {
		return held.err
	}
	held.passed = true
	refusals.of[r] = held
	return nil
}

// hold remembers an error. If a forced request brought it, force doesn't get past it again.
func (r rest) hold(err error, now time.Time, span time.Duration) {
	if span <= 0 {
		return
	}
	refusals.Lock()
	defer refusals.Unlock()
	before, ok := refusals.of[r]
	if !ok && len(refusals.of) >= maxRefusals {
		makeRoom()
	}
	passed := ok && before.passed && before.held.contains(now)
	refusals.of[r] = refusal{err, period{now, span}, passed}
}

// makeRoom forgets the refusals that are over by their own clock, or else any other one. The mutex
// is held.
func makeRoom() {
	for r, held := range refusals.of {
		if clock, ok := r.clock.(Clock); !ok || !held.held.contains(clock.Now()) {
			delete(refusals.of, r)
		}
	}
	for r := range refusals.of {
		if len(refusals.of) < maxRefusals {
			break
		}
		delete(refusals.of, r)
	}
}

// forget forgets the error, because there is a token.
func (r rest) forget() {
	refusals.Lock()
	defer refusals.Unlock()
	delete(refusals.of, r)
}
