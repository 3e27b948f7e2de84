package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// busy is a case in which an isolate is never idle for long, and lives for ever unless that is
// changed.
func busy(s sharing, isolates int, lifetime time.Duration) params {
	p := defaults()
	p.sharing, p.isolates, p.lifetime, p.rate, p.life, p.watched = s, isolates, lifetime, 20, 0, 0
	return p
}

func simulate(p params) *meter { return run(p, newPoisson(p)) }

// about fails unless got is within that part of want.
func about(t *testing.T, what string, got, want, part float64) {
	t.Helper()
	if math.Abs(got-want) > part*want {
		t.Errorf("%s: %v, want %v ± %v %%", what, got, want, 100*part)
	}
}

func TestNoSharingIsEachByItself(t *testing.T) {
	for _, lifetime := range lifetimes[:2] {
		p := busy(nothing, 1000, lifetime)
		// From one request to the next: the lifetime without the margin, until a call comes.
		period := lifetime.Seconds() - p.margin().Seconds() + 1/p.rate
		r := simulate(p).result()
		about(t, "requests per hour", r.perHour, 1000*3600/period, 0.01)
		if r.waited != 0 {
			t.Errorf("%v of the calls waited, though every isolate is warm", r.waited)
		}
		if want := p.margin() - time.Duration(float64(p.margin())*p.jitter); r.left < want {
			t.Errorf("time left: %v, want at least %v", r.left, want)
		}
	}
}

func TestChurnAddsColdStarts(t *testing.T) {
	p := busy(nothing, 2000, time.Hour)
	p.life, p.hours = 20*time.Minute, 10
	// An isolate asks again when its token is due or when it is gone, whichever is first. An isolate
	// that asks isn't evicted.
	due := (p.lifetime - p.margin() - p.upstream).Seconds()
	period := p.upstream.Seconds() + p.life.Seconds()*(1-math.Exp(-due/p.life.Seconds())) + 1/p.rate
	r := simulate(p).result()
	about(t, "requests per hour", r.perHour, 2000*3600/period, 0.01)
	// A cold start makes one call wait, and those that come while the endpoint works.
	cold := 1 / (p.life.Seconds() + p.upstream.Seconds() + 1/p.rate)
	about(t, "calls that waited", r.waited, cold*(1+p.rate*p.upstream.Seconds())/p.rate, 0.02)
	if r.p99.Round(time.Millisecond) > p.upstream+time.Millisecond {
		t.Errorf("a call waited %v, longer than the endpoint takes", r.p99)
	}
}

func TestObjectAsksOnceAPeriod(t *testing.T) {
	for _, sharing := range []sharing{objectOnly, objectAndKV} {
		for _, lifetime := range lifetimes {
			for _, isolates := range []int{1, 10, 500} {
				p := busy(sharing, isolates, lifetime)
				p.rate, p.life = 1, 10*time.Minute
				m := simulate(p)
				about(t, "requests per hour", m.result().perHour, 3600/(lifetime-p.ahead()).Seconds(), 1e-9)
				if m.firstMinute != 1 {
					t.Errorf("%d requests in the first minute, want 1", m.firstMinute)
				}
			}
		}
	}
}

// With KV in front of it, the object is asked only by those who are to show that it is in use: it
// publishes early enough.
func TestObjectBehindKVIsSeldomAsked(t *testing.T) {
	for _, lifetime := range lifetimes {
		p := busy(objectAndKV, 20_000, lifetime)
		m := simulate(p)
		asks := 0
		for _, n := range m.asks {
			asks += n
		}
		periods := float64(m.to-m.from) / float64(p.period())
		near(t, "requests to the object", float64(asks), periods*20_000*3/256)
	}
}

func TestObjectIsInUse(t *testing.T) {
	const day = 24 * time.Hour
	o := object{since: 1 * day}
	o.noteUse(2 * day)
	o.noteUse(3 * day) // is not noted: the first for this token was
	for _, test := range []struct {
		since, now time.Duration
		kv, want   bool
	}{
		{since: 1 * day, now: 9 * day, kv: false, want: true}, // somebody came for this token
		{since: 1 * day, now: 9 * day, kv: true, want: true},
		{since: 2*day + 1, now: 2*day + 2, kv: false, want: false}, // nobody came for it
		{since: 2*day + 1, now: 3*day - 1, kv: true, want: true},   // nor need they, with KV, for a day
		{since: 2*day + 1, now: 3 * day, kv: true, want: false},
	} {
		o.since = test.since
		if got := o.isInUse(test.now, test.kv); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
}

// The object serves 1,000 requests a second and lets 10 seconds' worth of them wait. If all
// isolates are cold and get a call at once, those whom it turns away come back twice, and then go
// to the endpoint.
func TestObjectOverload(t *testing.T) {
	for _, sharing := range []sharing{objectOnly, objectAndKV} {
		p := busy(sharing, 20_000, time.Hour)
		// The last of them come for the third time when the pauses, at most 0.75 s, are over.
		tried := 1/p.rate + 2.5*p.objectTrip.Seconds() + 0.75
		served := (p.patience.Seconds() + tried) / p.service.Seconds()
		m := simulate(p)
		about(t, "requests in the first minute", float64(m.firstMinute), 20_000-served, 0.02)
	}
}

// Isolates whose token lives leave the object alone for a while if it turns them away. As long as
// it can serve all of them before that token ends, at 1,000 a second, none goes to the endpoint and
// no call waits.
func TestObjectServesAllWhoseTokenLives(t *testing.T) {
	p := busy(objectOnly, 60_000, time.Hour)
	m := simulate(p)
	if turnedAway := busiest(m.asks, 1) > 2*int(time.Second/p.service); !turnedAway {
		t.Error("the object is not overloaded")
	}
	if m.requests != 1 || m.waited != 0 {
		t.Errorf("%d requests and %v calls that waited, want one request", m.requests, m.waited)
	}
}

func TestKVShowsWritesWithinAMinute(t *testing.T) {
	p := defaults()
	p.locations = 3000
	kv := newKV(p)
	random := rand.New(rand.NewPCG(1, 1))
	phase := make([]time.Duration, p.locations)
	for i := range phase {
		phase[i] = time.Duration(random.Int64N(int64(p.cacheTTL)))
	}
	const written = 10 * time.Minute
	delays := make([]float64, 0, p.locations)
	for location := range phase {
		kv.central, kv.lastWrite = token{}, -time.Hour
		for now := written - p.cacheTTL - phase[location]; ; now += time.Second / 10 {
			// it reads all the time
			if kv.central.expiry == 0 && now >= written {
				kv.write(-1, token{expiry: time.Hour}, written)
			}
			value, _ := kv.read(location, now)
			if value.expiry != 0 {
				delays = append(delays, (now - written).Seconds())
				break
			}
		}
	}
	// Kolmogorov and Smirnov against the uniform distribution from 0 to 60 s, at 0.1 %.
	slices.Sort(delays)
	for i, delay := range delays {
		if d := math.Abs(delay/60 - float64(i)/float64(len(delays))); d > 1.95/math.Sqrt(
			float64(len(delays)),
		)+0.1/60 {
			t.Fatalf("delay %d of %d is %v s: not uniform", i, len(delays), delay)
		}
	}
}

func TestKV(t *testing.T) {
	const s = time.Second
	p := defaults()
	kv := newKV(p)
	a, b, c := token{expiry: 1}, token{expiry: 2}, token{expiry: 3}
	read := func(location int, now time.Duration, want token, wantHot bool) {
		t.Helper()
		if got, hot := kv.read(location, now); got != want || hot != wantHot {
			t.Errorf("location %d at %v: %v, %v; want %v, %v", location, now, got, hot, want, wantHot)
		}
	}
	read(0, 0, token{}, false)
	if !kv.write(1, a, 10*s) {
		t.Error("the first write was refused")
	}
	read(0, 59*s, token{}, true) // that there was nothing is cached too
	read(1, 59*s, a, true)
	read(0, 60*s, a, false)
	if !kv.write(2, b, 61*s) {
		t.Error("a write a second later was refused")
	}
	if kv.write(3, c, 61*s+s/2) {
		t.Error("a write half a second later was not refused")
	}
	read(3, 62*s, b, false)
	read(1, 69*s, a, true) // its own write, for a minute
	read(1, 70*s, b, false)
	read(0, 119*s, a, true)
	read(0, 120*s, b, false)
}

func TestQueue(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var q queue
	var waiting []time.Duration
	now := time.Duration(0)
	for range 20_000 {
		if random.IntN(5) < 3 {
			at := now + time.Duration(random.Int64N(1<<random.IntN(50)))
			q.push(event{at: at})
			i, _ := slices.BinarySearch(waiting, at)
			waiting = slices.Insert(waiting, i, at)
			continue
		}
		e, ok := q.pop()
		if ok != (len(waiting) > 0) {
			t.Fatal("an event was lost, or invented")
		}
		if ok {
			if e.at != waiting[0] {
				t.Fatalf("got %v, want %v", e.at, waiting[0])
			}
			now, waiting = e.at, waiting[1:]
		}
	}
}

func TestHistogram(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 3))
	h := newHistogram(time.Second, 7*time.Millisecond)
	const pieces = 2000
	want := make([]float64, len(h.bins))
	for range 200 {
		from := time.Duration(random.Int64N(int64(time.Second)))
		to := from + time.Duration(random.Int64N(int64(time.Second-from)))
		h.spread(from, to, 3)
		for i := range pieces {
			want[h.bin(from+(to-from)*time.Duration(i)/pieces)] += 3.0 / pieces
		}
		h.add(from, 1)
		want[h.bin(from)]++
	}
	sum := 0.0
	for i, got := range h.sums() {
		sum += want[i]
		about(t, "mass", got, sum, 0.01)
	}
	if got := newHistogram(time.Second, time.Millisecond).quantile(0.5); got != 0 {
		t.Errorf("the median of nothing is %v", got)
	}
}

func TestNumber(t *testing.T) {
	for _, test := range []struct {
		x    float64
		want string
	}{
		{0, "0"}, {0.041695, "0.0417"}, {0.1, "0.1"}, {1.234, "1.23"}, {9.999, "10"}, {15.46, "15.5"}, {100, "100"}, {999.6, "1,000"},
		{1234, "1,230"}, {15_412_345, "15,400,000"},
	} {
		if got := number(test.x); got != test.want {
			t.Errorf("%v: %s, want %s", test.x, got, test.want)
		}
	}
}
