/** Tests properties of all the text that rules print for their examples. */
import { expect, test } from 'vitest'
import type { Finding } from '../../../src/core/findings/finding.ts'
import { fallbackRule, rules } from '../../../src/rules/index.ts'
import { diagnosisOf, withOwnVersionTable } from '../../support/example.ts'

const all = [fallbackRule, ...rules]

/** Returns all sentences, values and arguments in a finding. */
function textsOf({ message, why, evidence, details = [], notAdvised, remedies }: Finding): readonly string[] {
  const printed = remedies.flatMap(({ title, argv }) => [title, ...(argv ?? [])])
  return [message, why, ...evidence.flat(), ...details, notAdvised ?? '', ...printed]
}

test.each(all.map((rule) => [rule.code, rule] as const))(
  "%s never names the default version table where the project's is another",
  async (_, { examples: { bad } }) => {
    const { findings } = await diagnosisOf(withOwnVersionTable(bad))
    // AG209 reports other version tables, which may be named `alembic_version`.
    const others = bad.database?.otherVersionTables?.map(({ name }) => name) ?? []
    const texts = findings.filter(({ code }) => code !== 'AG209' || others.length === 0).flatMap(textsOf)
    expect(texts.filter((text) => text.includes('alembic_version'))).toEqual([])
  },
)

test.each(all.map((rule) => [rule.code, rule] as const))(
  '%s prints commands without a placeholder for a revision',
  async (_, { examples: { bad } }) => {
    const { findings } = await diagnosisOf(bad)
    const words = findings.flatMap(({ remedies }) => remedies.flatMap(({ argv }) => argv ?? []))
    expect(words.filter((word) => /^(?:<.*>|[A-Z]+_?(?:REVISION|ID)|REVISION|TARGET)$/.test(word))).toEqual(
      [],
    )
  },
)
