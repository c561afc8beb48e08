import { cp, glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsdown'
import { type Manifest, manifestOf } from './manifest.ts'
import { PUBLISHED, type Published } from './published.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Builds what apps install from npm: `build/<package>` is ready for `npm publish`. Returns the folders. */
export async function buildPackages(into = join(root, 'build')): Promise<readonly string[]> {
  const versions = await versionsInTheWorkspace()
  const folders: string[] = []
  for (const published of PUBLISHED) folders.push(await buildPackage(published, join(into, published.folder), versions))
  return folders
}

async function buildPackage(published: Published, outDir: string, versions: Readonly<Record<string, string>>) {
  const source = join(root, 'packages', published.folder)
  await rm(outDir, { recursive: true, force: true })
  await mkdir(outDir, { recursive: true })
  await build({
    config: false,
    cwd: source,
    entry: { [published.entry]: `src/${published.entry}.ts` },
    outDir,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    fixedExtension: false,
    hash: false,
    dts: true,
    logLevel: 'error',
    // The workspace's packages are written into the one that is published; everybody else's stay what the app installs.
    deps: { alwaysBundle: [/^@rollcall\//], neverBundle: [/^(?!@rollcall\/)[@a-z]/] },
  })
  for (const folder of published.assets)
    await cp(join(root, 'packages', folder), join(outDir, basename(folder)), { recursive: true })
  await cp(join(source, 'README.md'), join(outDir, 'README.md'))
  await cp(join(root, 'LICENSE'), join(outDir, 'LICENSE'))
  const manifest = manifestOf(published, {
    own: await manifestIn(source),
    imported: await importsIn(outDir),
    versions,
  })
  await writeFile(join(outDir, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  return outDir
}

/** The packages that built code imports, for itself and for its types. */
async function importsIn(folder: string): Promise<readonly string[]> {
  const names = new Set<string>()
  for await (const file of glob(join(folder, '*.{js,d.ts}'))) {
    const text = await readFile(file, 'utf8')
    for (const match of text.matchAll(/(?:^|\n)(?:import|export)\b[^'";]*?from "([^"]+)"|import\("([^"]+)"\)/g)) {
      const specifier = (match[1] ?? match[2])!
      if (/^[@a-z]/.test(specifier) && !isBuiltin(specifier))
        names.add(specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'))
    }
  }
  return [...names]
}

async function versionsInTheWorkspace(): Promise<Readonly<Record<string, string>>> {
  const versions: Record<string, string> = {}
  for await (const file of glob(join(root, 'packages/*/package.json'))) {
    const { dependencies, devDependencies } = await manifestIn(join(file, '..'))
    Object.assign(versions, devDependencies, dependencies)
  }
  return versions
}

const manifestIn = async (folder: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest

if (import.meta.main) for (const folder of await buildPackages()) process.stdout.write(`${folder}\n`)
