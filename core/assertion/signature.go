package assertion

import (
	"errors"
	"strconv"
)

// minRSASignature is the length in bytes of a signature by the smallest RSA key.
const minRSASignature = 2048 / 8

// Signature returns a signature of that algorithm in the form of JWS. It turns an ECDSA signature
// in DER (RFC 3279 section 2.2.3), which key services return, into r and s side by side (RFC 7518
// section 3.4), and returns any other as it is. A signature with a wrong length is an error that
// completes a sentence about the signer.
func Signature(alg string, signature []byte) ([]byte, error) {
	size, wants := 0, ""
	switch a := algorithmOf(alg); a.kty {
	case "EC":
		size = curveSize(a.curve)
		wants = strconv.Itoa(2*size) + " bytes, r and s side by side, or DER"
		if raw, ok := fromDER(signature, size); ok && len(signature) != 2*size {
			return raw, nil
		}
		size *= 2
	case "OKP":
		size, wants = 64, "64 bytes"
	case "RSA":
		size, wants = max(len(signature), minRSASignature), "256 bytes or more"
	}
	if len(signature) != size {
		return nil, errors.New(
			"must return a signature of " + alg + ", which has " + wants + ", not " + strconv.Itoa(
				len(signature),
			) + " bytes",
		)
	}
	return signature, nil
}

func algorithmOf(alg string) algorithm {
	for _, a := range algorithms {
		if a.name == alg {
			return a
		}
	}
	return algorithm{}
}

// curveSize returns the length in bytes of a number below the order of the curve.
func curveSize(curve string) int {
	for _, c := range curves {
		if c.name == curve {
			return len(c.order)
		}
	}
	return 0
}

// fromDER reads the Ecdsa-Sig-Value of RFC 3279 section 2.2.3 and returns its two numbers side by
// side, each with size bytes.
func fromDER(signature []byte, size int) ([]byte, bool) {
	in := newDER(signature)
	numbers := in.read(tagSequence)
	in.end()
	raw := make([]byte, 2*size)
	for _, half := range [][]byte{raw[:size], raw[size:]} {
		n := numbers.number()
		if len(n) > size || len(n) == 0 || n[0] == 0 {
			return nil, false
		}
		copy(half[size-len(n):], n)
	}
	numbers.end()
	return raw, !*in.spoiled
}
