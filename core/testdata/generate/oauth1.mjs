// OAuth 1 signatures: those that somebody published, and those that oauthlib computes (judge.py).
import { judge, numbered, write } from './corpus.mjs'
import { keys } from './keys.mjs'

// --- published -------------------------------------------------------------------------------------------------------

const rfc = { consumerKey: 'dpf43f3p2l4k3l03', consumerSecret: 'kd94hf93k423kf44', signatureMethod: 'HMAC-SHA1', version: '', realm: 'Photos' }
const hereSdk = { method: 'POST', url: 'https://www.sampleurl.com/some/path', consumerKey: 'testKey', consumerSecret: 'testSecret', nonce: 'ab1Xo3', timestamp: 123456789, signatureMethod: 'HMAC-SHA256', version: '1.0' }
const hereUrl = { ...hereSdk, url: 'https://account.api.here.com/oauth2/token' }
const keyValue = [['key1', 'value1'], ['key1', 'value2'], ['key2', 'value1']]
const section3 = {
  method: 'POST',
  url: 'http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b',
  params: [['c2', ''], ['a3', '2 q']],
  consumerKey: '9djdj82h48djs9d2',
  consumerSecret: 'j49sk3j29djd',
  token: 'kkk9d7dh3k39sjv7',
  tokenSecret: 'dh893hdasih9',
  nonce: '7d8f3e4a',
  timestamp: 137131201,
  signatureMethod: 'HMAC-SHA1',
  version: '',
  realm: 'Example',
}

const published = [
  ['RFC 5849 1.2', 'temporary credentials', { ...rfc, method: 'POST', url: 'https://photos.example.net/initiate', nonce: 'wIjqoS', timestamp: 137131200, oauthParams: [['oauth_callback', 'http://printer.example.com/ready']] }, { signature: '74KNZJeDHnMBp0EMJ9ZHt/XKycU=' }],
  ['RFC 5849 1.2', 'token credentials', { ...rfc, method: 'POST', url: 'https://photos.example.net/token', token: 'hh5s93j4hdidpola', tokenSecret: 'hdhd0244k9j7ao03', nonce: 'walatlh', timestamp: 137131201, oauthParams: [['oauth_verifier', 'hfdp7dh39dks9884']] }, { signature: 'gKgrFCywp7rO0OXSjdot/IHF7IU=' }],
  ['RFC 5849 1.2', 'a photo', { ...rfc, method: 'GET', url: 'http://photos.example.net/photos?file=vacation.jpg&size=original', token: 'nnch734d00sl2jdk', tokenSecret: 'pfkkdhi9sl3r4s00', nonce: 'chapoH', timestamp: 137131202 }, { signature: 'MdpQcU8iPSUjWoN/UDMsK2sui9I=' }],
  ['RFC 5849 3.4.1.1', 'the base string: query, header and body, equal names, empty values', section3, { baseString: 'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7' }],
  ['RFC 5849 3.1 with erratum 2550', 'the signature of that request (the RFC prints one that cannot be)', section3, { signature: 'r6/TJjbCOr97/+UU0NsvSne7s5g=' }],
  ['RFC 5849 3.4.1.2', 'the base string URI: host in upper case, default port, %20 in the path', { ...section3, method: 'GET', url: 'http://EXAMPLE.COM:80/r%20v/X?id=123', params: [], token: '', tokenSecret: '' }, { baseString: 'GET&http%3A%2F%2Fexample.com%2Fr%2520v%2FX&id%3D123%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201' }],
  ['RFC 5849 3.4.1.2', 'the base string URI: another port', { ...section3, method: 'GET', url: 'https://www.example.net:8080/?q=1', params: [], token: '', tokenSecret: '' }, { baseString: 'GET&https%3A%2F%2Fwww.example.net%3A8080%2F&oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26q%3D1' }],
  ['RFC 5849 2.1', 'PLAINTEXT without a token', { method: 'POST', url: 'https://server.example.com/request_temp_credentials', consumerKey: 'jd83jd92dhsh93js', consumerSecret: 'ja893SD9', nonce: 'n', timestamp: 1, signatureMethod: 'PLAINTEXT', version: '', realm: 'Example', oauthParams: [['oauth_callback', 'http://client.net/cb?x=1']] }, { signature: 'ja893SD9&' }],
  ['RFC 5849 2.3', 'PLAINTEXT with a token', { method: 'POST', url: 'https://server.example.com/request_token', consumerKey: 'jd83jd92dhsh93js', consumerSecret: 'ja893SD9', token: 'hdk48Djdsa', tokenSecret: 'xyz4992k83j47x0b', nonce: 'n', timestamp: 1, signatureMethod: 'PLAINTEXT', version: '', realm: 'Example', oauthParams: [['oauth_verifier', '473f82d3']] }, { signature: 'ja893SD9&xyz4992k83j47x0b' }],
  ['X (Twitter), "Creating a signature"; the signature as every implementation computes it', 'a status with blanks, a plus, a comma and an exclamation mark', { method: 'POST', url: 'https://api.twitter.com/1.1/statuses/update.json?include_entities=true', params: [['status', 'Hello Ladies + Gentlemen, a signed OAuth request!']], consumerKey: 'xvz1evFS4wEEPTGEFPHBog', consumerSecret: 'kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw', token: '370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb', tokenSecret: 'LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE', nonce: 'kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg', timestamp: 1318622958, signatureMethod: 'HMAC-SHA1', version: '1.0' }, { baseString: 'POST&https%3A%2F%2Fapi.twitter.com%2F1.1%2Fstatuses%2Fupdate.json&include_entities%3Dtrue%26oauth_consumer_key%3Dxvz1evFS4wEEPTGEFPHBog%26oauth_nonce%3DkYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1318622958%26oauth_token%3D370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb%26oauth_version%3D1.0%26status%3DHello%2520Ladies%2520%252B%2520Gentlemen%252C%2520a%2520signed%2520OAuth%2520request%2521', signature: 'hCtSmYh+iHYCEqBWrE7C7hYmtUk=' }],
  ['here-aaa-java-sdk SignatureCalculatorTest', 'no parameters', hereSdk, { signature: 'FeKRSQawLAt3GwVBYCJqY2lawFkEHs2u78MfT7m1P+A=' }],
  ['here-aaa-java-sdk SignatureCalculatorTest', 'form parameters', { ...hereSdk, params: keyValue }, { signature: 'THFhaWB1Lbp/SVU+FSc/ix4CS6LpNY1suaZBSKQ4na4=' }],
  ['here-aaa-java-sdk SignatureCalculatorTest', 'the same in form and query', { ...hereSdk, url: hereSdk.url + '?key1=value1&key1=value2&key2=value1', params: keyValue }, { signature: 'bw5G7oIjsicO2Lp8rNa1H0bNj3Pkv+5aP2g9EedRpxI=' }],
  ['here-aaa-java-sdk SignatureCalculatorTest', 'the same with the default port', { ...hereSdk, url: 'https://www.sampleurl.com:443/some/path?key1=value1&key1=value2&key2=value1', params: keyValue }, { signature: 'bw5G7oIjsicO2Lp8rNa1H0bNj3Pkv+5aP2g9EedRpxI=' }],
  ['HERE Account, "Request a Token", with the keys of here-aaa-java-sdk, recomputed', 'grant_type alone', { ...hereUrl, params: [['grant_type', 'client_credentials']] }, { signature: 'rRAtqTOs5NF73QrKrlXgGIRutpi9jVGYHUMbgexcTbs=' }],
  ['HERE Account, "Request a Token", with the keys of here-aaa-java-sdk, recomputed', 'with a lifetime and a project', { ...hereUrl, params: [['grant_type', 'client_credentials'], ['expires_in', '3600'], ['scope', 'hrn:here:authorization::org123:project/p-1']] }, { signature: 'tt6WeGIUcyAB/xFQk23xfwVFPB6jPCBrY79Ig7yAsdM=' }],
]

const judgedPublished = judge(published.map(([, , input]) => input))
write(
  'oauth1-published',
  'as each case says; all of them agree with python3-oauthlib 3.2.2',
  numbered('oauth1-published', published.map(([source, comment, input, want], i) => {
    for (const [name, value] of Object.entries(want)) {
      if (judgedPublished[i][name] !== value) throw new Error(`${source}, ${comment}: oauthlib says ${judgedPublished[i][name]}`)
    }
    return { comment, source, op: 'oauth1', input, want }
  })),
)

// --- judged by oauthlib ----------------------------------------------------------------------------------------------

const post = { method: 'POST', url: 'https://api.example.com/oauth2/token', consumerKey: 'ck-1tqA', consumerSecret: 'cs-a7Yq0pWm', nonce: 'LIIpk4', timestamp: 1512072698, signatureMethod: 'HMAC-SHA256', version: '1.0' }
const get = { ...post, method: 'GET', url: 'https://api.example.com/v1/maps' }
const grant = ['grant_type', 'client_credentials']
const tokens = { token: 'nnch734d00sl2jdk', tokenSecret: 'pfkkdhi9sl3r4s00' }
const sha1 = { signatureMethod: 'HMAC-SHA1' }
const plain = { signatureMethod: 'PLAINTEXT' }

const judged = [
  ['a token request', { ...post, params: [grant] }],
  ['no parameters', post],
  ['GET without a query', get],
  ['a method in lower case', { ...post, method: 'post', params: [grant] }],
  ['DELETE', { ...get, method: 'DELETE' }],
  ['PATCH with parameters', { ...post, method: 'PATCH', params: [['a', 'b']] }],
  ['a method of its own', { ...get, method: 'M-SEARCH' }],
  ['a token and its secret', { ...get, ...tokens }],
  ['a token without a secret', { ...get, token: 'tok' }],
  ['a token secret without a token', { ...get, tokenSecret: 'sec' }],
  ['a token with separators', { ...get, token: 'a/b+c=&d e%', tokenSecret: 'x&y=z' }],
  ['no consumer secret', { ...get, consumerSecret: '' }],
  ['no secrets but a token', { ...get, consumerSecret: '', token: 't' }],
  ['a consumer key with separators', { ...get, consumerKey: 'a&b=c d/e+f%20"' }],
  ['a consumer key with letters outside ASCII', { ...get, consumerKey: 'clé-ключ-鍵' }],
  ['a secret with separators: encoded before it is a key', { ...get, consumerSecret: 'a&b=c d/e+f%20"~' }],
  ['a secret with letters outside ASCII', { ...get, consumerSecret: 'sëcrét-🔑', tokenSecret: 'ß&ß', token: 't' }],
  ['a secret longer than a block of the hash', { ...get, consumerSecret: 'K'.repeat(130), tokenSecret: 'T'.repeat(40), token: 't' }],
  ['a realm stands first and is not signed', { ...post, realm: 'Example', params: [grant] }],
  ['a realm with a blank, a comma and letters outside ASCII', { ...get, realm: 'My Photos, and Ünïcödé' }],
  ['a realm that is a URL', { ...get, realm: 'http://sp.example.com/' }],
  ['without oauth_version', { ...post, version: '', params: [grant] }],
  ['a nonce with characters that are encoded', { ...get, nonce: 'a+b/c=' }],
  ['a nonce with letters outside ASCII', { ...get, nonce: 'nönce-✓' }],
  ['timestamp 1', { ...get, timestamp: 1 }],
  ['a timestamp beyond 32 bits', { ...get, timestamp: 4294967296 }],
  ['oauth_callback', { ...post, oauthParams: [['oauth_callback', 'https://client.example.com/cb?x=1&y=a%20b']] }],
  ['oauth_callback out of band', { ...post, oauthParams: [['oauth_callback', 'oob']] }],
  ['oauth_verifier', { ...post, ...tokens, oauthParams: [['oauth_verifier', 'hfdp7dh39dks9884+/=']] }],
  ['oauth_body_hash', { ...post, oauthParams: [['oauth_body_hash', 'Lve95gjOVATpfV8EL5X4nxwjKHE=']] }],
  ['several oauth_ parameters in any order', { ...post, oauthParams: [['oauth_verifier', 'v'], ['oauth_callback', 'c'], ['oauth_session_handle', 's h']] }],
  ['two parameters', { ...post, params: [['z', '1'], ['a', '2']] }],
  ['equal names, sorted by value', { ...post, params: [['a', 'c'], ['a', 'b'], ['a', 'a']] }],
  ['equal pairs', { ...post, params: [['a', 'b'], ['a', 'b']] }],
  ['equal names in query and body', { ...post, url: post.url + '?a=2&a=4', params: [['a', '3'], ['a', '1']] }],
  ['an empty value', { ...post, params: [['a', ''], ['b', 'x']] }],
  ['an empty name', { ...post, params: [['', 'x']] }],
  ['an empty name and an empty value', { ...post, params: [['', ''], ['a', '']] }],
  ['equal names, one value empty', { ...post, params: [['a', 'x'], ['a', '']] }],
  ['values sort by their encoded bytes: blank before 1, tilde last', { ...post, params: [['a', '~'], ['a', '1'], ['a', ' '], ['a', 'Z'], ['a', '_'], ['a', '-'], ['a', '.'], ['a', '%']] }],
  ['names sort by their encoded bytes', { ...post, params: [['a~', '1'], ['a b', '2'], ['a', '3'], ['a1', '4'], ['aZ', '5'], ['aé', '6'], ['a.b', '7']] }],
  ['a name that is the beginning of another: = is not part of the order', { ...post, params: [['ab', '1'], ['a', 'z'], ['a!', '2'], ['a-', '3']] }],
  ['upper case before lower case', { ...post, params: [['b', '1'], ['A', '2'], ['B', '3'], ['a', '4']] }],
  ['numbers sort as text', { ...post, params: [['p10', 'a'], ['p9', 'b'], ['p', '10'], ['p', '9']] }],
  ['names around oauth_', { ...post, params: [['oauth', '1'], ['oauth_', '2'], ['oauth_extra', '3'], ['oauti', '4'], ['OAUTH_X', '5']] }],
  ['what is left alone', { ...post, params: [['azAZ09-._~', 'azAZ09-._~']] }],
  ["what encodeURIComponent leaves alone: ! ' ( ) *", { ...post, params: [["!'()*", "*)('!"]] }],
  ['what Go leaves alone in a path: $ & + : = @', { ...post, params: [['$&+:=@', '@=:+&$']] }],
  ['all of ASCII that can be printed', { ...post, params: [['ascii', ' !"#$%&\'()*+,-./0123456789:;<=>?@ABC[\\]^_`abc{|}~']] }],
  ['& = + % / ~ each alone', { ...post, params: [['1', '&'], ['2', '='], ['3', '+'], ['4', '%'], ['5', '/'], ['6', '~'], ['7', '"']] }],
  ['percent signs are encoded once more', { ...post, params: [['a', '%20'], ['b', '%'], ['c', '%25'], ['d', '100%']] }],
  ['control characters', { ...post, params: [['c', '\u0001\t\u007f']] }],
  ['CRLF in a value', { ...post, params: [['c', 'line 1\r\nline 2']] }],
  ['letters with accents', { ...post, params: [['ville', 'Besançon'], ['größe', 'Ä']] }],
  ['Chinese, Arabic, Hindi', { ...post, params: [['名', '值'], ['اسم', 'قيمة'], ['नाम', 'मान']] }],
  ['outside the basic plane', { ...post, params: [['🚗', '🛣️']] }],
  ['the order of UTF-8, not that of UTF-16', { ...post, params: [['a', '\u{10000}'], ['a', '\uff61'], ['a', '\ue000']] }],
  ['composed and decomposed', { ...post, params: [['a', '\u00e9'], ['a', 'e\u0301']] }],
  ['a query', { ...get, url: get.url + '?b=2&a=1' }],
  ['a query with a plus and with %20: the same', { ...get, url: get.url + '?a=x+y&b=x%20y' }],
  ['a query with %2B', { ...get, url: get.url + '?a=x%2By' }],
  ['a query with %26 and %3D', { ...get, url: get.url + '?a=x%26y%3Dz&b%3D=c' }],
  ['a query with %25', { ...get, url: get.url + '?a=100%25&b=%2525' }],
  ['a query without a value', { ...get, url: get.url + '?flag' }],
  ['a query with an empty value', { ...get, url: get.url + '?flag=&x' }],
  ['a query with two = in a pair', { ...get, url: get.url + '?a=b=c&d==' }],
  ['an empty query', { ...get, url: get.url + '?' }],
  ['empty pairs in a query', { ...get, url: get.url + '?&a=1&&b=2&' }],
  ['a query that repeats itself', { ...get, url: get.url + '?a=1&a=1&b=&b' }],
  ['a query in UTF-8, escapes in lower case', { ...get, url: get.url + '?q=%e6%9d%b1&r=%C3%A9' }],
  ["a query with characters that may stand in one: ! $ ' ( ) * , ; : @ / ?", { ...get, url: get.url + "?a=!$'()*,;:@/?&b=-._~" }],
  ['query and body', { ...post, url: post.url + '?sentWith=SDK%2F1.0&a=1', params: [grant, ['scope', 'hrn:here:authorization::org123:project/my-project']] }],
  ['no path', { ...get, url: 'https://api.example.com' }],
  ['no path and a query', { ...get, url: 'https://api.example.com?a=1' }],
  ['only a slash', { ...get, url: 'https://api.example.com/' }],
  ['a slash at the end', { ...get, url: 'https://api.example.com/a/' }],
  ['two slashes', { ...get, url: 'https://api.example.com//a//b' }],
  ['a path in upper case keeps its case', { ...get, url: 'https://api.example.com/V1/Maps' }],
  ['an encoded path is encoded once more', { ...get, url: 'https://api.example.com/r%20v/%7Ex/a%2Fb/%c3%bc' }],
  ['a path with a tilde', { ...get, url: 'https://api.example.com/~me' }],
  ['a path with characters that may stand in one', { ...get, url: "https://api.example.com/a!$&'()*+,;=:@-._/b;v=1" }],
  ['scheme and host in upper case', { ...get, url: 'HTTPS://API.Example.COM/v1/Maps' }],
  ['https and 443', { ...get, url: 'https://api.example.com:443/v1' }],
  ['http to loopback and 80', { ...get, url: 'http://127.0.0.1:80/v1' }],
  ['https and 80', { ...get, url: 'https://api.example.com:80/v1' }],
  ['http and 443', { ...get, url: 'http://127.0.0.1:443/v1' }],
  ['another port', { ...get, url: 'https://api.example.com:8443/v1?a=1' }],
  ['a port after an empty path', { ...get, url: 'https://api.example.com:8443' }],
  ['localhost', { ...get, url: 'http://localhost:8080/token' }],
  ['[::1]', { ...get, url: 'http://[::1]:8080/token' }],
  ['[::1] without a port', { ...get, url: 'https://[::1]/token' }],
  ['an IPv4 address', { ...get, url: 'https://192.0.2.1/token' }],
  ['an internationalised host in its ASCII form', { ...get, url: 'https://xn--bcher-kva.example/token' }],
  ['http, for those who must', { ...get, url: 'http://api.example.com/v1?a=1' }],
  ['SHA1: a token request', { ...post, ...sha1, params: [grant] }],
  ['SHA1: token, realm, query', { ...get, ...sha1, ...tokens, realm: 'Photos', url: 'http://photos.example.net/photos?file=vacation.jpg&size=original', version: '' }],
  ['SHA1: letters outside ASCII in both secrets', { ...get, ...sha1, token: 't', consumerSecret: 'ü', tokenSecret: '€' }],
  ['SHA1: all kinds of parameters', { ...post, ...sha1, url: post.url + '?b5=%3D%253D&a3=a&c%40=&a2=r%20b', params: [['c2', ''], ['a3', '2 q']], oauthParams: [['oauth_callback', 'oob']] }],
  ['SHA1: a key longer than a block', { ...get, ...sha1, consumerSecret: 'k&'.repeat(40) }],
  ['PLAINTEXT', { ...post, ...plain, params: [grant] }],
  ['PLAINTEXT with a token', { ...get, ...plain, ...tokens }],
  ['PLAINTEXT: the secrets are encoded, and in the header once more', { ...get, ...plain, consumerSecret: 'a&b c', token: 't', tokenSecret: '%/+' }],
  ['PLAINTEXT without any secret', { ...get, ...plain, consumerSecret: '' }],
  ['PLAINTEXT with letters outside ASCII', { ...get, ...plain, consumerSecret: 'gëheim' }],
]

const refused = [
  ['a blank in the path', 'https://api.example.com/a b'],
  ['a blank in the query', 'https://api.example.com/a?q=x y'],
  ['a blank at the end', 'https://api.example.com/a '],
  ['a blank at the beginning', ' https://api.example.com/a'],
  ['a tab', 'https://api.example.com/a\tb'],
  ['a line feed', 'https://api.example.com/a\nb'],
  ['NUL', 'https://api.example.com/a\u0000b'],
  ['a letter outside ASCII in the path', 'https://api.example.com/größe'],
  ['a letter outside ASCII in the query', 'https://api.example.com/a?q=é'],
  ['a letter outside ASCII in the host', 'https://bücher.example/a'],
  ['a quotation mark', 'https://api.example.com/a"b'],
  ['angle brackets', 'https://api.example.com/<a>'],
  ['a backslash', 'https://api.example.com\\a'],
  ['a caret', 'https://api.example.com/a^b'],
  ['a grave accent', 'https://api.example.com/a`b'],
  ['braces', 'https://api.example.com/{tenant}/a'],
  ['a vertical bar', 'https://api.example.com/a?q=x|y'],
  ['a percent sign at the end', 'https://api.example.com/100%'],
  ['a percent sign before one digit', 'https://api.example.com/a?q=%2'],
  ['a percent sign before other letters', 'https://api.example.com/%zz'],
  ['an encoded host', 'https://api%2eexample.com/a'],
  ['a user', 'https://user@api.example.com/a'],
  ['a user and a password', 'https://user:pass@api.example.com/a'],
  ['an empty user', 'https://@api.example.com/a'],
  ['a fragment', 'https://api.example.com/a#b'],
  ['an empty fragment', 'https://api.example.com/a#'],
  ['a dot segment', 'https://api.example.com/./a'],
  ['two dots', 'https://api.example.com/a/../b'],
  ['two dots at the end', 'https://api.example.com/a/..'],
  ['an encoded dot segment', 'https://api.example.com/a/%2E%2e/b'],
  ['an IPv6 address', 'https://[2001:db8::1]/a'],
  ['the loopback address in its long form', 'https://[0:0:0:0:0:0:0:1]/a'],
  ['an IPv6 address with a zone', 'https://[fe80::1%25eth0]/a'],
  ['an IPv4 address in octal', 'https://0177.0.0.1/a'],
  ['an IPv4 address with a leading zero', 'https://192.168.010.1/a'],
  ['an IPv4 address in hexadecimal', 'https://0x7f000001/a'],
  ['an IPv4 address of one number', 'https://2130706433/a'],
  ['an IPv4 address of two numbers', 'https://127.1/a'],
  ['an IPv4 address that is too large', 'https://256.0.0.1/a'],
  ['no scheme', 'api.example.com/a'],
  ['another scheme', 'ftp://api.example.com/a'],
  ['no host', 'https:///a'],
  ['only a path', '/a'],
  ['nothing', ''],
  ['a port out of range', 'https://api.example.com:65536/a'],
  ['a port in letters', 'https://api.example.com:http/a'],
]

judged.push(
  ['HMAC-SHA512', { ...get, signatureMethod: 'HMAC-SHA512' }],
  ['HMAC-SHA512 with parameters and a token', { ...post, ...tokens, signatureMethod: 'HMAC-SHA512', params: [grant, ['a b', 'é&=']] }],
  ['HMAC-SHA512 with a secret longer than a block of the hash', { ...get, signatureMethod: 'HMAC-SHA512', consumerSecret: 'K'.repeat(130) }],
  ['brackets in a query, as URL and fetch leave them', { ...get, url: get.url.split('?')[0] + '?filter[name]=a&ids[]=1&ids[]=%5B2%5D' }],
)

// a private key, as oauthlib reads it
const pem = keys.rsa2048.pkcs8
const { consumerSecret, ...withoutSecret } = { ...post, signatureMethod: 'RSA-SHA256' }
const rsa = { ...withoutSecret, privateKey: pem }
judged.push(
  ['RSA-SHA1: a request for a photo, with a token', { ...rsa, ...tokens, method: 'GET', url: 'http://photos.example.net/photos?file=vacation.jpg&size=original', signatureMethod: 'RSA-SHA1', version: '', realm: 'Photos' }],
  ['RSA-SHA1: PKCS #1, parameters and oauthParams', { ...rsa, signatureMethod: 'RSA-SHA1', privateKey: keys.rsa2048.pkcs1, params: [grant, ['a b', 'é&=']], oauthParams: [['oauth_callback', 'oob']] }],
  ['RSA-SHA1: an empty consumer secret beside the key', { ...rsa, consumerSecret: '', signatureMethod: 'RSA-SHA1' }],
  ['RSA-SHA256: a token request', { ...rsa, params: [grant] }],
  ['RSA-SHA256: an encrypted key', { ...rsa, privateKey: keys.rsa2048.encrypted, passphrase: keys.rsa2048.passphrase }],
  ['RSA-SHA256: a JWK', { ...rsa, privateKey: keys.rsa2048.jwk, keyId: 'any' }],
  ['RSA-SHA256: 3072 bits', { ...rsa, privateKey: keys.rsa3072.pkcs8 }],
  ['RSA-SHA256 by default for a key', (({ signatureMethod, ...rest }) => rest)(rsa)],
  ['RSA-SHA512', { ...rsa, signatureMethod: 'RSA-SHA512', ...tokens }],
)
const forJudge = input =>
  input.privateKey === undefined
    ? input
    : { signatureMethod: 'RSA-SHA256', ...input, pem: input.privateKey.includes?.('-----') && input.passphrase === undefined ? input.privateKey : pem }
const mismatched = [
  ['RSA without a key', { ...rsa, privateKey: undefined }, 'invalid_config', 'privateKey is missing: RSA-SHA256 needs it'],
  ['RSA with a consumer secret', { ...rsa, consumerSecret }, 'invalid_config', 'without a consumerSecret'],
  ['HMAC with a key', { ...rsa, consumerSecret, signatureMethod: 'HMAC-SHA1' }, 'invalid_config', 'privateKey goes with an RSA signatureMethod'],
  ['PLAINTEXT with a key', { ...rsa, consumerSecret, signatureMethod: 'PLAINTEXT' }, 'invalid_config', 'privateKey goes with an RSA signatureMethod'],
  ['RSA with an EC key', { ...rsa, privateKey: keys.p256.pkcs8 }, 'invalid_key', "privateKey and signatureMethod don't fit each other: RSA-SHA256 can't be used with this key (EC P-256), which signs with: ES256"],
  ['RSA with an Ed25519 key', { ...rsa, privateKey: keys.ed25519.pkcs8, signatureMethod: 'RSA-SHA1' }, 'invalid_key', 'OKP Ed25519'],
  ['RSA with a key of 1024 bits', { ...rsa, privateKey: keys.rsa1024.pkcs8 }, 'invalid_key', '1024'],
  ['RSA with a symmetric JWK', { ...rsa, privateKey: { kty: 'oct', k: 'c2VjcmV0' } }, 'invalid_key', 'symmetric'],
  ['RSA with a public key', { ...rsa, privateKey: keys.rsa2048.public }, 'invalid_key', 'public'],
  ['a method that nobody defined', { ...post, signatureMethod: 'RSA-SHA384' }, 'invalid_config', 'signatureMethod must be one of: HMAC-SHA256'],
]
const answers = judge(judged.map(([, input]) => forJudge(input)))
write('oauth1-oauthlib', 'python3-oauthlib 3.2.2, by generate/judge.py; the refusals by hand', [
  ...numbered('oauth1', judged.map(([comment, input], i) => ({ comment, op: 'oauth1', input, want: answers[i] }))),
  ...numbered('oauth1-refused', refused.map(([comment, url]) => ({ comment, source: 'by hand: what fetch would change, RFC 5849 would sign otherwise', op: 'oauth1', input: { ...get, url }, wantError: { code: 'invalid_config' } }))),
  ...numbered('oauth1-mismatched', mismatched.map(([comment, input, code, mention]) => ({ comment, source: 'by hand: RFC 5849 3.4.3', op: 'oauth1', input, wantError: { code, mentions: [mention] } }))),
])
