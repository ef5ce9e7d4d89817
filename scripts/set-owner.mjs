#!/usr/bin/env node
/**
 * Replaces the GitHub owner in all files in the repository, for use after forking it.
 * Usage: `node scripts/set-owner.mjs NAME`
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const [owner] = process.argv.slice(2)
if (owner === undefined || !/^[A-Za-z\d](?:[A-Za-z\d]|-(?=[A-Za-z\d])){0,38}$/.test(owner)) {
  console.error('set-owner: pass the GitHub account or organization: node scripts/set-owner.mjs NAME')
  process.exit(2)
}
const { repository } = JSON.parse(readFileSync('package.json', 'utf8'))
const [, before] = /github\.com\/([^/]+)\//.exec(repository.url)
// The lookbehind excludes longer names with the same ending.
const owned = new RegExp(`(?<![\\w-])${before}(\\.github\\.io)?/alembic-guard(?![\\w])`, 'g')
const files = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' }).split('\0').filter(Boolean)
let changed = 0
for (const path of files) {
  const text = readFileSync(path, 'utf8')
  const after = text.replace(owned, (_, pages = '') => `${owner}${pages}/alembic-guard`)
  if (after === text) continue
  writeFileSync(path, after)
  changed += 1
}
console.log(`set-owner: replaced ${before} with ${owner} in ${changed} files`)
