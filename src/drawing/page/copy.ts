import { element } from './elements.ts'

/** Creates a copy button. Its accessible label starts with the visible text. */
export function copyButton(text: string, what: string, label = 'Copy'): HTMLElement {
  const button = element('button', 'copy', label)
  button.type = 'button'
  if (label === 'Copy') button.setAttribute('aria-label', `Copy ${what}`)
  button.addEventListener('click', () => {
    void write(text).then((done) => {
      button.textContent = done ? 'Copied' : 'Copy failed'
      setTimeout(() => (button.textContent = label), 1500)
    })
  })
  return button
}

async function write(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // Some browsers block clipboard access on local pages, but still copy selections.
    const field = element('textarea', 'away', text)
    document.body.append(field)
    field.select()
    const done = document.execCommand('copy')
    field.remove()
    return done
  }
}
