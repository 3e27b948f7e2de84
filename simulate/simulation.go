package main

import "time"

type eventKind uint8

const (
	called      eventKind = iota // a call comes that finds no token, one that has ended, or one within its margin
	asking                       // the isolate sends its request to the object
	serving                      // the object serves that request
	refused                      // the isolate learns that the object is overloaded
	answered                     // the isolate has a token of the endpoint
	alarm                        // of the object
	objectReady                  // the object has a token of the endpoint
)

// An isolate of a Worker. When it is evicted, the next call in its place finds a new one, which is cold.
type isolate struct {
	token
	since   time.Duration // from then on it serves its token; while a call waits: since when
	evicted time.Duration // when it loses its token, before its next event; never, if it doesn't
}

// waiting reports whether a call waits for a token: there was none to serve when it came.
func (i *isolate) waiting() bool { return i.expiry <= i.since }

// A simulation plays one case. Only what changes something is an event: an isolate that has a token has none until the first call after
// its margin began, or the first call after its eviction.
type simulation struct {
	params
	draws  draws
	meter  *meter
	queue  queue
	fleet  []isolate
	kv     *kv
	broker *object
	shared []time.Duration // when each generation of tokens was shared
}

// run plays a case and measures it.
func run(p params, d draws) *meter {
	s := simulation{params: p, draws: d, meter: newMeter(p), fleet: make([]isolate, p.isolates), kv: newKV(p)}
	s.broker = &object{service: p.service, patience: p.patience}
	for i := range s.fleet {
		s.fleet[i].evicted = never
		s.push(d.call(int32(i), 0), int32(i), called)
	}
	for {
		e, ok := s.queue.pop()
		if !ok {
			break
		}
		s.handle(e)
	}
	for i := range s.fleet {
		s.account(&s.fleet[i], s.meter.to)
	}
	return s.meter
}

// push plans an event. What begins after the measurement is left out, and what began before comes to its end.
func (s *simulation) push(at time.Duration, isolate int32, kind eventKind) {
	if at < s.meter.to || kind != called && kind != alarm {
		s.queue.push(event{at, isolate, kind})
	}
}

func (s *simulation) handle(e event) {
	switch now := e.at; e.kind {
	case called:
		s.call(e.isolate, now)
	case asking:
		s.ask(e.isolate, now)
	case serving:
		s.serveByObject(e.isolate, now)
	case refused:
		s.meter.requested(now)
		s.push(now+s.upstream, e.isolate, answered)
	case answered:
		s.receive(e.isolate, now)
	case alarm:
		s.renewByObject(now)
	case objectReady:
		s.answerByObject(now)
	}
}

func (s *simulation) location(isolate int32) int { return int(isolate) % s.locations }

// account counts what an isolate served since the last time, up to now, to its eviction or to the end of its token.
func (s *simulation) account(isolate *isolate, now time.Duration) {
	if isolate.expiry == 0 {
		return
	}
	superseded := never
	if next := int(isolate.generation) + 1; next < len(s.shared) {
		superseded = s.shared[next]
	}
	s.meter.serve(isolate.since, min(now, isolate.evicted, isolate.expiry), isolate.expiry, superseded)
}

// call begins a flight: the isolate looks for a token, and a call waits for it if there is none to serve meanwhile.
func (s *simulation) call(i int32, now time.Duration) {
	isolate := &s.fleet[i]
	s.account(isolate, now)
	if isolate.evicted <= now {
		isolate.token = token{}
	}
	isolate.since, isolate.evicted = now, never

	if s.sharing.hasKV() {
		value, hot := s.kv.read(s.location(i), now)
		if hot {
			now += s.hotRead
		} else {
			now += s.coldRead
		}
		if value.expiry > max(now, isolate.expiry) {
			s.take(i, value, now)
			if renewAt := s.renewAt(i, value); now < renewAt {
				s.rest(i, now, renewAt)
				return
			}
		}
	}
	switch {
	case s.sharing == nothing: // nobody else depends on it, so it needs no event
		s.meter.requested(now)
		s.adopt(i, token{expiry: now + s.lifetime}, now+s.upstream)
	case s.sharing == kvOnly:
		s.meter.requested(now)
		s.push(now+s.upstream, i, answered)
	case s.sharing == objectAndKV:
		s.push(now, i, asking)
	default:
		s.ask(i, now)
	}
}

// renewAt returns when an isolate will renew a token.
func (s *simulation) renewAt(i int32, t token) time.Duration {
	return t.expiry - time.Duration(float64(s.margin())*(1+s.jitter*s.draws.jitter(i, t.expiry)))
}

// take makes an isolate serve that token from now on, which may be a little later than the event.
func (s *simulation) take(i int32, t token, now time.Duration) {
	isolate := &s.fleet[i]
	if isolate.waiting() {
		s.meter.led(isolate.since, now)
		s.meter.joined(isolate.since, now)
	} else {
		s.account(isolate, now)
		s.meter.joined(isolate.expiry, now) // those that came after its end, if it ended meanwhile
	}
	isolate.token, isolate.since = t, now
}

// rest ends a flight and plans the next: at the first call after the token is due, or after the isolate is evicted.
func (s *simulation) rest(i int32, now, renewAt time.Duration) {
	next := s.draws.call(i, max(now, renewAt))
	if evicted := s.draws.eviction(i, now); evicted < next {
		s.fleet[i].evicted = evicted
		next = s.draws.call(i, evicted)
	}
	s.push(next, i, called)
}

// adopt ends a flight with that token.
func (s *simulation) adopt(i int32, t token, now time.Duration) {
	s.take(i, t, now)
	s.rest(i, now, s.renewAt(i, t))
}

// receive ends the request of an isolate of its own. Its token is shared if KV takes it.
func (s *simulation) receive(i int32, now time.Duration) {
	t := token{now - s.upstream + s.lifetime, int32(len(s.shared))}
	if s.sharing == kvOnly && s.kv.write(s.location(i), t, now) {
		s.shared = append(s.shared, now)
	} else {
		t.generation--
	}
	s.adopt(i, t, now)
}

// ask sends an isolate's request to the object. If that is overloaded, the isolate goes on alone.
func (s *simulation) ask(i int32, now time.Duration) {
	s.meter.asked(now)
	served, ok := s.broker.arrive(now + s.objectTrip/2)
	if !ok {
		s.push(now+s.objectTrip, i, refused)
		return
	}
	s.push(served, i, serving)
}

// serveByObject answers an isolate, now or when the object has a new token.
func (s *simulation) serveByObject(i int32, now time.Duration) {
	if now < s.broker.renewAt {
		s.adopt(i, s.broker.token, now+s.objectTrip/2)
		return
	}
	s.broker.waiting = append(s.broker.waiting, i)
	s.renewByObject(now)
}

// renewByObject makes the object ask the token endpoint, unless it does so already.
func (s *simulation) renewByObject(now time.Duration) {
	if s.broker.flying {
		return
	}
	s.broker.flying = true
	s.meter.requested(now)
	s.push(now+s.upstream, -1, objectReady)
}

// answerByObject gives the new token to those that wait, publishes it, and sets the alarm for the next.
func (s *simulation) answerByObject(now time.Duration) {
	t := token{now - s.upstream + s.lifetime, int32(len(s.shared))}
	s.shared = append(s.shared, now)
	s.broker.token, s.broker.renewAt, s.broker.flying = t, t.expiry-s.ahead(), false
	s.push(s.broker.renewAt, -1, alarm)
	if s.sharing.hasKV() {
		s.kv.write(-1, t, now)
	}
	for _, i := range s.broker.waiting {
		s.adopt(i, t, now+s.objectTrip/2)
	}
	s.broker.waiting = s.broker.waiting[:0]
}
