/**
 * Builds docs/ as a site in .cache/site. `PATH_PREFIX` is the site's base path, such as `/alembic-guard/` on
 * GitHub Pages.
 * Usage: `npm run docs:site`
 */
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { HtmlBasePlugin, IdAttributePlugin, InputPathToUrlTransformPlugin } from '@11ty/eleventy'
import { sections } from './sections.mjs'

/** Base URL for links to files outside the site. */
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

/** Makes wide tables and code blocks scrollable with the keyboard. */
function scrollByKeyboard(md) {
  md.renderer.rules.table_open = (tokens, index) => {
    const number = tokens.slice(0, index + 1).filter(({ type }) => type === 'table_open').length
    return `<div class="scroll" tabindex="0" role="region" aria-label="Table ${number}">\n<table>\n`
  }
  md.renderer.rules.table_close = () => '</table>\n</div>\n'
  const { fence } = md.renderer.rules
  md.renderer.rules.fence = (...given) => fence(...given).replace('<pre>', '<pre tabindex="0">')
}

/** Returns the URL of a page. `/findings/AG201` becomes `/AG201/`, the URL that reports link to. */
function addressOf(stem) {
  const path = stem.replace(/^\/findings\/(?=AG)/, '/').replace(/\/index$/, '')
  return `${path}/index.html`
}

function titleOf(path) {
  return /^# (.+)$/m.exec(readFileSync(path, 'utf8'))?.[1] ?? 'alembic-guard'
}
