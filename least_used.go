package fetchtoken

import "container/list"

// A leastUsed keeps at most so many values. Beyond that, it drops the one that was used least
// recently.
type leastUsed[K comparable, V any] struct {
	most  int
	of    map[K]*list.Element
	order *list.List // of entries, the least recently used first
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

func newLeastUsed[K comparable, V any](most int) *leastUsed[K, V] {
	return &leastUsed[K, V]{most, map[K]*list.Element{}, list.New()}
}

// get returns the value of a key, and counts as a use of it.
func (l *leastUsed[K, V]) get(key K) (value V, ok bool) {
	element, ok := l.of[key]
	if !ok {
		return value, false
	}
	l.order.MoveToBack(element)
	return element.Value.(entry[K, V]).value, true
}

// add adds the value of a new key.
func (l *leastUsed[K, V]) add(key K, value V) {
	l.of[key] = l.order.PushBack(entry[K, V]{key, value})
	if l.order.Len() > l.most {
		oldest := l.order.Remove(l.order.Front()).(entry[K, V])
		delete(l.of, oldest.key)
	}
}

// all returns all values.
func (l *leastUsed[K, V]) all() (all []V) {
	for element := l.order.Front(); element != nil; element = element.Next() {
		all = append(all, element.Value.(entry[K, V]).value)
	}
	return all
}

// clear drops all values, and returns them.
func (l *leastUsed[K, V]) clear() []V {
	all := l.all()
	clear(l.of)
	l.order.Init()
	return all
}
