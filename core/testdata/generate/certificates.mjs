// Certificates beside private keys: their thumbprints by Node, their chains as OpenSSL wrote them, files of PKCS#12 by OpenSSL,
// and what is no certificate.
import { X509Certificate } from 'node:crypto'
import { fixed, numbered, write } from './corpus.mjs'
import { der, encrypt, octets, oid, sequence, integer, toDER, toPEM } from './encrypt.mjs'
import { certificates, keys } from './keys.mjs'
import { expectRequest } from './rules.mjs'

const { rsa2048, rsa2048b, p256, p256b, p384, p521, ed25519 } = keys
const { root, issuer, leaf, pkcs12 } = certificates
const id = { tokenEndpoint: 'https://as.example.com/token', clientId: 'svc-0oa1x2' }
const service = { ...id, privateKey: rsa2048.pkcs8 }
const jwtGrant = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const passphrase = 'correct horse'
const base64 = pem => toDER(pem).toString('base64')

for (const [text, key] of [[leaf, rsa2048], [p256.certificate, p256], [certificates.ed25519, ed25519], [certificates.p256Compressed, p256]]) {
  if (!new X509Certificate(text).publicKey.equals(new X509Certificate(text).publicKey) || !key) throw new Error('no certificate')
}

const tests = []

/** A request that is that of `plain`, whose certificate is PEM of one chain in its order. A key of bytes is the vector's keyHex. */
async function accept(comment, config, plain = {}) {
  const test = { comment, op: 'build', ...fixed(`certificate ${comment}`) }
  const { passphrase, tenant, ...rest } = { ...config, ...plain }
  const expected = await expectRequest({ ...test, config: rest })
  const bytes = Buffer.isBuffer(config.privateKey)
  tests.push({ ...test, config: { ...config, privateKey: bytes ? undefined : config.privateKey }, ...(bytes && { keyHex: config.privateKey.toString('hex') }), ...expected })
}

function refuse(comment, config, mentions, code = 'invalid_config', more = {}) {
  const bytes = Buffer.isBuffer(config.privateKey)
  tests.push({
    comment, source: 'by hand', op: 'build', config: { ...config, privateKey: bytes ? undefined : config.privateKey }, ...(bytes && { keyHex: config.privateKey.toString('hex') }),
    ...fixed(`certificate ${comment}`), wantError: { code, mentions, ...more },
  })
}

// --- the thumbprint ----------------------------------------------------------------------------------------------------------

await accept('RSA', { ...service, certificate: certificates.rsa2048 })
await accept('P-256', { ...id, privateKey: p256.pkcs8, certificate: p256.certificate })
await accept('P-384', { ...id, privateKey: p384.jwk, certificate: certificates.p384 })
await accept('P-521', { ...id, privateKey: p521.sec1, certificate: certificates.p521 })
await accept('Ed25519, whose key as OpenSSL writes it has no public part', { ...id, privateKey: ed25519.pkcs8, certificate: certificates.ed25519 })
await accept('Ed25519 as a JWK', { ...id, privateKey: ed25519.jwk, certificate: certificates.ed25519 })
await accept('a compressed point in the certificate', { ...id, privateKey: p256.pkcs8, certificate: certificates.p256Compressed })
await accept('an encrypted key', { ...id, privateKey: p256.encrypted, passphrase: p256.passphrase, certificate: p256.certificate }, { privateKey: p256.pkcs8 })
await accept('a kid that is given, too', { ...service, keyId: 'k', certificate: leaf })
await accept('PS256', { ...service, alg: 'PS256', certificate: leaf })
await accept('the assertion is the grant', { ...service, grantType: jwtGrant, certificate: leaf })
await accept('beside a secret that authenticates', { ...service, clientAuth: 'client_secret_post', clientSecret: 's', grantType: jwtGrant, certificate: leaf })
await accept("the caller's own header wins", { ...service, certificate: leaf, x5c: true, assertion: { header: { 'x5t#S256': 'bWluZQ', x5c: ['MIIB'] } } })
await accept('null removes it', { ...service, certificate: leaf, assertion: { header: { 'x5t#S256': null, x5t: 'c2hhMQ' } } })

// --- its spellings -----------------------------------------------------------------------------------------------------------

const one = { certificate: certificates.rsa2048 }
for (const [comment, text] of [
  ['base64 of DER', base64(one.certificate)],
  ['base64 of PEM', Buffer.from(one.certificate).toString('base64')],
  ['CRLF', one.certificate.replaceAll('\n', '\r\n')],
  ['escaped line breaks', one.certificate.replaceAll('\n', '\\n')],
  ['quotes and escaped line breaks', JSON.stringify(one.certificate)],
  ['blanks instead of line breaks', one.certificate.replaceAll('\n', ' ')],
  ['text around it', `subject=CN = Test service\n${one.certificate}\n`],
  ['X509 CERTIFICATE', one.certificate.replaceAll(' CERTIFICATE', ' X509 CERTIFICATE')],
  ['a byte order mark', '\ufeff' + one.certificate],
]) await accept(`spelled otherwise: ${comment}`, { ...service, certificate: text }, one)

// --- chains ------------------------------------------------------------------------------------------------------------------

const chain = { ...service, certificate: leaf + issuer + root }
await accept('a chain: the thumbprint is that of the key', chain)
await accept('x5c', { ...chain, x5c: true })
await accept('x5c of one certificate', { ...service, certificate: leaf, x5c: true })
await accept('x5c: false', { ...chain, x5c: false })
await accept('x5c without the root', { ...service, certificate: leaf + issuer, x5c: true })
await accept('x5c: the other way round', { ...chain, certificate: root + issuer + leaf, x5c: true }, chain)
await accept('x5c: in no order', { ...chain, certificate: issuer + leaf + root, x5c: true }, chain)
await accept('x5c: one of them twice', { ...chain, certificate: leaf + issuer + leaf + root + issuer, x5c: true }, chain)

// --- in the privateKey -------------------------------------------------------------------------------------------------------

await accept('PEM of both', { ...id, privateKey: rsa2048.pkcs8 + certificates.rsa2048 }, { privateKey: rsa2048.pkcs8, ...one })
await accept('PEM of both, the certificate first', { ...id, privateKey: certificates.rsa2048 + rsa2048.pkcs1 }, { privateKey: rsa2048.pkcs8, ...one })
await accept('PEM of the key and its chain', { ...id, privateKey: root + issuer + rsa2048.pkcs8 + leaf, x5c: true }, { privateKey: rsa2048.pkcs8, certificate: leaf + issuer + root })
await accept('PEM of both, Ed25519', { ...id, privateKey: ed25519.pkcs8 + certificates.ed25519 }, { privateKey: ed25519.pkcs8, certificate: certificates.ed25519 })
await accept('PEM of both, the key encrypted', { ...id, privateKey: p256.certificate + p256.encrypted, passphrase: p256.passphrase }, { privateKey: p256.pkcs8, certificate: p256.certificate })
await accept('another certificate of the same key is given', { ...id, privateKey: rsa2048.pkcs8 + certificates.rsa2048, certificate: leaf }, { privateKey: rsa2048.pkcs8 })

// --- PKCS#12 -----------------------------------------------------------------------------------------------------------------

const file = name => Buffer.from(pkcs12[name], 'base64')
await accept('PKCS#12 with a chain', { ...id, privateKey: file('chain'), passphrase }, { privateKey: rsa2048.pkcs8, certificate: leaf })
await accept('PKCS#12 with a chain, x5c', { ...id, privateKey: file('chain'), passphrase, x5c: true }, { privateKey: rsa2048.pkcs8, certificate: leaf + issuer + root })
await accept('PKCS#12, base64', { ...id, privateKey: pkcs12.chain, passphrase }, { privateKey: rsa2048.pkcs8, certificate: leaf })
await accept('PKCS#12 with an empty passphrase', { ...id, privateKey: file('empty') }, { privateKey: p256.pkcs8, certificate: p256.certificate })
await accept('PKCS#12 with AES of 128 and 192 bits, a passphrase with non-ASCII letters', { ...id, privateKey: file('ed25519'), passphrase: 'Gürtel' }, { privateKey: ed25519.pkcs8, certificate: certificates.ed25519 })
await accept('PKCS#12 in the clear', { ...id, privateKey: file('plain') }, { privateKey: p384.pkcs8, certificate: certificates.p384 })
await accept('PKCS#12 in the clear with a MAC', { ...id, privateKey: file('mac'), passphrase }, { privateKey: p384.pkcs8, certificate: certificates.p384 })
await accept('PKCS#12 without a certificate', { ...id, privateKey: file('nocert'), passphrase }, { privateKey: rsa2048.pkcs8 })
await accept('PKCS#12 without a certificate, and one beside it', { ...id, privateKey: file('nocert'), passphrase, certificate: leaf }, { privateKey: rsa2048.pkcs8 })

// PFX of RFC 7292, by hand
const bagOID = n => oid(`2a864886f70d010c0a010${n}`)
const explicit = (...parts) => der(0xa0, ...parts)
const data = contents => sequence(oid('2a864886f70d010701'), explicit(octets(contents)))
const pfx = (...safes) => sequence(integer(3), data(sequence(...safes)))
const keyBag = pem => sequence(bagOID(1), explicit(toDER(pem)))
const sealedBag = encrypted => sequence(bagOID(2), explicit(encrypted))
const certificateBag = pem => sequence(bagOID(3), explicit(sequence(oid('2a864886f70d01091601'), explicit(octets(toDER(pem))))))
const nested = (bag, depth) => (depth === 0 ? bag : sequence(bagOID(6), explicit(sequence(nested(bag, depth - 1)))))
const p12 = (...bags) => ({ ...id, privateKey: pfx(data(sequence(...bags))) })
await accept('PKCS#12 with a sealed key and a certificate in the clear', { ...p12(certificateBag(p256.certificate), sealedBag(encrypt(p256.pkcs8, passphrase))), passphrase }, { privateKey: p256.pkcs8, certificate: p256.certificate })
await accept('PKCS#12 with bags in bags', p12(nested(keyBag(p384.pkcs8), 2), certificateBag(certificates.p384)), { privateKey: p384.pkcs8, certificate: certificates.p384 })
await accept('PKCS#12 with a bag of another kind', p12(sequence(bagOID(5), explicit(sequence())), keyBag(p384.pkcs8)), { privateKey: p384.pkcs8 })

const invalidKey = 'invalid_key'
refuse('PKCS#12 with a wrong passphrase', { ...id, privateKey: file('chain'), passphrase: 'wrong horse' }, ['privateKey', 'passphrase is wrong'], invalidKey)
refuse('PKCS#12 without its passphrase', { ...id, privateKey: file('chain') }, ['PKCS #12', 'passphrase'], invalidKey)
refuse('PKCS#12 with a needless passphrase', { ...id, privateKey: p384.pkcs8, passphrase }, ['passphrase', 'not encrypted'])
refuse('PKCS#12 of an old program', { ...id, privateKey: file('legacy'), passphrase }, ['PKCS #12', 'RC2', 'openssl pkcs12 -legacy'], invalidKey)
refuse('PKCS#12 with Triple DES', { ...id, privateKey: file('des3'), passphrase }, ['PKCS #12', 'Triple DES', 'openssl pkcs12 -legacy'], invalidKey)
refuse('PKCS#12 without a key', { ...id, privateKey: file('nokey'), passphrase }, ['PKCS #12', 'without a private key'], invalidKey)
refuse('PKCS#12 with two keys', p12(keyBag(p256.pkcs8), keyBag(p384.pkcs8)), ['several private keys'], invalidKey)
refuse('PKCS#12 with two keys in two safes', { ...id, privateKey: pfx(data(sequence(keyBag(p256.pkcs8))), data(sequence(keyBag(p384.pkcs8)))) }, ['several private keys'], invalidKey)
refuse('PKCS#12 with the certificate of another key', p12(keyBag(p384.pkcs8), certificateBag(p256.certificate)), ['privateKey', "doesn't belong to the certificate"], invalidKey)
refuse('PKCS#12 with a broken certificate', p12(keyBag(p384.pkcs8), certificateBag(p256.pkcs8)), ['privateKey holds a key and a certificate, but the certificate'], invalidKey)
refuse('PKCS#12 with too many bags in bags', p12(nested(keyBag(p384.pkcs8), 9)), ['damaged', 'PKCS #12'], invalidKey)
refuse('PKCS#12 with too many iterations in all', {
  ...p12(certificateBag(p256.certificate), sealedBag(encrypt(p256.pkcs8, passphrase, { iterations: 300_000 })), sealedBag(encrypt(p384.pkcs8, passphrase, { iterations: 300_001 }))), passphrase,
}, ['600000 iterations', 'openssl pkcs12'], invalidKey)
refuse('PKCS#12 with as many iterations as a number holds', {
  ...p12(sealedBag(encrypt(p256.pkcs8, passphrase, { iterations: 3 })), sealedBag(encrypt(p384.pkcs8, passphrase, { iterations: 2 ** 31 - 1 }))), passphrase,
}, ['600000 iterations', 'openssl pkcs12'], invalidKey)
refuse('PKCS#12 that is signed', { ...id, privateKey: sequence(integer(3), sequence(oid('2a864886f70d010702'), explicit(sequence()))) }, ['damaged', 'PKCS #12'], invalidKey)
refuse('PKCS#12 cut off', { ...id, privateKey: file('chain').subarray(0, -9), passphrase }, ['damaged', 'end is missing'], invalidKey)
for (const at of [30, 61]) {
  const changed = Buffer.from(file('plain'))
  changed[at] ^= 0x80
  refuse(`PKCS#12 with the byte ${at} changed`, { ...id, privateKey: changed }, ['damaged'], invalidKey)
}

// --- Microsoft Entra ID ------------------------------------------------------------------------------------------------------

// "Microsoft identity platform application authentication certificate credentials", Microsoft Learn: PS256, x5t#S256, aud is the endpoint
const entra = { provider: 'entra', tenant: 't-1', clientId: 'app-1', scope: 'https://graph.microsoft.com/.default' }
const documented = { provider: 'oauth2', tokenEndpoint: 'https://login.microsoftonline.com/t-1/oauth2/v2.0/token', alg: 'PS256', privateKey: rsa2048.pkcs8, certificate: leaf }
await accept('Entra: PEM of both', { ...entra, privateKey: rsa2048.pkcs8 + leaf }, documented)
await accept('Entra: PKCS#12', { ...entra, privateKey: file('chain'), passphrase }, documented)
await accept('Entra: subject name and issuer', { ...entra, privateKey: file('chain'), passphrase, x5c: true }, { ...documented, certificate: leaf + issuer + root })

// --- a certificate of another key --------------------------------------------------------------------------------------------

const foreign = ['privateKey', "doesn't belong to the certificate", 'openssl x509', 'openssl pkey']
refuse('the certificate of another RSA key', { ...service, certificate: certificates.rsa2048b }, foreign, invalidKey)
refuse('the certificate of a key of another type', { ...service, certificate: p256.certificate }, foreign, invalidKey)
refuse('the certificate of another curve', { ...id, privateKey: p384.pkcs8, certificate: p256.certificate }, foreign, invalidKey)
refuse('the certificate of another key on the curve', { ...id, privateKey: p256b.pkcs8, certificate: p256.certificate }, foreign, invalidKey)
refuse('the compressed certificate of another key on the curve', { ...id, privateKey: p256b.pkcs8, certificate: certificates.p256Compressed }, foreign, invalidKey)
refuse('PEM of a key and the certificate of another one', { ...id, privateKey: rsa2048b.pkcs8 + leaf }, foreign, invalidKey)
refuse('the chain of another key', { ...id, privateKey: rsa2048b.pkcs8, certificate: leaf + issuer + root }, foreign, invalidKey)
refuse('the key of the issuer', { ...id, privateKey: p384.pkcs8, certificate: leaf + issuer }, foreign, invalidKey)

// --- what is no certificate --------------------------------------------------------------------------------------------------

const broken = (comment, certificate, ...mentions) => refuse(`no certificate: ${comment}`, { ...service, certificate }, ['certificate', ...mentions])
const bytes = toDER(leaf)
broken('empty', '', 'is empty')
broken('blanks', ' \n ', 'is empty')
broken('cut off', leaf.slice(0, 400), 'cut off', 'END CERTIFICATE', 'openssl x509')
broken('DER, cut off', bytes.subarray(0, -20).toString('base64'), 'damaged', 'openssl x509')
broken('DER, followed by more', Buffer.concat([bytes, Buffer.from('00', 'hex')]).toString('base64'), 'damaged')
broken('a line missing', leaf.split('\n').toSpliced(3, 1).join('\n'), 'damaged')
broken('no base64', leaf.replace('MII', 'M*I'), 'damaged')
broken('nothing between its lines', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n', 'damaged')
broken('a certificate signing request', certificates.request, 'certificate signing request')
broken('a certificate signing request, DER', base64(certificates.request), 'certificate signing request')
broken('a list of revoked certificates', certificates.crl, 'CRL')
broken('a list of revoked certificates, DER', base64(certificates.crl), 'CRL')
broken('the private key', rsa2048.pkcs8, 'holds a private key', 'give all of it as privateKey')
broken('the private key, DER', base64(rsa2048.pkcs8), 'holds a private key')
broken('the private key, PKCS#1, DER', base64(rsa2048.pkcs1), 'holds a private key')
broken('the private key, encrypted, DER', base64(p256.encrypted), 'holds a private key')
broken('the private key as a JWK', JSON.stringify(rsa2048.jwk), 'holds a private key')
broken('both', rsa2048.pkcs8 + leaf, 'holds a private key')
broken('both, the key cut off', leaf + rsa2048.pkcs8.slice(0, 300), 'cut off')
broken('a public key', p256.public, 'public key alone')
broken('a public key, DER', base64(p256.public), 'public key alone')
broken('PKCS#7', certificates.pkcs7, 'PKCS #7', 'openssl pkcs7')
broken('PKCS#7, DER', base64(certificates.pkcs7), 'PKCS #7', 'openssl pkcs7')
broken('PKCS#12', pkcs12.chain, 'PKCS #12', 'privateKey')
broken("OpenSSL's own format", certificates.trusted, "OpenSSL's own format", 'openssl x509')
broken('another label', toPEM('DH PARAMETERS', Buffer.alloc(40)), 'PEM of another kind')
broken('its thumbprint', new X509Certificate(leaf).fingerprint256, 'PEM', 'thumbprint')
broken('its thumbprint in base64url', Buffer.from(new X509Certificate(leaf).fingerprint256.replaceAll(':', ''), 'hex').toString('base64url'), 'PEM', 'thumbprint')
broken('the name of its file', '/etc/ssl/client.pem', 'PEM', 'file')
broken('DER without what a certificate has', sequence(sequence(integer(5)), sequence(), der(3, Buffer.from([0]))).toString('base64'), 'damaged')
broken('two leaves', leaf + certificates.rsa2048, 'several certificates')
broken('two leaves of the same issuer', leaf + certificates.rsa2048b + issuer, 'several certificates')
broken('a root that issued none of them', leaf + p256.certificate, 'several certificates')
broken('too many', leaf.repeat(101), '100 certificates')

// --- where there is no place for it ------------------------------------------------------------------------------------------

refuse('a certificate without a key', { ...id, clientSecret: 's', certificate: leaf }, ['certificate', 'without the private key'])
refuse('a certificate with client_secret_jwt', { ...id, clientAuth: 'client_secret_jwt', clientSecret: 's', certificate: leaf }, ['certificate', 'without the private key'])
refuse("a certificate beside somebody else's assertion", { ...id, clientAssertion: 'a.b.c', certificate: leaf }, ['certificate', 'without the private key'])
refuse('a certificate of a public client', { ...id, clientAuth: 'none', certificate: leaf }, ['certificate', 'without the private key'])
refuse('x5c without a certificate', { ...service, x5c: true }, ['x5c', 'no certificate'])
refuse('x5c without a key', { ...id, clientSecret: 's', x5c: true }, ['x5c', 'no certificate'])
refuse('x5c that is no boolean', { ...service, certificate: leaf, x5c: 'true' }, ['x5c', 'true or false'])
refuse('a certificate that is an object', { ...service, certificate: { pem: leaf } }, ['certificate', 'a string or a Uint8Array'])
refuse('a list of certificates', { ...service, certificate: [leaf, issuer] }, ['certificate', 'a string or a Uint8Array'])
refuse('a key that names its file', { ...id, privateKey: { file: '/etc/key.pem' } }, ['privateKey', 'names a file'])

write('certificates', 'RFC 7515 4.1.6 and 4.1.8: thumbprints by Node, certificates and files of PKCS#12 by OpenSSL, requests by generate/rules.mjs', numbered('certificate', tests))
