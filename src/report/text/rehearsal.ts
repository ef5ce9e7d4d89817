/** Renders each rehearsed migration with its duration, statements and locks, then the failure. */
import { dialectOf } from '../../core/dialect/index.ts'
import { blockingLocks } from '../../core/rehearsal/statement-log.ts'
import { counted, listed, shown, shownSentence } from '../../core/text/display.ts'
import type { TableActivity } from '../../core/lint/table-activity.ts'
import { upgradeOf } from './headline.ts'
import { type Line, paragraph, placeText } from './layout.ts'
import type {
  LeftoverReport,
  RehearsalFailureReport,
  RehearsalPhaseReport,
  RehearsalReport,
  RehearsedMigrationReport,
  Report,
} from '../model/report.ts'

const indent = '       '

const copied: Readonly<Record<RehearsalReport['scratch']['schema'], string>> = {
  pg_dump: 'schema copied with pg_dump, no data',
  catalog: 'schema recreated from the catalog, no data',
  backup: 'a backup without data',
  empty: 'an empty database',
}

/** All lines of the report except the last. */
export function rehearsalLines(rehearsal: RehearsalReport): Line[] {
  const { scratch, phases, failure, leftovers, models, notes, wayBack } = rehearsal
  const { product } = dialectOf(scratch)
  const copy = scratch.rows ? 'a backup with data' : copied[scratch.schema]
  return [
    ...paragraph(
      `rehearsed on ${product} ${shown(scratch.server)}, ${shown(scratch.where)}: ${copy}`,
      indent,
    ),
    ...leftOutLines(rehearsal),
    ...notes.flatMap((note) => paragraph(`note: ${note}`, '      ', '')),
    ...phases.flatMap((phase) => phaseLines(phase, phases.length > 1)),
    ...(failure ? failureLines(failure) : []),
    ...leftoverLines(leftovers),
    ...(wayBack ? wayBackLines(wayBack) : []),
    ...(models ? modelLines(models) : []),
  ]
}

/** Maximum number of skipped objects to list. */
const maxLeftOut = 6

function leftOutLines({ scratch: { leftOut } }: RehearsalReport): Line[] {
  if (leftOut.length === 0) return []
  const lines = leftOut
    .slice(0, maxLeftOut)
    .flatMap(({ what, reason }) => paragraph(`${shown(what)}: ${shownSentence(reason)}`, `${indent}  `))
  const rest = leftOut.length - maxLeftOut
  return [
    ...paragraph(
      `WARNING: the scratch server rejected ${counted(leftOut.length, 'object')}, so the guard skipped ${leftOut.length === 1 ? 'it' : 'them'}:`,
      indent,
      '',
    ),
    ...lines,
    ...(rest > 0 ? [`${indent}  and ${rest} more`] : []),
  ]
}

const titles: Readonly<Record<RehearsalPhaseReport['phase'], string>> = {
  upgrade: 'upgrade',
  downgrade: 'downgrade to the starting revision',
  'upgrade-again': 'upgrade again',
  'check-models': 'models',
}

function phaseLines({ phase, migrations, milliseconds }: RehearsalPhaseReport, titled: boolean): Line[] {
  if (phase === 'check-models') return []
  const column = Math.min(36, Math.max(0, ...migrations.map(({ revision }) => shown(revision).length)))
  return [
    ...(titled ? [`${indent}${titles[phase]} (${duration(milliseconds)})`] : []),
    ...migrations.flatMap((migration) => migrationLines(migration, column)),
  ]
}

function migrationLines(migration: RehearsedMigrationReport, column: number): Line[] {
  const { revision, milliseconds, statements, locks, outsideTransaction, unmeasured = [] } = migration
  const parts = [
    shown(revision).padEnd(column),
    (milliseconds === null ? '-' : duration(milliseconds)).padStart(8),
    statements === null ? '' : counted(statements, 'statement'),
  ]
  const blocking = blockingLocks(locks).map(({ table, mode, heldMilliseconds }) => {
    const { bytes, activity } = locks.find((lock) => lock.table === table) ?? {}
    const rewritten = locks.some((lock) => lock.table === table && lock.rewritten)
    const facts = [
      ...(bytes === undefined || bytes < largeBytes ? [] : [size(bytes)]),
      ...(activity === undefined ? [] : activityWords(activity)),
      ...(rewritten ? ['rewritten'] : []),
      mode === 'AccessExclusiveLock' ? 'blocks reads and writes' : 'blocks writes',
      ...(heldMilliseconds === undefined ? [] : [`held ${duration(heldMilliseconds)}`]),
    ]
    return `${inWords(mode)} on ${shown(table)} (${facts.join('; ')})`
  })
  return [
    `${indent}  ${parts.join('   ').trimEnd()}`,
    ...blocking.flatMap((text) => paragraph(text, `${indent}      `, `${indent}    `)),
    ...(outsideTransaction || unmeasured.length > 0
      ? paragraph(outsideWords(outsideTransaction, unmeasured), `${indent}    `)
      : []),
  ]
}

function outsideWords(outside: boolean, unmeasured: readonly string[]): string {
  const [first] = unmeasured
  const ran = outside ? ['ran partly outside a transaction'] : []
  const which = unmeasured.length === 1 ? `"${long(first ?? '')}"` : counted(unmeasured.length, 'statement')
  return [...ran, ...(first === undefined ? [] : [`the locks that ${which} took are unknown`])].join('; ')
}

/** Describes how often a table is used; empty if it's rarely used. */
function activityWords({ scans, rowWrites, since, seconds }: TableActivity): readonly string[] {
  const start = since === null ? 'the statistics began' : since.slice(0, 10)
  const rate = (count: number): number => Number((count / (seconds ?? Infinity)).toPrecision(2))
  if (Math.max(rate(scans), rate(rowWrites)) >= minRate)
    return [`${rate(scans)} scans and ${rate(rowWrites)} row writes per second since ${start}`]
  if (scans + rowWrites < minUses) return []
  return [`${counted(scans, 'scan')} and ${counted(rowWrites, 'row write')} since ${start}`]
}

/** Minimum number of scans or writes per second worth showing. */
const minRate = 0.1

/** Minimum total of scans and writes worth showing if both rates are below `minRate`. */
const minUses = 1000

/** In bytes. Scanning or rewriting a smaller table is barely noticeable. */
const largeBytes = 10_000_000

/** Formats a size, such as `41 GB`. */
function size(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  return `${Math.round(bytes / 1000 ** power)} ${units[power] ?? ''}`
}

/** Spells a lock mode such as `AccessExclusiveLock` as PostgreSQL's manual does: `ACCESS EXCLUSIVE`. */
function inWords(mode: string): string {
  return mode
    .replace(/Lock$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toUpperCase()
}

function failureLines(failure: RehearsalFailureReport): Line[] {
  const { message, revision, location, error, statement, sqlstate, output, hint } = failure
  const where = revision === null ? '' : ` in ${shown(revision)}`
  return [
    ...paragraph(`ERROR: the rehearsal failed${where}`, indent, ''),
    ...paragraph(message, indent),
    ...(location ? [indent + placeText(location)] : []),
    ...(error === null ? [] : paragraph(long(error), indent)),
    ...(statement === null ? [] : paragraph(`statement: ${long(statement)}`, `${indent}  `, indent)),
    ...(sqlstate === null ? [] : [`${indent}SQLSTATE ${sqlstate}`]),
    ...(error === null && output.length > 0
      ? [`${indent}its last output:`, ...output.flatMap((line) => paragraph(line, `${indent}  `))]
      : []),
    ...(hint === null ? [] : paragraph(hint, '      ', 'hint: ')),
  ]
}

function wayBackLines({ command, reason }: NonNullable<RehearsalReport['wayBack']>): Line[] {
  return reason === null
    ? paragraph(
        `"${shown(command)}" undoes the release, and you can run the upgrade again afterwards`,
        indent,
      )
    : paragraph(`WARNING: "${shown(command)}" doesn't undo the release: ${shownSentence(reason)}`, indent, '')
}

function leftoverLines(leftovers: readonly LeftoverReport[]): Line[] {
  if (leftovers.length === 0) return []
  const sentence = ({ change, kind, name, revision, after }: LeftoverReport): string => {
    const by = revision === null ? '' : ` (migration ${shown(revision)})`
    const thing = `the ${kind} ${shown(name)}`
    const when = after === 'downgrade' ? 'after the downgrade' : 'after the second upgrade'
    if (change === 'left') return `${thing} still exists ${when}${by}`
    return change === 'lost' ? `${thing} is missing ${when}${by}` : `${thing} differs ${when}${by}`
  }
  return [
    "ERROR: the downgrade doesn't restore the schema",
    ...leftovers.flatMap((one) => paragraph(sentence(one), `${indent}  `, indent)),
    ...paragraph(
      `make downgrade() undo everything that upgrade() does${enumHint(leftovers)}.`,
      '      ',
      'hint: ',
    ),
  ]
}

/** A hint about leftover enum types, which DROP TABLE doesn't remove. */
function enumHint(leftovers: readonly LeftoverReport[]): string {
  const left = leftovers.filter(({ change, kind }) => change === 'left' && kind === 'enum')
  const [only] = left
  if (!only) return ''
  const name = left.length === 1 ? `'${shown(only.name)}'` : '...'
  return `; drop an enum with sa.Enum(name=${name}).drop(op.get_bind())`
}

function modelLines({ outcome, message }: NonNullable<RehearsalReport['models']>): Line[] {
  if (outcome === 'same') return paragraph(`models: ${message}`, indent)
  if (outcome === 'unavailable') return paragraph(`WARNING: ${message}`, indent, '')
  const title = outcome === 'differ' ? 'the models differ from the migrations' : 'the models'
  return [`ERROR: ${title}`, ...paragraph(long(message), indent)]
}

/** The last line of the report. */
export function rehearsalEnding({ rehearsal, prediction, database, exitCode }: Report): Line[] {
  if (!rehearsal) return []
  const [first] = rehearsal.phases
  if (exitCode === 0 && first) {
    const ran = first.migrations.length
    const what =
      ran === 0
        ? 'had nothing to run on the copy'
        : `ran ${counted(ran, 'migration')} on the copy in ${duration(first.milliseconds)}`
    const rows = (rehearsal.wayBack ? first : rehearsal.phases.at(-1))?.versionsAfter ?? []
    const left = rows.length === 0 ? 'has no version rows' : `is at ${listed(rows)}`
    return paragraph(
      `SUCCESS: "${prediction ? upgradeOf(prediction) : first.command}" ${what}; the copy ${left}`,
      indent,
      '',
    )
  }
  // Applications keep writing to PostgreSQL, so only the catalog and version rows were compared.
  const isFile = database !== null && dialectOf(database).isFile
  const compared = isFile ? "production's file" : "production's catalog and version rows"
  const only = rehearsal.production === 'unchanged' ? `; ${compared} didn't change` : ''
  return paragraph(`the scratch database was removed${only}.`, '      ', 'hint: ')
}

function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
  return milliseconds < 60_000
    ? `${(milliseconds / 1000).toFixed(1)} s`
    : `${Math.floor(milliseconds / 60_000)} min ${Math.round((milliseconds % 60_000) / 1000)} s`
}

function long(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > 300 ? `${line.slice(0, 297)}...` : line
}
