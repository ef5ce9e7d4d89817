/**
 * Runs git so that it can only read: no lock, no index refresh, no network, no pager, no program named in a
 * configuration. Knows how git is called and how its streams are split, nothing of what is asked.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { delimiter, isAbsolute } from 'node:path'

/** Where git runs. `env` is the environment of the user, of which little is passed on. */
export interface GitLocation {
  readonly directory: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Ends every process that still runs. */
  readonly signal: AbortSignal
  /** Told from time to time how much of a long answer is read; `total` null: nobody knows how much there is. */
  readonly onProgress?: (done: number, total: number | null) => void
}

/** Git could not be asked, or did not answer. `reason` is a clause for people without paths of secrets. */
export class GitRefused extends Error {
  readonly reason: string
  /** There is no git program, no repository, or git declined; other failures are `failed`. */
  readonly kind: 'no-git' | 'no-repository' | 'failed'

  constructor(kind: GitRefused['kind'], reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.name = 'GitRefused'
    this.kind = kind
    this.reason = reason
  }
}

/** What git may see of the environment: how to find itself and its own configuration. No database URL among it. */
const passedOn =
  /^(?:PATH|HOME|USERPROFILE|SYSTEMROOT|TMPDIR|TEMP|XDG_CONFIG_HOME|GIT_CONFIG_.*|GIT_EXEC_PATH)$/i

const always = {
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  // Git knows the first since 2.45 and obeys the second in every version: no transport may be used, not even a local one.
  GIT_NO_LAZY_FETCH: '1',
  GIT_ALLOW_PROTOCOL: '',
  GIT_NO_REPLACE_OBJECTS: '1',
  LC_ALL: 'C',
}

/**
 * Outranks every configuration file: whatever starts a program, and whatever changes what the commands used here print
 * or read (https://git-scm.com/docs/git-config).
 */
const settings = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'protocol.allow=never',
  'credential.helper=',
  'log.showRoot=true',
  'log.showSignature=false',
  'log.follow=false',
  'log.mailmap=false',
  'diff.relative=false',
  'i18n.logOutputEncoding=UTF-8',
  'color.ui=false',
]

/** Most of what git complains about that is kept. */
const maxComplaintLength = 4000

function start({ directory, env, signal }: GitLocation, args: readonly string[]): ChildProcess {
  const kept = Object.entries(env)
    .filter(([name]) => passedOn.test(name))
    .map(([name, value]) => [name, name === 'PATH' ? absoluteFolders(value ?? '') : value])
  return spawn('git', ['--no-pager', ...settings.flatMap((setting) => ['-c', setting]), ...args], {
    cwd: directory,
    env: { ...Object.fromEntries(kept), ...always },
    stdio: ['pipe', 'pipe', 'pipe'],
    signal,
  })
}

/** A relative folder in PATH would let the repository name the program that runs. */
function absoluteFolders(path: string): string {
  return path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .join(delimiter)
}

/**
 * The output of one git command, piece by piece. `input` is written to it.
 * @throws GitRefused when it can't be run or ends with another status than 0.
 */
export async function* gitStream(
  place: GitLocation,
  args: readonly string[],
  input: Iterable<string> = [],
): AsyncGenerator<Buffer> {
  const child = start(place, args)
  let complaint = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    if (complaint.length < maxComplaintLength) complaint += chunk.toString()
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  // Whoever stops reading never awaits it.
  ended.catch(() => {})
  // A git that ends early closes its input; its status says why.
  child.stdin?.on('error', () => {})
  const fed = feed(child, input)
  try {
    if (child.stdout) for await (const chunk of child.stdout) yield chunk as Buffer
    await fed
    const status = await ended
    if (status !== 0) throw refusal(complaint)
  } catch (error) {
    if (error instanceof GitRefused) throw error
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'ENOENT') throw new GitRefused('no-git', 'git is not installed', { cause: error })
    if (code === 'ABORT_ERR') throw new GitRefused('failed', 'git took too long', { cause: error })
    throw new GitRefused('failed', `git could not be run (${String(code)})`, { cause: error })
  } finally {
    if (child.exitCode === null && child.signalCode === null) child.kill()
  }
}

/** Writes as fast as git reads. */
async function feed(child: ChildProcess, input: Iterable<string>): Promise<void> {
  const { stdin } = child
  if (!stdin) return
  for (const text of input) {
    if (stdin.destroyed) return
    if (!stdin.write(text)) {
      await new Promise<void>((resolve) => {
        const go = (): void => {
          stdin.off('drain', go)
          stdin.off('close', go)
          resolve()
        }
        stdin.once('drain', go)
        stdin.once('close', go)
      })
    }
  }
  stdin.end()
}

function refusal(complaint: string): GitRefused {
  if (/not a git repository/i.test(complaint)) {
    return new GitRefused('no-repository', 'there is no git repository here')
  }
  if (/must be run in a work tree/i.test(complaint)) {
    return new GitRefused('no-repository', 'the git repository here has no working tree')
  }
  if (/dubious ownership/i.test(complaint)) {
    return new GitRefused('no-repository', 'git refuses this repository: it belongs to another user')
  }
  // Before git 2.45 the first content that is missing ends it.
  if (/promisor remote/.test(complaint)) {
    return new GitRefused(
      'failed',
      'this clone is partial, and missing objects were not fetched (git fetch --refetch --no-filter completes it)',
    )
  }
  const [line = ''] = complaint.split('\n').filter((text) => /^(fatal|error):/.test(text))
  return new GitRefused('failed', `git failed (${line.replace(/\S*:\/\/\S*/g, '...') || 'no reason given'})`)
}

/** The whole output of a command that says little. */
export async function gitText(place: GitLocation, args: readonly string[]): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of gitStream(place, args)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** The output split at NUL, as `-z` makes it; only one piece at a time is in memory. */
export async function* gitFields(
  place: GitLocation,
  args: readonly string[],
  input: Iterable<string> = [],
): AsyncGenerator<string[]> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of gitStream(place, args, input)) {
    const end = chunk.lastIndexOf(0)
    if (end < 0) {
      rest = Buffer.concat([rest, chunk])
      continue
    }
    yield Buffer.concat([rest, chunk.subarray(0, end)])
      .toString()
      .split('\0')
    rest = chunk.subarray(end + 1)
  }
  if (rest.length > 0) yield [rest.toString()]
}
