/** Colors for SVG files and the graph page. `data-theme` on the root element selects light or dark. */

const light =
  '--ag-page:#ffffff;--ag-card:#ffffff;--ag-card-edge:#cbd5e1;--ag-ink:#0f172a;--ag-faint:#64748b;--ag-line:#94a3b8;' +
  '--ag-green:#15803d;--ag-green-soft:#dcfce7;--ag-amber:#a16207;--ag-amber-soft:#fef3c7;--ag-red:#b91c1c;--ag-red-soft:#fee2e2;' +
  '--ag-blue:#1d4ed8;--ag-blue-soft:#dbeafe;--ag-violet:#7e22ce;--ag-violet-soft:#f3e8ff;--ag-gray-soft:#f1f5f9;--ag-mark:#fde047;--ag-mark-ink:#0f172a'
const dark =
  '--ag-page:#0d1117;--ag-card:#161b22;--ag-card-edge:#30363d;--ag-ink:#e6edf3;--ag-faint:#8b949e;--ag-line:#6e7681;' +
  '--ag-green:#3fb950;--ag-green-soft:#12361f;--ag-amber:#d9a514;--ag-amber-soft:#3a2d08;--ag-red:#ff7b72;--ag-red-soft:#4a1d1d;' +
  '--ag-blue:#79b8ff;--ag-blue-soft:#10294d;--ag-violet:#d2a8ff;--ag-violet-soft:#33214d;--ag-gray-soft:#21262d;--ag-mark:#facc15;--ag-mark-ink:#0d1117'

/** System colors apply in forced-colors mode. Symbols convey everything that colors do. */
const forced = [
  ...['page', 'card', 'green-soft', 'amber-soft', 'red-soft', 'blue-soft', 'violet-soft', 'gray-soft'].map(
    (name) => `--ag-${name}:Canvas`,
  ),
  ...['card-edge', 'ink', 'faint', 'line', 'green', 'amber', 'red', 'blue', 'violet'].map(
    (name) => `--ag-${name}:CanvasText`,
  ),
  '--ag-mark:Mark;--ag-mark-ink:MarkText',
].join(';')

/** CSS that sets the color properties on elements matching `selector`. */
export function themeStyle(selector: string): string {
  return (
    `${selector}{${light}}` +
    `@media (prefers-color-scheme:dark){${selector}{${dark}}}` +
    `:root[data-theme=light] ${selector},:root[data-theme=light]${selector}{${light}}` +
    `:root[data-theme=dark] ${selector},:root[data-theme=dark]${selector}{${dark}}` +
    `@media (forced-colors:active){${selector},:root[data-theme] ${selector},:root[data-theme]${selector}{${forced}}}` +
    `@media print{${selector},:root[data-theme] ${selector},:root[data-theme]${selector}{${light}}}`
  )
}

/** The stylesheet for all pictures. Class names start with `ag-`. */
export const svgStyle =
  themeStyle('.ag-svg') +
  '.ag-svg{font:12px ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--ag-ink);max-width:100%;height:auto}' +
  '.ag-page{fill:var(--ag-page)}' +
  '.ag-id{font:600 12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:var(--ag-ink)}' +
  '.ag-message{fill:var(--ag-ink);opacity:.85}' +
  '.ag-note{fill:var(--ag-faint);font-size:11px}' +
  '.ag-card{fill:var(--ag-card);stroke:var(--ag-card-edge);stroke-width:1.2}' +
  '.ag-card-applied,.ag-card-row{fill:var(--ag-green-soft);stroke:var(--ag-green)}' +
  '.ag-card-row{stroke-width:2.4}' +
  '.ag-card-pending{stroke:var(--ag-amber);stroke-dasharray:6 3}' +
  '.ag-card-outside,.ag-card-unknown{stroke:var(--ag-faint);stroke-dasharray:2 3}' +
  '.ag-card-missing{fill:var(--ag-red-soft);stroke:var(--ag-red);stroke-dasharray:5 4;stroke-width:1.8}' +
  '.ag-card-broken{fill:var(--ag-red-soft);stroke:var(--ag-red);stroke-width:1.8}' +
  '.ag-link{fill:none;stroke:var(--ag-line);stroke-width:1.6}' +
  '.ag-dependency{stroke-dasharray:3 4;stroke:var(--ag-violet)}' +
  '.ag-circular{stroke:var(--ag-red);stroke-width:2.2}' +
  '.ag-dot{fill:var(--ag-faint);stroke:var(--ag-faint);stroke-width:1.6}' +
  '.ag-applied,.ag-row{fill:var(--ag-green);stroke:var(--ag-green)}' +
  '.ag-ring{fill:none;stroke:var(--ag-green);stroke-width:1.6}' +
  '.ag-pending{fill:var(--ag-page);stroke:var(--ag-amber);stroke-width:2}' +
  '.ag-outside{fill:var(--ag-page);stroke:var(--ag-faint);stroke-dasharray:2 2}' +
  '.ag-unknown{fill:var(--ag-page);stroke:var(--ag-faint)}' +
  '.ag-missing{fill:var(--ag-page);stroke:none}' +
  '.ag-broken{fill:var(--ag-red-soft);stroke:var(--ag-red)}' +
  '.ag-cross{fill:none;stroke:var(--ag-red);stroke-width:2}' +
  '.ag-question{font-size:8px;font-weight:700;fill:var(--ag-faint)}' +
  '.ag-fold{fill:none;stroke:var(--ag-faint);stroke-width:2;stroke-dasharray:1.5 3}' +
  '.ag-tag{stroke-width:1}' +
  '.ag-tag-text{font-size:10px;font-weight:600}' +
  [
    'row green',
    'head blue',
    'label violet',
    'missing red',
    'broken red',
    'duplicate red',
    'finding red',
    'placeholder amber',
  ]
    .map((pair) => {
      const [kind, color] = pair.split(' ')
      return `rect.ag-tag-${kind}{fill:var(--ag-${color}-soft);stroke:var(--ag-${color})}text.ag-tag-${kind}{fill:var(--ag-${color})}`
    })
    .join('')
