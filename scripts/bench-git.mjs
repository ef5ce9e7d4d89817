#!/usr/bin/env node
/**
 * Benchmarks the commands that read git history: `manifest`, and `explain` for a deleted and for an unknown
 * revision. Generates a history if no folder is given.
 * Usage: node scripts/bench-git.mjs [FOLDER ...]. Each folder is a clone with an Alembic project at its root.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync, openSync, closeSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

const guard = join(import.meta.dirname, '../dist/cli.js')
const folders = process.argv.slice(2)

console.log(
  `${git('.', ['--version']).trim()}, Node ${process.version}. Wall time, best of 3; peak memory without git's own.\n`,
)
console.log('| history | commits | command | s | MB |')
console.log('|---|---:|---|---:|---:|')
for (const folder of folders) measure(folder, basename(folder))
if (folders.length === 0) {
  const folder = mkdtempSync(join(tmpdir(), 'alembic-guard-bench-git-'))
  try {
    makeHistory(folder, 50_000, 500)
    measure(folder, 'made up')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function measure(folder, name) {
  const commits = Number(git(folder, ['rev-list', '--all', '--count']))
  const location = process.env.ALEMBIC_GUARD_SCRIPT_LOCATION ?? findScriptLocation(folder)
  const gone = lastDeleted(folder, location)
  const project = location === null ? [] : ['--script-location', location]
  const commands = [
    { title: 'explain, nowhere', args: ['explain', 'no_such_revision_001', ...project] },
    ...(gone === null ? [] : [{ title: 'explain, deleted', args: ['explain', gone, ...project] }]),
    { title: 'manifest', args: ['manifest', ...project] },
  ]
  for (const { title, args } of commands) {
    let best = Infinity
    let memory = 0
    for (let round = 0; round < 3; round += 1) {
      const { seconds, kilobytes } = run(folder, args)
      best = Math.min(best, seconds)
      memory = Math.max(memory, kilobytes)
    }
    console.log(
      `| ${name} | ${commits.toLocaleString('en-US')} | ${title} | ${best.toFixed(2)} | ${(memory / 1024).toFixed(0)} |`,
    )
  }
}

/** Runs a command and measures its peak memory. */
function run(folder, args) {
  const tail = 'process.on("exit",()=>process.stderr.write(String(process.resourceUsage().maxRSS)))'
  const begin = process.hrtime.bigint()
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(tail)}`, guard, ...args],
    {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      env: { PATH: process.env.PATH, HOME: process.env.HOME },
    },
  )
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9
  if (status !== 0)
    throw new Error(`alembic-guard ${args.join(' ')} ended with ${status}: ${stdout}${stderr}`)
  return { seconds, kilobytes: Number(/\d+$/.exec(stderr)?.[0]) }
}

function findScriptLocation(folder) {
  const path = git(folder, ['ls-files', '--', '*env.py'])
    .split('\n')
    .find((file) => /(?:migrations|alembic)\/env\.py$/.test(file))
  return path ? path.slice(0, -'/env.py'.length) : null
}

/** Returns the revision id in the most recently deleted migration file. */
function lastDeleted(folder, location) {
  const [commit, , path] = git(folder, [
    'log',
    '-1',
    '--diff-filter=D',
    '--name-only',
    '--format=%H',
    '--',
    `${location ?? '.'}/versions/*.py`,
  ]).split('\n')
  if (!commit || !path) return null
  return /^revision(?:: str)? = ["'](.+)["']/m.exec(git(folder, ['show', `${commit}^:${path}`]))?.[1] ?? null
}

/** Generates commits that add or delete files, including migrations. */
function makeHistory(folder, commits, migrations) {
  git(folder, ['init', '-q', '-b', 'main'])
  const stream = join(folder, 'stream')
  const file = openSync(stream, 'w')
  const every = Math.floor(commits / migrations)
  const data = (text) => `data ${Buffer.byteLength(text)}\n${text}\n`
  let parent = null
  for (let index = 0; index < commits; index += 1) {
    const when = `Ann Ode <ann@example.org> ${1_500_000_000 + index * 600} +0000`
    let text = `commit refs/heads/main\nauthor ${when}\ncommitter ${when}\n${data(`Commit ${index}`)}`
    if (index === 0) {
      text += `M 100644 inline alembic.ini\n${data('[alembic]\nscript_location = migrations\n')}`
      text += `M 100644 inline migrations/env.py\n${data('from alembic import context\n')}`
    }
    if (index % every === 0) {
      const id = `r${String(index / every).padStart(6, '0')}`
      const down = parent === null ? 'None' : `'${parent}'`
      const source = `"""Add ${id}"""\nfrom alembic import op\nrevision = '${id}'\ndown_revision = ${down}\n\n\ndef upgrade():\n    op.execute("SELECT '${id}'")\n`
      text += `M 100644 inline migrations/versions/${id}.py\n${data(source)}`
      if (index + every >= commits) text += `D migrations/versions/${parent}.py\n`
      parent = id
    } else {
      text += `M 100644 inline app/part_${index % 97}/module_${index % 389}.py\n${data(`VALUE = ${index}\n`)}`
    }
    writeSync(file, text)
  }
  closeSync(file)
  const input = openSync(stream, 'r')
  spawnSync('git', ['fast-import', '--quiet'], { cwd: folder, stdio: [input, 'inherit', 'inherit'] })
  closeSync(input)
  writeFileSync(stream, '')
  git(folder, ['reset', '-q', '--hard', 'main'])
}

function git(folder, args) {
  const { status, stdout, stderr } = spawnSync('git', args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (status !== 0) throw new Error(`git ${args[0]}: ${stderr}`)
  return stdout
}
