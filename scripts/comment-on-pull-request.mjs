#!/usr/bin/env node
/**
 * Posts a Markdown file as a pull request comment, or updates an earlier comment. If the guard passed,
 * doesn't post a new one. Errors cause only warnings.
 */
import { readFileSync } from 'node:fs'

const {
  GITHUB_API_URL: api = 'https://api.github.com',
  GITHUB_REPOSITORY: repository = '',
  COMMENT_TOKEN: token = '',
  COMMENT_NUMBER: number = '',
  COMMENT_CATEGORY: category = '',
  COMMENT_FILE: file = '',
  COMMENT_STATUS: status = '',
} = process.env

/** Maximum number of pages to search for the comment. Each page contains 100 comments. */
const maxPages = 20

async function ask(method, path, body) {
  const answer = await fetch(`${api}/repos/${repository}/${path}`, {
    method,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${token}`,
      'user-agent': 'alembic-guard',
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  })
  if (!answer.ok) {
    const advice = answer.status === 403 ? '; the job needs the pull-requests: write permission' : ''
    throw new Error(`GitHub returned ${answer.status} for ${method} ${path}${advice}`)
  }
  return answer.json()
}

async function earlierComment(marker) {
  for (let page = 1; page <= maxPages; page += 1) {
    const comments = await ask('GET', `issues/${number}/comments?per_page=100&page=${page}`)
    const found = comments.find(({ body }) => typeof body === 'string' && body.startsWith(marker))
    if (found) return found.id
    if (comments.length < 100) return null
  }
  return null
}

try {
  if (!/^\d+$/.test(number)) throw new Error('there is no pull request to comment on')
  // Remove characters that could end an HTML comment.
  const marker = `<!-- alembic-guard ${category.replaceAll(/[^\w ./-]|--+/g, '_')} -->\n`
  const body = marker + readFileSync(file, 'utf8')
  const earlier = await earlierComment(marker)
  if (earlier !== null) await ask('PATCH', `issues/comments/${earlier}`, { body })
  else if (status !== '0') await ask('POST', `issues/${number}/comments`, { body })
} catch (error) {
  const text = error instanceof Error ? error.message : String(error)
  console.log(`::warning title=alembic-guard::couldn't post the comment: ${text.replaceAll(/[%\r\n]/g, ' ')}`)
}
