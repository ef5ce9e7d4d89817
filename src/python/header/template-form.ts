/**
 * Fast path for migrations that look like Alembic's template. Regular expressions are fast even before the JIT has
 * warmed up.
 */
import type {
  Binding,
  FunctionBinding,
  MigrationModule,
  PyValue,
} from '../../core/history/migration-module.ts'
import { decodeSource } from '../source/decode-source.ts'
import { ownText } from '../source/own-text.ts'
import { type ModuleFacts, bound, headerNames, none, stopNames, unbound } from './module-facts.ts'
import { type Line, columnAt, firstLine, lineAt } from '../source/source-position.ts'
import { keywords } from '../tokens/token-kinds.ts'

/** A module supported by the fast path. */
export interface PlainModule {
  readonly facts: ModuleFacts
  /** The statements in `upgrade`, including nested ones. */
  readonly upgrade: readonly StatementExtent[]
}

/** Offsets of a statement's first character, and of the line after the statement. */
export interface StatementExtent {
  readonly start: number
  readonly end: number
}

/** Maximum nesting depth. CPython's limits are much higher. */
const maxDepth = 20

/** Maximum number of calls in a chain. */
const maxChain = 100

/** Maximum number of keyword arguments. Each keyword is compared with all earlier ones. */
const maxKeywords = 64
/** Maximum number of cached words. */
const maxJudged = 10_000
/** Maximum file size in bytes. The regular expressions need more stack space for larger files. */
const maxLength = 100_000

const blanks = String.raw`[ \n]*(?:#[^\n]*\n[ \n]*)*`
const lineEnd = String.raw` *(?:#[^\n]*)?\n`
/** These patterns also match some invalid names, which `isName` and `areNames` reject. */
const name = String.raw`[A-Za-z_]\w*`
const dotted = String.raw`[A-Za-z_][\w.]*`
const long = String.raw`"""(?:[^"\\]|"(?!""))*"""`
const short = String.raw`u?(?:'(?!'')[^'\\\n]*'|"(?!"")[^"\\\n]*")`
const string = `(?:${long}|${short})`
const strings = `${string}(?:${blanks}${string})*`
const number = String.raw`-?(?:0|[1-9]\d{0,17})(?:\.\d{1,17})?(?![\w.])`
const constant = String.raw`(?:None|True|False)\b`

function sticky(source: string): RegExp {
  return new RegExp(source, 'y')
}

const skipped = sticky(`(?:${lineEnd})*`)
const docstring = sticky(`(${long}|${short})${lineEnd}`)
const imported = sticky(String.raw`(?:from|import) [\w., ]+?${lineEnd}`)
const assigned = sticky(
  String.raw`(${Object.keys(headerNames).join('|')}) ?(?:: ?([\w.[\], |]*[\w\]]) ?)?= ?` +
    String.raw`(?:None|(${short})|\(((?:${blanks}${short}${blanks},)+(?:${blanks}${short})?)${blanks}\))${lineEnd}`,
)
const defined = sticky(String.raw`def (upgrade|downgrade)\(\)(?: ?-> ?None)? ?:${lineEnd}`)
const indented = sticky(' *')
const passed = sticky(`(?:pass|${long}|${short})${lineEnd}`)
const calling = sticky(String.raw`(?:(with )|(${name}) ?=(?!=) ?)?(${dotted})\(`)
const ended = sticky(lineEnd)
const entering = sticky(`(?: as (${name}))? ?:${lineEnd}`)
const trailing = sticky(String.raw`\.(${dotted})\(`)
/**
 * Matches a closing bracket, or an item with an optional keyword (`name=`) and comma: a `[`, a literal, a dotted name,
 * a simple call such as `sa.String(length=20)`, or the start of a call.
 */
const item = sticky(
  String.raw`${blanks}(?:([)\]])|(?:(${name}) ?=(?!=) ?)?(?:(\[)|${strings}|${number}|${constant}` +
    String.raw`|(${dotted})(?:\((?:(?:(${name})=)?(?:${short}|[1-9]\d{0,8}(?=\))|True|False))?\)(?!\.)|(\())?)` +
    String.raw`(?:${blanks}(,))?)`,
)
const afterItem = sticky(String.raw`${blanks}(?:([)\]])|(,)|\.(${dotted})(\()?)`)

/** Whether the word is a valid name. Names with two leading underscores have special rules. */
function isName(word: string): boolean {
  return !keywords.has(word) && !word.startsWith('__') && /^[A-Za-z_]\w*$/.test(word)
}

/** Caches a predicate's results. The same few words recur throughout a repository. */
function remembering(judge: (text: string) => boolean): (text: string) => boolean {
  const judged = new Map<string, boolean>()
  return (text) => {
    let fine = judged.get(text)
    if (fine === undefined) {
      fine = judge(text)
      if (judged.size < maxJudged) judged.set(text, fine)
    }
    return fine
  }
}

const isOneName = remembering(isName)

/** Whether the text is a dotted name. */
const areNames = remembering((text) => {
  const names = text.split('.')
  return names.length <= maxChain && names.every(isName)
})

const importForm = /^(?:from ([\w.]+) import (.+?)|import ([\w.]+(?: as \w+)?)) *(?:#.*)?\n$/

/** Whether a one-line import binds none of Alembic's names. */
const importsOthers = remembering((line) => {
  const [, from, names = '', plain] = importForm.exec(line) ?? []
  if (from === undefined && plain === undefined) return false
  if (from !== undefined && !areNames(from)) return false
  return (plain ?? names).split(',').every((one) => {
    const [what = '', as, alias, ...rest] = one.replace(/^ /, '').split(' ')
    const own = alias ?? what.split('.', 1)[0] ?? ''
    if (rest.length > 0 || (as !== undefined && (as !== 'as' || alias === undefined))) return false
    return (plain === undefined ? isName(what) : areNames(what)) && isName(own) && !stopNames.has(own)
  })
})

/** An annotation made up of names, subscripts and `|`, such as `Union[str, None] | str`. */
const annotationForm = /^[A-Za-z_][\w.]*(?:\[[A-Za-z_][\w.]*|\]*(?: ?\| ?|, ?)[A-Za-z_][\w.]*)*\]*$/

const isAnnotation = remembering((text) => {
  let open = 0
  for (const character of text) {
    if (character === '[') open++
    if (character === ']' && --open < 0) return false
    // Annotations can't contain a tuple without parentheses.
    if (character === ',' && open === 0) return false
  }
  const words = text.split(/[^\w.]+/).filter((word) => word !== '')
  return open === 0 && annotationForm.test(text) && words.every((word) => word === 'None' || areNames(word))
})

/** An empty list of parameter names, because functions in the template take no parameters. */
const noNames: readonly string[] = []

interface Walk {
  readonly text: string
  at: number
  statements: StatementExtent[]
}

/** The migration as Alembic sees it; null if this fast path doesn't support it. */
export function readPlainMigration(bytes: Uint8Array, path: string): MigrationModule | null {
  if (bytes.length > maxLength) return null
  const source = decodeSource(bytes)
  const plain = source.kind === 'text' ? readPlainModule(source.text, path) : null
  return plain && { path, ...plain.facts, unreadable: null }
}

/**
 * Returns facts about a module; null if the fast path doesn't support the module. `source` must have `\n` line
 * endings.
 */
export function readPlainModule(source: string, path: string): PlainModule | null {
  if (source.length > maxLength) return null
  const text = source.endsWith('\n') ? source : `${source}\n`
  const walk: Walk = { text, at: 0, statements: [] }
  const headers = new Map<string, Binding>()
  const steps = new Map<string, FunctionBinding>()
  let upgrade: readonly StatementExtent[] = []
  let doc: string | null = null
  let line: Line = firstLine
  const spanAt = (offset: number) => {
    line = lineAt(text, offset, line)
    return { path, line: line.number, column: columnAt(text, offset, line) }
  }
  matches(walk, skipped)
  const opening = exec(walk, docstring)
  if (opening) doc = valueOf(opening[1] ?? '')
  while ((matches(walk, skipped), walk.at < text.length)) {
    const start = walk.at
    if (matches(walk, imported)) {
      if (!importsOthers(text.slice(start, walk.at))) return null
      continue
    }
    const assignment = exec(walk, assigned)
    if (assignment) {
      const [whole, key = '', annotation, single, several] = assignment
      if (headers.has(key) || (annotation !== undefined && !isAnnotation(annotation))) return null
      const value: PyValue =
        single !== undefined
          ? { kind: 'str', value: valueOf(single) }
          : several !== undefined
            ? { kind: 'tuple', items: elementsOf(several) }
            : none
      headers.set(key, bound(value, spanAt(start + valueOffset(whole))))
      continue
    }
    const definition = exec(walk, defined)
    const step = definition?.[1]
    if (step === undefined || steps.has(step)) return null
    steps.set(step, { kind: 'function', required: noNames, keywords: noNames, span: spanAt(start) })
    walk.statements = []
    if (!block(walk, 0, 0)) return null
    if (step === 'upgrade') upgrade = walk.statements
  }
  return {
    facts: {
      revision: headers.get('revision') ?? unbound,
      downRevision: headers.get('down_revision') ?? unbound,
      branchLabels: headers.get('branch_labels') ?? unbound,
      dependsOn: headers.get('depends_on') ?? unbound,
      upgrade: steps.get('upgrade') ?? unbound,
      downgrade: steps.get('downgrade') ?? unbound,
      doc,
      raises: null,
    },
    upgrade,
  }
}

function matches(walk: Walk, form: RegExp): boolean {
  form.lastIndex = walk.at
  if (!form.test(walk.text)) return false
  walk.at = form.lastIndex
  return true
}

function exec(walk: Walk, form: RegExp): RegExpExecArray | null {
  form.lastIndex = walk.at
  const found = form.exec(walk.text)
  if (found) walk.at = form.lastIndex
  return found
}

/** Returns the text between the quotes. */
function valueOf(quoted: string): string {
  const quotes = quoted.startsWith('"""') ? 3 : 1
  return ownText(quoted.slice(quoted.startsWith('u') ? 2 : quotes, -quotes))
}

const elements = new RegExp(String.raw`#[^\n]*|(${short})`, 'g')

function elementsOf(several: string): PyValue[] {
  return [...several.matchAll(elements)].flatMap(([, quoted]) =>
    quoted === undefined ? [] : [{ kind: 'str', value: valueOf(quoted) }],
  )
}

/** Returns the offset of an assignment's value, after the first `=`. */
function valueOffset(whole: string): number {
  const equal = whole.indexOf('=')
  return whole[equal + 1] === ' ' ? equal + 2 : equal + 1
}

/** Reads a block of statements with the same indentation, deeper than `outer`. */
function block(walk: Walk, outer: number, depth: number): boolean {
  if (depth > maxDepth) return false
  let width = 0
  for (;;) {
    matches(walk, skipped)
    const line = walk.at
    matches(walk, indented)
    const start = walk.at
    const found = start - line
    if (width === 0) width = found
    if (width <= outer || found > width) return false
    if (found < width) {
      walk.at = line
      return true
    }
    if (!matches(walk, passed) && !statement(walk, width, depth)) return false
    walk.statements.push({ start, end: walk.at })
    if (walk.at === walk.text.length) return true
  }
}

/** Reads a call, an assignment of a call, or a block under `with call:`. */
function statement(walk: Walk, width: number, depth: number): boolean {
  const opening = exec(walk, calling)
  if (!opening) return false
  const target = opening[2]
  if (target !== undefined && !isOneName(target)) return false
  if (!areNames(opening[3] ?? '') || !restOfCall(walk)) return false
  let links = 0
  for (let more = exec(walk, trailing); more; more = exec(walk, trailing)) {
    if (++links > maxChain || !areNames(more[1] ?? '') || !restOfCall(walk)) return false
  }
  if (opening[1] === undefined) return matches(walk, ended)
  const entry = exec(walk, entering)
  if (!entry || (entry[1] !== undefined && !isName(entry[1]))) return false
  return block(walk, width, depth + 1)
}

/** Reads the rest of a call, from the token after its `(` through the matching `)`. */
function restOfCall(walk: Walk): boolean {
  /** One element per open bracket: the keywords seen so far in a call, or null for a list. */
  const open: (string[] | null)[] = [[]]
  // Destructuring the matches would be the slowest step here.
  let isCall = true
  let complete = false
  let links = 0
  while (open.length > 0) {
    const found = exec(walk, complete ? afterItem : item)
    if (!found || open.length > maxDepth) return false
    const closer = found[1]
    if (closer !== undefined) {
      isCall = closer === ')'
      if ((open.pop() !== null) !== isCall) return false
      complete = true
    } else if (complete) {
      const comma = found[2]
      const opensCall = found[4]
      if (comma === undefined && !(isCall && areNames(found[3] ?? ''))) return false
      complete = comma === undefined && opensCall === undefined
      links = comma === undefined ? links + 1 : 0
      if (links > maxChain) return false
      if (opensCall !== undefined) open.push([])
    } else {
      const opensList = found[3]
      const names = found[4]
      const inner = found[5]
      const opensCall = found[6]
      const comma = found[7]
      if (!allowed(open.at(-1) ?? null, found[2])) return false
      if (names !== undefined && !areNames(names)) return false
      if (inner !== undefined && !isOneName(inner)) return false
      if (opensList !== undefined) open.push(null)
      else if (opensCall !== undefined) open.push([])
      // A comma can't follow an opening bracket.
      if (comma !== undefined && (opensList ?? opensCall) !== undefined) return false
      complete = opensList === undefined && opensCall === undefined && comma === undefined
      isCall = false
    }
  }
  return true
}

/**
 * Whether an argument with this keyword is allowed here. An undefined keyword stands for a positional argument. Adds
 * the keyword to `names`.
 */
function allowed(names: string[] | null, keyword: string | undefined): boolean {
  if (keyword === undefined) return names === null || names.length === 0
  if (names === null || names.length >= maxKeywords || names.includes(keyword)) return false
  if (!isOneName(keyword)) return false
  names.push(keyword)
  return true
}
