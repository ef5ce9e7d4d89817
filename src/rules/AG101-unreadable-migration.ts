import { advice, discovery, edit } from '../core/findings/finding.ts'
import { unreadableReason } from './phrases/unreadable-file.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { shown } from '../core/text/display.ts'

/** A file that Alembic executes and that fails there, or whose ids only running it would tell. */
const rule: Rule = {
  code: 'AG101',
  name: 'unreadable-migration',
  severity: 'error',
  summary:
    'A file that Alembic would load does not parse, has no `revision`, or computes an identifier in a way that is only known at run time.',
  explanation: `Alembic executes every \`.py\` file of the version locations before it does anything else, also those
that were applied years ago. One file that raises stops every command. The guard never runs your code. It follows
literals and functions, also those of other files of the repository; an id that is computed while the file runs (from the
environment, an installed package, the clock) is an id that it can't know. It says so instead of guessing: the verdict is
then undetermined (exit code 3), not blocked.`,
  cure: `Write \`revision\` and \`down_revision\` as literals, as \`alembic revision\` does. Move helper modules out of
the version locations, or give them a name that begins with \`__init__\`. Resolve conflict markers.`,
  examples: {
    bad: {
      files: { 'a1.py': `<<<<<<< HEAD\nrevision = 'a1'\n=======\nrevision = 'a2'\n>>>>>>> fix\n` },
    },
    good: {
      files: {
        'a1.py': `BASE = 'a'\nrevision: str = BASE + '1'\ndown_revision = None\ndef upgrade(): pass\n`,
      },
    },
  },
  explains: ['file'],
  inspect({ graph }) {
    return graph.files.flatMap((file) => {
      if (file.kind === 'revision') return []
      // AG104 and AG107 speak about a file that is fine but for the revision in it.
      if (file.kind === 'raises' && file.refused) return []
      if (file.kind === 'raises') {
        return [
          discovery({
            severity: 'error',
            message: file.conflict
              ? `${shown(file.path)} contains git's conflict markers (line ${file.conflict.line}), so Alembic can't load it.`
              : `Alembic can't load ${shown(file.path)}.`,
            why: 'Alembic loads every file before it does anything, so every command fails here.',
            evidence: [['Alembic would say', shownError(file.error.type, file.error.message)]],
            location: file.conflict ?? file.span,
            remedies: [
              edit(
                file.conflict
                  ? 'Resolve the conflict: keep one side or both, remove the lines with the markers, and commit.'
                  : 'Fix the file, or move it out of the version locations.',
                'likely',
              ),
            ],
          }),
        ]
      }
      return [
        discovery({
          severity: file.reason.kind === 'file' ? 'error' : 'warning',
          message:
            file.expression === null
              ? `${shown(file.path)} can't be read: ${unreadableReason(file.reason)}.`
              : `${shown(file.path)} computes an identifier, ${shown(file.expression)} (${unreadableReason(file.reason)}).`,
          why: 'Without this file the graph is incomplete, so nothing that depends on it can be predicted.',
          evidence: file.expression === null ? [] : [['Only known at run time', shown(file.expression)]],
          location: file.span,
          remedies: [
            file.expression === null
              ? advice('Make the file readable for the user that runs the guard.')
              : edit('Write the identifier as a literal, as "alembic revision" does.', 'likely'),
          ],
        }),
      ]
    })
  },
}

function shownError(type: string, message: string): string {
  return message === '' ? type : shown(`${type}: ${message}`)
}

export default rule
