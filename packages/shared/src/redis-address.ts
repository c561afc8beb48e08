import { tlsFilesProblem } from './tls-files.ts'

export interface RedisNode {
  readonly host: string
  readonly port: number
}

/** How to connect, whatever to. */
interface Access {
  readonly username: string | undefined
  readonly password: string | undefined
  /** 4 or 6: the only kind of address that is taken for a host's name. */
  readonly family: number | undefined
  /** The URL's parameters, of which some name files; nothing where TLS is not spoken. */
  readonly tls: URLSearchParams | undefined
}

/** What `REDIS_URL` names. */
export type RedisAddress =
  /** `url` is what is left for the client, whose options its parameters are. */
  | ({ readonly kind: 'single'; readonly url: string; readonly nodes: readonly RedisNode[] } & Pick<Access, 'tls'>)
  | ({ readonly kind: 'cluster'; readonly nodes: readonly RedisNode[] } & Access)
  | ({
      readonly kind: 'sentinel'
      /** The Sentinels; where the master is, they tell. */
      readonly nodes: readonly RedisNode[]
      readonly master: string
      readonly database: number
      readonly sentinelUsername: string | undefined
      readonly sentinelPassword: string | undefined
    } & Access)

/** What is wrong with a `REDIS_URL`, behind its name. Quotes nothing of it: there is a password in it. */
export class RedisAddressError extends Error {
  override readonly name = 'RedisAddressError'
}

const KINDS =
  'must be one redis:// or rediss:// URL, several separated by commas for a cluster, redis+cluster:// or redis+sentinel://'

const PORT = 6_379
const SENTINEL_PORT = 26_379

const SENTINEL = /^rediss?\+sentinel:/i
const FOR_TLS = ['sslrootcert', 'sslcert', 'sslkey']
const FOR_SENTINEL = ['db', 'sentinelUsername', 'sentinelPassword']

/** The URLs of a `REDIS_URL`. One that names Sentinels is a single one, with commas in it. */
export function splitRedisUrl(text: string): string[] {
  const trimmed = text.trim()
  return SENTINEL.test(trimmed) ? [trimmed] : trimmed.split(/[\s,]+/).filter(Boolean)
}

/** What is wrong with a `REDIS_URL` and with the files that it names; nothing where it is good. */
export function redisUrlProblem(urls: readonly string[]): string | undefined {
  try {
    const { tls } = readRedisAddress(urls)
    return tls && tlsFilesProblem(tls)
  } catch (error) {
    if (error instanceof RedisAddressError) return error.message
    throw error
  }
}

/** What these URLs name together. The first one's user, password and parameters are those of all nodes. */
export function readRedisAddress(urls: readonly string[]): RedisAddress {
  const [first, ...others] = urls.map(readUrl)
  if (!first) throw new RedisAddressError(KINDS)
  if (others.some(({ protocol }) => protocol !== first.protocol)) {
    throw new RedisAddressError('must have the same scheme in all its URLs')
  }
  if (first.kind === 'sentinel') return readSentinel(first, others)
  return others.length > 0 || first.kind === 'cluster' ? readCluster([first, ...others]) : readSingle(first)
}

interface ReadUrl {
  readonly protocol: string
  readonly kind: 'plain' | 'cluster' | 'sentinel'
  /** One, or for Sentinel several. */
  readonly hosts: readonly RedisNode[]
  /** Behind the slash. */
  readonly path: string
  readonly parameters: URLSearchParams
  readonly access: Access
}

/** Sentinels stand side by side before the slash, which `URL` does not take: so each host is read as if it were alone. */
function readUrl(text: string): ReadUrl {
  const [, scheme, suffix, authority, path, query] =
    /^(rediss?)(\+cluster|\+sentinel)?:\/\/([^/?#]*)\/?([^?#]*)(?:\?([^#]*))?$/i.exec(text) ?? []
  if (!scheme || !authority) throw new RedisAddressError(KINDS)
  const kind = suffix ? (suffix.slice(1).toLowerCase() as 'cluster' | 'sentinel') : 'plain'
  const at = authority.lastIndexOf('@')
  const credentials = parse(`redis://${authority.slice(0, at + 1)}host`)
  const parameters = new URLSearchParams(query ?? '')
  const isTls = scheme.toLowerCase() === 'rediss'
  if (!isTls && FOR_TLS.some((name) => parameters.has(name))) {
    throw new RedisAddressError(`has sslrootcert, sslcert or sslkey, but no TLS: write rediss${suffix ?? ''}://`)
  }
  return {
    protocol: `${scheme}${suffix ?? ''}`.toLowerCase(),
    kind,
    hosts: readHosts(authority.slice(at + 1), kind),
    path: decode(path ?? ''),
    parameters,
    access: {
      username: decode(credentials.username) || undefined,
      password: decode(credentials.password) || undefined,
      family: parameters.has('family') ? Number(parameters.get('family')) : undefined,
      tls: isTls ? parameters : undefined,
    },
  }
}

function readHosts(text: string, kind: ReadUrl['kind']): readonly RedisNode[] {
  const hosts = kind === 'sentinel' ? text.split(',').filter(Boolean) : [text]
  return hosts.map((host) => {
    const { hostname, port } = parse(`redis://${host}`)
    if (hostname === '') throw new RedisAddressError(KINDS)
    const fallback = kind === 'sentinel' ? SENTINEL_PORT : PORT
    return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || fallback) }
  })
}

function readSingle({ protocol, hosts, path, parameters, access: { username, password, tls } }: ReadUrl): RedisAddress {
  readDatabase(path)
  const kept = new URLSearchParams([...parameters].filter(([name]) => !FOR_TLS.includes(name)))
  const [node] = hosts as [RedisNode]
  const secret = [username, password].map((part) => encodeURIComponent(part ?? ''))
  const credentials = username || password ? `${secret[0]}:${secret[1]}@` : ''
  const host = node.host.includes(':') ? `[${node.host}]` : node.host
  const url = `${protocol}://${credentials}${host}:${node.port}/${path}${kept.size > 0 ? `?${kept}` : ''}`
  return { kind: 'single', url, nodes: hosts, tls }
}

function readCluster(urls: readonly [ReadUrl, ...ReadUrl[]]): RedisAddress {
  if (urls.some(({ path }) => readDatabase(path) !== 0)) {
    throw new RedisAddressError('must not name a database: a cluster has only 0')
  }
  requireKnown(urls[0], [])
  return { kind: 'cluster', nodes: urls.flatMap(({ hosts }) => hosts), ...urls[0].access }
}

function readSentinel(url: ReadUrl, others: readonly ReadUrl[]): RedisAddress {
  const shape = `${url.protocol}://host1:26379,host2:26379/<name of the master>`
  if (others.length > 0) throw new RedisAddressError(`must be one URL for all Sentinels, as in ${shape}`)
  if (!/^[\w.-]+$/.test(url.path))
    throw new RedisAddressError(`must name the master that the Sentinels watch, as in ${shape}`)
  requireKnown(url, FOR_SENTINEL)
  return {
    kind: 'sentinel',
    nodes: url.hosts,
    master: url.path,
    database: readDatabase(url.parameters.get('db') ?? ''),
    sentinelUsername: url.parameters.get('sentinelUsername') ?? undefined,
    sentinelPassword: url.parameters.get('sentinelPassword') ?? undefined,
    ...url.access,
  }
}

function readDatabase(text: string): number {
  if (!/^\d*$/.test(text)) throw new RedisAddressError('must name a database by its number, as in redis://host:6379/0')
  return Number(text)
}

/** A misspelt parameter would be one that is not there: a connection without the certificate, say. */
function requireKnown({ parameters, protocol }: ReadUrl, own: readonly string[]): void {
  const known = [...own, 'family', ...FOR_TLS]
  if ([...parameters.keys()].every((name) => known.includes(name))) return
  throw new RedisAddressError(`has a parameter that ${protocol}:// does not know; it knows ${known.join(', ')}`)
}

function parse(url: string): URL {
  if (!URL.canParse(url)) throw new RedisAddressError(KINDS)
  return new URL(url)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new RedisAddressError('must be percent-encoded where a user, a password or a name has special characters')
  }
}
