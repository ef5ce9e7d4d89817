/** Tests links from reports to the graph page. Only harmless URLs are allowed. */
import { describe, expect, test } from 'vitest'
import { html } from '../../../../src/report/formats/html.ts'
import { markdown } from '../../../../src/report/formats/markdown.ts'
import { emptyReportContext } from '../../../../src/report/model/context.ts'
import { graphPageUrl, revisionLinks } from '../../../../src/report/model/graph-link.ts'
import { finding, report } from '../../../support/report.ts'

describe('the URL of the page', () => {
  test.each([
    ['graph.html', 'graph.html'],
    ['out/my graph.html', 'out/my%20graph.html'],
    ['../graph(1).html', '../graph%281%29.html'],
    ['/pages/graph.html?v=1', '/pages/graph.html?v=1'],
    ['https://ci.example/a/graph.html', 'https://ci.example/a/graph.html'],
    ['HTTP://ci.example/x', 'http://ci.example/x'],
  ])('%s is accepted', (given, expected) => {
    expect(graphPageUrl(given)).toBe(expected)
  })

  test.each([
    '',
    ' ',
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'JavaScript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    '//other.example/graph.html',
    String.raw`\\other.example\graph.html`,
    'https://user:secret@ci.example/graph.html',
    'https://user@ci.example/graph.html',
    'graph.html#top',
    'graph\u202e.html',
    'java\nscript:alert(1)',
    'https://',
    'graph\ud800.html',
  ])('%j is rejected', (given) => {
    expect(graphPageUrl(given)).toBeNull()
  })
})

test('ids are encoded, and at most twelve are linked', () => {
  expect(revisionLinks('g.html', ['a b', 'x)y', '\u202e', '\ud800'])).toEqual([
    { id: 'a b', href: 'g.html#rev=a%20b' },
    { id: 'x)y', href: 'g.html#rev=x%29y' },
    { id: String.raw`\u202e`, href: 'g.html#rev=%5Cu202e' },
    { id: String.raw`\ud800`, href: 'g.html#rev=%5Cud800' },
  ])
  expect(
    revisionLinks(
      'g.html',
      Array.from({ length: 40 }, (_, index) => `r${index}`),
    ),
  ).toHaveLength(12)
  expect(revisionLinks(null, ['a'])).toEqual([])
})

test('HTML and Markdown reports link the revisions of a finding', () => {
  const scene = { ...emptyReportContext, graphUrl: 'graph.html' }
  const one = report({ findings: [finding({ revisions: ['a1', '<b>](x)'] })] })
  expect(html(one, scene)).toContain(
    'In the graph: <a href="graph.html#rev=a1">a1</a>, <a href="graph.html#rev=%3Cb%3E%5D%28x%29">&lt;b&gt;](x)</a>',
  )
  expect(markdown(one, scene)).toContain(
    String.raw`In the graph: [a1](graph.html#rev=a1), [&lt;b&gt;\]\(x\)](graph.html#rev=%3Cb%3E%5D%28x%29)`,
  )
  expect(html(one, emptyReportContext)).not.toContain('In the graph')
  expect(markdown(one, emptyReportContext)).not.toContain('In the graph')
})
