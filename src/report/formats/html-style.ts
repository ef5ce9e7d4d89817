/** Styles for the HTML report: light, dark and print. */

/** The style sheet needs no external resources. */
export const htmlStyle = `
:root {
  color-scheme: light dark;
  --back: #ffffff; --text: #1d2330; --soft: #5a6375; --line: #d9dee7; --card: #f6f8fb; --code: #eceff5;
  --error: #b3182a; --warning: #8a5a00; --note: #1f5fae; --pass: #1b7038;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #14171d; --text: #e6e9ef; --soft: #a3acbb; --line: #333a47; --card: #1c2129; --code: #262c37;
    --error: #ff8088; --warning: #f0b849; --note: #82b4ff; --pass: #6fd08c;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; overflow-wrap: anywhere; }
h1 { margin: 0 0 .25rem; font-size: 1.9rem; line-height: 1.2; }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.25rem; }
h3 { margin: 0 0 .5rem; font-size: 1.05rem; }
h4 { margin: 1rem 0 .25rem; font-size: .95rem; }
p { margin: .4rem 0; }
.tool { margin: 0 0 .5rem; color: var(--soft); font-size: .9rem; }
.verdict { padding: 1.25rem 1.5rem; border: 1px solid var(--line); border-left: .5rem solid var(--tone); background: var(--card); border-radius: .4rem; }
.verdict h1, .word { color: var(--tone); }
.pass { --tone: var(--pass); }
.blocked, .undetermined, .error { --tone: var(--error); }
.warning { --tone: var(--warning); }
.note { --tone: var(--note); }
.ignored { --tone: var(--soft); }
.finding { margin: 1rem 0; padding: 1rem 1.25rem; border: 1px solid var(--line); border-left: .35rem solid var(--tone); border-radius: .4rem; }
.verdict .cause { margin-top: .75rem; font-size: 1.1rem; }
.verdict a, .finding a { color: var(--note); }
.filter { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 2rem 0 0; padding: .4rem 1rem; border: 1px solid var(--line); border-radius: .4rem; }
.filter legend { padding: 0 .35rem; color: var(--soft); font-size: .9rem; }
main:has(#show-error:not(:checked)) .kind-error, main:has(#show-warning:not(:checked)) .kind-warning,
main:has(#show-note:not(:checked)) .kind-note, main:has(#show-ignored:not(:checked)) .kind-ignored { display: none; }
.word { margin-right: .35rem; }
.code { margin-left: .35rem; color: var(--soft); font-weight: normal; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.25rem; margin: .75rem 0; }
dt { color: var(--soft); }
dd { margin: 0; }
code, pre { font: .875rem/1.5 ui-monospace, SFMono-Regular, Consolas, monospace; }
code { overflow-wrap: anywhere; }
pre { margin: .35rem 0; padding: .5rem .75rem; overflow-x: auto; background: var(--code); border-radius: .3rem; white-space: pre-wrap; }
ol, ul { margin: .35rem 0; padding-left: 1.5rem; }
li { margin: .3rem 0; }
.aside { color: var(--soft); font-size: .9rem; }
figure { margin: .75rem 0; padding: .75rem; overflow: auto; max-height: 44rem; border: 1px solid var(--line); border-radius: .4rem; }
figure:focus-visible, summary:focus-visible, a:focus-visible, input:focus-visible { outline: 3px solid var(--note); outline-offset: 2px; }
figcaption { margin-bottom: .5rem; color: var(--soft); font-size: .9rem; }
summary { cursor: pointer; font-weight: 600; }
@media (max-width: 36rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
@media print {
  .filter { display: none; }
  :root { color-scheme: light; --back: #fff; --text: #000; --soft: #444; --line: #bbb; --card: #fff; --code: #f2f2f2; --error: #a00; --warning: #740; --note: #036; --pass: #060; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  .finding, .verdict, pre, li { break-inside: avoid; }
  h2, h3, h4 { break-after: avoid; }
  figure { max-height: none; overflow: visible; border: 0; padding: 0; }
  figure svg { max-width: 100%; max-height: 22cm; height: auto; }
}
`
