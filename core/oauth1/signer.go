package oauth1

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"slices"
	"strings"
	"sync"
)

// A signer signs with one pair of secrets, in one goroutine at a time. It keeps its buffers for the
// next request.
type signer struct {
	key  []byte    // both secrets, encoded (RFC 5849 section 3.4.2)
	mac  hash.Hash // nil for PLAINTEXT and RSA; Reset restores the state after the key
	sum  []byte
	text []byte // the parameters, encoded, as name=value
	// positions in text; after gather they are sorted by name, then by value (section 3.4.1.3.2)
	params []param
	sorted bool    // whether they were already sorted
	spare  []param // for sorting them
	out    []byte
}

// A param is the position in signer.text of a parameter's name, its value, and the value's end.
type param struct {
	name, value, end int
	oauth            bool // whether it belongs in the header
}

// secrets identify a signer.
type secrets struct{ method, consumer, token string }

// maxSecrets is the number of secrets whose signers are kept before the map is cleared.
const maxSecrets = 64

var (
	signersMutex sync.Mutex
	// signers are those of the last secrets. Reading the key takes about a third of the time for a
	// signature.
	signers = map[secrets]*sync.Pool{}
)

// signersOf returns the signers of a method and a pair of secrets.
func signersOf(method, consumerSecret, tokenSecret string) *sync.Pool {
	signersMutex.Lock()
	defer signersMutex.Unlock()
	pool := signers[secrets{method, consumerSecret, tokenSecret}]
	if pool == nil {
		if len(signers) == maxSecrets {
			clear(signers)
		}
		// These are copies, because the caller's strings may be parts of larger ones.
		of := secrets{strings.Clone(method), strings.Clone(consumerSecret), strings.Clone(tokenSecret)}
		pool = &sync.Pool{New: func() any { return newSigner(of) }}
		signers[of] = pool
	}
	return pool
}

// Forget drops the signers with their secrets.
func Forget() {
	signersMutex.Lock()
	defer signersMutex.Unlock()
	clear(signers)
}

func newSigner(of secrets) *signer {
	s := &signer{key: append(AppendEncoded(nil, of.consumer), '&')}
	s.key = AppendEncoded(s.key, of.token)
	switch of.method {
	case HMACSHA256:
		s.mac = hmac.New(sha256.New, s.key)
	case HMACSHA512:
		s.mac = hmac.New(sha512.New, s.key)
	case HMACSHA1:
		s.mac = hmac.New(sha1.New, s.key)
	}
	return s
}

// sign signs a request that has been checked.
func (s *signer) sign(r *Request) Signed {
	s.gather(r)
	b := s.appendBaseString(s.out[:0], r)
	base := len(b)
	switch {
	case s.mac != nil:
		s.mac.Reset()
		s.mac.Write(b)
		s.sum = s.mac.Sum(s.sum[:0])
		b = base64.StdEncoding.AppendEncode(b, s.sum)
	case r.SignatureMethod == Plaintext:
		b = append(b, s.key...)
	case r.Signature == nil:
		s.out = b
		return Signed{BaseString: string(b)}
	default:
		b = base64.StdEncoding.AppendEncode(b, r.Signature)
	}
	signature := len(b)
	s.addSignature(string(b[base:]))
	b = s.appendAuthorization(b, r.Realm)
	s.out = b
	all := string(b)
	return Signed{
		Authorization: all[signature:],
		Signature:     all[base:signature],
		BaseString:    all[:base],
	}
}

// gather collects the parameters of query, form body and header. It keeps duplicates and empty
// values.
func (s *signer) gather(r *Request) {
	s.text, s.params, s.sorted = s.text[:0], s.params[:0], true
	for _, p := range r.Form {
		s.add(p.Name, p.Value, false)
	}
	for _, p := range r.URL.params {
		s.add(p.Name, p.Value, false)
	}
	s.addOwn("oauth_consumer_key", r.ConsumerKey)
	if r.Nonce != "" {
		s.addOwn("oauth_nonce", r.Nonce)
	}
	s.addOwn("oauth_signature_method", r.SignatureMethod)
	if r.Timestamp != "" {
		s.addOwn("oauth_timestamp", r.Timestamp)
	}
	if r.Token != "" {
		s.addOwn("oauth_token", r.Token)
	}
	if r.Version != "" {
		s.addOwn("oauth_version", r.Version)
	}
	for _, p := range r.Extra {
		s.add(p.Name, p.Value, true)
	}
	if !s.sorted {
		s.sort()
	}
}

// sort sorts the parameters by merging: the slices package would make the module 19 KB larger.
func (s *signer) sort() {
	from, to := s.params, append(s.spare[:0], s.params...)
	for width := 1; width < len(from); width *= 2 {
		for start := 0; start < len(from); start += 2 * width {
			middle, end := min(start+width, len(from)), min(start+2*width, len(from))
			left, right := from[start:middle], from[middle:end]
			for i := start; i < end; i++ {
				if len(right) == 0 || len(left) > 0 && s.compare(left[0], right[0]) <= 0 {
					to[i], left = left[0], left[1:]
				} else {
					to[i], right = right[0], right[1:]
				}
			}
		}
		from, to = to, from
	}
	s.params, s.spare = from, to
}

// addOwn adds a parameter of the header whose name needs no encoding.
func (s *signer) addOwn(name, value string) {
	start := len(s.text)
	s.text = append(s.text, name...)
	s.append(start, value, true)
}

// addSignature inserts the signature at its place.
func (s *signer) addSignature(signature string) {
	s.addOwn("oauth_signature", signature)
	last := len(s.params) - 1
	p := s.params[last]
	at, _ := slices.BinarySearchFunc(s.params[:last], p, s.compare)
	copy(s.params[at+1:], s.params[at:last])
	s.params[at] = p
}

func (s *signer) add(name, value string, oauth bool) {
	start := len(s.text)
	s.text = AppendEncoded(s.text, name)
	s.append(start, value, oauth)
}

// append adds the parameter whose name begins at start.
func (s *signer) append(start int, value string, oauth bool) {
	s.text = append(s.text, '=')
	p := param{name: start, value: len(s.text), oauth: oauth}
	s.text = AppendEncoded(s.text, value)
	p.end = len(s.text)
	if last := len(s.params) - 1; last >= 0 && s.compare(s.params[last], p) > 0 {
		s.sorted = false
	}
	s.params = append(s.params, p)
}

func (s *signer) compare(a, b param) int {
	if c := bytes.Compare(s.text[a.name:a.value-1], s.text[b.name:b.value-1]); c != 0 {
		return c
	}
	return bytes.Compare(s.text[a.value:a.end], s.text[b.value:b.end])
}

// appendBaseString appends the signature base string (RFC 5849 section 3.4.1).
func (s *signer) appendBaseString(b []byte, r *Request) []byte {
	b = append(AppendEncoded(b, strings.ToUpper(r.Method)), '&')
	b = AppendEncoded(b, r.URL.Scheme)
	b = append(b, "%3A%2F%2F"...)
	b = AppendEncoded(b, r.URL.Host)
	if r.URL.Port != "" {
		b = AppendEncoded(b, ":")
		b = AppendEncoded(b, r.URL.Port)
	}
	b = append(AppendEncoded(b, r.URL.Path), '&')
	for i, p := range s.params {
		if i > 0 {
			b = append(b, '%', '2', '6')
		}
		b = AppendEncoded(b, s.text[p.name:p.end])
	}
	return b
}

// appendAuthorization appends the header of RFC 5849 section 3.5.1: realm first, the others sorted
// by name.
func (s *signer) appendAuthorization(b []byte, realm string) []byte {
	between := "OAuth "
	if realm != "" {
		b = append(append(b, `OAuth realm="`...), realm...)
		between = `", `
	}
	for _, p := range s.params {
		if p.oauth {
			b = append(append(b, between...), s.text[p.name:p.value]...)
			b = append(append(b, '"'), s.text[p.value:p.end]...)
			between = `", `
		}
	}
	return append(b, '"')
}
