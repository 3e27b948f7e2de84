package fetchtoken

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/assertion"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// A DPoPKey proves possession of a private key with each request (RFC 9449). The server binds the
// token to the key, so a stolen token is useless without the key. [NewDPoPKey] makes one,
// [Options.DPoP] takes it.
//
// It keeps the nonces that servers require in the proofs. Several clients can use it at once.
type DPoPKey struct {
	alg    string
	header jsonobject.Object
	sign   SignFunc
	// verify checks a signature with the public key.
	verify  func(data, signature []byte) bool
	checked atomic.Bool // whether the signer and its public key belong together

	mu     sync.Mutex
	nonces map[string]string // the last nonce of each origin
}

// minDPoPBits is the least size of an RSA key (RFC 7518 section 3.3).
const minDPoPBits = 2048

// NewDPoPKey makes a DPoPKey from a crypto.Signer with an ECDSA key on P-256, P-384 or P-521, an
// Ed25519 key, or an RSA key of 2048 bits or more. The private key may be in memory, as
// *[ecdsa.PrivateKey] is, or in a key service.
//
// alg is the JWS algorithm of the proofs (RFC 7518 section 3.1). "" means the key's own: ES256,
// ES384, ES512 or EdDSA, and RS256 for RSA; an RSA key can also sign with RS384, RS512, PS256,
// PS384 and PS512.
//
// The error has the code [CodeInvalidKey].
func NewDPoPKey(signer crypto.Signer, alg string) (*DPoPKey, error) {
	if signer == nil {
		return nil, dpopError("needs a crypto.Signer, not nil")
	}
	public := signer.Public()
	jwk, usual := publicJWK(public)
	if jwk == nil {
		return nil, dpopError("needs a key: ECDSA on P-256, P-384 or P-521, Ed25519, or RSA")
	}
	if alg == "" {
		alg = usual
	}
	if key, ok := public.(*rsa.PublicKey); ok && key.N.BitLen() < minDPoPBits {
		return nil, dpopError("got an RSA key of " + strconv.Itoa(key.N.BitLen()) +
			" bits, but RFC 7518 wants 2048 or more: make a new one")
	}
	if err := assertion.Check(alg, kindOf(public)); err != nil {
		return nil, dpopError(
			"got an alg that doesn't fit the key: " + core.Name(alg) + " " + err.Error(),
		)
	}
	header := jsonobject.Object{
		{Name: "typ", Value: []byte(`"dpop+jwt"`)},
		{Name: "alg", Value: jsonobject.AppendText(nil, alg)},
		{Name: "jwk", Value: jwk.Append(nil)},
	}
	return &DPoPKey{
		alg: alg, header: header, sign: SignWith(signer), nonces: map[string]string{},
		verify: func(data, signature []byte) bool { return verifies(public, alg, data, signature) },
	}, nil
}

func dpopError(what string) error {
	return &TokenError{Code: CodeInvalidKey, Message: "NewDPoPKey " + what}
}

// publicJWK returns a public key as a JWK (RFC 7517), and the key's usual algorithm.
func publicJWK(public crypto.PublicKey) (jwk jsonobject.Object, alg string) {
	add := func(name string, value string) {
		jwk = append(jwk, jsonobject.Member{Name: name, Value: jsonobject.AppendText(nil, value)})
	}
	switch key := public.(type) {
	case *ecdsa.PublicKey:
		point, err := key.Bytes() // 4, x and y (SEC 1 section 2.3.3)
		curve := key.Params().Name
		alg = map[string]string{"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}[curve]
		if err != nil || alg == "" {
			return nil, ""
		}
		half := len(point) / 2
		add("kty", "EC")
		add("crv", curve)
		add("x", base64URL(point[1:1+half]))
		add("y", base64URL(point[1+half:]))
		return jwk, alg
	case ed25519.PublicKey:
		add("kty", "OKP")
		add("crv", "Ed25519")
		add("x", base64URL(key))
		return jwk, "EdDSA"
	case *rsa.PublicKey:
		add("kty", "RSA")
		add("n", base64URL(key.N.Bytes()))
		add("e", base64URL(big.NewInt(int64(key.E)).Bytes()))
		return jwk, "RS256"
	}
	return nil, ""
}

func base64URL(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// verifies says whether the signature, in the form of JWS, belongs to the data.
func verifies(public crypto.PublicKey, alg string, data, signature []byte) bool {
	if key, ok := public.(ed25519.PublicKey); ok {
		return ed25519.Verify(key, data, signature)
	}
	hash := hashOf(alg)
	digest := hash.New()
	digest.Write(data)
	sum := digest.Sum(nil)
	switch key := public.(type) {
	case *ecdsa.PublicKey:
		half := len(signature) / 2
		r, s := new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:])
		return ecdsa.Verify(key, sum, r, s)
	case *rsa.PublicKey:
		if strings.HasPrefix(alg, "PS") {
			return rsa.VerifyPSS(key, hash, sum, signature, nil) == nil
		}
		return rsa.VerifyPKCS1v15(key, hash, sum, signature) == nil
	}
	return false
}

// A proven is the request that a proof is for.
type proven struct {
	method string // "" means GET
	url    *url.URL
	token  string    // the access token, for a request to an API
	at     time.Time // by the server's clock
	jti    []byte    // random
}

// prove returns the value of the DPoP header for a request (RFC 9449 section 4.2). The error is the
// signer's.
func (k *DPoPKey) prove(ctx context.Context, p proven) (string, error) {
	if p.method == "" {
		p.method = http.MethodGet
	}
	claims := jsonobject.Object{
		{Name: "jti", Value: jsonobject.AppendText(nil, base64URL(p.jti))},
		{Name: "htm", Value: jsonobject.AppendText(nil, p.method)},
		{Name: "htu", Value: jsonobject.AppendText(nil, targetOf(p.url))},
		{Name: "iat", Value: strconv.AppendInt(nil, p.at.Unix(), 10)},
	}
	if nonce := k.nonce(p.url); nonce != "" {
		claims = claims.Set("nonce", jsonobject.AppendText(nil, nonce))
	}
	if p.token != "" {
		hash := sha256.Sum256([]byte(p.token))
		claims = claims.Set("ath", jsonobject.AppendText(nil, base64URL(hash[:])))
	}
	data := assertion.SigningInput(k.header, claims)
	signature, err := signIn(ctx, k.sign, []byte(data), k.alg, "")
	if err != nil {
		return "", err
	}
	if signature, err = assertion.Signature(k.alg, signature); err != nil {
		return "", err
	}
	if !k.checked.Load() {
		if !k.verify([]byte(data), signature) {
			return "", errors.New("what it signs doesn't verify with its own public key")
		}
		k.checked.Store(true)
	}
	return assertion.Compact(data, signature), nil
}

// targetOf returns the URL that is sent, without query and fragment.
func targetOf(u *url.URL) string {
	path, _, _ := strings.Cut(u.RequestURI(), "?")
	if at := strings.Index(path, "://"); at > 0 { // an Opaque that contains the authority
		path = path[at+len("://"):]
		path = path[strings.IndexByte(path+"/", '/'):]
	}
	return originOf(u) + path
}

func (k *DPoPKey) nonce(u *url.URL) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.nonces[originOf(u)]
}

// learn keeps the nonce of a response for later proofs to its origin (RFC 9449 section 8.2).
func (k *DPoPKey) learn(u *url.URL, header http.Header) {
	if nonce := header.Get("DPoP-Nonce"); nonce != "" {
		k.mu.Lock()
		k.nonces[originOf(u)] = nonce
		k.mu.Unlock()
	}
}

// prove returns the proof of a request, made with the options' key. at is by the server's clock.
// The signature must be made before ctx ends.
func (x *exchanger) prove(
	ctx context.Context, method string, u *url.URL, token string, at time.Time,
) (string, error) {
	jti, err := x.random(core.RandomSize)
	if err != nil {
		return "", err
	}
	proof, err := x.options.DPoP.prove(ctx, proven{method, u, token, at, jti})
	switch {
	case err == nil:
		return proof, nil
	case ctx.Err() != nil:
		return "", x.dpopFailed(core.SigningLate, err, at, jti)
	}
	return "", x.dpopFailed(core.SigningThrew, err, at, jti)
}

func (x *exchanger) dpopFailed(failure string, err error, at time.Time, random []byte) error {
	e := x.exchange.SigningFailed(failure, wordsOf(err), at.UnixMilli(), random)
	e.Message = "Options.DPoP" + strings.TrimPrefix(e.Message, "sign")
	return errorOf(e, err)
}
