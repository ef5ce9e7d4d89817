/** `init`: adds the guard to the release. Without `--write`, only shows the changes. */
import { posix } from 'node:path'
import { diskTree } from '../adapters/files/disk-tree.ts'
import { FileUnreadable, type FileTree } from '../adapters/files/file-tree.ts'
import { locateProject } from '../adapters/project/locate-project.ts'
import { readReleaseFacts, topFolder } from '../adapters/release/release-files.ts'
import { readRepository } from '../adapters/project/read-repository.ts'
import type { FileEdit } from '../core/text/file-edit.ts'
import {
  type FileChange,
  type InitFacts,
  type InitNote,
  planHeroku,
  planInstall,
} from '../core/release/init-heroku.ts'
import type { Repository } from '../core/history/repository.ts'
import { unifiedDiff } from '../core/text/unified-diff.ts'
import { printable } from '../core/text/display.ts'
import { exitCodes } from '../errors.ts'
import { initNote } from '../report/phrases/init.ts'
import { guideOf, platforms } from '../report/text/init-platforms.ts'
import { shellCommand } from '../core/text/shell-quoting.ts'
import { type Line, linesAt, paragraph } from '../report/text/layout.ts'
import { upgradeWords } from './forms/own-command.ts'
import type { Command, Context, Outcome } from './shell/command.ts'
import type { ProjectSettings } from './shell/release-settings.ts'
import type { HerokuSettings, InitSettings } from './shell/verb-settings.ts'
import { presentationOptions, projectOptions } from './shell/options.ts'

export const init: Command = {
  name: 'init',
  options: ['platform', 'write', ...projectOptions, ...presentationOptions],
  formats: ['human'],
  examples: [
    ['$0 init', 'the changes for Heroku, as a diff'],
    ['$0 init --write', 'write it'],
    ['$0 init --platform fly', 'the changes for another platform'],
  ],
  async run(context, settings: ProjectSettings & InitSettings & HerokuSettings) {
    const tree = diskTree(context.cwd)
    const location = await locateProject(tree, settings.project)
    const repository = await readRepository(tree, location)
    const words = upgradeWords(tree, location, 'head')
    const upgrade = shellCommand(words)
    const { platform } = settings.init
    return platform === 'heroku'
      ? forHeroku(context, settings, tree, repository, upgrade)
      : elsewhere(context, settings, platform, tree, repository, words)
  },
}

/** Escapes control characters, except for tabs, which some files use for indentation. */
function safe(line: string): string {
  return line.split('\t').map(printable).join('\t')
}

async function forHeroku(
  context: Context,
  settings: InitSettings & HerokuSettings,
  tree: FileTree,
  repository: Repository,
  upgrade: string,
): Promise<Outcome> {
  const root = topFolder(tree)
  const { write } = settings.init
  const { applyGuarded, rollBackInterrupted } = await import('./write-files/guarded-edits.ts')
  if (write) await rollBackInterrupted(root, [root])
  const { changes, notes } = planHeroku(factsOf(context, diskTree(root), tree, repository, upgrade))
  if (write && changes.length > 0) await applyGuarded(context, root, [root], changes.map(editOf))
  const isInstalled = notes.every(({ kind }) => kind !== 'addPackage' && kind !== 'compiled')
  const lines = [
    heading(context, 'Heroku', upgrade),
    ...changes.flatMap(({ path, before, after }) => [...unifiedDiff(path, before, after), '']),
    ...(changes.length > 0
      ? outcome(write, changes)
      : [isInstalled ? 'SUCCESS: the guard already runs before the upgrade.' : 'No file needs changes.']),
    ...notes.flatMap((note) =>
      note.kind === 'addPackage' ? [] : paragraph(initNote(note), '      ', 'hint: '),
    ),
    ...(changes.length === 0 && isInstalled ? [] : nextSteps(write, changes, notes)),
    ...paragraph(
      `other platforms: --platform ${platforms.filter((name) => name !== 'heroku').join(', ')}`,
      '      ',
      'hint: ',
    ),
  ]
  return { stdout: `${linesAt(lines, context.width).map(safe).join('\n')}\n`, exitCode: exitCodes.pass }
}

function heading(context: Context, title: string, upgrade: string): string {
  const { name, version } = context.tool
  return `-----> ${name} ${version}   ${title}, before "${upgrade}"`
}

function outcome(write: boolean, changes: readonly FileChange[]): Line[] {
  const names = changes.map(({ path }) => path).join(', ')
  return write
    ? paragraph(`SUCCESS: wrote ${names}`, '         ', '')
    : paragraph(
        'nothing was written; run "alembic-guard init --write" to apply these changes.',
        '      ',
        'hint: ',
      )
}

/** Returns the steps that the user still has to take. */
function nextSteps(write: boolean, changes: readonly FileChange[], notes: readonly InitNote[]): Line[] {
  const npm = changes.some(({ path }) => path === 'package.json')
  const adds = notes.flatMap((note) => (note.kind === 'addPackage' ? [shellCommand(note.argv)] : []))
  const files = [...changes.map(({ path }) => path), ...(npm ? ['package-lock.json'] : [])]
  const commit = adds.length > 0 ? 'git add --all' : shellCommand(['git', 'add', ...files])
  const steps = [
    ...(write || changes.length === 0 ? [] : ['alembic-guard init --write']),
    ...adds,
    ...(npm ? ['npm install', 'heroku buildpacks:add --index 1 heroku/nodejs'] : []),
    'alembic-guard preflight --app YOUR-APP',
    `${commit} && git commit -m "Guard the release" && git push heroku main`,
  ]
  return [
    npm ? 'hint: next steps (a new app also needs heroku/python):' : 'hint: next steps:',
    ...steps.map((step, index) => `      ${index + 1}. ${step}`),
    ...paragraph(
      '"git push" exits with 0 even if the release fails; in CI, check the status in "heroku releases --json -n 1".',
      '      ',
      'hint: ',
    ),
  ]
}

/**
 * Prints the changes for platforms other than Heroku. `--write` creates new files and applies the edits from
 * `planInstall`. Users must make all other changes to existing files themselves.
 */
async function elsewhere(
  context: Context,
  { init: { write } }: InitSettings,
  platform: Exclude<InitSettings['init']['platform'], 'heroku'>,
  tree: FileTree,
  repository: Repository,
  words: readonly string[],
): Promise<Outcome> {
  const root = topFolder(tree)
  const facts = factsOf(context, diskTree(root), tree, repository, shellCommand(words))
  const folder = posix.relative(root, tree.cwd)
  const guide = guideOf(platform, { upgrade: words, version: context.tool.version, folder })
  const { applyGuarded, rollBackInterrupted } = await import('./write-files/guarded-edits.ts')
  if (write) await rollBackInterrupted(root, [root])
  const install = guide.installs ? planInstall(facts) : { changes: [], notes: [] }
  const whole = guide.files.filter(({ isWhole }) => isWhole)
  const made = whole.filter(({ path }) => facts.textOf(path) === null)
  const changes: readonly FileChange[] = [
    ...made.map(({ path, text }) => ({ path, before: null, after: text })),
    ...install.changes,
  ]
  if (write && changes.length > 0) await applyGuarded(context, root, [root], changes.map(editOf))
  const isThere = ({ path, text }: (typeof guide.files)[number]): boolean => facts.textOf(path) === text
  const shownFiles = guide.files.filter((file) => !made.includes(file) && !isThere(file))
  const adds = install.notes.flatMap((note) => (note.kind === 'addPackage' ? [shellCommand(note.argv)] : []))
  const lines = [
    heading(context, guide.title, shellCommand(words)),
    ...changes.flatMap(({ path, before, after }) => [...unifiedDiff(path, before, after), '']),
    ...shownFiles.flatMap(({ path, text, isWhole }) => [
      `       ${isWhole ? `${path} exists; add` : `add this to ${path}`}:`,
      '',
      ...text.trimEnd().split('\n'),
      '',
    ]),
    ...(changes.length === 0
      ? ['hint: no files need to be written.']
      : write
        ? paragraph(`SUCCESS: wrote ${changes.map(({ path }) => path).join(', ')}`, '         ', '')
        : paragraph(
            `nothing was written; run "alembic-guard init --platform ${platform} --write" to write ${changes.map(({ path }) => path).join(', ')}.`,
            '      ',
            'hint: ',
          )),
    ...install.notes.flatMap((note) =>
      note.kind === 'addPackage' ? [] : paragraph(initNote(note), '      ', 'hint: '),
    ),
    ...guide.notes.flatMap((text) => paragraph(text, '      ', 'hint: ')),
    'hint: next steps:',
    ...[
      ...adds,
      'alembic-guard preflight --database-url-env PRODUCTION_URL',
      'git add --all && git commit -m "Guard the release" && git push',
    ].map((step, index) => `      ${index + 1}. ${step}`),
  ]
  return { stdout: `${linesAt(lines, context.width).map(safe).join('\n')}\n`, exitCode: exitCodes.pass }
}

/** `top` is the repository's root; `tree` is the project's folder. */
function factsOf(
  context: Context,
  top: FileTree,
  tree: FileTree,
  repository: Repository,
  upgrade: string,
): InitFacts {
  const { envUrl, iniUrl } = readReleaseFacts(tree, repository, null)
  const folder = posix.relative(top.cwd, tree.cwd)
  const path = repository.env.path
  const text = path === null ? null : textOf(tree, path)
  const helpless = envUrl.kind === 'ini' && iniUrl !== 'other' && path !== null && text !== null
  return {
    upgrade,
    folder: folder === '' ? '' : shellCommand([folder]),
    version: context.tool.version,
    env: helpless ? { path: posix.join(folder, path), text } : null,
    textOf: (name) => textOf(top, name),
  }
}

function editOf({ path, before, after }: FileChange): FileEdit {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
  return before === null
    ? { kind: 'create', path, after: encode(after) }
    : { kind: 'replace', path, before: encode(before), after: encode(after) }
}

function textOf(tree: FileTree, path: string): string | null {
  const bytes = readable(() => tree.readFile(path))
  // Rewriting the file as UTF-8 would corrupt any other encoding.
  return bytes && new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}

function readable<T>(read: () => T | null): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof FileUnreadable) return null
    throw error
  }
}
