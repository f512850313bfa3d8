/** The API's types from its OpenAPI document: openapi.mjs DOCUMENT [--output FILE]. */
import { spawnSync } from 'node:child_process'

const [document, flag, file] = process.argv.slice(2)
const target = flag === '--output' && file ? file : 'src/api/schema.gen.ts'
const options = ['--no-install', 'openapi-typescript', document, '--output', target]
process.exit(spawnSync('npx', options, { stdio: 'inherit' }).status ?? 1)
