package fetchtoken

import (
	"context"
	"sync"
)

// defaultMaxClients is the number of Clients that Clients keep by default.
const defaultMaxClients = 1000

// Clients make and keep a [Client] for each tenant. Each Client has the credentials of its tenant,
// and its own tokens. They share the options and the connections, so that each Client takes only a
// few kilobytes. Several goroutines can use Clients at once.
type Clients struct {
	configOf func(ctx context.Context, tenant string) (Config, error)
	options  *Options

	mu       sync.Mutex
	kept     *leastUsed[string, *Client]
	isClosed bool
}

// NewClients makes Clients. configOf returns the configuration of a tenant. The tenant's Client
// calls it as it calls Options.Config, which must be nil. nil options mean the defaults. The error
// names the fault of the options.
func NewClients(
	configOf func(ctx context.Context, tenant string) (Config, error), options *Options,
) (*Clients, error) {
	settled, err := options.settle()
	if err != nil {
		return nil, err
	}
	if settled.Config != nil {
		return nil, configError("Options.Config", "must be nil: NewClients takes a function instead")
	}
	return &Clients{
		configOf: configOf, options: settled,
		kept: newLeastUsed[string, *Client](settled.MaxClients),
	}, nil
}

// Get returns the Client of a tenant. Call it for each use, because the Client that Get returned
// least recently is dropped first. It sends nothing. After Close, each call of the returned Client
// fails with the code [CodeClosed].
func (c *Clients) Get(tenant string) *Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	if found, ok := c.kept.get(tenant); ok {
		return found
	}
	made, _ := newFamily(Config{}, c.options, func(ctx context.Context) (Config, error) {
		return c.configOf(ctx, tenant)
	}) // the configuration, which may have a fault, comes at the first renewal
	if c.isClosed {
		made.family.end()
		return made
	}
	c.kept.add(tenant, made)
	return made
}

// Close closes all Clients that are kept, each as [Client.Close] does. It returns nil.
func (c *Clients) Close() error {
	c.mu.Lock()
	c.isClosed = true
	kept := c.kept.clear()
	c.mu.Unlock()
	var closing sync.WaitGroup
	for _, client := range kept {
		closing.Go(func() { client.Close() })
	}
	closing.Wait()
	return nil
}
