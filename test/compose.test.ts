import { readFileSync, statSync } from 'node:fs'
import { variables } from '@rollcall/shared/variables'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

interface Service {
  readonly image?: string
  readonly command?: readonly string[]
  readonly profiles?: readonly string[]
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly networks?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly restart?: string
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly stop_grace_period?: string
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>
}

const pathOf = (path: string) => new URL(`../${path}`, import.meta.url)
const read = (path: string) => readFileSync(pathOf(path), 'utf8')

const compose: Compose = parse(read('docker-compose.yml'), { merge: true })
const services = Object.entries(compose.services)
const proxy = read('infra/proxy/haproxy.cfg')
const dockerfile = read('infra/docker/Dockerfile')
const receiverSource = read('packages/receiver/src/receiver.ts') + read('packages/receiver/src/webhook-request.ts')

test('[I1] docker compose publishes the endpoint, and all else to this machine only', () => {
  const published = services.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port] as const))
  const beyond = published.filter(([, port]) => !port.startsWith('127.0.0.1:'))
  expect(beyond).toEqual([['proxy', `\${PORT:-3000}:3000`]])
  const shown = published.filter(([name]) => !compose.services[name]!.profiles).map(([name]) => name)
  expect(shown.sort()).toEqual(['console', 'proxy'])
})

test('[I2] what docker compose runs has no capability, gains none, and writes to its volumes only', () => {
  for (const [name, service] of services) {
    expect(service.cap_drop, name).toEqual(['ALL'])
    expect(service.security_opt, name).toEqual(['no-new-privileges:true'])
    if (name !== 'grafana') expect(service.read_only, name).toBe(true)
    const mounts = service.volumes?.filter((volume) => volume.startsWith('.')) ?? []
    for (const mount of mounts) expect(mount, name).toMatch(/:ro$/)
  }
})

test('[I3] the receiver does not reach Postgres, and the proxy reaches nothing but receivers', () => {
  const neighbours = (of: string) =>
    services
      .filter(([name, { networks = ['default'] }]) => {
        const shared = networks.filter((network) => (compose.services[of]!.networks ?? ['default']).includes(network))
        return name !== of && shared.length > 0
      })
      .map(([name]) => name)
      .sort()
  expect(neighbours('proxy')).toEqual(['receiver'])
  expect(neighbours('postgres')).toEqual(['console', 'migrate', 'worker'])
  expect(neighbours('redis')).toEqual(['console', 'receiver', 'worker'])
  for (const network of ['queue', 'database']) expect(compose.networks[network], network).toEqual({ internal: true })
  expect(neighbours('prometheus')).toEqual(expect.arrayContaining(['receiver', 'worker']))
})

test('[I4] in the image Node is started by nothing between, as a user that is not root by its number', () => {
  expect(dockerfile).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m)
  expect(dockerfile).toMatch(/^ENTRYPOINT \[\]\nCMD \["node", /m)
  const commands = services
    .filter(([, { image }]) => image?.includes('ROLLCALL_IMAGE'))
    .map(([, service]) => service.command)
  expect(commands).toHaveLength(4)
  for (const command of commands) expect(command!.slice(0, 1)).toEqual(['node'])

  const [, rollcall] = /^RUN ln -s \/app\/(\S+) \/usr\/local\/bin\/rollcall$/m.exec(dockerfile)!
  expect(read(rollcall!)).toMatch(/^#!\/usr\/bin\/env node\n/)
  expect(statSync(pathOf(rollcall!)).mode & 0o111).toBe(0o111)
})

test('[I5] the proxy takes what the receiver takes, for as long as that does', () => {
  const inSeconds = (setting: string) => Number(new RegExp(`^  ${setting} (\\d+)s\\b`, 'm').exec(proxy)![1])
  const [, requestTimeoutMs] = /REQUEST_TIMEOUT_MS = ([\d_]+)/.exec(receiverSource)!
  expect(inSeconds('timeout http-request') * 1_000).toBe(Number(requestTimeoutMs!.replaceAll('_', '')))
  const [, bodyLimit] = /BODY_LIMIT_BYTES = ([\d_]+)/.exec(receiverSource)!
  expect(proxy).toContain(`{ req.body_size gt ${bodyLimit!.replaceAll('_', '')} }`)

  const keepAliveMs = variables.KEEP_ALIVE_TIMEOUT_MS.parse(undefined)
  expect(proxy).toContain(`timeout http-keep-alive "\${KEEP_ALIVE_TIMEOUT_MS-${keepAliveMs}}ms"`)
  expect(compose.services.proxy!.environment).toEqual({
    KEEP_ALIVE_TIMEOUT_MS: `\${KEEP_ALIVE_TIMEOUT_MS:-${keepAliveMs}}`,
  })
})

test('[I7] what stops has the time that it may take before it is killed', () => {
  const graceMs = variables.SHUTDOWN_GRACE_MS.parse(undefined)
  for (const name of ['receiver', 'worker', 'console', 'proxy']) {
    const { stop_grace_period: period } = compose.services[name]!
    expect(Number.parseInt(period!, 10) * 1_000, name).toBeGreaterThan(graceMs)
  }
  expect(Number(/hard-stop-after (\d+)s/.exec(proxy)![1]) * 1_000).toBeLessThan(graceMs)
})

test('[I6] what docker compose runs is started again when it has crashed, but for what runs once', () => {
  for (const [name, { restart }] of services) {
    expect(restart, name).toBe(name === 'migrate' ? undefined : 'unless-stopped')
  }
})
