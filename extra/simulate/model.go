package main

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/fetchtoken/fetchtoken/core/renewal"
)

// A sharing is what isolates have in common.
type sharing int

const (
	nothing sharing = iota
	kvOnly
	objectOnly
	objectAndKV
)

func (s sharing) String() string {
	return [...]string{"nothing", "KV", "Durable Object", "Durable Object + KV"}[s]
}

func (s sharing) hasKV() bool     { return s == kvOnly || s == objectAndKV }
func (s sharing) hasObject() bool { return s == objectOnly || s == objectAndKV }

// params is one case to simulate. docs/sharing.md says where each number is from.
type params struct {
	seed     uint64
	hours    float64 // measured at least
	watched  float64 // isolate-hours measured at least, but no more than 1,000 periods
	sharing  sharing
	isolates int           // alive at any time
	lifetime time.Duration // of a token, from the moment before it was asked for
	rate     float64       // calls per second of each isolate, a Poisson process
	life     time.Duration // of an isolate, on average, exponentially distributed; 0: for ever

	locations int
	jitter    float64       // an isolate's margin varies by ± this part of it
	rest      time.Duration // after a renewal that failed behind a living token

	upstream   time.Duration // how long the token endpoint takes
	objectTrip time.Duration // from an isolate to the object and back
	hotRead    time.Duration // from KV, where the location has the key cached
	coldRead   time.Duration // from KV, where it hasn't
	write      time.Duration // to KV

	// how long a location keeps what it read from KV, even that there was nothing
	cacheTTL time.Duration
	// between two writes of the same key to KV; a write that comes sooner is refused
	writeInterval time.Duration
	service       time.Duration // of one request to the object, which serves one after another
	patience      time.Duration // a request that would wait longer for the object than that is refused
}

func defaults() params {
	return params{
		seed:      1,
		hours:     0.5,
		watched:   20_000,
		rate:      1,
		life:      time.Hour,
		locations: 300,
		jitter:    0.1,
		rest:      5 * time.Second,

		upstream:   300 * time.Millisecond,
		objectTrip: 100 * time.Millisecond,
		hotRead:    5 * time.Millisecond,
		coldRead:   150 * time.Millisecond,
		write:      150 * time.Millisecond,

		cacheTTL:      60 * time.Second,
		writeInterval: time.Second,
		service:       time.Millisecond,
		patience:      10 * time.Second,
	}
}

// What the client and the broker are made with, besides what params varies.
const (
	attempts = 3 // to reach the object, while a call waits
	// before the second of them, at most, doubled for each further one
	backoff  = 250 * time.Millisecond
	lookPast = 3              // of 256 renewals go past KV to the object
	inUse    = 24 * time.Hour // with KV, the object renews for so long after somebody came
)

// margin returns how long before a token's end an isolate renews it, before jitter.
func (p params) margin() time.Duration {
	return time.Duration(renewal.Margin((p.lifetime - p.upstream).Milliseconds())) * time.Millisecond
}

// longestMargin returns the margin of the isolate that is due first.
func (p params) longestMargin() time.Duration {
	return time.Duration(float64(p.margin()) * (1 + p.jitter))
}

// spread returns an isolate's own margin, by a random byte.
func (p params) spread(random byte) time.Duration {
	return time.Duration(float64(p.margin()) * (1 + p.jitter*(float64(random)/128-1)))
}

// pause returns how long an isolate waits after an attempt to reach the object, by a random byte.
func pause(attempt int, random byte) time.Duration {
	return backoff << (attempt - 1) * time.Duration(random) / 256
}

// ahead returns how long before a token's end the object renews it: before the first isolate asks,
// and, where it publishes to KV, so long before that every location sees the new token by then.
func (p params) ahead() time.Duration {
	ahead := p.longestMargin() + time.Second
	if p.sharing.hasKV() {
		ahead += p.cacheTTL
	}
	return min(ahead, (p.lifetime-p.upstream)/2)
}

// period returns the time from one renewal to the next; of the object, while it is in use.
func (p params) period() time.Duration {
	if p.sharing.hasObject() {
		return p.lifetime - p.ahead()
	}
	return p.lifetime - p.margin()
}

// window returns when to begin and to end measuring. It begins half an hour after the start or a
// little later, between two renewals, and is a whole number of periods long, so that a wave of
// renewals counts either whole or not at all.
func (p params) window() (from, to time.Duration) {
	period := p.period()
	from = min(period/2, time.Hour/2)
	for from < time.Hour/2 {
		from += period
	}
	periods := func(hours float64) time.Duration {
		return time.Duration(math.Ceil(hours * float64(time.Hour) / float64(period)))
	}
	return from, from + max(periods(p.hours), min(periods(p.watched/float64(p.isolates)), 1000))*period
}

// draws is the chance in a simulation.
type draws interface {
	// call returns the time of the first call to that isolate after a moment.
	call(isolate int32, after time.Duration) time.Duration
	// eviction returns the time of the first eviction of that isolate after a moment.
	eviction(isolate int32, after time.Duration) time.Duration
	// random returns the byte that this isolate draws at a moment; -1 is the object.
	random(isolate int32, at time.Duration) byte
}

const never = time.Duration(math.MaxInt64)

// poisson draws calls and evictions as Poisson processes. They have no memory: whatever happened up
// to a moment, the time from there to the next is exponentially distributed. So calls that change
// nothing need not be drawn.
type poisson struct {
	source  *rand.Rand
	between float64 // calls of one isolate, in nanoseconds
	life    float64 // of an isolate, in nanoseconds
}

func newPoisson(p params) *poisson {
	stream := uint64(p.sharing)<<60 | uint64(p.lifetime/time.Second)<<32 | uint64(p.isolates)
	return &poisson{
		rand.New(rand.NewPCG(p.seed, stream)),
		float64(time.Second) / p.rate,
		float64(p.life),
	}
}

func (d *poisson) call(_ int32, after time.Duration) time.Duration {
	return after + 1 + time.Duration(d.source.ExpFloat64()*d.between)
}

func (d *poisson) eviction(_ int32, after time.Duration) time.Duration {
	if d.life == 0 {
		return never
	}
	return after + 1 + time.Duration(d.source.ExpFloat64()*d.life)
}

func (d *poisson) random(int32, time.Duration) byte {
	return byte(d.source.Uint64())
}
