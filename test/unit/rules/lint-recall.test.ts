/** Tests each lint rule with migrations that it must report and similar ones that it must not report. */
import { describe, expect, test } from 'vitest'
import { lintOf } from '../../support/lint-example.ts'
import type { Lesson } from '../../support/lint-lesson.ts'
import { lessons } from '../../support/lint-lessons.ts'

const codesOf = async ({ files, project }: Lesson['teaches'][number]): Promise<readonly string[]> => {
  const { findings, crashes } = await lintOf(project === undefined ? { files } : { files, project })
  expect(crashes).toEqual([])
  return findings.map(({ code }) => code)
}

describe.each(lessons.map((lesson) => [lesson.code, lesson] as const))('%s', (code, lesson) => {
  test.each(lesson.teaches.map((one) => [one.title, one] as const))('%s', async (_, one) => {
    expect(await codesOf(one)).toContain(code)
  })

  test.each(lesson.isFine.map((one) => [one.title, one] as const))('nothing: %s', async (_, one) => {
    expect(await codesOf(one)).not.toContain(code)
  })
})
