package credentials

import (
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
	"github.com/fetchtoken/fetchtoken/core/jsonobject"
)

// azureVariables are the credentials of an app in Microsoft Entra ID, by the names that Azure's
// SDKs read ("Environment variables", Azure Identity client library).
var azureVariables = []struct{ name, field string }{
	{"AZURE_TENANT_ID", "tenant"},
	{"AZURE_CLIENT_ID", "clientId"},
	{"AZURE_CLIENT_SECRET", "clientSecret"},
}

const (
	azureFile = "AZURE_FEDERATED_TOKEN_FILE" // its token is renewed by Azure
	azureHost = "AZURE_AUTHORITY_HOST"
	// of a file of PEM or PKCS #12 with the key and its certificate
	azureCertificate = "AZURE_CLIENT_CERTIFICATE_PATH"
	azurePassword    = "AZURE_CLIENT_CERTIFICATE_PASSWORD"
	azureChain       = "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN" // true or 1
)

// addAzure adds the variables of Azure, if they name an app and its tenant.
func (e *environ) addAzure() {
	provider := e.config.Provider
	if e.config.ClientID != "" || provider != "" && provider != "entra" ||
		!e.has("AZURE_CLIENT_ID") || !e.has("AZURE_TENANT_ID") {
		return
	}
	e.config.Provider = "entra"
	for _, v := range azureVariables {
		if !e.has(variableName(v.field)) {
			e.set(v.field, v.name)
		}
	}
	switch {
	case e.config.ClientSecret != "", e.config.PrivateKey != "", e.config.ClientAssertion.Given():
	case e.has(azureFile):
		e.setFile("clientAssertion", azureFile)
	case e.has(azureCertificate):
		e.setFile("privateKey", azureCertificate)
		if e.value(azurePassword) != "" {
			e.set("passphrase", azurePassword)
		}
		chain := strings.ToLower(e.value(azureChain))
		e.config.X5C = chain == "true" || chain == "1"
	default:
		e.fail("the environment has AZURE_CLIENT_ID, but none of AZURE_CLIENT_SECRET, " +
			azureCertificate + " and " + azureFile + ": set one of them")
	}
	if e.has(azureHost) && e.config.TokenEndpoint == "" {
		e.set("tokenEndpoint", azureHost)
		e.config.TokenEndpoint = entraEndpoint(e.config.TokenEndpoint)
	}
}

// entraEndpoint returns the token endpoint of an authority, such as that of a national cloud.
func entraEndpoint(authority string) string {
	if authority == "" {
		return ""
	}
	return strings.TrimSuffix(authority, "/") + "/{tenant}/oauth2/v2.0/token"
}

// loadAzure reads the output of az ad sp create-for-rbac, for an app in Microsoft Entra ID, with or
// without --sdk-auth ("az ad sp", Azure CLI).
func loadAzure(file jsonobject.Object) (*core.Config, error) {
	r := jsonReader(file, "the service principal's JSON", fromAzure)
	id, secret, tenant := "appId", "password", "tenant"
	if file.Get(id) == nil {
		id, secret, tenant = "clientId", "clientSecret", "tenantId"
	}
	return &core.Config{
		Provider:      "entra",
		Tenant:        r.required(tenant),
		TokenEndpoint: entraEndpoint(r.optional("activeDirectoryEndpointUrl")),
		ClientID:      r.required(id),
		ClientSecret:  r.required(secret),
	}, r.err
}
