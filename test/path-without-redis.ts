import { existsSync, readdirSync } from 'node:fs'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'

/** A `PATH` of links, made in a folder, to every program of this machine but Redis and Valkey. */
export async function pathWithoutRedis(folder: string): Promise<string> {
  const links = join(folder, 'bin')
  await mkdir(links)
  const found = new Map<string, string>()
  for (const place of process.env.PATH!.split(':').filter((entry) => existsSync(entry))) {
    for (const name of readdirSync(place)) if (!found.has(name)) found.set(name, join(place, name))
  }
  const kept = [...found].filter(([name]) => !/^(redis|valkey)-server$/.test(name))
  await Promise.all(kept.map(([name, path]) => symlink(path, join(links, name))))
  return links
}
