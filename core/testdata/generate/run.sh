#!/bin/sh
# Writes ../vectors/*.json and ../store/records.json again. Nothing in here is random, so a second run changes nothing.
# It needs Node 20.19 or later and a python3 with oauthlib 3.2.2 and jwt (Debian's
# python3-oauthlib and python3-jwt); PYTHON names another one.
set -eu
cd "$(dirname "$0")"
[ -d node_modules ] || npm ci --no-audit --no-fund
for generator in oauth1 jws token-request-client_secret_basic token-request-client_secret_post token-request-client_secret_jwt \
  token-request-private_key_jwt token-request-oauth1 token-request-none presets explain \
  key-formats certificates token-response token-error token-answers clock renewal discovery sign-in authorization assertions config-errors credentials; do
  node "$generator.mjs"
done
node store-records.mjs
node check.mjs
