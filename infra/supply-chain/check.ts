import { audit } from './audit.ts'
import { billOfMaterials } from './bill-of-materials.ts'
import { ALLOWED, ALLOWED_IN_DEVELOPMENT, installedLicences, refusedLicences } from './licences.ts'
import { schemaProblem } from './validate.ts'

// Licences, the bill of materials, and what is known of the versions that are used: `pnpm supply-chain`.
// Ends with 0; with 1 where something is wrong; with 3 where all that could be looked at is well, and the audit was not answered.

const NOT_AUDITED = 3

const say = (text: string) => process.stdout.write(`${text}\n`)
const problems: string[] = []

const shipped = await installedLicences('production')
const all = await installedLicences('all')
const refused = [
  ...refusedLicences(shipped, ALLOWED),
  ...refusedLicences(all, { ...ALLOWED, ...ALLOWED_IN_DEVELOPMENT }),
]
for (const { name, versions, licence } of refused)
  problems.push(`licence of ${name} ${versions.join(', ')}: ${licence}`)
say(`licences: ${shipped.length} packages in production, ${all.length} in all, ${refused.length} refused`)

const bill = await billOfMaterials()
const wrong = await schemaProblem(bill)
if (wrong !== undefined) problems.push(`bill of materials: ${wrong}`)
say(`bill of materials: ${bill.components.length} components, CycloneDX ${bill.specVersion}`)

const audited = await audit()
if (audited.outcome === 'advisories') problems.push(audited.report)
if (audited.outcome === 'clean') say('audit: nothing is known of these versions')
if (audited.outcome === 'not_audited') {
  say('')
  say('!!! NOT AUDITED: the registry did not say what is known of these versions, and nobody else was asked.')
  say(`!!! ${audited.reason}. Run \`pnpm audit\` where registry.npmjs.org answers.`)
}

for (const problem of problems) say(`WRONG: ${problem}`)
if (problems.length > 0) process.exitCode = 1
else if (audited.outcome === 'not_audited') process.exitCode = NOT_AUDITED
