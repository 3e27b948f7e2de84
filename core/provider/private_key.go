package provider

import (
	"encoding/base64"
	"strconv"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/assertion"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
	"github.com/fetchtoken/fetchtoken/core/oauth1"
)

// privateKey prepares the assertion that a private key signs.
func (r *resolver) privateKey() error {
	if r.user.HostSigns && r.user.Alg == "" {
		return core.ConfigError(
			"alg",
			"is missing: with sign it must say what the key signs with, such as 'ES256' or 'RS256'",
		)
	}
	key, err := r.user.Key(r.user.Alg)
	if err != nil {
		return err
	}
	// sign needs alg anyway, so there it doesn't say that the preset is wrong
	if alg := r.preset.Config.Alg; alg != "" && key.Alg != alg &&
		(r.user.Alg == "" || r.user.HostSigns) {
		return core.KeyError("must be a key for " + alg + " with the provider " + r.preset.Name)
	}
	r.x.Key = key
	if err := r.certificate(key); err != nil {
		return err
	}
	return r.assertion(r.alg(key.Alg, fromKey))
}

// certificate sets the key's certificate, and notes its end: an expired one is refused by the
// server, whose clock counts.
func (r *resolver) certificate(key *assertion.Key) error {
	from := fromKey
	if r.user.Certificate != "" {
		from = core.FromCaller
		certificates, err := assertion.ParseCertificates(r.user.Certificate)
		if err == nil {
			err = key.SetCertificates(certificates)
		}
		switch {
		case assertion.IsForeign(err):
			return core.KeyError(err.Error())
		case err != nil:
			return core.ConfigError("certificate", err.Error())
		}
	}
	if len(key.Certificates) > 0 {
		r.note("certificate", "valid until "+key.Certificates[0].End, from)
	} else if r.user.X5C {
		return errNoCertificate
	}
	return nil
}

var errNoCertificate = core.ConfigError(
	"x5c",
	"is true, but there is no certificate: give certificate, or a privateKey with its certificate",
)

// unusedCertificate notes that the certificate names no key, or says that the key is missing.
func (r *resolver) unusedCertificate() error {
	switch {
	case r.user.Certificate == "" && !r.user.X5C:
	case r.user.HasKey():
		r.note("certificate", "not used", "clientAuth "+r.x.ClientAuth)
	case r.user.Certificate == "":
		return errNoCertificate
	default:
		return core.ConfigError(
			"certificate",
			"is given without the private key that belongs to it: give privateKey or sign, too (for TLS, "+
				"give it to what sends the requests)",
		)
	}
	return nil
}

// headerOfCertificate returns the members of the header by which a server finds the certificate:
// its thumbprint (RFC 7515 section 4.1.8), and the whole chain where the caller wants it (section
// 4.1.6).
func (r *resolver) headerOfCertificate(given jsonobject.Object) (header jsonobject.Object) {
	chain := r.x.Key.Certificates
	if len(chain) == 0 {
		return nil
	}
	const thumbprint, certificates = "x5t#S256", "x5c"
	header = header.Set(thumbprint, jsonobject.AppendText(nil, chain[0].Thumbprint()))
	if given.Get(thumbprint) == nil {
		r.note("assertion.header."+thumbprint, chain[0].Thumbprint(), fromCertificate)
	}
	if !r.user.X5C {
		return header
	}
	array := []byte{'['}
	for i, c := range chain {
		if i > 0 {
			array = append(array, ',')
		}
		array = jsonobject.AppendText(array, base64.StdEncoding.EncodeToString(c.DER))
	}
	if given.Get(certificates) == nil {
		count := "certificates: " + strconv.Itoa(len(chain))
		r.note("assertion.header."+certificates, count, core.FromCaller)
	}
	return header.Set(certificates, append(array, ']'))
}

// signatureMethod decides the method of OAuth 1.0: the caller's, or HMAC-SHA256 for a secret, or
// RSA-SHA256 for a key.
func (r *resolver) signatureMethod() error {
	x, method := r.x, r.user.SignatureMethod
	switch {
	case method != "":
		r.note("signatureMethod", method, core.FromCaller)
	case r.hasSecret():
		method = oauth1.HMACSHA256
	default:
		method = r.note("signatureMethod", oauth1.RSASHA256, fromKey)
	}
	signing := oauth1.Methods[:len(oauth1.Methods)-1] // all but PLAINTEXT
	if err := oneOf("signatureMethod", method, signing...); err != nil {
		return err
	}
	x.SignatureMethod, x.Alg = method, oauth1.KeyAlg(method)
	switch {
	case x.Alg == "" && !r.hasSecret():
		return core.ConfigError("clientSecret", "is missing: "+method+" needs it")
	case x.Alg == "":
		return nil
	}
	key, err := r.user.OAuth1Key(method)
	if err != nil {
		return err
	}
	x.Key, x.KeyID = key, r.either("keyId", r.user.KeyID, key.ID)
	return nil
}
