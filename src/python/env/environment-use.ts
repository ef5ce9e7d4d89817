/**
 * Determines which environment variables a Python file uses, and finds other sources of a connection. Overreports by
 * design: `f("DB_HOST")` and `x["DB_HOST"]` count for any `f` and `x`. Runs no code, and follows names within one file.
 */
import type { VariableRole } from '../../core/rehearsal/command-variables.ts'
import { decodeSource } from '../source/decode-source.ts'
import {
  type Expression,
  type NodeOf,
  type SyntaxNode,
  type SyntaxTree,
  constantOf,
  isSyntaxNode,
  parsePython,
} from '../syntax/syntax-tree.ts'

/** An environment variable that the file reads. */
export interface VariableRead {
  readonly name: string
  /** Role inferred from how the variable is used; null if unclear. */
  readonly role: VariableRole | null
}

/** Another possible source of a connection. `what` describes the code. */
export interface OtherSource {
  readonly what: string
  /** True for a variable whose name is computed. */
  readonly computed: boolean
  readonly line: number
}

/** Environment variables and other inputs that a file uses. */
export interface EnvironmentUse {
  readonly reads: readonly VariableRead[]
  readonly sources: readonly OtherSource[]
  /** Imported or mentioned modules, such as `app.config` or the relative `.settings`. */
  readonly imports: readonly string[]
}

const nothing: EnvironmentUse = { reads: [], sources: [], imports: [] }

/** Determines which environment variables a Python file reads. */
export function readEnvironmentUse(bytes: Uint8Array): EnvironmentUse {
  const decoded = decodeSource(bytes)
  const parsed = decoded.kind === 'text' ? parsePython(decoded.text) : null
  if (parsed?.kind !== 'tree')
    return { ...nothing, sources: [{ what: "isn't valid Python", computed: false, line: 1 }] }
  return new FileReader(parsed.tree).read()
}

/** Maps keywords and keys to the part of a connection that they specify. */
const partNames: Readonly<Record<string, VariableRole>> = {
  host: 'host',
  hostname: 'host',
  server: 'host',
  port: 'port',
  user: 'user',
  username: 'user',
  password: 'password',
  database: 'database',
  dbname: 'database',
  db: 'database',
  url: 'url',
  dsn: 'url',
}

/** Functions that may return a URL from a source other than an environment variable. */
const otherReaders: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:open|read_text|read_bytes|safe_load|from_file|from_json|from_pyfile|from_toml|read_secret|get_secret(?:_value_from.*)?)$/,
    'reads a file or a secret',
  ],
  [/^(?:dotenv_values|RepositoryEnv)$/, 'reads a .env file directly, bypassing the environment'],
  [/^(?:check_output|popen|Popen|getoutput)$/, 'runs another program'],
]

/** Packages that fetch secrets from external stores. */
const secretPackages = /^(?:boto3|botocore|hvac|google\.cloud|azure|keyring|consul|infisical|doppler)\b/

/** Strings that start with a PostgreSQL or CockroachDB URL. */
const urlWithPlace = /^(?:postgres(?:ql)?|cockroachdb)(?:\+\w+)?:\/\/[^\s]/i

/** The first of the private-use characters that stand for variables in a concatenated string. */
const firstMark = 0xe000

class FileReader {
  private readonly tree: SyntaxTree
  private readonly bindings = new Map<string, Expression[]>()
  /** Cached results of `soleRead` and `isPutTogether`. */
  private readonly soles = new Map<SyntaxNode, Map<number, string | null>>()
  private readonly composed = new Map<SyntaxNode, Map<number, boolean>>()
  /** The number of known variables for which `soles` is valid. */
  private solesFor = 0
  private readonly reads = new Map<string, VariableRole | null>()
  private readonly sources: OtherSource[] = []
  private readonly imports = new Set<string>()
  /** Defaults for environment variables. They don't matter if the variable is set. */
  private readonly defaults = new Set<SyntaxNode>()
  /** The operands of concatenations. A concatenation is evaluated as a whole. */
  private readonly pieces = new Set<SyntaxNode>()
  private readonly fields = new Map<string, string[]>()

  constructor(tree: SyntaxTree) {
    this.tree = tree
  }

  read(): EnvironmentUse {
    const nodes = allNodes(this.tree.body)
    for (const node of nodes) this.collect(node)
    for (const node of nodes) this.judge(node)
    this.addNested()
    return {
      reads: [...this.reads].map(([name, role]) => ({ name, role })),
      sources: this.sources,
      imports: [...this.imports],
    }
  }

  /** Collects names, imports and fields before any name is resolved. */
  private collect(node: SyntaxNode): void {
    switch (node.nodeType) {
      case 'Assign':
        for (const target of node.targets) if (target.nodeType === 'Name') this.bind(target.id, node.value)
        break
      case 'AnnAssign':
        if (node.target.nodeType === 'Name' && node.value) this.bind(node.target.id, node.value)
        break
      case 'Import':
        for (const { name } of node.names) this.addImport(name, node)
        break
      case 'ImportFrom': {
        const module = '.'.repeat(node.level ?? 0) + (node.module ?? '')
        this.addImport(module, node)
        const separator = module === '' || module.endsWith('.') ? '' : '.'
        for (const { name } of node.names) if (name !== '*') this.imports.add(module + separator + name)
        break
      }
      case 'ClassDef':
        this.collectFields(node)
        break
      case 'Call':
        for (const place of [
          node.args[1],
          ...node.keywords.filter(({ arg }) => arg === 'default').map(({ value }) => value),
        ])
          if (place && this.readOf(node) !== null)
            for (const one of [place, ...allNodes([place])]) this.defaults.add(one)
        break
      default:
    }
  }

  private bind(name: string, value: Expression): void {
    const known = this.bindings.get(name)
    if (known) known.push(value)
    else this.bindings.set(name, [value])
  }

  private addImport(module: string, node: SyntaxNode): void {
    this.imports.add(module)
    if (secretPackages.test(module)) this.source(`imports ${module}`, node)
  }

  private source(what: string, node: SyntaxNode, computed = false): void {
    this.sources.push({ what, computed, line: this.tree.positionOf(node).line })
  }

  /** pydantic finds fields by name, ignoring case and with an optional prefix. */
  private collectFields({ name, bases, body }: NodeOf<'ClassDef'>): void {
    const own: string[] = []
    let prefix = ''
    for (const one of allNodes(body)) {
      const [key, value] =
        one.nodeType === 'Keyword'
          ? [one.arg, one.value]
          : one.nodeType === 'Assign' && one.targets[0]?.nodeType === 'Name'
            ? [one.targets[0].id, one.value]
            : []
      if (key === 'env_prefix' && value) prefix = this.textOf(value) ?? ''
    }
    for (const statement of body) {
      if (statement.nodeType !== 'AnnAssign' || statement.target.nodeType !== 'Name') continue
      own.push(statement.target.id)
      // `Field(validation_alias="DB_HOST")`, `Field(env="DB_HOST")`, `AliasChoices(…)`.
      for (const inner of statement.value ? allNodes([statement.value]) : []) {
        const text = inner.nodeType === 'Constant' ? this.textOf(inner) : null
        if (text !== null && /^[A-Za-z_]\w*$/.test(text)) own.push(text)
      }
    }
    this.fields.set(name, own)
    if (!bases.some((base) => /Settings$|Config$/.test(lastName(base) ?? ''))) return
    for (const field of own) {
      this.reads.set(`${prefix}${field}`.toUpperCase(), null)
      this.reads.set(field.toUpperCase(), null)
    }
  }

  /**
   * Adds nested settings fields such as `DB__HOST`, with each of the two common separators (`env_nested_delimiter`).
   */
  private addNested(): void {
    const separators = ['__', '_']
    const outer = [...this.reads.keys()].filter((name) => this.isField(name))
    for (const name of outer) {
      for (const inner of [...this.fields.values()].flat()) {
        for (const separator of separators) {
          const nested = `${name}${separator}${inner}`.toUpperCase()
          if (!this.reads.has(nested) && inner.length < 40)
            this.reads.set(nested, partNames[inner.toLowerCase()] ?? null)
        }
      }
    }
  }

  private isField(name: string): boolean {
    return /^(?:\w+_)?(?:DB|DATABASE|POSTGRES|PG|SQL)$/.test(name)
  }

  private judge(node: SyntaxNode): void {
    const read = this.readOf(node)
    if (read?.kind === 'name') this.reads.set(read.name, this.reads.get(read.name) ?? null)
    if (read?.kind === 'computed')
      this.source('reads an environment variable with a computed name', node, true)
    switch (node.nodeType) {
      case 'Constant': {
        const text = this.defaults.has(node) || this.pieces.has(node) ? null : this.textOf(node)
        if (text !== null && urlWithPlace.test(text)) this.source('contains a database URL', node)
        break
      }
      case 'JoinedStr':
      case 'BinOp':
        this.judgeText(node)
        break
      case 'Call':
        this.judgeCall(node)
        break
      case 'Dict':
        for (const [index, key] of node.keys.entries()) {
          const text = key?.nodeType === 'Constant' ? this.textOf(key) : null
          const value = node.values[index]
          if (text !== null && value) this.give(partNames[text.toLowerCase()] ?? null, value)
        }
        break
      case 'Assign':
        for (const target of node.targets) {
          const name =
            lastName(target) ?? (target.nodeType === 'Subscript' ? this.textOf(target.slice) : null)
          if (name !== null && /(?:sqlalchemy\.url|DATABASE_(?:URL|URI)|db_?url|dsn)$/i.test(name))
            this.give('url', node.value)
        }
        break
      default:
    }
  }

  private judgeCall(node: NodeOf<'Call'>): void {
    const name = lastName(node.func) ?? ''
    const found = otherReaders.find(([pattern]) => pattern.test(name))
    if (found) this.source(found[1], node)
    const overrides = node.keywords.some(
      ({ arg, value }) => arg === 'override' && this.tree.sourceOf(value) !== 'False',
    )
    if (overrides && /dotenv|read_env/.test(name))
      this.source('lets a .env file override the environment', node)
    if (/^(?:create_engine|create_async_engine|make_url)$/.test(name) && node.args[0])
      this.give('url', node.args[0])
    if (name === 'set_main_option' && this.textOf(node.args[0]) === 'sqlalchemy.url' && node.args[1])
      this.give('url', node.args[1])
    if (/^(?:import_module|import_string|from_object)$/.test(name)) {
      const module = this.textOf(node.args[0])
      if (module !== null) this.imports.add(module.replace(':', '.'))
    }
    const connects = /^(?:create|URL|connect|create_pool|Connection)$/.test(name)
    for (const { arg, value } of node.keywords) {
      const role = arg === undefined ? null : (partNames[arg.toLowerCase()] ?? null)
      this.give(role, value)
      const literal = connects && role === 'host' ? this.textOf(value) : null
      if (literal !== null) this.source('contains a database host name', value)
    }
    if (name === 'format' && node.func.nodeType === 'Attribute') this.judgeText(node)
  }

  /** If the value is built from a single environment variable, assigns `role` to that variable. */
  private give(role: VariableRole | null, value: Expression): void {
    if (role === null || (role === 'url' && this.isPutTogether(value, 0))) return
    const name = this.soleRead(value, 0)
    if (name !== null && this.reads.get(name) === null) this.reads.set(name, role)
    else if (name !== null && !this.reads.has(name)) this.reads.set(name, role)
  }

  /** Whether a string is built from several parts. */
  private isPutTogether(value: SyntaxNode, depth: number): boolean {
    return remembered(this.composed, value, depth, () => this.findParts(value, depth))
  }

  private findParts(value: SyntaxNode, depth: number): boolean {
    return allNodes([value]).some(
      (node) =>
        node.nodeType === 'JoinedStr' ||
        node.nodeType === 'BinOp' ||
        (node.nodeType === 'Call' && /^(?:format|create|URL)$/.test(lastName(node.func) ?? '')) ||
        (node.nodeType === 'Name' &&
          depth < 6 &&
          (this.bindings.get(node.id) ?? []).some((bound) => this.isPutTogether(bound, depth + 1))),
    )
  }

  /** Determines which part of a URL each variable provides. */
  private judgeText(node: NodeOf<'JoinedStr'> | NodeOf<'BinOp'> | NodeOf<'Call'>): void {
    if (this.pieces.has(node)) return
    for (const piece of allNodes([node])) this.pieces.add(piece)
    const names: (string | null)[] = []
    const text = this.put(node, names, 0)
    if (names.length === 0 && urlWithPlace.test(text)) this.source('contains a database URL', node)
    const match =
      /^[^:]*:\/\/(?:([^:@/]*)(?::([^@]*))?@)?(\[[^\]]*\]|[^:/?]*)(?::([^/?]*))?(?:\/([^?]*))?/su.exec(text)
    if (!match || names.length === 0 || !/:\/\//.test(text)) return
    const [, user, password, host = '', port, database] = match
    const parts: readonly (readonly [VariableRole, string | undefined])[] = [
      ['user', user],
      ['password', password],
      ['host', host],
      ['port', port],
      ['database', database],
    ]
    for (const [role, part] of parts) {
      if (part?.length !== 1) continue
      const name = names[(part.codePointAt(0) ?? 0) - firstMark] ?? null
      if (name !== null && (this.reads.get(name) ?? null) === null) this.reads.set(name, role)
    }
    const scheme = text.slice(0, text.indexOf(':'))
    const ofDatabase = /^(?:postgres|cockroach)/.test(scheme) || /[\ue000-\uf8ff]/.test(scheme)
    const literalHost = host !== '' && !/[\ue000-\uf8ff]/.test(host)
    const literalPort = port !== undefined && port !== '' && !/[\ue000-\uf8ff]/.test(port)
    if (ofDatabase && literalHost) this.source('contains a database host name', node)
    else if (ofDatabase && literalPort) this.source('contains a database port', node)
  }

  /** Returns the string, with a placeholder character for each unknown part. */
  private put(node: SyntaxNode, names: (string | null)[], depth: number): string {
    const mark = (value: SyntaxNode): string => {
      names.push(this.soleRead(value, 0))
      return String.fromCodePoint(firstMark + names.length - 1)
    }
    if (depth > 20 || names.length > 1000) return mark(node)
    if (node.nodeType === 'Constant') return this.textOf(node) ?? mark(node)
    if (node.nodeType === 'JoinedStr')
      return node.values
        .map((one) => {
          // The parser stores an f-string's literal parts without quotes.
          const piece: unknown = one.nodeType === 'Constant' ? one.value : null
          return typeof piece === 'string' ? piece : this.put(one, names, depth + 1)
        })
        .join('')
    if (node.nodeType === 'FormattedValue') return mark(node.value)
    if (node.nodeType === 'BinOp' && node.op.nodeType === 'Add')
      return this.put(node.left, names, depth + 1) + this.put(node.right, names, depth + 1)
    if (node.nodeType === 'BinOp' && node.op.nodeType === 'Mod') {
      const values = node.right.nodeType === 'Tuple' ? [...node.right.elts] : [node.right]
      return (this.textOf(node.left) ?? '').replace(/%(?:\(\w+\))?[sd]/g, () => {
        const value = values.shift()
        return value ? mark(value) : '%'
      })
    }
    if (node.nodeType === 'Call' && node.func.nodeType === 'Attribute' && node.func.attr === 'format') {
      const values = [...node.args]
      return (this.textOf(node.func.value) ?? '').replace(/\{(\w*)[^}]*\}/g, (whole, key: string) => {
        const value = node.keywords.find(({ arg }) => arg === key)?.value ?? values.shift()
        return value ? mark(value) : whole
      })
    }
    return mark(node)
  }

  /** Returns the environment variable that the value is built from, if there is exactly one. */
  private soleRead(value: SyntaxNode, depth: number): string | null {
    if (depth > 6) return null
    // Newly found variables may change cached results.
    if (this.solesFor !== this.reads.size) this.soles.clear()
    this.solesFor = this.reads.size
    return remembered(this.soles, value, depth, () => this.findSole(value, depth))
  }

  private findSole(value: SyntaxNode, depth: number): string | null {
    const found = new Set<string>()
    for (const node of allNodes([value])) {
      if (this.defaults.has(node)) continue
      const read = this.readOf(node)
      if (read?.kind === 'name') found.add(read.name)
      else if (node.nodeType === 'Name') {
        for (const bound of this.bindings.get(node.id) ?? []) {
          const name = bound === value ? null : this.soleRead(bound, depth + 1)
          if (name !== null) found.add(name)
        }
      } else if (node.nodeType === 'Attribute' && this.reads.has(node.attr.toUpperCase()))
        found.add(node.attr.toUpperCase())
    }
    const [only] = found
    return found.size === 1 && only !== undefined ? only : null
  }

  /** Returns the variable that a call or subscript reads; `computed` if its name is unknown. */
  private readOf(node: SyntaxNode): { kind: 'name'; name: string } | { kind: 'computed' } | null {
    if (node.nodeType === 'Subscript') {
      const text = this.textOf(node.slice)
      const ofEnviron = isEnviron(node.value)
      if (text !== null && (ofEnviron || isUpperCase(text))) return { kind: 'name', name: text }
      return ofEnviron && text === null ? { kind: 'computed' } : null
    }
    if (node.nodeType !== 'Call') return null
    const { func, args } = node
    const direct =
      lastName(func) === 'getenv' ||
      (func.nodeType === 'Attribute' && /^(?:get|pop|setdefault)$/.test(func.attr) && isEnviron(func.value))
    const text = this.textOf(args[0])
    if (text !== null && (direct || isUpperCase(text))) return { kind: 'name', name: text }
    return direct && text === null ? { kind: 'computed' } : null
  }

  private textOf(node: SyntaxNode | undefined): string | null {
    if (node?.nodeType !== 'Constant') return null
    const constant = constantOf(node, this.tree)
    return constant.kind === 'str' ? constant.value : null
  }
}

/** Returns the cached result for a node and depth, computing it if necessary. */
function remembered<Answer>(
  answers: Map<SyntaxNode, Map<number, Answer>>,
  node: SyntaxNode,
  depth: number,
  compute: () => Answer,
): Answer {
  const byDepth = answers.get(node) ?? new Map<number, Answer>()
  answers.set(node, byDepth)
  const known = byDepth.get(depth)
  if (known !== undefined) return known
  const answer = compute()
  byDepth.set(depth, answer)
  return answer
}

function isUpperCase(text: string): boolean {
  return /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/.test(text) && text.length > 1
}

function isEnviron(node: SyntaxNode): boolean {
  return /^environb?$/.test(lastName(node) ?? '')
}

function lastName(node: SyntaxNode): string | null {
  return node.nodeType === 'Name' ? node.id : node.nodeType === 'Attribute' ? node.attr : null
}

/** Returns all descendants of the nodes, in source order. */
function allNodes(nodes: readonly SyntaxNode[]): readonly SyntaxNode[] {
  const found: SyntaxNode[] = []
  const waiting = nodes.toReversed()
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    found.push(node)
    const children = Object.values(node).flat().filter(isSyntaxNode)
    for (const child of children.toReversed()) waiting.push(child)
  }
  return found
}
