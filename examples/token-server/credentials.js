import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { zip } from './zip.js'

const formatted = (value) => `${JSON.stringify(value, undefined, 2)}\n`

/** treehub.json as it is inside OTA Connect's credentials.zip. */
function treehub({ tokenEndpoint, clientId, clientSecret, scope }) {
  return formatted({
    oauth2: { server: tokenEndpoint, client_id: clientId, client_secret: clientSecret, scope },
    ostree: { server: new URL('/ota-connect/treehub/api/v3', tokenEndpoint).href },
  })
}

/** Makes a credentials.zip like OTA Connect's. Its other entries are not needed here. */
function credentialsZip(system) {
  const others = [
    'autoprov.url',
    'autoprov_credentials.p12',
    'root.json',
    'targets.pub',
    'targets.sec',
    'tufrepo.url',
  ];
  return zip({
    ...Object.fromEntries(others.map((name) => [name, 'not needed'])),
    'treehub.json': treehub(system),
  });
}

/** Makes a credentials.properties like that of the HERE platform. */
function hereProperties({ userId, appId, accessKeyId, accessKeySecret, tokenEndpoint }) {
  const properties = {
    'here.user.id': userId,
    'here.client.id': appId,
    'here.access.key.id': accessKeyId,
    'here.access.key.secret': accessKeySecret,
    'here.token.endpoint.url': tokenEndpoint,
  }
  return Object.entries(properties)
    .map(([key, value]) => `${key} = ${value.replaceAll('\\', '\\\\')}\n`)
    .join('')
}

/**
 * Makes the private key file of High Mobility's console, with the members that its SDK and its
 * samples read.
 */
function highMobilityKey({ keyId, privateKey, clientId, instanceUri }) {
  return formatted({
    id: keyId,
    private_key: privateKey,
    client_id: clientId,
    instance_uri: instanceUri,
  });
}

/**
 * iotspot and OS Data Hub have no file: one sends credentials by mail, the other shows them on a
 * page.
 */
const idAndSecret = ({ clientId, clientSecret }) =>
  `client id: ${clientId}\nclient secret: ${clientSecret}\n`;

/**
 * Writes the credentials of the five systems into `dir`, each in the system's own format, readable
 * by their owner only.
 * @param {Record<string, any>} systems as startTokenServer() has them
 * @param {string} dir created when it does not exist
 * @returns {Promise<string[]>} the paths of the files
 */
export async function writeCredentials(systems, dir) {
  const files = {
    'ota-connect/credentials.zip': credentialsZip(systems['ota-connect']),
    'ota-connect/treehub.json': treehub(systems['ota-connect']),
    'here/credentials.properties': hereProperties(systems.here),
    'high-mobility/sandbox.json': highMobilityKey(systems['high-mobility'].sandbox),
    'high-mobility/live.json': highMobilityKey(systems['high-mobility'].live),
    'iotspot.txt': idAndSecret(systems.iotspot),
    'os-data-hub.txt': idAndSecret(systems['os-data-hub']),
  }
  const paths = []
  for (const [name, content] of Object.entries(files)) {
    const path = join(dir, name)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    // an older file would keep its mode, or be a link to another file
    await rm(path, { force: true })
    await writeFile(path, content, { mode: 0o600, flag: 'wx' })
    paths.push(path)
  }
  return paths
}
