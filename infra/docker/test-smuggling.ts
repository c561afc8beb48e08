import { strict as assert } from 'node:assert'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { exchangeBytes } from '@rollcall/testkit/exchange-bytes'
import { until } from '@rollcall/testkit/wait'
import { http1Attacks } from '../../test/smuggling/http1-attacks.ts'
import { http2Attacks } from '../../test/smuggling/http2-attacks.ts'

// That no second request gets past the proxy of docker-compose.yml, of the version that is in its image [R36]. What it passes on
// bears the sender's address; a request that it did not see would come from the proxy itself, as the receivers' logs tell.
//   node infra/docker/test-smuggling.ts <port> <project>

/** Without a signature, so that a receiver that sees it logs whose it is. */
const INNER = [
  'POST /api/webhooks HTTP/1.1',
  'Host: x',
  'Content-Type: application/json',
  'Content-Length: 2',
  '',
  '{}',
].join('\r\n')

/** Sent when all others have been answered: once its line is there, so are theirs. The proxy passes on whose it claims to be. */
const LAST_ADDRESS = '192.0.2.99'
const LAST = INNER.replace('Content-Length: 2', `X-Forwarded-For: ${LAST_ADDRESS}\r\nContent-Length: 2`)

const run = promisify(execFile)
const docker = async (...words: readonly string[]): Promise<string> =>
  (await run('docker', words, { maxBuffer: Number.POSITIVE_INFINITY })).stdout.trim()

const [port, project] = process.argv.slice(2)
const compose = (...words: readonly string[]) =>
  docker('compose', '--project-name', project!, '--env-file', '/dev/null', ...words)

/** Whose the requests were that receivers refused; a socket for both kinds tells IPv4 as `::ffff:172.18.0.4`. */
async function refusedAddresses(): Promise<readonly string[]> {
  const receivers = (await compose('ps', '--quiet', 'receiver')).split('\n')
  // Each by itself: `docker compose logs` ends now and then before it has told all.
  const logs = await Promise.all(receivers.map((container) => docker('logs', container)))
  return logs
    .flatMap((log) => log.split('\n'))
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
    .flatMap(({ msg, ip }) => (msg === 'webhook.refused' ? [String(ip).replace(/^::ffff:/, '')] : []))
}

const proxyAddresses = (
  await docker(
    'inspect',
    '--format',
    '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}',
    await compose('ps', '--quiet', 'proxy'),
  )
)
  .split(/\s+/)
  .filter(Boolean)
assert(proxyAddresses.length > 0, 'the proxy has an address')

const fromProxy = async () => (await refusedAddresses()).filter((address) => proxyAddresses.includes(address)).length

const before = await fromProxy()
const attacks = { ...http1Attacks(INNER), ...http2Attacks(INNER) }
for (const attack of Object.values(attacks)) await exchangeBytes(Number(port), attack)
const isOver = async () => {
  await exchangeBytes(Number(port), LAST)
  return (await refusedAddresses()).includes(LAST_ADDRESS)
}
await until(isOver, { timeoutMs: 60_000, what: 'a receiver tells whose the last request was' })
const smuggled = (await fromProxy()) - before
assert.equal(smuggled, 0, `${smuggled} requests reached a receiver that the proxy did not see`)
console.log(`compose check: of ${Object.keys(attacks).length} attempts at smuggling, none got past the proxy`)
