package assertion

import (
	"bytes"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"math/big"
	"testing"
)

// FuzzDER compares the reader with encoding/asn1, which is as strict about DER.
func FuzzDER(f *testing.F) {
	f.Add([]byte{0x30, 0x03, 0x02, 0x01, 0x07})
	f.Add([]byte{0x02, 0x02, 0x00, 0x80, 0x05, 0x00})
	f.Add([]byte{0x04, 0x81, 0x7f})
	f.Add([]byte{0x30, 0x80, 0x00, 0x00})
	f.Add(append([]byte{0x04, 0x82, 0x01, 0x00}, make([]byte, 256)...))
	f.Add(append([]byte{0x04, 0x82, 0x00, 0x80}, make([]byte, 128)...))
	f.Fuzz(func(t *testing.T, encoded []byte) {
		d := newDER(encoded)
		tag, contents := d.next()
		var raw asn1.RawValue
		rest, err := asn1.Unmarshal(encoded, &raw)
		if len(encoded) > 0 && encoded[0]&0x1f == 0x1f {
			err = asn1.StructuralError{Msg: "a tag of several bytes, which no key has"}
		}
		if *d.spoiled != (err != nil) {
			t.Fatalf("spoiled %v, %v", *d.spoiled, err)
		}
		if err == nil &&
			(tag != encoded[0] || !bytes.Equal(contents.rest, raw.Bytes) || !bytes.Equal(d.rest, rest)) {
			t.Fatalf(
				"tag %#x, contents %x, rest %x; want %x, %x",
				tag,
				contents.rest,
				d.rest,
				raw.Bytes,
				rest,
			)
		}
		if err == nil && len(raw.Bytes) < 1<<16 && !bytes.Equal(encode(tag, raw.Bytes), raw.FullBytes) {
			t.Fatalf("encoded again: %x", encode(tag, raw.Bytes))
		}

		d = newDER(encoded)
		number := d.number()
		var want *big.Int
		if _, err := asn1.Unmarshal(encoded, &want); *d.spoiled != (err != nil || want.Sign() < 0) {
			t.Fatalf("number: spoiled %v, %v", *d.spoiled, err)
		}
		if !*d.spoiled &&
			(new(big.Int).SetBytes(number).Cmp(want) != 0 ||
				!bytes.HasPrefix(encoded, encodeNumber(number))) {
			t.Fatalf("%x, want %v", number, want)
		}
	})
}

// FuzzDecrypted reads what a passphrase, right or wrong, made of an encrypted key.
func FuzzDecrypted(f *testing.F) {
	seed := sha256.Sum256([]byte("seed"))
	f.Add(newEd25519(seed[:], nil).PKCS8)
	for _, c := range curves {
		key, err := newEC(c, seed[:], nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(key.PKCS8)
	}
	f.Fuzz(func(t *testing.T, plain []byte) {
		var in intake
		key, err := in.readDecrypted(plain)
		if err != nil {
			return
		}
		if !in.encrypted || Check(key.Alg, key) != nil {
			t.Fatalf("encrypted %v, alg %s", in.encrypted, key.Alg)
		}
		if again, err := ParseKey(string(plain), "", ""); err != nil ||
			!bytes.Equal(again.PKCS8, key.PKCS8) {
			t.Fatalf("without encryption it is read as another key: %v", err)
		}
	})
}

func TestOrders(t *testing.T) {
	for i, want := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		order := new(big.Int).SetBytes([]byte(curves[i].order))
		if curves[i].name != want.Params().Name || order.Cmp(want.Params().N) != 0 {
			t.Errorf("%s: %x", curves[i].name, order)
		}
	}
}
