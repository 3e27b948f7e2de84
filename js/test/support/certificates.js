// Certificates for servers on loopback, and their key. Test keys, used nowhere. They were made like
// this, for a hundred years (expired for -1 day):
//
//	openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out key.pem
//	openssl req -x509 -new -key key.pem -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -out self-signed.pem
//	openssl req -x509 -new -key key.pem -subj "/CN=OTA Connect" -addext subjectAltName=$HOSTS \
//	  -out ota-connect.pem
//	openssl req -x509 -new -key ca.key -subj "/CN=fetchtoken tests" -out authority.pem
//	openssl req -new -key key.pem -subj /CN=127.0.0.1 | openssl x509 -req -CA authority.pem -CAkey ca.key -extfile san.txt -out trusted.pem

/** The key of all but the authority. */
export const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg84Rr7T9lmLiI0n8i
tRFXbc9az9G9/R70c66WDD4j4jShRANCAATalwVJK+UIEHdoMIq9s71RCe/qc6TR
9VTxHQuZT83b0k4pZ1wjsu+CxAtavFY4MsWqZH2lGGCE2zxYOi4Mz4HM
-----END PRIVATE KEY-----`;

/** Signs the three below. Its own key is gone. */
export const authority = `-----BEGIN CERTIFICATE-----
MIIBjTCCATOgAwIBAgIUC/2hvO7ba82Rai+pgOjknmrRyWIwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQZmV0Y2h0b2tlbiB0ZXN0czAgFw0yNjExMjEwMjUyNDlaGA8y
MTI2MTAyODAyNTI0OVowGzEZMBcGA1UEAwwQZmV0Y2h0b2tlbiB0ZXN0czBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABCx4+zZEqVXQRJ4D0/kpvnnRlAo8J/EVsFWb
ZZT6MeAUDEb8DKqUhHYHXRKYCvcWfHoN+/j6bWLAMXghidQ/0OqjUzBRMB0GA1Ud
DgQWBBTqtne6PntxHPvRYv2POCduct+6IjAfBgNVHSMEGDAWgBTqtne6PntxHPvR
Yv2POCduct+6IjAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCICZM
43j8JNumKymSQMc+9TodpBkebKNwex/KJFzUdPLkAiEAwvbEE1DvVuyFvWTWamAk
eCR+NjFSE3lLXYTOXhU66NE=
-----END CERTIFICATE-----`;

/** Signed by itself. */
export const selfSigned = `-----BEGIN CERTIFICATE-----
MIIBkTCCATagAwIBAgIUd0qGdJTEzisLR8y+UbMHUMYp5i4wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyMTAyNTI0OVoYDzIxMjYxMDI4
MDI1MjQ5WjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATalwVJK+UIEHdoMIq9s71RCe/qc6TR9VTxHQuZT83b0k4pZ1wjsu+C
xAtavFY4MsWqZH2lGGCE2zxYOi4Mz4HMo2QwYjAdBgNVHQ4EFgQUIQGD9rmOOn17
6fsdb98ca1eoeOYwHwYDVR0jBBgwFoAUIQGD9rmOOn176fsdb98ca1eoeOYwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0kAMEYC
IQDS03AYWK28xOEwJJagczmvABInaKTfLxLXf+BvYvM2EAIhALCMpluLYNVN17fP
92qizheA9KugqMQ+hURmJg8tjByC
-----END CERTIFICATE-----`;

/** Good for 127.0.0.1, for whom trusts the authority. */
export const trusted = `-----BEGIN CERTIFICATE-----
MIIBhjCCASygAwIBAgIUc94Em73NCwN3hfPluHq0BdYWAu4wCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQZmV0Y2h0b2tlbiB0ZXN0czAgFw0yNjExMjEwMjUyNDlaGA8y
MTI2MTAyODAyNTI0OVowFDESMBAGA1UEAwwJMTI3LjAuMC4xMFkwEwYHKoZIzj0C
AQYIKoZIzj0DAQcDQgAE2pcFSSvlCBB3aDCKvbO9UQnv6nOk0fVU8R0LmU/N29JO
KWdcI7LvgsQLWrxWODLFqmR9pRhghNs8WDouDM+BzKNTMFEwDwYDVR0RBAgwBocE
fwAAATAdBgNVHQ4EFgQUIQGD9rmOOn176fsdb98ca1eoeOYwHwYDVR0jBBgwFoAU
6rZ3uj57cRz70WL9jzgnbnLfuiIwCgYIKoZIzj0EAwIDSAAwRQIgVUprcnNShlj3
Mr94c3BvbWnHbFmPWltPwAjNTT4pKnoCIQC1xBKN7QpoQA0KjoP20XFd/nmNmKiu
PnMCOQNaRvi09A==
-----END CERTIFICATE-----`;

/** Good for another host only. */
export const otherHost = `-----BEGIN CERTIFICATE-----
MIIBkzCCATmgAwIBAgIUc94Em73NCwN3hfPluHq0BdYWAu8wCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQZmV0Y2h0b2tlbiB0ZXN0czAgFw0yNjExMjEwMjUyNDlaGA8y
MTI2MTAyODAyNTI0OVowGDEWMBQGA1UEAwwNb3RoZXIuZXhhbXBsZTBZMBMGByqG
SM49AgEGCCqGSM49AwEHA0IABNqXBUkr5QgQd2gwir2zvVEJ7+pzpNH1VPEdC5lP
zdvSTilnXCOy74LEC1q8VjgyxapkfaUYYITbPFg6LgzPgcyjXDBaMBgGA1UdEQQR
MA+CDW90aGVyLmV4YW1wbGUwHQYDVR0OBBYEFCEBg/a5jjp9e+n7HW/fHGtXqHjm
MB8GA1UdIwQYMBaAFOq2d7o+e3Ec+9Fi/Y84J25y37oiMAoGCCqGSM49BAMCA0gA
MEUCIQCXcbkdeNxmzfS2bi/tzEnpsDnVSlu0CwuKHMrgIYKsywIgRqweCSHl9qup
cR42RlNhTeRPipTTu0e9B4A3WT3MQN4=
-----END CERTIFICATE-----`;

/** Out of date. */
export const expired = `-----BEGIN CERTIFICATE-----
MIIBgzCCASqgAwIBAgIUc94Em73NCwN3hfPluHq0BdYWAvAwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQZmV0Y2h0b2tlbiB0ZXN0czAeFw0yNjExMjEwMjUyNDlaFw0y
NjExMjAwMjUyNDlaMBQxEjAQBgNVBAMMCTEyNy4wLjAuMTBZMBMGByqGSM49AgEG
CCqGSM49AwEHA0IABNqXBUkr5QgQd2gwir2zvVEJ7+pzpNH1VPEdC5lPzdvSTiln
XCOy74LEC1q8VjgyxapkfaUYYITbPFg6LgzPgcyjUzBRMA8GA1UdEQQIMAaHBH8A
AAEwHQYDVR0OBBYEFCEBg/a5jjp9e+n7HW/fHGtXqHjmMB8GA1UdIwQYMBaAFOq2
d7o+e3Ec+9Fi/Y84J25y37oiMAoGCCqGSM49BAMCA0cAMEQCIH6vpkh/5rqsOfdm
1k2F9FGnlsW5i0RACHoxt1Na9YJqAiA7hiaIjEDJpjesG+NKxpWnr8SEoeUTfiwo
OKj/y4kC2g==
-----END CERTIFICATE-----`;

/** Good for the two hosts of OTA Connect's guide. Signed by itself. */
export const otaConnect = `-----BEGIN CERTIFICATE-----
MIIByDCCAW6gAwIBAgIUTehg68wEmzcCaTCHS5/6FhyACfkwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLT1RBIENvbm5lY3QwIBcNMjYxMTI5MDYxMzE5WhgPMjEyNjEx
MDUwNjEzMTlaMBYxFDASBgNVBAMMC09UQSBDb25uZWN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAE2pcFSSvlCBB3aDCKvbO9UQnv6nOk0fVU8R0LmU/N29JOKWdc
I7LvgsQLWrxWODLFqmR9pRhghNs8WDouDM+BzKOBlzCBlDAdBgNVHQ4EFgQUIQGD
9rmOOn176fsdb98ca1eoeOYwHwYDVR0jBBgwFoAUIQGD9rmOOn176fsdb98ca1eo
eOYwDwYDVR0TAQH/BAUwAwEB/zBBBgNVHREEOjA4ghBhcGkub3RhLmhlcmUuY29t
giRvdGEuYXV0aC5ldS13ZXN0LTEuYW1hem9uY29nbml0by5jb20wCgYIKoZIzj0E
AwIDSAAwRQIhAKukujPIGZzEjG4SoYSffcuSw8M50lIoeb4TsFyh++AkAiA2JifN
8SYk4l4SzbuhD1vzc0euT0b67ti8qyF0yMfKIQ==
-----END CERTIFICATE-----`;
