package assertion

import (
	"errors"
	"strings"
)

const (
	pemBegin = "-----BEGIN"
	pemEnd   = "-----END"
)

// readPEM reads the one private key among the blocks of a PEM text (RFC 7468). The contents decide
// the kind of the key, because labels are often changed. White space in labels is ignored.
func (in *intake) readPEM(text string) (*Key, error) {
	var body, other string
	keys := 0
	for rest := unescape(text); ; {
		_, block, more := strings.Cut(rest, pemBegin)
		if !more {
			break
		}
		var label, contents string
		var labelled, ended bool
		label, block, labelled = strings.Cut(block, "-----")
		contents, rest, ended = strings.Cut(block, pemEnd)
		if !labelled || !ended || strings.Contains(contents, pemBegin) {
			return nil, errors.New(
				"was cut off: its -----END PRIVATE KEY----- is missing; " + copyItAgain,
			)
		}
		switch what := nameOf(labels, []byte(withoutBlanks(label))); {
		case what != "":
			other = what
		case strings.HasSuffix(withoutBlanks(label), "PRIVATEKEY"):
			body = contents
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
