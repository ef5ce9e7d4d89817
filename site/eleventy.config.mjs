/**
 * Builds docs/ as a site in .cache/site. Usage: `npm run docs:site`. A finding's page is at /AG201/, the address that
 * reports link to. `PATH_PREFIX` is the folder in which the site is published, such as `/alembic-guard/` on GitHub
 * Pages.
 */
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { HtmlBasePlugin, IdAttributePlugin, InputPathToUrlTransformPlugin } from '@11ty/eleventy'
import { sections } from './sections.mjs'

/** Base URL for links to repository files that aren't pages of the site. */
const repository = 'https://github.com/OWNER/alembic-guard/blob/main/'

/** @param {import('@11ty/eleventy').UserConfig} config */
export default function configure(config) {
  config.addPlugin(IdAttributePlugin)
  config.addPlugin(HtmlBasePlugin)
  config.addPassthroughCopy({ 'site/style.css': 'style.css' })
  config.addPassthroughCopy('docs/**/*.{json,png,svg}')
  config.ignores.add('docs/decisions/**')
  config.addGlobalData('layout', 'layout.liquid')
  config.addGlobalData('sections', sections)
  config.addGlobalData('permalink', () => (data) => addressOf(data.page.filePathStem))
  config.addGlobalData('eleventyComputed', {
    title: (data) => titleOf(data.page.inputPath),
  })
  // Must run before links between pages are resolved.
  config.addTransform('files', function linkFiles(content) {
    const folder = dirname(this.page.filePathStem).replace(/\/$/, '')
    return content
      .replaceAll(/href="(?:\.\.\/)+((?:src|buildpack|[A-Z]+\.md)[^"]*)"/g, `href="${repository}$1"`)
      .replaceAll(/(href|src)="([\w-]+(?:\/[\w-]+)*\.(?:json|png|svg))"/g, `$1="${folder}/$2"`)
  })
  config.addPlugin(InputPathToUrlTransformPlugin)
  config.amendLibrary('md', scrollByKeyboard)
  return {
    pathPrefix: process.env.PATH_PREFIX ?? '/',
    markdownTemplateEngine: false,
    htmlTemplateEngine: 'liquid',
    dir: { input: 'docs', output: '.cache/site', includes: '../site', layouts: '../site' },
  }
}

/** Makes elements that may be wider than a phone's screen scrollable by keyboard. */
function scrollByKeyboard(md) {
  md.renderer.rules.table_open = (tokens, index) => {
    const number = tokens.slice(0, index + 1).filter(({ type }) => type === 'table_open').length
    return `<div class="scroll" tabindex="0" role="region" aria-label="Table ${number}">\n<table>\n`
  }
  md.renderer.rules.table_close = () => '</table>\n</div>\n'
  const { fence } = md.renderer.rules
  md.renderer.rules.fence = (...given) => fence(...given).replace('<pre>', '<pre tabindex="0">')
}

/**
 * Returns the address of a page: `/findings/AG201` is served at `/AG201/`, while `/quick-start/heroku` keeps its path.
 */
function addressOf(stem) {
  const path = stem.replace(/^\/findings\/(?=AG)/, '/').replace(/\/index$/, '')
  return `${path}/index.html`
}

/** Returns the file's first heading. */
function titleOf(path) {
  return /^# (.+)$/m.exec(readFileSync(path, 'utf8'))?.[1] ?? 'alembic-guard'
}
