package assertion

import (
	"errors"
	"strings"
)

const (
	pemBegin = "-----BEGIN"
	pemEnd   = "-----END"
)

// A block is a part of a PEM text (RFC 7468): its label, without white space, and what stands
// between its lines.
type block struct{ label, contents string }

func (b block) isKey() bool { return strings.HasSuffix(b.label, "PRIVATEKEY") }

func (b block) isCertificate() bool {
	return b.label == "CERTIFICATE" || b.label == "X509CERTIFICATE"
}

// blocksOf returns the blocks of a PEM text. whole is false if the last one has no end.
func blocksOf(text string) (blocks []block, whole bool) {
	for rest := unescape(text); ; {
		_, body, more := strings.Cut(rest, pemBegin)
		if !more {
			return blocks, true
		}
		var label, contents string
		var labelled, ended bool
		label, body, labelled = strings.Cut(body, "-----")
		contents, rest, ended = strings.Cut(body, pemEnd)
		if !labelled || !ended || strings.Contains(contents, pemBegin) {
			return blocks, false
		}
		blocks = append(blocks, block{withoutBlanks(label), contents})
	}
}

// readPEM reads the one private key among the blocks of a PEM text, and the certificates beside it.
// The contents decide the kind of the key, because labels are often changed.
func (in *intake) readPEM(text string) (*Key, error) {
	var body, other string
	keys := 0
	blocks, whole := blocksOf(text)
	if !whole {
		return nil, errors.New(
			"was cut off: its -----END PRIVATE KEY----- is missing; " + copyItAgain,
		)
	}
	for _, b := range blocks {
		if what := nameOf(labels, []byte(b.label)); what != "" {
			other = what
		} else if b.isKey() {
			body = b.contents
			keys++
		}
	}
	switch {
	case keys > 1:
		return nil, errors.New("holds several private keys: give the one that is meant")
	case keys == 0 && other != "":
		return nil, errors.New(other)
	case keys == 0:
		return nil, errors.New(
			"is PEM of another kind than a private key: -----BEGIN PRIVATE KEY----- is needed, as openssl " +
				"pkey -in key.pem writes it",
		)
	case strings.Contains(body, "Proc-Type:"):
		return nil, errors.New(
			"is encrypted in OpenSSL's old format (Proc-Type: 4,ENCRYPTED): convert it with: " +
				decryptOldCommand,
		)
	}
	if withoutBlanks(body) == "" {
		return nil, errors.New("is damaged: there is nothing between its BEGIN and END lines")
	}
	der, ok := decodeBase64(body)
	if !ok {
		return nil, errors.New(
			"is damaged: what stands between its BEGIN and END lines is not base64; " + copyItAgain,
		)
	}
	for _, b := range blocks {
		if !b.isCertificate() {
			continue
		}
		if err := in.addCertificate(certificateIn(b)); err != nil {
			return nil, err
		}
	}
	return in.readDER([]byte(der))
}

// labels are the beginnings, without blanks, of PEM labels that mean no private key or an
// unsupported one.
var labels = [][2]string{
	{
		"OPENSSHPRIVATEKEY",
		"is in OpenSSH's own format (BEGIN OPENSSH PRIVATE KEY): convert a copy of it with: " +
			sshCommand + " (an Ed25519 key takes OpenSSH 9.6 or later)",
	},
	{"DSAPRIVATEKEY", isDSA},
	{"TSS2PRIVATEKEY", "is a key that never leaves its TPM, and only the TPM can sign with it"},
	{"PGP", "is a PGP key, which can't be used: make a key with: " + newKeyCommand},
	{"PUBLICKEY", isPublic},
	{"RSAPUBLICKEY", isPublic},
	{"SSH2PUBLICKEY", isSSHPublic},
	{"CERTIFICATEREQUEST", isRequest},
	{"NEWCERTIFICATEREQUEST", isRequest},
	{"CERTIFICATE", isCertificate},
	{"TRUSTEDCERTIFICATE", isCertificate},
	{"X509CERTIFICATE", isCertificate},
	{"PKCS7", isCertificate},
	{
		"ECPARAMETERS",
		"is the parameters of a curve alone (BEGIN EC PARAMETERS): give the BEGIN EC PRIVATE KEY part " +
			"of the file too, or make a key with: " + newKeyCommand,
	},
}
