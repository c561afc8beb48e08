import { writeFile } from 'node:fs/promises'
import { billOfMaterials } from './bill-of-materials.ts'

// Writes the bill of materials: `pnpm bom [file]`.

const [file = 'rollcall.cdx.json'] = process.argv.slice(2)
const bill = await billOfMaterials()
await writeFile(file, `${JSON.stringify(bill, null, 2)}\n`)
process.stdout.write(`${file}: ${bill.components.length} components\n`)
