#!/usr/bin/env node
import { parseArgs } from 'node:util'

import { writeCredentials } from './credentials.js'
import { startTokenServer } from './server.js'

const USAGE = `usage: node cli.js [--port N] [--cors] [--credentials DIR] [--oauthlib PYTHON]

  --port N            listen on 127.0.0.1:N; a free port without it
  --cors              let browser pages of any origin call it
  --credentials DIR   write sample credentials files into DIR, each in its system's own format
  --oauthlib PYTHON   judge OAuth 1 signatures of URLs with a query by this python3, which has
                      oauthlib
`

function readArguments() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      cors: { type: 'boolean', default: false },
      credentials: { type: 'string' },
      oauthlib: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_535)
    throw new TypeError('--port wants a number up to 65535');
  return { ...values, port: Number(values.port) };
}

async function main() {
  const { help, credentials, ...options } = readArguments()
  if (help) return void process.stdout.write(USAGE)

  const server = await startTokenServer({ ...options, log: (line) => console.log(line) })
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close())
  try {
    if (credentials !== undefined) {
      for (const path of await writeCredentials(server.systems, credentials))
        console.log(`wrote ${path}`);
    }
  } catch (error) {
    await server.close()
    throw error
  }
  // This is printed last, so that a reader of the table finds the files written.
  const { 'high-mobility': highMobility, ...others } = server.systems;
  const rows = {
    ...others,
    'high-mobility/sandbox': highMobility.sandbox,
    'high-mobility/live': highMobility.live,
  };
  for (const [name, { tokenEndpoint }] of Object.entries(rows))
    console.log(`${name.padEnd(22)} ${tokenEndpoint}`);
}

main().catch((error) => {
  console.error(`${error.message}\nnode cli.js --help tells more`)
  process.exitCode = 1
})
