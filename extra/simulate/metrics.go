package main

import (
	"maps"
	"slices"
	"time"
)

// A histogram spreads masses over bins of one width. Masses that are spread evenly over a range
// cost the same however long it is.
type histogram struct {
	width time.Duration
	bins  []float64 // the mass of each bin, without what steps adds
	steps []float64 // the change, from the bin before, of a mass that covers whole bins
}

// newHistogram returns one for values from 0 to that limit; a larger value counts as the limit.
func newHistogram(limit, width time.Duration) *histogram {
	bins := int(limit/width) + 1
	return &histogram{width, make([]float64, bins), make([]float64, bins)}
}

func (h *histogram) bin(value time.Duration) int {
	return max(0, min(int(value/h.width), len(h.bins)-1))
}

// add puts a mass at one value.
func (h *histogram) add(value time.Duration, mass float64) {
	h.bins[h.bin(value)] += mass
}

// spread puts a mass evenly between two values.
func (h *histogram) spread(from, to time.Duration, mass float64) {
	first, last := h.bin(from), h.bin(to)
	if first == last {
		h.bins[first] += mass
		return
	}
	density := mass / float64(to-from)
	h.bins[first] += density * float64(time.Duration(first+1)*h.width-from)
	h.bins[last] += density * float64(to-time.Duration(last)*h.width)
	h.steps[first+1] += density * float64(h.width)
	h.steps[last] -= density * float64(h.width)
}

// sums returns the mass up to the end of each bin.
func (h *histogram) sums() []float64 {
	sums := make([]float64, len(h.bins))
	var sum, level float64
	for i := range h.bins {
		level += h.steps[i]
		sum += h.bins[i] + level
		sums[i] = sum
	}
	return sums
}

// quantile returns the value below which that part of the mass is: the middle of its bin. It is 0
// if there is no mass.
func (h *histogram) quantile(part float64) time.Duration {
	sums := h.sums()
	total := sums[len(sums)-1]
	for i, sum := range sums {
		if total > 0 && sum >= part*total {
			return time.Duration(i)*h.width + h.width/2
		}
	}
	return 0
}

// A meter measures from one moment to another. Calls that an isolate answers while nothing changes
// are not simulated one by one: with a rate, their expected number is as exact, and less noisy.
type meter struct {
	from, to time.Duration
	rate     float64 // calls per nanosecond of one isolate

	requests    int           // to the token endpoint
	perSecond   map[int64]int // the same, by second since from
	firstMinute int           // the same, in the first minute after the start
	asks        map[int64]int // requests to the object, by second since from

	leaders    int     // calls that waited and made their isolate ask, or ask again
	waited     float64 // calls that waited
	wait       *histogram
	served     float64 // calls that were served with a token
	expired    float64 // of these with one that had ended
	left       *histogram
	superseded float64       // of these with one after a newer one had been shared
	longest    time.Duration // that a token was served after that
}

func newMeter(p params) *meter {
	from, to := p.window()
	return &meter{
		from: from, to: to, rate: p.rate / float64(time.Second),
		perSecond: map[int64]int{}, asks: map[int64]int{},
		wait: newHistogram(time.Minute, time.Millisecond),
		left: newHistogram(p.lifetime, p.lifetime/3000),
	}
}

func (m *meter) within(at time.Duration) bool { return m.from <= at && at < m.to }

// requested counts a request to the token endpoint.
func (m *meter) requested(at time.Duration) {
	if at < time.Minute {
		m.firstMinute++
	}
	if m.within(at) {
		m.requests++
		m.perSecond[int64((at-m.from)/time.Second)]++
	}
}

// asked counts a request to the object.
func (m *meter) asked(at time.Duration) {
	if m.within(at) {
		m.asks[int64((at-m.from)/time.Second)]++
	}
}

// led counts a call that waited from one moment to another and made its isolate ask, or ask again.
func (m *meter) led(from, to time.Duration) {
	if m.within(from) {
		m.leaders++
		m.waited++
		m.wait.add(to-from, 1)
	}
}

// joined counts the calls that came to an isolate between two moments and waited until the second.
func (m *meter) joined(from, to time.Duration) {
	from, end := max(from, m.from), min(to, m.to)
	if from >= end {
		return
	}
	calls := m.rate * float64(end-from)
	m.waited += calls
	m.wait.spread(to-end, to-from, calls)
}

// serve counts the calls that an isolate served between two moments with a token that ends at
// expiry and was superseded at that time.
func (m *meter) serve(from, to, expiry, superseded time.Duration) {
	from, to = max(from, m.from), min(to, m.to)
	if from >= to {
		return
	}
	calls := m.rate * float64(to-from)
	m.served += calls
	m.left.spread(expiry-to, expiry-from, calls)
	if to > expiry {
		m.expired += m.rate * float64(to-max(from, expiry))
	}
	if superseded < to {
		m.superseded += m.rate * float64(to-max(from, superseded))
		m.longest = max(m.longest, to-superseded)
	}
}

// A result is what a simulation measured.
type result struct {
	perHour       float64       // requests to the token endpoint
	busiestMinute int           // the most of them in 60 seconds on end
	firstMinute   int           // of them after a start with every isolate cold and nothing stored
	waited        float64       // the part of the calls that waited for a token
	median, p99   time.Duration // how long these waited
	// 99 % of the calls were served with a token that had at least this long to live
	left time.Duration
	// the part of the calls that were served with a token after a newer one had been shared
	superseded float64
	longest    time.Duration // the longest that a token was served after that
	expired    float64       // the part of the calls that were served with a token that had ended
	asks       int           // requests to the object in the busiest second
}

func (m *meter) result() result {
	calls := m.served + m.waited
	return result{
		perHour:       float64(m.requests) / (m.to - m.from).Hours(),
		busiestMinute: busiest(m.perSecond, 60),
		firstMinute:   m.firstMinute,
		waited:        m.waited / calls,
		median:        m.wait.quantile(0.5),
		p99:           m.wait.quantile(0.99),
		left:          m.left.quantile(0.01),
		superseded:    m.superseded / calls,
		longest:       m.longest,
		expired:       m.expired / calls,
		asks:          busiest(m.asks, 1),
	}
}

// busiest returns the most that was counted, second by second, in that many seconds on end.
func busiest(counts map[int64]int, seconds int64) (most int) {
	counted := slices.Sorted(maps.Keys(counts))
	sum, first := 0, 0
	for _, second := range counted {
		sum += counts[second]
		for ; second-counted[first] >= seconds; first++ {
			sum -= counts[counted[first]]
		}
		most = max(most, sum)
	}
	return most
}
