package recipes

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fetchtoken/fetchtoken"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

const (
	secret = "a client secret of 32 characters"
	token  = "the-only-access-token-of-this-test"
)

// tokenServer issues the token to requests that judge accepts. It returns how many it has issued.
func tokenServer(judge func(*http.Request) bool) (http.Handler, *atomic.Int32) {
	var issued atomic.Int32
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if !judge(req) {
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, `{"error":"invalid_client"}`)
			return
		}
		issued.Add(1)
		fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":3600}`, token)
	}), &issued
}

func byBasic(req *http.Request) bool {
	id, password, ok := req.BasicAuth()
	return ok && id == "id" && password == strings.ReplaceAll(secret, " ", "+")
}

// api answers requests with the token.
var api = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
	if req.Header.Get("Authorization") != "Bearer "+token {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	io.WriteString(w, "a thing")
})

func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func configFor(endpoint string) fetchtoken.Config {
	return fetchtoken.Config{TokenEndpoint: endpoint, ClientID: "id", ClientSecret: secret}
}

// checkAPI calls the API twice with an http.Client, and expects an answer of the API each time.
func checkAPI(t *testing.T, client *http.Client, url string) {
	t.Helper()
	for range 2 {
		response, err := client.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK || string(body) != "a thing" {
			t.Fatalf("status %d, %q, %v", response.StatusCode, body, err)
		}
	}
}

func checkIssued(t *testing.T, issued *atomic.Int32) {
	t.Helper()
	if n := issued.Load(); n != 1 {
		t.Errorf("%d tokens were issued, want 1", n)
	}
}

func TestWithOAuth2(t *testing.T) {
	handler, issued := tokenServer(byBasic)
	client, err := fetchtoken.New(configFor(serve(t, handler)), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	checkAPI(t, WithOAuth2(client), serve(t, api))
	checkIssued(t, issued)
}

func TestTraced(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(trace.NewTracerProvider(trace.WithSpanProcessor(recorder)))
	defer otel.SetTracerProvider(before)
	handler, issued := tokenServer(byBasic)
	endpoint, url := serve(t, handler), serve(t, api)
	client, err := Traced(configFor(endpoint), url)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	checkAPI(t, client.HTTPClient(), url)
	checkIssued(t, issued)
	var requests []string
	for _, span := range recorder.Ended() {
		requests = append(requests, span.Name())
		for _, text := range []string{token, secret, strings.ReplaceAll(secret, " ", "+")} {
			if strings.Contains(fmt.Sprint(span.Attributes(), span.Events()), text) {
				t.Errorf("the span %s contains %q", span.Name(), text)
			}
		}
	}
	if got := strings.Join(requests, " "); strings.Count(got, "POST") != 1 ||
		strings.Count(got, "GET") != 2 {
		t.Errorf("the spans are %s", got)
	}
}

// certificate makes a certificate for this machine, which is its own authority.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: t.Name()},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		IsCA:         true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestMutualTLS(t *testing.T) {
	own, authorities := certificate(t)
	other, others := certificate(t)
	start := func(handler http.Handler) string {
		server := httptest.NewUnstartedServer(handler)
		server.TLS = &tls.Config{
			Certificates: []tls.Certificate{other}, ClientCAs: authorities,
			ClientAuth: tls.RequireAndVerifyClientCert,
		}
		server.StartTLS()
		t.Cleanup(server.Close)
		return server.URL
	}
	handler, issued := tokenServer(byBasic)
	endpoint, url := start(handler), start(api)
	client, err := MutualTLS(configFor(endpoint),
		&tls.Config{Certificates: []tls.Certificate{own}, RootCAs: others}, url)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	checkAPI(t, client.HTTPClient(), url+"/v1/things")
	checkIssued(t, issued)

	// Without a certificate the server ends the connection.
	bare, err := MutualTLS(configFor(endpoint), &tls.Config{RootCAs: others}, url)
	if err != nil {
		t.Fatal(err)
	}
	defer bare.Close()
	if _, err := bare.Token(); err == nil {
		t.Error("a client without a certificate got a token")
	}
}

func TestWithKeyService(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	handler, issued := tokenServer(func(req *http.Request) bool {
		return isSigned(req.PostFormValue("client_assertion"), &key.PublicKey)
	})
	config := fetchtoken.Config{TokenEndpoint: serve(t, handler), ClientID: "id"}
	client, err := WithKeyService(config, key.Public(), func(digest []byte) ([]byte, error) {
		return ecdsa.SignASN1(rand.Reader, key, digest)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	got, err := client.Token()
	if err != nil || got.AccessToken != token {
		t.Fatal(got, err)
	}
	checkIssued(t, issued)
}

// isSigned verifies an ES256 assertion (RFC 7518 section 3.4) of the client id.
func isSigned(assertion string, public *ecdsa.PublicKey) bool {
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 {
		return false
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	claims, err2 := base64.RawURLEncoding.DecodeString(parts[1])
	var members struct{ Iss, Sub string }
	if err != nil || err2 != nil || len(signature) != 64 || json.Unmarshal(claims, &members) != nil {
		return false
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	return members.Iss == "id" && members.Sub == "id" && ecdsa.Verify(public, digest[:], r, s)
}

func TestDial(t *testing.T) {
	own, authorities := certificate(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(
		grpc.Creds(credentials.NewServerTLSFromCert(&own)), grpc.UnaryInterceptor(authorize))
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	go server.Serve(listener)
	t.Cleanup(server.Stop)

	handler, issued := tokenServer(byBasic)
	client, err := fetchtoken.New(configFor(serve(t, handler)), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	connection, err := Dial(listener.Addr().String(), client, &tls.Config{RootCAs: authorities})
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	service := grpc_health_v1.NewHealthClient(connection)
	for range 2 {
		answer, err := service.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
		if err != nil || answer.Status != grpc_health_v1.HealthCheckResponse_SERVING {
			t.Fatal(answer, err)
		}
	}
	checkIssued(t, issued)
}

// authorize rejects calls without the token.
func authorize(
	ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler,
) (any, error) {
	got := metadata.ValueFromIncomingContext(ctx, "authorization")
	if len(got) != 1 || got[0] != "Bearer "+token {
		return nil, status.Error(codes.Unauthenticated, "no token")
	}
	return handler(ctx, request)
}
