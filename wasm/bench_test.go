package main

import (
	"strconv"
	"testing"
)

// The two operations of one token request with Basic, as js/ asks for them.
func BenchmarkOperations(b *testing.B) {
	config := configMessage(
		b,
		[]byte(
			`{"tokenEndpoint":"https://as.example.com/oauth2/token","clientId":"meter-17","clientSecret":"q7Jt+5Zb/1cVw=8dK2","scope":"read"}`,
		),
	)
	begin := appendField(append([]byte(nil), config...), kindArgument, "now", "1512072698000")
	begin = appendField(begin, kindArgument, "random", "0123456789abcdef01234")
	sent, _ := reply(b, perform(nil, opNext, begin))
	parse := appendField(begin[:len(begin):len(begin)], kindArgument, "state", sent["state"].(string))
	parse = appendField(parse, kindArgument, "status", strconv.Itoa(200))
	parse = appendField(parse, kindHeader, "content-type", "application/json")
	parse = appendField(
		parse,
		kindArgument,
		"body",
		`{"access_token":"ZclClFcksJlZ19vnJOt09Yj3xme0","token_type":"Bearer","expires_in":299,"scope":"read"}`,
	)
	oauth1 := configMessage(
		b,
		[]byte(
			`{"method":"POST","url":"https://account.api.here.com/oauth2/token","params":{"grant_type":"client_credentials"},"consumerKey":"aFi-kDtCV1dbeQjNR0SKWw","consumerSecret":"tu2LygcYLwnqBsPV0sgZ_PfFbZBquNoBrcwcKbaxJuGZIK48APnmLycnYKULfdLVcvBvz9tOpAbWoqIWcxtlNA","nonce":"n1","timestamp":1512072698}`,
		),
	)
	for _, operation := range []struct {
		name    string
		op      int
		message []byte
	}{{"begin", opNext, begin}, {"parse", opNext, parse}, {"oauth1", opOAuth1, oauth1}} {
		b.Run(operation.name, func(b *testing.B) {
			b.ReportAllocs()
			var answer []byte
			for b.Loop() {
				answer = perform(answer[:0], operation.op, operation.message)
			}
		})
	}
}
