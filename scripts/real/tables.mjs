/** Formats the results for all histories. */

const percent = (part, whole) => (whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`)

/** Summarizes the rows from `bench-real.mjs`. */
export function summary(rows, projects) {
  const sum = (of) => rows.reduce((total, row) => total + of(row), 0)
  const ran = rows.filter(({ tried, blocked }) => tried && !blocked)
  const judged = (measure) => {
    const counts = {}
    for (const { judged: one } of rows)
      for (const [kind, count] of Object.entries(one?.[measure] ?? {}))
        counts[kind] = (counts[kind] ?? 0) + count
    return counts
  }
  return {
    projects,
    histories: rows.length,
    migrations: sum(({ files }) => files),
    env: {
      files: rows.filter(({ env }) => env !== 'none').length,
      tried: rows.filter(({ env }) => env === 'tried').length,
    },
    reading: {
      judged: rows.filter(({ reads }) => reads !== null).length,
      agree: rows.filter(({ reads }) => reads === true).length,
    },
    startsEmpty: {
      histories: ran.length,
      operations: ran.reduce((total, { operations }) => total + operations, 0),
      understood: ran.reduce((total, { understood }) => total + understood, 0),
      calls: ran.reduce((total, { calls }) => total + calls, 0),
      wholly: ran.filter(({ operations, understood }) => operations === understood).length,
    },
    startsElsewhere: rows.filter(({ blocked }) => blocked).length,
    whole: judged('whole'),
    steps: judged('steps'),
    tampered: judged('tampered'),
    kinds: judged('kinds'),
    lost: judged('lost'),
  }
}

/** Formats the summary as a Markdown table. */
export function table({
  projects,
  histories,
  migrations,
  env,
  reading,
  startsEmpty,
  startsElsewhere,
  ...judged
}) {
  const counted = (measure, found) => {
    const kinds = Object.entries(found).map(([kind, count]) => `${count} ${kind}`)
    return kinds.length === 0 ? [] : [`| ${measure} | ${kinds.join(', ')} |`]
  }
  const { operations, understood, wholly } = startsEmpty
  return [
    '| Measure | Figure |',
    '|---|---|',
    `| Public projects, their histories, migrations | ${projects}, ${histories}, ${migrations.toLocaleString('en-US')} |`,
    `| Real env.py with which pending migrations are tried on the live schema | ${env.tried} of ${env.files} |`,
    ...(reading.judged > 0
      ? [`| Histories read as Alembic reads them | ${reading.agree} of ${reading.judged} |`]
      : []),
    `| Operations understood, whole histories pending on an empty PostgreSQL | ${percent(understood, operations)} of ${operations.toLocaleString('en-US')} in ${startsEmpty.histories} histories |`,
    `| Other calls that the guard can't check and that may raise an error | ${startsEmpty.calls.toLocaleString('en-US')} |`,
    `| Histories understood to the last operation | ${wholly} of ${startsEmpty.histories} |`,
    `| Histories blocked on an empty PostgreSQL: most need tables that no migration makes | ${startsElsewhere} |`,
    ...counted('Whole histories on an empty PostgreSQL, beside real Alembic', judged.whole),
    ...counted('Steps of real histories, beside real Alembic', judged.steps),
    ...counted(
      'The same, tampered with: an object there or missing, a column or type changed',
      judged.tampered,
    ),
    ...counted('Places of lost revisions', judged.lost),
  ].join('\n')
}

/** Lists the reasons for unchecked operations, most frequent first, with a few examples. */
export function reasonsText(reasons) {
  return reasons
    .map(({ reason, count, projects, places }) => {
      const lines = places.map(({ project, at, line }) => `      ${project} ${at}: ${line.slice(0, 160)}`)
      return [`${count} in ${projects} projects  ${reason}`, ...lines, ''].join('\n')
    })
    .join('\n')
}

/** Groups unchecked operations by reason. Each group is `{ reason, count, projects, places }`. */
export function groupReasons(unchecked) {
  const groups = groupBy(unchecked, ({ reason }) => reason)
  return [...groups]
    .map(([reason, all]) => {
      const byProject = groupBy(all, ({ project }) => project)
      const places = [...byProject.values()].map(([first]) => first).slice(0, 6)
      return { reason, count: all.length, projects: byProject.size, places }
    })
    .toSorted((left, right) => right.count - left.count)
}

function groupBy(all, keyOf) {
  const groups = new Map()
  for (const one of all) {
    const group = groups.get(keyOf(one))
    if (group) group.push(one)
    else groups.set(keyOf(one), [one])
  }
  return groups
}
