package recipes

import (
	"context"
	"crypto/tls"

	"github.com/fetchtoken/fetchtoken"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// Dial opens a gRPC connection on which each call carries the client's token.
func Dial(
	target string, client *fetchtoken.Client, config *tls.Config,
) (*grpc.ClientConn, error) {
	return grpc.NewClient(target,
		grpc.WithTransportCredentials(credentials.NewTLS(config)),
		grpc.WithPerRPCCredentials(perCall{client}))
}

// perCall is a credentials.PerRPCCredentials. Unlike the TokenSource of grpc/credentials/oauth, it
// stops waiting for a token when the call's context ends.
type perCall struct{ client *fetchtoken.Client }

func (c perCall) GetRequestMetadata(ctx context.Context, _ ...string) (map[string]string, error) {
	token, err := c.client.TokenContext(ctx)
	if err != nil {
		return nil, err
	}
	return map[string]string{"authorization": token.Type() + " " + token.AccessToken}, nil
}

func (perCall) RequireTransportSecurity() bool { return true }
