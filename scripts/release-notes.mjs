#!/usr/bin/env node
/**
 * Prints a version's section of CHANGELOG.md. Fails if the section is missing or marked as unreleased.
 * Usage: `node scripts/release-notes.mjs 0.1.0`
 */
import { readFileSync } from 'node:fs'

const [version = ''] = process.argv.slice(2)
const text = readFileSync(new URL('../CHANGELOG.md', import.meta.url), 'utf8')
const sections = text.split(/^(?=## )/m).slice(1)
const section = sections.find((one) => one.slice(3).split(/\s/, 1)[0] === version)
if (section === undefined) {
  console.error(`release-notes: CHANGELOG.md has no section "## ${version}"`)
  process.exit(1)
}
const [heading = '', ...lines] = section.split('\n')
if (/unreleased/i.test(heading)) {
  console.error(`release-notes: CHANGELOG.md still marks ${version} as unreleased; add its release date`)
  process.exit(1)
}
console.log(lines.join('\n').trim())
