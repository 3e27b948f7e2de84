package main

import (
	"math/bits"
	"time"
)

// An event is something that happens to an isolate, or to the object, at a time since the start.
type event struct {
	at      time.Duration
	isolate int32
	kind    eventKind
}

// A queue gives events in the order of their times: a radix heap (Ahuja, Mehlhorn, Orlin and
// Tarjan, 1990). It wants no event earlier than the last one that it gave.
type queue struct {
	last    time.Duration
	buckets [65][]event // by the highest bit in which a time differs from last
}

func (q *queue) push(e event) {
	if e.at < q.last {
		panic("simulate: an event in the past")
	}
	b := bits.Len64(uint64(e.at ^ q.last))
	q.buckets[b] = append(q.buckets[b], e)
}

// pop returns the next event, or false if there is none.
func (q *queue) pop() (event, bool) {
	if len(q.buckets[0]) == 0 && !q.advance() {
		return event{}, false
	}
	top := len(q.buckets[0]) - 1
	e := q.buckets[0][top]
	q.buckets[0] = q.buckets[0][:top]
	return e, true
}

// advance moves last to the earliest event, and the events of its bucket to lower ones.
func (q *queue) advance() bool {
	for b := range q.buckets {
		bucket := q.buckets[b]
		if len(bucket) == 0 {
			continue
		}
		q.last = bucket[0].at
		for _, e := range bucket {
			q.last = min(q.last, e.at)
		}
		q.buckets[b] = bucket[:0]
		for _, e := range bucket {
			q.push(e)
		}
		return true
	}
	return false
}
