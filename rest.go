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

// A rest names the refusals of one configuration. All clients of the process that have this
// configuration and this clock share them.
type rest struct {
	clock  any
	digest [sha256.Size]byte
}

// A refusal is an error that is remembered. It is passed when Renew has asked the server in spite
// of it.
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

// restSalt returns fresh bytes of this process, so that a digest in memory is nothing that a guess
// could be checked against elsewhere.
var restSalt = sync.OnceValue(func() []byte {
	salt := make([]byte, sha256.Size)
	rand.Read(salt) // never fails
	return salt
})

// restOf returns the rest of a configuration. It can't tell two functions [Options.Sign] apart,
// because nothing shows which keys they sign with.
func restOf(config core.Config, clock Clock) rest {
	type plain core.Config // prints its secrets
	r := rest{clock: clock, digest: sha256.Sum256(fmt.Appendf(restSalt(), "%#v", plain(config)))}
	if !reflect.ValueOf(clock).Comparable() {
		r.clock = new(byte) // of this client alone
	}
	return r
}

// error returns what is remembered now, or nil.
func (r rest) error(now time.Time) error {
	refusals.Lock()
	defer refusals.Unlock()
	if held, ok := refusals.of[r]; ok && held.held.contains(now) {
		return held.err
	}
	return nil
}

// check returns what is remembered now, unless somebody asks by force, which works once.
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

// hold remembers an error. One that came by force leaves no room for another by force.
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

// makeRoom forgets what is over, by its own clock, and if nothing is, any other. The mutex is held.
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

// forget forgets it: there is a token.
func (r rest) forget() {
	refusals.Lock()
	defer refusals.Unlock()
	delete(refusals.of, r)
}
