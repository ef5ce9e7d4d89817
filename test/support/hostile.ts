/** Strings that would do harm if left unescaped, and histories that contain them. */
import type { MarkedGraph } from '../../src/drawing/marks.ts'
import { markedOf } from './gallery.ts'

/** Strings to use as messages, ids, labels and file names. */
export const hostileTexts: readonly string[] = [
  '<script>window.harmed = 1</script>',
  '</script><script>window.harmed = 1</script>',
  '<img src=x onerror="window.harmed = 1">',
  '--><script>window.harmed = 1</script>',
  ']]><script>window.harmed = 1</script>',
  '%0A::error::forged',
  '\u001b[31mred\u001b]8;;https://evil.example\u0007link',
  '" onload="window.harmed = 1',
  "' onload='window.harmed = 1",
  '"]; click n0 "javascript:window.harmed=1"',
  '"]:::x\n  n0 --> n99',
  '\\"; n99 [label="forged"]; //',
  '\\N \\G \\l',
  '`window.harmed = 1` ${window.harmed = 1}',
  'right\u202eto\u2066left',
  'line\nfeed\r\nand\ttab\u2028separator',
  '&lt;b&gt; &#60; #lt; #quot;',
  '\ud800 alone \ufffe \uffff \u0000',
  '%% comment {{x}} [[y]] ((z)) |w|',
  'x'.repeat(5000),
  '\u{1f4a3} \u5730\u96f7',
  '__proto__',
]

/** Returns a graph with the hostile strings in every possible place. */
export function hostileGraph(): MarkedGraph {
  const lines = Object.fromEntries(
    hostileTexts.map((text, index) => [
      `file${index}`,
      {
        id: `${text}${index}`,
        down: index === 0 ? [`gone ${text}`] : [`${hostileTexts[index - 1] ?? ''}${index - 1}`],
        dependsOn: index % 3 === 2 ? [`lost ${text}`] : [],
        labels: [`label ${text}`],
        module: { doc: text, path: `versions/${text}.py` },
      },
    ]),
  )
  return markedOf(lines, [...hostileTexts.slice(0, 4), `${hostileTexts[5] ?? ''}5`])
}
