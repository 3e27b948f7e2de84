package main

import "time"

type eventKind uint8

const (
	// a call comes that finds no token, one that has ended, or one within its margin
	called      eventKind = iota
	asking                // the isolate sends its request to the object
	serving               // the object serves that request
	refused               // the isolate learns that the object is overloaded
	alone                 // the isolate asks the endpoint itself
	answered              // the isolate has a token of the endpoint
	put                   // and has put it into KV
	alarm                 // of the object
	objectReady           // the object has a token of the endpoint
	published             // and has put it into KV
)

// An isolate of a Worker. When it is evicted, the next call in its place finds a new one, which is
// cold.
type isolate struct {
	token
	since   time.Duration // from then on it serves its token; while a call waits: since when
	evicted time.Duration // when it loses its token, before its next event; never, if it doesn't
	attempt int           // at reaching the object, in this flight
}

// waiting reports whether a call waits for a token: there was none to serve when it came.
func (i *isolate) waiting() bool { return i.expiry <= i.since }

// A simulation plays one case. Only what changes something is an event: an isolate that has a token
// has none until the first call after its margin began, or the first call after its eviction.
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
	s := simulation{
		params: p,
		draws:  d,
		meter:  newMeter(p),
		fleet:  make([]isolate, p.isolates),
		kv:     newKV(p),
	}
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

// push plans an event. What begins after the measurement is left out, and what began before comes
// to its end.
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
		s.fallBack(e.isolate, now)
	case alone:
		s.meter.requested(now)
		s.push(now+s.upstream, e.isolate, answered)
	case answered:
		s.receive(e.isolate, now)
	case put:
		s.publish(e.isolate, now)
	case alarm:
		s.wakeObject(now)
	case objectReady:
		s.answerByObject(now)
	case published:
		s.kv.write(-1, s.broker.token, now)
	}
}

func (s *simulation) location(isolate int32) int { return int(isolate) % s.locations }

// account counts what an isolate served since the last time, up to now, to its eviction or to the
// end of its token.
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

// call begins a flight: the isolate looks for a token, and a call waits for it if there is none to
// serve meanwhile.
func (s *simulation) call(i int32, now time.Duration) {
	isolate := &s.fleet[i]
	s.account(isolate, now)
	if isolate.evicted <= now {
		isolate.token = token{}
	}
	isolate.since, isolate.evicted, isolate.attempt = now, never, 0

	if s.sharing.hasKV() && !s.looksPast(i, now) {
		value, hot := s.kv.read(s.location(i), now)
		if hot {
			now += s.hotRead
		} else {
			now += s.coldRead
		}
		if now < value.expiry-s.longestMargin() {
			s.adopt(i, value, now)
			return
		}
	}
	switch {
	case s.sharing == nothing: // nobody else depends on it, so it needs no event
		s.meter.requested(now)
		s.adopt(i, token{expiry: now + s.lifetime}, now+s.upstream)
	case s.sharing == kvOnly:
		s.push(now, i, alone)
	case s.sharing == objectAndKV:
		s.push(now, i, asking)
	default:
		s.ask(i, now)
	}
}

// looksPast reports whether an isolate asks the object though KV may have the token, so that the
// object sees that it is in use.
func (s *simulation) looksPast(i int32, now time.Duration) bool {
	return s.sharing.hasObject() && !s.fleet[i].waiting() && s.draws.random(i, now) < lookPast
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

// land ends a flight and plans the next: at the first call after that moment, or after the isolate
// is evicted.
func (s *simulation) land(i int32, now, until time.Duration) {
	next := s.draws.call(i, max(now, until))
	if evicted := s.draws.eviction(i, now); evicted < next {
		s.fleet[i].evicted = evicted
		next = s.draws.call(i, evicted)
	}
	s.push(next, i, called)
}

// adopt ends a flight with that token.
func (s *simulation) adopt(i int32, t token, now time.Duration) {
	s.take(i, t, now)
	s.land(i, now, t.expiry-s.spread(s.draws.random(i, now)))
}

// receive ends the request of an isolate of its own. It puts the token into KV before it uses it.
func (s *simulation) receive(i int32, now time.Duration) {
	if s.sharing.hasKV() {
		s.push(now+s.write, i, put)
		return
	}
	s.adopt(i, token{now - s.upstream + s.lifetime, int32(len(s.shared)) - 1}, now)
}

// publish shares the token that an isolate got by itself, if KV takes it.
func (s *simulation) publish(i int32, now time.Duration) {
	t := token{now - s.write - s.upstream + s.lifetime, int32(len(s.shared))}
	if s.kv.write(s.location(i), t, now) {
		s.shared = append(s.shared, now)
	} else {
		t.generation--
	}
	s.adopt(i, t, now)
}

// ask sends an isolate's request to the object.
func (s *simulation) ask(i int32, now time.Duration) {
	s.meter.asked(now)
	s.fleet[i].attempt++
	served, ok := s.broker.arrive(now + s.objectTrip/2)
	if !ok {
		s.push(now+s.objectTrip, i, refused)
		return
	}
	s.push(served, i, serving)
}

// fallBack is what an isolate does that the object turned away: while its token lives, nothing
// until it has rested; if a call waits, it tries again, and then asks the endpoint itself.
func (s *simulation) fallBack(i int32, now time.Duration) {
	s.hurry(i, now)
	switch isolate := &s.fleet[i]; {
	case !isolate.waiting():
		s.land(i, now, min(now+s.rest, isolate.expiry))
	case isolate.attempt < attempts:
		s.push(now+pause(isolate.attempt, s.draws.random(i, now)), i, asking)
	default:
		s.push(now, i, alone)
	}
}

// hurry makes a flight urgent that began behind a token, if that has ended meanwhile and a call has
// come since, which waits.
func (s *simulation) hurry(i int32, now time.Duration) {
	isolate := &s.fleet[i]
	if isolate.waiting() || now < isolate.expiry {
		return
	}
	if came := s.draws.call(i, isolate.expiry); came <= now {
		s.account(isolate, now)
		isolate.since = came
	}
}

// serveByObject answers an isolate: now if there is a token that lives, which may be being renewed,
// else when there is one.
func (s *simulation) serveByObject(i int32, now time.Duration) {
	o := s.broker
	if now >= o.renewAt {
		s.renewByObject(now)
	}
	if now >= o.token.expiry {
		o.waiting = append(o.waiting, i)
		return
	}
	o.noteUse(now)
	s.setAlarm(now)
	s.adopt(i, o.token, now+s.objectTrip/2)
}

// setAlarm makes the object wake up to renew its token: at once, if it is late.
func (s *simulation) setAlarm(now time.Duration) {
	if o := s.broker; o.alarmFor != o.token.expiry {
		o.alarmFor = o.token.expiry
		s.push(max(now, o.token.expiry-s.ahead()), -1, alarm)
	}
}

// wakeObject makes the object renew a token that is in use.
func (s *simulation) wakeObject(now time.Duration) {
	if s.broker.isInUse(now, s.sharing.hasKV()) {
		s.broker.alarmed = true
		s.renewByObject(now)
	}
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

// answerByObject publishes the new token and gives it to those that wait. If there are any, or if
// it was the alarm that had it renewed, the alarm is set for the next; else by the next who comes.
func (s *simulation) answerByObject(now time.Duration) {
	o := s.broker
	o.token, o.since = token{now - s.upstream + s.lifetime, int32(len(s.shared))}, now
	o.renewAt = o.token.expiry - s.spread(s.draws.random(-1, now))
	s.shared = append(s.shared, now)
	if s.sharing.hasKV() {
		s.push(now+s.write, -1, published)
	}
	if o.alarmed {
		s.setAlarm(now)
	}
	for _, i := range o.waiting {
		o.noteUse(now)
		s.setAlarm(now)
		s.adopt(i, o.token, now+s.objectTrip/2)
	}
	o.flying, o.alarmed, o.waiting = false, false, o.waiting[:0]
}
