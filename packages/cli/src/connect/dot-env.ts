import { chmod, readFile, writeFile } from 'node:fs/promises'

/** Only its owner reads it: there are secrets in it. */
const OWNER_ONLY = 0o600

/** Sets a variable in a `.env` file, in its line where it has one; everything else stays as it is. */
export async function setInDotEnv(path: string, name: string, value: string): Promise<void> {
  await writeFile(path, withVariable(await textOf(path), name, value), { mode: OWNER_ONLY })
  await chmod(path, OWNER_ONLY)
}

export function withVariable(text: string, name: string, value: string): string {
  const line = `${name}=${value}`
  const existing = new RegExp(`^(?:export[ \\t]+)?${name}[ \\t]*=.*$`, 'm')
  // As a function: a `$` in the value means nothing.
  if (existing.test(text)) return text.replace(existing, () => line)
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
