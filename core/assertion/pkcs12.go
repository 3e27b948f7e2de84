package assertion

import "errors"

// The object identifiers of RFC 7292 sections 4 and 4.2, in DER.
const (
	oidData          = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
	oidEncryptedData = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06"
	oidX509          = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x16\x01"

	oidBag          = "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01" // the common beginning of the bags
	bagKey          = oidBag + "\x01"
	bagEncryptedKey = oidBag + "\x02"
	bagCertificate  = oidBag + "\x03"
	bagBags         = oidBag + "\x06"
)

const (
	formatPKCS12      = "PKCS #12"
	tagContextOctets  = 0x80 // [0] of an implicit octet string
	maxNestedBags     = 4    // real files don't nest them at all
	severalPrivateKey = "holds several private keys: give the one that is meant"
)

// readPKCS12 reads the authSafe of RFC 7292 section 4: one private key with its certificates. It
// doesn't check the MAC: a wrong passphrase shows when the key is decrypted, a change when its
// numbers or its certificate don't fit.
func (in *intake) readPKCS12(content der) (*Key, error) {
	in.isPKCS12 = true
	in.encrypted = in.passphrase != "" // also of a file with a MAC alone
	if string(content.read(tagOID).rest) != oidData {
		content.spoil()
	}
	content = content.read(tagContext)
	content = content.read(tagOctetString)
	safes := content.read(tagSequence)
	var key *Key
	for len(safes.rest) > 0 {
		safe := safes.read(tagSequence)
		kind, body := string(safe.read(tagOID).rest), safe.read(tagContext)
		var bags der
		switch kind {
		case oidData:
			bags = body.read(tagOctetString)
		case oidEncryptedData: // EncryptedData of RFC 5652 section 8
			body = body.read(tagSequence)
			body.read(tagInteger)
			body = body.read(tagSequence)
			body.read(tagOID)
			algorithm, data := body.read(tagSequence), body.read(tagContextOctets)
			if *safes.spoiled {
				break
			}
			plain, err := in.decrypt(algorithm, data)
			if err != nil {
				return nil, err
			}
			bags = newDER(plain)
			if !bags.is(tagSequence) {
				return nil, in.errDecrypt()
			}
		default:
			continue // it is encrypted for somebody's public key
		}
		found, err := in.readBags(bags, 0)
		switch {
		case err != nil:
			return nil, err
		case found != nil && key != nil:
			return nil, errors.New(severalPrivateKey)
		case found != nil:
			key = found
		}
	}
	switch {
	case *safes.spoiled:
		return nil, damaged{formatPKCS12, brokenStructure}
	case key == nil:
		return nil, errors.New(
			"is a PKCS #12 file without a private key: export it with its private key",
		)
	}
	return key, nil
}

// readBags reads the SafeContents of RFC 7292 section 4.2. It returns its private key, if it has
// one.
func (in *intake) readBags(contents der, depth int) (key *Key, err error) {
	bags := contents.read(tagSequence)
	contents.end()
	for len(bags.rest) > 0 {
		bag := bags.read(tagSequence)
		kind, value := string(bag.read(tagOID).rest), bag.read(tagContext)
		var found *Key
		switch kind {
		case bagKey:
			value = value.read(tagSequence)
			value.read(tagInteger)
			algorithm := value.read(tagSequence)
			if !*value.spoiled {
				found, err = readPKCS8(algorithm, value)
			}
		case bagEncryptedKey:
			value = value.read(tagSequence)
			algorithm, data := value.read(tagSequence), value.read(tagOctetString)
			if !*value.spoiled {
				found, err = in.readEncrypted(algorithm, data)
			}
		case bagCertificate:
			value = value.read(tagSequence)
			if string(value.read(tagOID).rest) != oidX509 {
				continue
			}
			value = value.read(tagContext)
			certificate := value.read(tagOctetString).rest
			if !*value.spoiled {
				err = in.addCertificate(readCertificate(certificate))
			}
		case bagBags:
			if depth == maxNestedBags {
				bags.spoil()
				break
			}
			found, err = in.readBags(value, depth+1)
		}
		switch {
		case err != nil:
			return nil, err
		case found != nil && key != nil:
			return nil, errors.New(severalPrivateKey)
		case found != nil:
			key = found
		}
	}
	if *bags.spoiled {
		return nil, damaged{formatPKCS12, brokenStructure}
	}
	return key, nil
}
