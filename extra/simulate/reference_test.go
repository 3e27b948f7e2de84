package main

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// history is chance that was drawn beforehand: every call and every eviction of every isolate.
type history struct {
	calls, evictions [][]time.Duration
}

func newHistory(p params, seed uint64) *history {
	random := rand.New(rand.NewPCG(seed, 0))
	_, to := p.window()
	draw := func(mean float64) (all []time.Duration) {
		for at := 0.0; ; {
			at += random.ExpFloat64() * mean
			if at > float64(to) {
				return all
			}
			all = append(all, time.Duration(at))
		}
	}
	h := &history{}
	for range p.isolates {
		h.calls = append(h.calls, draw(float64(time.Second)/p.rate))
		h.evictions = append(h.evictions, draw(float64(p.life)))
	}
	return h
}

func first(times []time.Duration, after time.Duration) time.Duration {
	i, _ := slices.BinarySearch(times, after+1)
	if i == len(times) {
		return never
	}
	return times[i]
}

func (h *history) call(isolate int32, after time.Duration) time.Duration {
	return first(h.calls[isolate], after)
}

func (h *history) eviction(isolate int32, after time.Duration) time.Duration {
	return first(h.evictions[isolate], after)
}

func (h *history) random(isolate int32, at time.Duration) byte {
	return byte(rand.NewPCG(uint64(isolate), uint64(at)).Uint64())
}

// world is the slow way to simulate: it plays every call of a history, one by one, with an object
// for each thing of the model and a function for each thing that happens later. It shares with the
// fast way nothing but params, the history and what the words of the model mean.
type world struct {
	params
	history  *history
	from, to time.Duration
	later    agenda
	sequence int

	machines []*machine
	stored   map[int]*reading // by location, what it has cached; -1: the central store
	written  time.Duration
	broker   broker
	shared   []time.Duration

	requests, asks      []time.Duration
	waits               []time.Duration // of every call that waited
	leaders             int
	calls               int
	left                []time.Duration // of every call that was served at once
	superseded, expired int
	longest             time.Duration
}

type grant struct {
	expiry   time.Duration
	replaced int // the number of the grant that replaces it among those shared
}

type machine struct {
	grant     *grant
	renewAt   time.Duration
	restUntil time.Duration
	landed    time.Duration
	flying    bool
	waiting   []time.Duration // when the calls came that wait
}

type reading struct {
	grant *grant
	until time.Duration
}

type broker struct {
	free       time.Duration
	grant      *grant
	since      time.Duration
	renewAt    time.Duration
	scheduled  *grant // for which the alarm is set
	used       []time.Duration
	flying     bool
	whenLanded []func(now time.Duration)
}

type step struct {
	at       time.Duration
	sequence int
	do       func()
}

type agenda []step

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return a[i].at < a[j].at || a[i].at == a[j].at && a[i].sequence < a[j].sequence
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(step)) }
func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

func (w *world) at(at time.Duration, do func()) {
	w.sequence++
	heap.Push(&w.later, step{at, w.sequence, do})
}

func (w *world) within(at time.Duration) bool { return w.from <= at && at < w.to }

func play(p params, h *history) *world {
	w := &world{params: p, history: h, stored: map[int]*reading{}, written: -time.Hour}
	w.from, w.to = p.window()
	for i := range p.isolates {
		w.machines = append(w.machines, &machine{})
		for _, at := range h.calls[i] {
			if at < w.to {
				w.at(at, func() { w.call(i, at) })
			}
		}
	}
	for w.later.Len() > 0 {
		heap.Pop(&w.later).(step).do()
	}
	return w
}

func (w *world) call(i int, now time.Duration) {
	m := w.machines[i]
	if !m.flying && first(w.history.evictions[i], m.landed) <= now {
		m.grant = nil
	}
	if w.within(now) {
		w.calls++
	}
	urgent := m.grant == nil || m.grant.expiry <= now
	if urgent {
		m.waiting = append(m.waiting, now)
	} else if w.within(now) {
		w.left = append(w.left, m.grant.expiry-now)
		if m.grant.expiry < now {
			w.expired++
		}
		if m.grant.replaced < len(w.shared) {
			w.superseded++
			w.longest = max(w.longest, now-w.shared[m.grant.replaced])
		}
	}
	if m.flying || !urgent && (now < m.renewAt || now < m.restUntil) {
		return
	}
	if urgent && w.within(now) {
		w.leaders++
	}
	m.flying = true

	miss := func(now time.Duration) { w.help(i, now) }
	if w.sharing.hasObject() {
		miss = func(now time.Duration) { w.ask(i, now, urgent, 1) }
	}
	past := w.sharing == objectAndKV && !urgent && w.history.random(int32(i), now) <= 2
	if !w.sharing.hasKV() || past {
		miss(now)
		return
	}
	w.read(w.place(i), now, func(g *grant, now time.Duration) {
		if g != nil && g.expiry-time.Duration((1+w.params.jitter)*float64(w.margin())) > now {
			w.take(i, g, now)
			return
		}
		miss(now)
	})
}

// help has a machine ask for a grant of its own, which KV gets first.
func (w *world) help(i int, now time.Duration) {
	w.request(now, func(g *grant, now time.Duration) {
		if !w.sharing.hasKV() {
			w.take(i, g, now)
			return
		}
		w.at(now+w.params.write, func() {
			w.write(w.place(i), g, now+w.params.write)
			w.take(i, g, now+w.params.write)
		})
	})
}

func (w *world) place(i int) int { return i % w.locations }

// due returns when whoever has that grant since that time is to renew it.
func (w *world) due(who int, g *grant, now time.Duration) time.Duration {
	least, most := 1-w.params.jitter, 1+w.params.jitter
	part := least + (most-least)*float64(w.history.random(int32(who), now))/256
	return g.expiry - time.Duration(part*float64(w.margin()))
}

// take gives a machine a grant, and the calls that wait their answer.
func (w *world) take(i int, g *grant, now time.Duration) {
	m := w.machines[i]
	m.grant, m.renewAt, m.restUntil = g, w.due(i, g, now), 0
	for _, came := range m.waiting {
		if w.within(came) {
			w.waits = append(w.waits, now-came)
		}
	}
	m.waiting, m.flying, m.landed = nil, false, now
}

// fail ends a machine's flight without a grant. No call waits for one.
func (w *world) fail(i int, now time.Duration) {
	m := w.machines[i]
	m.restUntil = now + w.params.rest
	m.flying, m.landed = false, now
}

// request asks the token endpoint.
func (w *world) request(now time.Duration, then func(*grant, time.Duration)) {
	w.requests = append(w.requests, now)
	w.at(now+w.upstream, func() { then(&grant{now + w.lifetime, len(w.shared)}, now+w.upstream) })
}

// share notes that a grant is there for others.
func (w *world) share(g *grant, now time.Duration) {
	w.shared = append(w.shared, now)
	g.replaced = len(w.shared)
}

func (w *world) read(place int, now time.Duration, then func(*grant, time.Duration)) {
	took := w.hotRead
	if cached := w.stored[place]; cached == nil || cached.until <= now {
		took = w.coldRead
		var g *grant
		if w.stored[-1] != nil {
			g = w.stored[-1].grant
		}
		w.stored[place] = &reading{g, now + w.cacheTTL}
	}
	g := w.stored[place].grant
	w.at(now+took, func() { then(g, now+took) })
}

// write is what a machine does with a grant of its own.
func (w *world) write(place int, g *grant, now time.Duration) {
	g.replaced = len(w.shared)
	if w.store(g, now) {
		w.stored[place] = &reading{g, now + w.cacheTTL}
		w.share(g, now)
	}
}

func (w *world) store(g *grant, now time.Duration) bool {
	if now-w.written < w.writeInterval {
		return false
	}
	w.written = now
	w.stored[-1] = &reading{grant: g}
	return true
}

// ask asks the object. A machine that is turned away tries again if a call waits for it, perhaps
// only now, and goes on alone after the third time.
func (w *world) ask(i int, now time.Duration, urgent bool, attempt int) {
	if w.within(now) {
		w.asks = append(w.asks, now)
	}
	arrived := now + w.objectTrip/2
	if w.broker.free-arrived > w.patience {
		back := now + w.objectTrip
		w.at(back, func() {
			if waiting := w.machines[i].waiting; !urgent && len(waiting) > 0 {
				urgent = true
				if w.within(waiting[0]) {
					w.leaders++
				}
			}
			switch {
			case !urgent:
				w.fail(i, back)
			case attempt == 3:
				w.help(i, back)
			default:
				longest := map[int]float64{1: 0.25, 2: 0.5}[attempt] * float64(time.Second)
				again := back + time.Duration(longest*float64(w.history.random(int32(i), back))/256)
				w.at(again, func() { w.ask(i, again, urgent, attempt+1) })
			}
		})
		return
	}
	w.broker.free = max(w.broker.free, arrived) + w.service
	served := w.broker.free
	w.at(served, func() { w.serve(i, served) })
}

// serve has the object answer a machine.
func (w *world) serve(i int, now time.Duration) {
	b := &w.broker
	answer := func(now time.Duration) {
		if !slices.ContainsFunc(b.used, func(at time.Duration) bool { return at >= b.since }) {
			b.used = append(b.used, now)
		}
		w.schedule(now)
		g := b.grant
		w.at(now+w.objectTrip/2, func() { w.take(i, g, now+w.objectTrip/2) })
	}
	if b.grant == nil || b.grant.expiry <= now {
		w.renew(now, answer)
		return
	}
	if now >= b.renewAt {
		w.renew(now, func(time.Duration) {})
	}
	answer(now)
}

// schedule sets the object's alarm, once for each grant.
func (w *world) schedule(now time.Duration) {
	b := &w.broker
	if b.scheduled == b.grant {
		return
	}
	b.scheduled = b.grant
	at := max(now, b.grant.expiry-w.ahead())
	if at >= w.to {
		return
	}
	w.at(at, func() {
		used := slices.Max(b.used)
		if used >= b.since || w.sharing == objectAndKV && at-used < 24*time.Hour {
			w.renew(at, w.schedule)
		}
	})
}

// renew has the object ask for a grant, once, and do something with it.
func (w *world) renew(now time.Duration, then func(now time.Duration)) {
	b := &w.broker
	b.whenLanded = append(b.whenLanded, then)
	if b.flying {
		return
	}
	b.flying = true
	w.request(now, func(g *grant, now time.Duration) {
		b.grant, b.since, b.renewAt, b.flying = g, now, w.due(-1, g, now), false
		w.share(g, now)
		if w.sharing == objectAndKV {
			w.at(now+w.params.write, func() { w.store(g, now+w.params.write) })
		}
		landed := b.whenLanded
		b.whenLanded = nil
		for _, then := range landed {
			then(now)
		}
	})
}

// TestAgainstEveryCall compares the simulation with the slow one, over the same calls and
// evictions. What is counted one by one must be the same; what the fast one has as an expectation
// must be near what the calls of this history saw.
func TestAgainstEveryCall(t *testing.T) {
	base := defaults()
	base.isolates, base.locations, base.watched = 24, 4, 0
	cases := map[string]func(*params){
		"short tokens": func(p *params) { p.lifetime, p.rate, p.life = 300*time.Second, 0.3, 10*time.Minute },
		"rare calls":   func(p *params) { p.lifetime, p.rate, p.life = 300*time.Second, 0.01, time.Hour },
		"slow endpoint": func(p *params) {
			p.lifetime, p.rate, p.life = 200*time.Second, 0.2, 5*time.Minute
			p.upstream, p.coldRead = 20*time.Second, 10*time.Second
		},
		"overload": func(p *params) {
			p.lifetime, p.rate, p.life = 300*time.Second, 0.3, time.Hour
			p.service, p.patience = time.Second, 2*time.Second
		},
		"overload far away": func(p *params) {
			p.lifetime, p.rate, p.life = 300*time.Second, 0.5, time.Hour
			p.service, p.patience = 4*time.Second, 6*time.Second
			p.objectTrip, p.hours = 8*time.Second, 10
		},
		"overload at the end": func(p *params) {
			p.lifetime, p.rate, p.life = 40*time.Second, 0.5, time.Hour
			p.service, p.patience = 3*time.Second, 3*time.Second
			p.objectTrip, p.hours = 8*time.Second, 10
		},
		"few come": func(p *params) {
			p.isolates, p.lifetime, p.rate, p.life, p.hours = 3, 12*time.Hour, 0.01, 200*time.Hour, 1000
		},
		"long tokens": func(p *params) { p.lifetime, p.rate, p.life = time.Hour, 0.1, 20*time.Minute },
	}
	for name, change := range cases {
		for _, sharing := range sharings {
			t.Run(name+"/"+sharing.String(), func(t *testing.T) {
				p := base
				p.sharing = sharing
				change(&p)
				h := newHistory(p, uint64(sharing)+1)
				fast, slow := run(p, h), play(p, h)
				compare(t, fast, slow)
			})
		}
	}
}

func compare(t *testing.T, fast *meter, slow *world) {
	t.Helper()
	within := slices.DeleteFunc(
		slices.Clone(slow.requests),
		func(at time.Duration) bool { return !slow.within(at) },
	)
	equal(t, "requests", fast.requests, len(within))
	equal(t, "busiest minute", busiest(fast.perSecond, 60), busiestOf(within, slow.from, time.Minute))
	beginning := slices.DeleteFunc(
		slices.Clone(slow.requests),
		func(at time.Duration) bool { return at >= time.Minute },
	)
	equal(t, "first minute", fast.firstMinute, len(beginning))
	equal(
		t,
		"busiest second of the object",
		busiest(fast.asks, 1),
		busiestOf(slow.asks, slow.from, time.Second),
	)
	equal(t, "calls that waited first", fast.leaders, slow.leaders)
	equal(t, "expired", slow.expired, 0)
	if fast.expired != 0 {
		t.Errorf("expired: %v", fast.expired)
	}
	equal(t, "calls that got a token", len(slow.left)+len(slow.waits), slow.calls)
	near(t, "calls", fast.served+fast.waited, float64(slow.calls))
	near(t, "calls that waited", fast.waited, float64(len(slow.waits)))
	near(t, "calls served with an old token", fast.superseded, float64(slow.superseded))
	if fast.longest < slow.longest {
		// the fast one counts up to the moment of replacement, at which there need not be a call
		t.Errorf("old token served for %v at most, want %v or more", fast.longest, slow.longest)
	}
	distributed(t, "time left", fast.left, slow.left)
	distributed(t, "wait", fast.wait, slow.waits)
}

// distributed compares a histogram with the values that calls saw, below each of many limits.
func distributed(t *testing.T, what string, fast *histogram, slow []time.Duration) {
	t.Helper()
	slices.Sort(slow)
	sums := fast.sums()
	for i := 0; i < len(sums); i += 50 {
		limit := time.Duration(i+1) * fast.width
		below, _ := slices.BinarySearch(slow, limit)
		near(t, what+" below "+limit.String(), sums[i], float64(below))
	}
}

func equal(t *testing.T, what string, got, want int) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %d, want %d", what, got, want)
	}
}

// near allows five standard deviations of a Poisson count: what is an expectation on one side is a
// count on the other.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if allowed := 5*math.Sqrt(max(got, want)) + 1; math.Abs(got-want) > allowed {
		t.Errorf("%s: %.1f, want %.1f ± %.1f", what, got, want, allowed)
	}
}

// busiestOf returns the most of them in a time of that width that begins with any whole second.
func busiestOf(times []time.Duration, from, width time.Duration) (most int) {
	counts := map[time.Duration]int{}
	for _, at := range times {
		last := at - (at-from)%time.Second
		for begin := last; begin > last-width; begin -= time.Second {
			counts[begin]++
			most = max(most, counts[begin])
		}
	}
	return most
}
