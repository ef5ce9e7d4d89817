/** Runs git strictly read-only, without locks, network, pager or configured programs. */
import { type ChildProcess, spawn } from 'node:child_process'
import { delimiter, isAbsolute } from 'node:path'

/** Where and how to run git. */
export interface GitLocation {
  readonly directory: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborting this signal kills all running git processes. */
  readonly signal: AbortSignal
  /** Called while git produces long output. `total` is null if unknown. */
  readonly onProgress?: (done: number, total: number | null) => void
}

/** Error for a failed git command. `reason` is a clause for users, without paths or secrets. */
export class GitRefused extends Error {
  readonly reason: string
  /** `no-repository` also means that git refuses to open the repository. */
  readonly kind: 'no-git' | 'no-repository' | 'failed'

  constructor(kind: GitRefused['kind'], reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.name = 'GitRefused'
    this.kind = kind
    this.reason = reason
  }
}

/** Environment variables passed to git. Database URLs aren't among them. */
const passedOn =
  /^(?:PATH|HOME|USERPROFILE|SYSTEMROOT|TMPDIR|TEMP|XDG_CONFIG_HOME|GIT_CONFIG_.*|GIT_EXEC_PATH)$/i

const always = {
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  // Git before 2.45 doesn't know GIT_NO_LAZY_FETCH, but an empty GIT_ALLOW_PROTOCOL disables every transport.
  GIT_NO_LAZY_FETCH: '1',
  GIT_ALLOW_PROTOCOL: '',
  GIT_NO_REPLACE_OBJECTS: '1',
  LC_ALL: 'C',
}

/**
 * Overrides all configuration files, so that git starts no other programs and its output format is fixed
 * (https://git-scm.com/docs/git-config).
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

/** Maximum number of characters of git's error output to keep. */
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

/** Removes relative folders from PATH, because they would let the repository choose which program is run. */
function absoluteFolders(path: string): string {
  return path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .join(delimiter)
}

/**
 * Runs git and yields its output. Sends `input` to its standard input.
 * @throws GitRefused if git can't run or fails.
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
  // Nothing awaits this promise if the consumer stops early.
  ended.catch(() => {})
  // Writing fails if git exits early. The exit status then gives the reason.
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
    if (code === 'ENOENT') throw new GitRefused('no-git', "git isn't installed", { cause: error })
    if (code === 'ABORT_ERR') throw new GitRefused('failed', 'git took too long', { cause: error })
    throw new GitRefused('failed', `couldn't run git (${String(code)})`, { cause: error })
  } finally {
    if (child.exitCode === null && child.signalCode === null) child.kill()
  }
}

/** Writes the input no faster than git reads it. */
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
    return new GitRefused('no-repository', "the project isn't in a git repository")
  }
  if (/must be run in a work tree/i.test(complaint)) {
    return new GitRefused('no-repository', 'the git repository has no working tree')
  }
  if (/dubious ownership/i.test(complaint)) {
    return new GitRefused('no-repository', 'git rejects this repository because another user owns it')
  }
  // Before 2.45, git fails at the first missing object of a partial clone.
  if (/promisor remote/.test(complaint)) {
    return new GitRefused(
      'failed',
      'objects are missing from this partial clone (git fetch --refetch --no-filter downloads them)',
    )
  }
  const [line = ''] = complaint.split('\n').filter((text) => /^(fatal|error):/.test(text))
  return new GitRefused('failed', `git failed (${line.replace(/\S*:\/\/\S*/g, '...') || 'no reason given'})`)
}

export async function gitText(place: GitLocation, args: readonly string[]): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of gitStream(place, args)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** Yields the fields of NUL-terminated output (`-z`) in batches. */
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
