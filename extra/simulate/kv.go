package main

import "time"

// A token is known by its end and by its generation: how many tokens had been shared before it.
type token struct {
	expiry     time.Duration // 0: no token
	generation int32
}

// kv is one key of Workers KV: a central store, and a cache in every location.
type kv struct {
	ttl, writeInterval time.Duration
	central            token
	lastWrite          time.Duration
	caches             []kvCache // by location
}

type kvCache struct {
	value token
	until time.Duration
}

func newKV(p params) *kv {
	return &kv{
		ttl:           p.cacheTTL,
		writeInterval: p.writeInterval,
		lastWrite:     -p.writeInterval,
		caches:        make([]kvCache, p.locations),
	}
}

// read returns what a location sees, and whether it had it cached. What it fetches it keeps, also
// that there is nothing.
func (s *kv) read(location int, now time.Duration) (value token, hot bool) {
	cache := &s.caches[location]
	if now < cache.until {
		return cache.value, true
	}
	*cache = kvCache{s.central, now + s.ttl}
	return s.central, false
}

// write stores a token, which the location that writes sees at once; a negative location is none of
// them. It reports whether it did: not if the last write was too short ago.
func (s *kv) write(location int, value token, now time.Duration) bool {
	if now-s.lastWrite < s.writeInterval {
		return false
	}
	s.central, s.lastWrite = value, now
	if location >= 0 {
		s.caches[location] = kvCache{value, now + s.ttl}
	}
	return true
}
