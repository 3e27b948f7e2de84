// JWS signatures: those that an RFC prints, and those that OpenSSL (by Node) and @noble/curves compute.
import { numbered, write } from './corpus.mjs'
import { keys } from './keys.mjs'
import { sign, verify } from './sign.mjs'

const { rsa2048, rsa2048b, rsa3072, p256, p256b, p384, p521, ed25519 } = keys
const hex = text => Buffer.from(text.length % 2 ? '0' + text : text, 'hex')
const encode = value => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value), 'utf8').toString('base64url')

// --- published -------------------------------------------------------------------------------------------------------

const joe = 'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ'
const frodo = encode("It\u2019s a dangerous business, Frodo, going out your door. You step onto the road, and if you don't keep your feet, there\u2019s no knowing where you might be swept off to.")

const a2 = {
  kty: 'RSA',
  n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ',
  e: 'AQAB',
  d: 'Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ',
  p: '4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc',
  q: 'uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc',
  dp: 'BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0',
  dq: 'h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU',
  qi: 'IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U',
}
const bilbo = {
  kty: 'RSA',
  kid: 'bilbo.baggins@hobbiton.example',
  use: 'sig',
  n: 'n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw',
  e: 'AQAB',
  d: 'bWUC9B-EFRIo8kpGfh0ZuyGPvMNKvYWNtB_ikiH9k20eT-O1q_I78eiZkpXxXQ0UTEs2LsNRS-8uJbvQ-A1irkwMSMkK1J3XTGgdrhCku9gRldY7sNA_AKZGh-Q661_42rINLRCe8W-nZ34ui_qOfkLnK9QWDDqpaIsA-bMwWWSDFu2MUBYwkHTMEzLYGqOe04noqeq1hExBTHBOBdkMXiuFhUq1BU6l-DqEiWxqg82sXt2h-LMnT3046AOYJoRioz75tSUQfGCshWTBnP5uDjd18kKhyv07lhfSJdrPdM5Plyl21hsFf4L_mHCuoFau7gdsPfHPxxjVOcOpBrQzwQ',
  p: '3Slxg_DwTXJcb6095RoXygQCAZ5RnAvZlno1yhHtnUex_fp7AZ_9nRaO7HX_-SFfGQeutao2TDjDAWU4Vupk8rw9JR0AzZ0N2fvuIAmr_WCsmGpeNqQnev1T7IyEsnh8UMt-n5CafhkikzhEsrmndH6LxOrvRJlsPp6Zv8bUq0k',
  q: 'uKE2dh-cTf6ERF4k4e_jy78GfPYUIaUyoSSJuBzp3Cubk3OCqs6grT8bR_cu0Dm1MZwWmtdqDyI95HrUeq3MP15vMMON8lHTeZu2lmKvwqW7anV5UzhM1iZ7z4yMkuUwFWoBvyY898EXvRD-hdqRxHlSqAZ192zB3pVFJ0s7pFc',
  dp: 'B8PVvXkvJrj2L-GYQ7v3y9r6Kw5g9SahXBwsWUzp19TVlgI-YV85q1NIb1rxQtD-IsXXR3-TanevuRPRt5OBOdiMGQp8pbt26gljYfKU_E9xn-RULHz0-ed9E9gXLKD4VGngpz-PfQ_q29pk5xWHoJp009Qf1HvChixRX59ehik',
  dq: 'CLDmDGduhylc9o7r84rEUVn7pzQ6PF83Y-iBZx5NT-TpnOZKF1pErAMVeKzFEl41DlHHqqBLSM0W1sOFbwTxYWZDm6sI6og5iTbwQGIC3gnJKbi_7k_vJgGHwHxgPaX2PnvP-zyEkDERuf-ry4c_Z11Cq9AqC2yeL6kdKT1cYF8',
  qi: '3PiqvXQN0zwMeE-sBvZgi289XP9XCQF3VWqPzMKnIgQp7_Tugo6-NZBKCQsMf3HaEGBjTVJs_jcK8-TRXvaKe-7ZMaQj8VfBdYkssbu0NKDDhjJ-GtiseaDVWt7dcH0cfwxgFUHpQh7FoCrjFJ6h6ZEpMF6xmujs4qMpPz8aaI4',
}
const rfc8037 = { kty: 'OKP', crv: 'Ed25519', d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
const eddsaData = 'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc'
const eddsaSignature = 'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg'

const rfc6979 = [
  {
    source: 'RFC 6979 A.2.5, P-256, SHA-256',
    alg: 'ES256',
    crv: 'P-256',
    d: 'C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721',
    x: '60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6',
    y: '7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299',
    sample: ['EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716', 'F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8'],
    test: ['F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367', '019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083'],
  },
  {
    source: 'RFC 6979 A.2.6, P-384, SHA-384',
    alg: 'ES384',
    crv: 'P-384',
    d: '6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5',
    x: 'EC3A4E415B4E19A4568618029F427FA5DA9A8BC4AE92E02E06AAE5286B300C64DEF8F0EA9055866064A254515480BC13',
    y: '8015D9B72D7D57244EA8EF9AC0C621896708A59367F9DFB9F54CA84B3F1C9DB1288B231C3AE0D4FE7344FD2533264720',
    sample: ['94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46', '99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8'],
    test: ['8203B63D3C853E8D77227FB377BCF7B7B772E97892A80F36AB775D509D7A5FEB0542A7F0812998DA8F1DD3CA3CF023DB', 'DDD0760448D42D8A43AF45AF836FCE4DE8BE06B485E9B61B827C2F13173923E06A739F040649A667BF3B828246BAA5A5'],
  },
  {
    source: 'RFC 6979 A.2.7, P-521, SHA-512',
    alg: 'ES512',
    crv: 'P-521',
    d: '00FAD06DAA62BA3B25D2FB40133DA757205DE67F5BB0018FEE8C86E1B68C7E75CAA896EB32F1F47C70855836A6D16FCC1466F6D8FBEC67DB89EC0C08B0E996B83538',
    x: '01894550D0785932E00EAA23B694F213F8C3121F86DC97A04E5A7167DB4E5BCD371123D46E45DB6B5D5370A7F20FB633155D38FFA16D2BD761DCAC474B9A2F5023A4',
    y: '00493101C962CD4D2FDDF782285E64584139C2F91B47F87FF82354D6630F746A28A0DB25741B5B34A828008B22ACC23F924FAAFBD4D33F81EA66956DFEAA2BFDFCF5',
    sample: ['00C328FAFCBD79DD77850370C46325D987CB525569FB63C5D3BC53950E6D4C5F174E25A1EE9017B5D450606ADD152B534931D7D4E8455CC91F9B15BF05EC36E377FA', '00617CCE7CF5064806C467F678D3B4080D6F1CC50AF26CA209417308281B68AF282623EAA63E5B5C0723D8B8C37FF0777B1A20F8CCB1DCCC43997F1EE0E44DA4A67A'],
    test: ['013E99020ABF5CEE7525D16B69B229652AB6BDF2AFFCAEF38773B4B7D08725F10CDB93482FDCC54EDCEE91ECA4166B2A7C6265EF0CE2BD7051B7CEF945BABD47EE6D', '01FBD0013C674AA79CB39849527916CE301C66EA7CE8B80682786AD60F98F7E78A19CA69EFF5C57400E3B3A0AD66CE0978214D13BAF4E9AC60752F7B155E2DE4DCE3'],
  },
]

const published = [
  { source: 'RFC 7515 A.1', comment: 'HS256 with an oct JWK', alg: 'HS256', key: { kty: 'oct', k: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow' }, data: 'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.' + joe, signature: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk' },
  { source: 'RFC 7515 A.2', comment: 'RS256 with a JWK', alg: 'RS256', key: a2, data: 'eyJhbGciOiJSUzI1NiJ9.' + joe, signature: 'cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw' },
  { source: 'RFC 8037 A.4', comment: 'EdDSA with Ed25519', alg: 'EdDSA', key: rfc8037, data: eddsaData, signature: eddsaSignature },
  { source: 'RFC 8037 A.4 and RFC 9864 2.2', comment: 'the fully specified name gives the same signature', alg: 'Ed25519', key: rfc8037, data: eddsaData, signature: eddsaSignature },
  { source: 'RFC 7520 4.1', comment: 'RS256, letters outside ASCII in the payload', alg: 'RS256', key: bilbo, data: 'eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.' + frodo, signature: 'MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg' },
  { source: 'RFC 7520 4.4', comment: 'HS256 with a JWK that says so', alg: 'HS256', key: { kty: 'oct', kid: '018c0ae5-4d9b-471b-bfd6-eef314bc7037', use: 'sig', alg: 'HS256', k: 'hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg' }, data: 'eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9.' + frodo, signature: 's0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0' },
  ...rfc6979.flatMap(({ source, alg, crv, d, x, y, ...messages }) => {
    const [dd, xx, yy] = [d, x, y].map(v => hex(v).toString('base64url'))
    return ['sample', 'test'].map(data => ({ source, comment: `deterministic ECDSA of "${data}"`, alg, key: { kty: 'EC', crv, d: dd, x: xx, y: yy }, data, signature: Buffer.concat(messages[data].map(hex)).toString('base64url') }))
  }),
]

const agreed = []
for (const { source, comment, alg, key, data, signature } of published) {
  if (sign(alg, key, data) !== signature) throw new Error(`${source}, ${comment}: OpenSSL or @noble/curves disagrees`)
  if (data.includes('.') && alg !== 'Ed25519') await verify(alg, key, data, signature)
  agreed.push({ comment, source, op: 'sign', input: { alg, key, data }, want: { signature } })
}
write('jws-published', 'as each case says; OpenSSL (by Node) and @noble/curves 2.4.0 agree', numbered('jws-published', agreed))

// --- generated -------------------------------------------------------------------------------------------------------

const jws = (header, claims) => `${encode(header)}.${encode(claims)}`
const oct = bytes => ({ kty: 'oct', k: Buffer.from(bytes).toString('base64url') })
const claims = { iss: 'client-1', sub: 'client-1', aud: 'https://idp.example.com/token', iat: 1700000000, exp: 1700000060, jti: 'b9c2f1f0-3c0e-4d3c-8a55-0f5d7e0c9a11' }

const generated = [
  ['HS256, a text as key', 'HS256', oct('a secret of thirty-two characters')],
  ['HS384, a text as key', 'HS384', oct('a secret of thirty-two characters')],
  ['HS512, a text as key', 'HS512', oct('a secret of thirty-two characters')],
  ['HS256, a key of one byte', 'HS256', oct([7])],
  ['HS256, a key of 64 bytes: a block', 'HS256', oct(Array.from({ length: 64 }, (_, i) => i))],
  ['HS256, a key of 65 bytes: hashed first', 'HS256', oct(Array.from({ length: 65 }, (_, i) => i))],
  ['HS384, a key of 129 bytes: hashed first', 'HS384', oct(Array.from({ length: 129 }, (_, i) => 255 - i))],
  ['HS512, a key of 128 bytes: a block', 'HS512', oct(Array.from({ length: 128 }, (_, i) => i * 2))],
  ['HS512, a key that is not UTF-8', 'HS512', oct([0xff, 0xfe, 0x00, 0xc0, 0x80])],
  ...['RS256', 'RS384', 'RS512'].flatMap(alg => [
    [`${alg}, 2048 bits, PKCS#8`, alg, rsa2048.pkcs8],
    [`${alg}, 2048 bits, JWK`, alg, rsa2048b.jwk],
    [`${alg}, 3072 bits, PKCS#8`, alg, rsa3072.pkcs8],
    [`${alg}, 3072 bits, JWK`, alg, rsa3072.jwk],
  ]),
  ...[['ES256', p256], ['ES384', p384], ['ES512', p521]].flatMap(([alg, key]) => [
    [`${alg}, PKCS#8`, alg, key.pkcs8],
    [`${alg}, JWK`, alg, key.jwk],
  ]),
  ['ES256, another key', 'ES256', p256b.pkcs8],
  ['ES256, empty claims', 'ES256', p256b.jwk, {}],
  ['ES256, letters outside ASCII', 'ES256', p256.jwk, { name: 'Łódź 東京 🗼' }],
  ['EdDSA, PKCS#8', 'EdDSA', ed25519.pkcs8],
  ['EdDSA, JWK', 'EdDSA', ed25519.jwk],
  ['Ed25519, PKCS#8', 'Ed25519', ed25519.pkcs8],
  ['EdDSA, letters outside ASCII', 'EdDSA', ed25519.jwk, { name: 'Łódź 東京 🗼' }],
  ['RS256, a JWK with kid, use, alg and key_ops', 'RS256', { ...rsa2048.jwk, kid: 'k', use: 'sig', alg: 'RS256', key_ops: ['sign'] }],
  ['ES384, a JWK with members that nobody knows', 'ES384', { 'x-note': { a: 1 }, ...p384.jwk, x5c: ['MIIB'] }],
  ['PEM with CRLF', 'ES256', p256.pkcs8.replaceAll('\n', '\r\n')],
  ['PEM in one long line', 'RS256', rsa2048.pkcs8.replace(/(?<=[^-])\n(?=[^-])/g, '')],
  ['PEM with lines of 76 characters', 'ES512', rewrap(p521.pkcs8, 76)],
  ['PEM with empty lines around it', 'ES512', `\n\n${p521.pkcs8}\n\n\n`],
  ['PEM after lines of text', 'ES384', `subject=CN = example\nfriendlyName: key\n${p384.pkcs8}`],
]
// The PEM text without so many lines at its end.
function cut(pem, lines) {
  const all = pem.trimEnd().split('\n')
  return [...all.slice(0, -1 - lines), all.at(-1), ''].join('\n')
}

function rewrap(pem, width) {
  const [, label, base64] = pem.match(/-----BEGIN (.+?)-----([\s\S]+)-----END/)
  return `-----BEGIN ${label}-----\n${base64.replace(/\s/g, '').match(new RegExp(`.{1,${width}}`, 'g')).join('\n')}\n-----END ${label}-----\n`
}

const signed = []
for (const [comment, alg, key, c = claims] of generated) {
  const data = jws({ alg, typ: 'JWT' }, c)
  const signature = sign(alg, key, data)
  await verify(alg, key, data, signature)
  signed.push({ comment, op: 'sign', input: { alg, key, data }, want: { signature } })
}

const wrong = [
  ['RSA of 1024 bits, PKCS#8', 'RS256', keys.rsa1024.pkcs8],
  ['RSA of 1024 bits, JWK', 'RS256', keys.rsa1024.jwk],
  ['a public RSA key', 'RS256', rsa2048.public],
  ['a public EC key', 'ES256', p256.public],
  ['a certificate', 'ES256', p256.certificate],
  ['a public RSA JWK', 'RS256', rsa2048.publicJwk],
  ['a public EC JWK', 'ES256', p256.publicJwk],
  ['a public Ed25519 JWK', 'EdDSA', ed25519.publicJwk],
  ['ES256 with an RSA key', 'ES256', rsa2048.pkcs8],
  ['RS256 with a P-256 key', 'RS256', p256.pkcs8],
  ['PS256 with an Ed25519 key', 'PS256', ed25519.pkcs8],
  ['EdDSA with an RSA key', 'EdDSA', rsa2048.jwk],
  ['EdDSA with a P-256 key', 'EdDSA', p256.jwk],
  ['ES256 with P-384', 'ES256', p384.pkcs8],
  ['ES384 with P-256', 'ES384', p256.jwk],
  ['ES512 with P-384', 'ES512', p384.jwk],
  ['HS256 with an EC JWK', 'HS256', p256.jwk],
  ['HS256 with a PEM text', 'HS256', rsa2048.pkcs8],
  ['RS256 with an oct JWK', 'RS256', oct('secret')],
  ['HS256 with an empty oct JWK', 'HS256', { kty: 'oct', k: '' }],
  ['HS256 with an oct JWK without k', 'HS256', { kty: 'oct' }],
  ['secp256k1, PKCS#8', 'ES256', keys.secp256k1.pkcs8],
  ['secp256k1, JWK', 'ES256', keys.secp256k1.jwk],
  ['X25519, PKCS#8', 'EdDSA', keys.x25519.pkcs8],
  ['X25519, JWK', 'EdDSA', keys.x25519.jwk],
  ['Ed448, PKCS#8', 'EdDSA', keys.ed448.pkcs8],
  ['Ed448, JWK', 'EdDSA', keys.ed448.jwk],
  ['an EC JWK with d of another length', 'ES256', { ...p256.jwk, d: p384.jwk.d }],
  ['an EC JWK with d of zero', 'ES256', { ...p256.jwk, d: Buffer.alloc(32).toString('base64url') }],
  ['an EC JWK whose d is as large as the order', 'ES256', { ...p256.jwk, d: hex('FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551').toString('base64url') }],
  ['an EC JWK without a curve', 'ES256', { ...p256.jwk, crv: undefined }],
  ['an EC JWK with an unknown curve', 'ES256', { ...p256.jwk, crv: 'P-255' }],
  ['an Ed25519 JWK with a short d', 'EdDSA', { ...ed25519.jwk, d: 'nWGxne_9WmC6hEr0kuwsxA' }],
  ['an RSA JWK without n', 'RS256', { ...rsa2048.jwk, n: undefined }],
  ['a JWK with characters that are not base64url', 'ES256', { ...p256.jwk, d: p256.jwk.d.slice(0, -2) + '!!' }],
  ['a JWK with a number as d', 'ES256', { ...p256.jwk, d: 5 }],
  ['a JWK with an unknown kty', 'ES256', { ...p256.jwk, kty: 'XYZ' }],
  ['a JWK without kty', 'ES256', { crv: 'P-256', d: p256.jwk.d }],
  ['an empty object', 'ES256', {}],
  ['a set of public JWKs', 'ES256', { keys: [p256.publicJwk] }],
  ['an empty text', 'ES256', ''],
  ['blanks', 'ES256', '  \n '],
  ['text', 'ES256', 'correct horse battery staple'],
  ['PEM with nothing inside', 'ES256', '-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n'],
  ['PEM with garbage inside', 'ES256', '-----BEGIN PRIVATE KEY-----\nVGhpcyBpcyBub3QgYSBrZXkuIEl0IGlzIGp1c3QgdGV4dC4=\n-----END PRIVATE KEY-----\n'],
  ['PEM with characters that are not base64', 'ES256', p256.pkcs8.replace('MIGHAgEA', 'MIG*AgEA')],
  ['PEM that is cut off', 'ES256', p256.pkcs8.slice(0, 120)],
  ['PEM without its last bytes', 'RS256', cut(rsa2048.pkcs8, 4)],
  ['PEM without its end', 'ES256', p256.pkcs8.replace(/-----END.*\n/, '')],
  ['PEM with another label', 'ES256', p256.pkcs8.replaceAll('PRIVATE KEY', 'DH PARAMETERS')],
  ['an OpenSSH key', 'EdDSA', '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n-----END OPENSSH PRIVATE KEY-----\n'],
]

write('jws-generated', 'RS and HS by OpenSSL (Node), EdDSA by OpenSSL, ES by @noble/curves 2.4.0 (RFC 6979), each verified with jose 6.2.17, by generate/sign.mjs; the refusals by hand', [
  ...numbered('jws', signed),
  ...numbered('jws-refused', wrong.map(([comment, alg, key]) => ({ comment, source: 'by hand', op: 'sign', input: { alg, key, data: 'eyJhbGciOiJub25lIn0.e30' }, wantError: { code: 'invalid_key' } }))),
])
