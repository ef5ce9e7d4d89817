/** `graph`: what the reader sees in the repository, without any database. */
import { exitCodes } from '../errors.ts'
import { graphJson } from '../report/graph-json.ts'
import { fallbackRule, rules } from '../rules/index.ts'
import { diagnose } from '../core/diagnose.ts'
import type { Command } from './command.ts'
import { gatherHistory } from './gather.ts'
import { projectOptions, reportOptions } from './options.ts'

/** The command. */
export const graph: Command = {
  name: 'graph',
  options: [...projectOptions, ...reportOptions],
  formats: ['json'],
  examples: [['$0 graph --format json', 'every revision in load order, heads, bases, defects']],
  async run(context, settings) {
    const history = await gatherHistory(context, settings)
    // The defects are what the rules say of the history alone: the target has no say in them.
    const facts = { ...history, target: 'heads', database: null }
    const { findings } = diagnose(facts, rules, fallbackRule, { strict: false, ignore: [] })
    return {
      stdout: graphJson(context.tool, history.repository, history.graph, findings),
      exitCode: exitCodes.pass,
    }
  },
}
