import { readFileSync, writeFileSync } from 'node:fs'
import { stringify } from 'yaml'
import { openApiDocument } from '../src/api/openapi-document.ts'

/** `npm run openapi`: writes openapi.yaml from the definitions the routes are made of. */
export function openApiYaml(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  const header = '# Written by `npm run openapi` from src/api: change it there.\n'
  // Every string in quotes: readers of YAML 1.1 take a bare `=`, `no` or `1:20` for something else.
  const quoted = { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' } as const
  return header + stringify(openApiDocument(version), { lineWidth: 0, aliasDuplicateObjects: false, ...quoted })
}

if (import.meta.main) {
  writeFileSync(new URL('../openapi.yaml', import.meta.url), openApiYaml())
  console.log('wrote openapi.yaml')
}
