package fetchtoken

import (
	"errors"
	"io"
	"net/http"
	"sync"
)

// A keptBody is a request's body that can be sent again: by its GetBody, or because the keptBody
// keeps the bytes that the transport reads. nil stands for no body.
type keptBody struct {
	source io.ReadCloser // nil if there is a GetBody
	most   int64

	reading sync.Mutex // held while the source is read

	mu      sync.Mutex
	kept    []byte
	over    bool  // whether the body is too long, so that nothing is kept
	err     error // the error or io.EOF at the source's end
	current *bodyReader
	final   bool // current is the last reader: when it is closed, the source is closed too
	closed  bool
}

// A bodyReader reads a keptBody from its beginning.
type bodyReader struct {
	body   *keptBody
	at     int
	closed bool
}

var errBodyClosed = errors.New("the body of the request was closed")

// keep prepares the body of a request to be sent twice.
func keep(req *http.Request, most int64) *keptBody {
	switch {
	case req.Body == nil || req.Body == http.NoBody:
		return nil
	case req.GetBody != nil:
		return &keptBody{}
	case req.ContentLength > most || most <= 0:
		return &keptBody{over: true}
	}
	b := &keptBody{source: req.Body, most: most}
	b.current = &bodyReader{body: b}
	req.Body = b.current
	return b
}

// again gives the request its body from the beginning, and says whether it can. last says that the
// body isn't needed once more.
func (b *keptBody) again(req *http.Request, last bool) bool {
	if b == nil {
		return true
	}
	if b.over {
		return false
	}
	if b.source == nil {
		body, err := req.GetBody()
		if err == nil {
			req.Body = body
		}
		return err == nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return false
	}
	b.current, b.final = &bodyReader{body: b}, last
	req.Body = b.current
	return true
}

// release says that the body isn't sent again.
func (b *keptBody) release() {
	if b == nil || b.source == nil {
		return
	}
	b.mu.Lock()
	b.final = true
	closes := b.current.closed && !b.closed
	b.closed = b.closed || closes
	b.mu.Unlock()
	if closes {
		b.source.Close()
	}
}

func (r *bodyReader) Read(p []byte) (int, error) {
	if n, err, done := r.readKept(p); done {
		return n, err
	}
	b := r.body
	b.reading.Lock()
	defer b.reading.Unlock()
	if n, err, done := r.readKept(p); done { // by the last reader, which was still reading
		return n, err
	}
	n, err := b.source.Read(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
	switch {
	case r != b.current:
		b.kept = append(b.kept, p[:n]...) // a later reader still needs it
	case b.final || b.over:
	case int64(len(b.kept)+n) > b.most:
		b.kept, b.over, r.at = nil, true, 0
	default:
		b.kept = append(b.kept, p[:n]...)
		r.at = len(b.kept)
	}
	return n, err
}

// readKept reads kept bytes, and says whether it returned anything.
func (r *bodyReader) readKept(p []byte) (n int, err error, done bool) {
	r.body.mu.Lock()
	defer r.body.mu.Unlock()
	switch {
	case r.closed:
		return 0, errBodyClosed, true
	case r.at < len(r.body.kept):
		n = copy(p, r.body.kept[r.at:])
		r.at += n
		return n, nil, true
	}
	return 0, r.body.err, r.body.err != nil
}

// Close closes the source if this is the last reader. It may be called while another goroutine
// reads.
func (r *bodyReader) Close() error {
	b := r.body
	b.mu.Lock()
	r.closed = true
	closes := b.final && r == b.current && !b.closed
	b.closed = b.closed || closes
	b.mu.Unlock()
	if closes {
		return b.source.Close()
	}
	return nil
}
