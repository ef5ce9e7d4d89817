import { advice, discovery, edit } from '../core/findings/finding.ts'
import { unreadableReason } from './phrases/unreadable-file.ts'
import type { Rule } from '../core/diagnosis/rule.ts'
import { shown, shownSentence } from '../core/text/display.ts'

/** Reports a file that fails to load, or that computes its identifiers at run time. */
const rule: Rule = {
  code: 'AG101',
  name: 'unreadable-migration',
  severity: 'error',
  summary:
    'A file in a version location has a syntax error, defines no `revision`, or computes an identifier that is only known at run time.',
  explanation: `Before it does anything else, Alembic executes every \`.py\` file in the version locations, including
migrations applied years ago. One file that raises an exception stops every command. The guard never runs your
code. Instead, it statically evaluates literals and functions, including those in other files in the repository. It
can't determine an identifier that is computed at run time (from the environment, an installed package or the
clock). In that case, the verdict is undetermined (exit code 3), not blocked.`,
  cure: 'Write `revision` and `down_revision` as literals, as `alembic revision` does. Move helper modules out of the version locations, or give them a name that begins with `__init__`. Resolve merge conflicts.',
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
      // AG104 or AG107 reports revisions that Alembic rejects.
      if (file.kind === 'raises' && file.refused) return []
      if (file.kind === 'raises') {
        return [
          discovery({
            severity: 'error',
            message: file.conflict
              ? `${shown(file.path)} contains git's conflict markers (line ${file.conflict.line}), so Alembic can't load it.`
              : `Alembic can't load ${shown(file.path)}.`,
            why: 'Alembic loads every file before it does anything else, so this file makes every command fail.',
            evidence: [['Alembic would say', shownError(file.error.type, file.error.message)]],
            location: file.conflict ?? file.span,
            remedies: [
              edit(
                file.conflict
                  ? 'Resolve the conflict: keep one side or both, remove the conflict markers, and commit.'
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
          why: "Without this file, the revision graph is incomplete, so the guard can't predict the upgrade.",
          evidence: file.expression === null ? [] : [['Only known at run time', shown(file.expression)]],
          location: file.span,
          remedies: [
            file.expression === null
              ? advice('Make the file readable by the user that runs the guard.')
              : edit('Write the identifier as a literal, as "alembic revision" does.', 'likely'),
          ],
        }),
      ]
    })
  },
}

function shownError(type: string, message: string): string {
  return message === '' ? type : shownSentence(`${type}: ${message}`)
}

export default rule
