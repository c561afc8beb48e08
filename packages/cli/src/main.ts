#!/usr/bin/env node
import { enableCompileCache } from 'node:module'

// Before anything is loaded that is ours: compiled once, and not each time that somebody types a command, it begins
// a sixth sooner.
enableCompileCache()

const { keepEnvironmentToOneself } = await import('@rollcall/shared/secret-environment')
keepEnvironmentToOneself()
const { run } = await import('./run.ts')
process.exitCode = await run(process.argv.slice(2), process.env)
